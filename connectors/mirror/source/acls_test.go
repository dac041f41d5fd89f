package source

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func acl(topic string, op kmsg.ACLOperation, permission kmsg.ACLPermissionType) aclBinding {
	return aclBinding{
		Topic: topic, Pattern: kmsg.ACLResourcePatternTypeLiteral, Principal: "User:u", Host: "*",
		Operation: op, Permission: permission,
	}
}

func TestACLsTravelAsJavaLetsThem(t *testing.T) {
	const allow, deny = kmsg.ACLPermissionTypeAllow, kmsg.ACLPermissionTypeDeny
	const read, write, all, describe = kmsg.ACLOperationRead, kmsg.ACLOperationWrite, kmsg.ACLOperationAll, kmsg.ACLOperationDescribe
	prefix := acl("a", read, allow)
	prefix.Pattern = kmsg.ACLResourcePatternTypePrefixed
	for name, c := range map[string]struct {
		n        naming
		source   []aclBinding
		existing []aclBinding
		want     []aclBinding
	}{
		"reading is allowed on the renamed topic": {n: prefixed, source: []aclBinding{acl("a", read, allow)}, want: []aclBinding{acl("A.a", read, allow)}},
		"what allows writing stays behind":        {n: prefixed, source: []aclBinding{acl("a", write, allow)}},
		"what allows all allows reading":          {n: prefixed, source: []aclBinding{acl("a", all, allow)}, want: []aclBinding{acl("A.a", read, allow)}},
		"denials travel as they are":              {n: prefixed, source: []aclBinding{acl("a", all, deny), acl("a", write, deny)}, want: []aclBinding{acl("A.a", all, deny), acl("A.a", write, deny)}},
		"prefixes stay behind":                    {n: prefixed, source: []aclBinding{prefix}},
		"topics that are not replicated are left": {n: prefixed, source: []aclBinding{acl("__x", read, allow)}},
		"what exists is not created":              {n: same, source: []aclBinding{acl("a", read, allow), acl("a", describe, allow)}, existing: []aclBinding{acl("a", read, allow)}, want: []aclBinding{acl("a", describe, allow)}},
		"all and read become one":                 {n: prefixed, source: []aclBinding{acl("a", all, allow), acl("a", read, allow)}, want: []aclBinding{acl("A.a", read, allow)}},
		"the wildcard is a name like any other":   {n: same, source: []aclBinding{acl("*", read, allow)}, want: []aclBinding{acl("*", read, allow)}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := planACLs(c.source, c.existing, c.n); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
		})
	}
}
