package mirror

import "crosstide/connect/config"

// CheckSource says all that is wrong with a source connector's properties, also
// what [ParseSource] would find only after something else is right.
func CheckSource(props map[string]string) error {
	_, err := ParseSource(props)
	return withFilters(err, props)
}

// CheckCheckpoint is CheckSource for MirrorCheckpointConnector.
func CheckCheckpoint(props map[string]string) error {
	_, err := ParseCheckpoint(props)
	return withFilters(err, props)
}

// CheckHeartbeat is CheckSource for MirrorHeartbeatConnector.
func CheckHeartbeat(props map[string]string) error {
	_, err := ParseHeartbeat(props)
	_, errPolicy := NewPolicy(props)
	return joined(err, errPolicy)
}

func withFilters(err error, props map[string]string) error {
	var problems config.Problems
	problems.Add(err)
	_, errTopics := NewTopicFilter(props)
	_, errGroups := NewGroupFilter(props)
	_, errProperties := NewConfigPropertyFilter(props)
	_, errPolicy := NewPolicy(props)
	for _, e := range []error{errTopics, errGroups, errProperties, errPolicy} {
		problems.Add(e)
	}
	return problems.Err()
}
