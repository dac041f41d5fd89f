package source

import (
	"github.com/twmb/franz-go/pkg/kmsg"
)

// aclBinding is one ACL on a topic resource.
type aclBinding struct {
	Topic      string
	Pattern    kmsg.ACLResourcePatternType
	Principal  string
	Host       string
	Operation  kmsg.ACLOperation
	Permission kmsg.ACLPermissionType
}

// planACLs returns the ACLs to create on the target, in the order of source.
// Only literal ones travel. Nobody but the mirror should write to a mirrored
// topic, so what allows writing stays behind, and what allows everything
// becomes what allows reading; denials travel as they are. Nothing is ever
// deleted. existing (nil when the target's could not be described) is left out.
func planACLs(source, existing []aclBinding, n naming) []aclBinding {
	have := make(map[aclBinding]bool, len(existing))
	for _, b := range existing {
		have[b] = true
	}
	var out []aclBinding
	for _, b := range source {
		if b.Pattern != kmsg.ACLResourcePatternTypeLiteral || !n.Replicates(b.Topic) {
			continue
		}
		if b.Permission == kmsg.ACLPermissionTypeAllow {
			switch b.Operation {
			case kmsg.ACLOperationWrite:
				continue
			case kmsg.ACLOperationAll:
				b.Operation = kmsg.ACLOperationRead
			}
		}
		b.Topic = n.Remote(b.Topic)
		if !have[b] {
			have[b] = true
			out = append(out, b)
		}
	}
	return out
}
