package herder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"crosstide/connect"
	"crosstide/connect/worker"
)

// ask has a connector's task configurations made, compared, and published. One
// question a connector is on its way at a time.
func (r *run) ask(name string, c *connectorRun) {
	if c.stopping || r.connectors[name] != c {
		return
	}
	if c.asking {
		c.askAgain = true
		return
	}
	c.asking = true
	maxTasks, enforce := taskLimit(c.connector.Spec().Config)
	c.connector.TaskConfigs(maxTasks, func(configs []map[string]string, err error) {
		r.queue.put(func() { r.answered(name, c, configs, err, maxTasks, enforce) })
	})
}

func taskLimit(config map[string]string) (most int, enforce bool) {
	most, err := strconv.Atoi(strings.TrimSpace(config["tasks.max"]))
	if err != nil || most < 1 {
		most = 1
	}
	enforce, err = strconv.ParseBool(strings.ToLower(strings.TrimSpace(config["tasks.max.enforce"])))
	return most, enforce || err != nil
}

func (r *run) answered(name string, c *connectorRun, configs []map[string]string, err error, maxTasks int, enforce bool) {
	if r.connectors[name] != c {
		return
	}
	switch {
	case errors.Is(err, worker.ErrNotRunning):
		r.asked(name, c) // it asks again by itself when it runs
	case err != nil:
		r.askLater(name, c, fmt.Errorf("task configurations: %w", err))
	case len(configs) > maxTasks && enforce:
		c.connector.Fail(fmt.Errorf("The connector %s has generated %d tasks, which is greater than %d, the maximum number of tasks it is configured to create. Raise tasks.max, or set tasks.max.enforce=false", //nolint:staticcheck // Java's words
			name, len(configs), maxTasks))
		r.asked(name, c)
	case !taskConfigsChanged(r.h.db.Snapshot(), name, configs):
		r.right(name, c)
	case !r.assignment.Writes && !r.assignment.Shared:
		r.askLater(name, c, errors.New("task configurations have changed and only the leader may publish them"))
	case !r.assignment.Writes:
		a := r.assignment
		r.background.run(func(ctx context.Context) {
			err := r.handOver(ctx, a, name, configs)
			r.queue.put(func() { r.published(name, c, err) })
		})
	default:
		r.h.log.Info("publishing task configurations", "connector", name, "tasks", len(configs))
		r.background.run(func(ctx context.Context) {
			err := r.publish(ctx, name, configs)
			r.queue.put(func() { r.published(name, c, err) })
		})
	}
}

// handOver has the leader publish what this worker's connector wants. A leader that
// answers nobody (Java's MirrorMaker as shipped), or that the network keeps away,
// has not heard of it and will not: then it is published from here, as long as the
// connector is this worker's.
func (r *run) handOver(ctx context.Context, a Assignment, name string, configs []map[string]string) error {
	ctx, stop := r.fence.bind(ctx)
	defer stop()
	body, err := encodeTaskConfigs(configs)
	if err != nil {
		return err
	}
	var sig Signature
	if a.Signed {
		key, known := r.h.db.Snapshot().SessionKey()
		if !known {
			return errors.New("there is no session key in the config topic yet to sign requests to the leader with")
		}
		if sig, err = r.h.settings.signing.sign(key, body); err != nil {
			return err
		}
	}
	r.h.log.Info("handing task configurations to the leader", "connector", name, "tasks", len(configs), "leader", a.Leader)
	err = r.forwarder.putTasks(ctx, a.Leader, name, body, sig)
	if errors.Is(err, errNoWay) {
		r.h.log.Warn("publishing task configurations in the leader's place", "connector", name, "err", err)
		return r.stores.config.PutTasks(ctx, name, configs)
	}
	if err != nil {
		return err
	}
	return r.stores.config.Refresh(ctx)
}

// publish gives up writing when this worker is no longer the one who may.
func (r *run) publish(ctx context.Context, name string, configs []map[string]string) error {
	ctx, stop := r.fence.bind(ctx)
	defer stop()
	return r.stores.config.PutTasks(ctx, name, configs)
}

func (r *run) published(name string, c *connectorRun, err error) {
	switch {
	case r.connectors[name] != c:
	case err != nil:
		r.askLater(name, c, err)
	default:
		r.right(name, c)
	}
}

// right: the stored task configurations are what the connector wants.
func (r *run) right(name string, c *connectorRun) {
	if c.complaint != "" {
		r.h.log.Info("task configurations are settled", "connector", name)
	}
	c.answered, c.failures, c.complaint = true, 0, ""
	r.asked(name, c)
}

func (r *run) asked(name string, c *connectorRun) {
	c.asking = false
	if c.askAgain {
		c.askAgain = false
		r.ask(name, c)
	}
}

// askLater tries again after 250 ms, doubling up to a minute. It logs when the
// cause changes.
func (r *run) askLater(name string, c *connectorRun, err error) {
	pause := time.Minute
	if c.failures < 8 {
		pause = min(pause, 250*time.Millisecond<<c.failures)
	}
	c.failures++
	if text := err.Error(); text != c.complaint {
		c.complaint = text
		level := slog.LevelWarn
		if connect.IsRetriable(err) && c.failures <= 2 { // a connector that has just started is still looking around
			level = slog.LevelDebug
			c.complaint = ""
		}
		r.h.log.Log(context.Background(), level, "trying again", "connector", name, "err", err)
	}
	time.AfterFunc(pause, func() { // harmless when late: a closed queue takes nothing
		r.queue.put(func() {
			c.asking, c.askAgain = false, false
			r.ask(name, c)
		})
	})
}

// settle readies the configurations after a change of assignment: read to the
// end, and in dedicated mode written as wanted.
func (r *run) settle(a Assignment) {
	if a.Shared {
		r.catchUp(a)
		return
	}
	ctx, stop := r.fence.bind(r.background.ctx)
	defer stop()
	complaint := ""
	for pause := 250 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, time.Minute) {
		err := r.trySettle(ctx, a)
		if err == nil {
			r.queue.put(func() {
				if r.assigned && r.assignment.Generation == a.Generation {
					r.settled = true
				}
			})
			return
		}
		if text := err.Error(); text != complaint && ctx.Err() == nil {
			complaint = text
			r.h.log.Warn("configurations cannot be read or written, trying on", "err", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

func (r *run) trySettle(ctx context.Context, a Assignment) error {
	if err := r.stores.config.Refresh(ctx); err != nil {
		return err
	}
	if !a.Writes {
		return nil
	}
	return r.putConnectors(ctx)
}
