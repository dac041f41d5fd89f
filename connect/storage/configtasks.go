package storage

import (
	"context"
	"fmt"
	"slices"

	"crosstide/connect"
)

// taskSet is a connector's task configurations on their way into the topic.
type taskSet struct {
	connector string
	configs   []map[string]string
	taken     bool // by somebody who writes it
	written   chan struct{}
	err       error // valid when written is closed
}

// PutTasks replaces a connector's task set: all configurations first, then the
// commit that puts them in force. Sets that come while one is being written go
// together, so that five hundred connectors wait for a few round trips, not for
// five hundred times three.
func (c *Config) PutTasks(ctx context.Context, connector string, configs []map[string]string) error {
	set := &taskSet{connector: connector, configs: configs, written: make(chan struct{})}
	c.mu.Lock()
	c.taskSets = append(c.taskSets, set)
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	err := c.exclusively(ctx, func() error {
		sets := c.takeTaskSets()
		if len(sets) == 0 {
			return nil
		}
		err := c.writeTaskSets(ctx, sets)
		for _, s := range sets {
			s.err = err
			close(s.written)
		}
		return nil
	})
	if err == nil {
		<-set.written // by this call or by the one whose turn it was before
		err = set.err
	} else if !c.withdraw(set) {
		<-set.written
		err = set.err
	}
	if err != nil {
		return fmt.Errorf("writing tasks of connector %s to the config topic: %w", connector, err)
	}
	return nil
}

func (c *Config) takeTaskSets() []*taskSet {
	c.mu.Lock()
	defer c.mu.Unlock()
	sets := c.taskSets
	c.taskSets = nil
	for _, s := range sets {
		s.taken = true
	}
	return sets
}

// withdraw takes back a set that nobody writes yet.
func (c *Config) withdraw(set *taskSet) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if set.taken {
		return false
	}
	c.taskSets = slices.DeleteFunc(c.taskSets, func(s *taskSet) bool { return s == set })
	return true
}

func (c *Config) writeTaskSets(ctx context.Context, sets []*taskSet) error {
	if err := c.log.ReadToEnd(ctx); err != nil {
		return err
	}
	var tasks, commits []ConfigRecord
	for i, s := range sets {
		// Of two sets of one connector only the later: the commit of the first would
		// take the configurations of the second.
		if slices.ContainsFunc(sets[i+1:], func(later *taskSet) bool { return later.connector == s.connector }) {
			continue
		}
		for i, props := range s.configs {
			tasks = append(tasks, TaskConfig{Task: connect.TaskID{Connector: s.connector, Task: i}, Properties: PropertiesOf(props)})
		}
		commits = append(commits, TasksCommit{Connector: s.connector, Tasks: len(s.configs)})
	}
	if err := c.send(ctx, tasks); err != nil {
		return err
	}
	return c.send(ctx, commits)
}
