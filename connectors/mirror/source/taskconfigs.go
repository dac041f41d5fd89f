package source

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"crosstide/connectors/mirror"
)

// TopicPartition names one partition of a source topic.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// String is the form used in task configurations.
func (tp TopicPartition) String() string {
	return tp.Topic + "-" + strconv.Itoa(int(tp.Partition))
}

// taskConfigs deals the partitions of topics to at most maxTasks tasks, round
// robin through topics and the partitions of each, and returns one
// configuration a task: props with the assignment and the task's index added.
// There are never more tasks than partitions.
//
// Java deals in the same way but in the order of a hash map. Here topics are
// sorted: every worker, after every restart, finds the same assignment for the
// same topics, and a task whose configuration is equal is not restarted.
func taskConfigs(props map[string]string, topics topicMap, maxTasks int) []map[string]string {
	total := 0
	for _, t := range topics {
		total += int(t.Partitions)
	}
	n := min(maxTasks, total)
	if n <= 0 {
		return nil
	}
	lists := assignmentLists(topics, n)
	configs := make([]map[string]string, n)
	for i := range configs {
		c := make(map[string]string, len(props)+2)
		maps.Copy(c, props)
		c[mirror.TaskAssignedPartitions] = lists[i]
		c[mirror.TaskIndex] = strconv.Itoa(i)
		configs[i] = c
	}
	return configs
}

// assignmentLists appends straight into n growing buffers, so that 100 000
// partitions cost a few milliseconds and little more memory than the lists.
func assignmentLists(topics topicMap, n int) []string {
	lists := make([][]byte, n)
	k := 0
	for _, name := range sortedNames(topics) {
		for p := range topics[name].Partitions {
			b := lists[k]
			if len(b) > 0 {
				b = append(b, ',')
			}
			b = append(b, name...)
			b = append(b, '-')
			lists[k] = strconv.AppendInt(b, int64(p), 10)
			if k++; k == n {
				k = 0
			}
		}
	}
	out := make([]string, n)
	for i, b := range lists {
		out[i] = string(b)
	}
	return out
}

// parseAssigned reads the list that taskConfigs (or Java's connector) wrote.
// Topic names may hold dashes, so the last one separates the partition.
func parseAssigned(list string) ([]TopicPartition, error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	out := make([]TopicPartition, 0, strings.Count(list, ",")+1)
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		dash := strings.LastIndexByte(item, '-')
		if dash < 0 {
			return nil, fmt.Errorf("%s: %q is not of the form topic-partition", mirror.TaskAssignedPartitions, item)
		}
		p, err := strconv.ParseInt(item[dash+1:], 10, 32)
		if err != nil || p < 0 || dash == 0 {
			return nil, fmt.Errorf("%s: %q is not of the form topic-partition", mirror.TaskAssignedPartitions, item)
		}
		out = append(out, TopicPartition{Topic: item[:dash], Partition: int32(p)})
	}
	return out, nil
}
