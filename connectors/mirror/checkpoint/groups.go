package checkpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"crosstide/connectors/mirror"
)

// groupsAtOnce is how many groups one request asks about.
const groupsAtOnce = 500

// assignedGroupsJSON carries the groups whose names the comma-separated list of
// Java cannot: names with a comma, or blanks at an edge.
const assignedGroupsJSON = mirror.TaskAssignedGroups + ".json"

// findGroups lists the source's consumer groups that the filter accepts and that
// have committed an offset in a topic that the topic filter accepts, sorted.
//
// known are the groups found before. Where a group's offsets cannot be read just
// now, it stays if it was known; a list that is incomplete is an error.
func findGroups(ctx context.Context, adm *kadm.Client, cfg *mirror.CheckpointConfig, known []string) ([]string, error) {
	listed, err := adm.ListGroups(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the source's consumer groups: %w", err)
	}
	var wanted []string
	for name, g := range listed {
		if isConsumerProtocol(g.ProtocolType) && cfg.Groups.ReplicatesGroup(name) {
			wanted = append(wanted, name)
		}
	}
	slices.Sort(wanted)
	var found []string
	var failed error
	for some := range slices.Chunk(wanted, groupsAtOnce) {
		for name, r := range adm.FetchManyOffsets(ctx, some...) {
			switch {
			case r.Err != nil:
				failed = fmt.Errorf("reading the offsets of group %s on the source: %w", name, r.Err)
				if slices.Contains(known, name) {
					found = append(found, name)
				}
			case readsWantedTopic(r.Fetched, cfg.Topics):
				found = append(found, name)
			}
		}
	}
	if len(found) == 0 && failed != nil {
		return nil, failed
	}
	slices.Sort(found)
	return found, nil
}

// isConsumerProtocol leaves out the groups of Connect workers, share consumers
// and streams applications with the streams protocol.
func isConsumerProtocol(protocolType string) bool {
	return protocolType == "" || protocolType == "consumer"
}

func readsWantedTopic(offsets kadm.OffsetResponses, topics mirror.TopicFilter) bool {
	for topic, partitions := range offsets {
		for _, p := range partitions {
			if p.Err == nil && p.At >= 0 && topics.Replicates(topic) {
				return true
			}
		}
	}
	return false
}

// taskConfigs deals the groups in contiguous slices to at most maxTasks tasks.
func taskConfigs(props map[string]string, groups []string, maxTasks int) []map[string]string {
	all, n := len(groups), min(maxTasks, len(groups))
	var configs []map[string]string
	for i := range n {
		size := all / n
		if i < all%n {
			size++
		}
		configs = append(configs, taskConfig(props, i, groups[:size]))
		groups = groups[size:]
	}
	return configs
}

func taskConfig(props map[string]string, index int, groups []string) map[string]string {
	c := maps.Clone(props)
	c[mirror.TaskIndex] = strconv.Itoa(index)
	var plain, odd []string
	for _, g := range groups {
		if strings.Contains(g, ",") || strings.TrimSpace(g) != g {
			odd = append(odd, g)
		} else {
			plain = append(plain, g)
		}
	}
	c[mirror.TaskAssignedGroups] = strings.Join(plain, ",")
	if odd != nil {
		list, _ := json.Marshal(odd) // strings always encode
		c[assignedGroupsJSON] = string(list)
	}
	return c
}

// assignedGroups reads what taskConfig wrote, and what Java writes.
func assignedGroups(props map[string]string) ([]string, error) {
	var groups []string
	for _, g := range strings.Split(props[mirror.TaskAssignedGroups], ",") {
		if g = strings.TrimSpace(g); g != "" {
			groups = append(groups, g)
		}
	}
	if list, set := props[assignedGroupsJSON]; set {
		var odd []string
		if err := json.Unmarshal([]byte(list), &odd); err != nil {
			return nil, fmt.Errorf("%s: %w", assignedGroupsJSON, err)
		}
		groups = append(groups, odd...)
	}
	if len(groups) == 0 {
		return nil, errors.New(mirror.TaskAssignedGroups + " names no group")
	}
	return groups, nil
}
