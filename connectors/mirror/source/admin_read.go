package source

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// metadataChunk bounds one metadata request by names.
	metadataChunk = 1000
	// describeChunk bounds the memory that one answer to DescribeConfigs needs:
	// a topic's takes 5 to 10 KB.
	describeChunk = 200
)

// clusterView is one metadata answer.
type clusterView struct {
	ClusterID string
	Topics    topicMap
	// Refused has the topics asked for by name that the broker does not answer.
	Refused map[string]error
}

// reader reads one cluster's topics, configs and ACLs. It uses franz-go, which
// sees topic ids and takes many topics a request. Safe for concurrent use.
type reader struct {
	side   string
	client *kgo.Client
}

// allTopics lists every topic that the principal may describe. The brokers'
// own internal topics are left out, as Java's ListTopics does.
func (r *reader) allTopics(ctx context.Context) (clusterView, error) {
	view := newClusterView()
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = nil
	err := r.metadata(ctx, req, &view)
	return view, err
}

// topics looks up topics by name. Those that do not exist or may not be seen
// are in the view's Refused, with [kerr.UnknownTopicOrPartition] or
// [kerr.TopicAuthorizationFailed].
func (r *reader) topics(ctx context.Context, names []string) (clusterView, error) {
	view := newClusterView()
	for chunk := range slices.Chunk(names, metadataChunk) {
		req := kmsg.NewPtrMetadataRequest()
		req.Topics = []kmsg.MetadataRequestTopic{}
		for _, name := range chunk {
			t := kmsg.NewMetadataRequestTopic()
			t.Topic = kmsg.StringPtr(name)
			req.Topics = append(req.Topics, t)
		}
		if err := r.metadata(ctx, req, &view); err != nil {
			return view, err
		}
	}
	return view, nil
}

func newClusterView() clusterView {
	return clusterView{Topics: topicMap{}, Refused: map[string]error{}}
}

func (r *reader) metadata(ctx context.Context, req *kmsg.MetadataRequest, into *clusterView) error {
	req.AllowAutoTopicCreation = false
	resp, err := req.RequestWith(ctx, r.client)
	if err != nil {
		return &callError{r.side, "listing the topics", err}
	}
	if resp.ClusterID != nil {
		into.ClusterID = *resp.ClusterID
	}
	for _, t := range resp.Topics {
		if t.Topic == nil || t.IsInternal {
			continue
		}
		name := *t.Topic
		if err := newRefusal(r.side, "DESCRIBE", topicResource(name), t.ErrorCode, nil); err != nil {
			into.Refused[name] = err
			continue
		}
		into.Topics[name] = TopicInfo{Name: name, ID: t.TopicID, Partitions: int32(len(t.Partitions))}
	}
	return nil
}

// topicConfigs describes the configs of a few topics (at most describeChunk;
// callers walk longer lists in chunks, so that only a part is in memory). The
// second map has the topics that were refused.
func (r *reader) topicConfigs(ctx context.Context, names []string) (map[string][]configEntry, map[string]error, error) {
	req := kmsg.NewPtrDescribeConfigsRequest()
	for _, name := range names {
		res := kmsg.NewDescribeConfigsRequestResource()
		res.ResourceType = kmsg.ConfigResourceTypeTopic
		res.ResourceName = name
		req.Resources = append(req.Resources, res)
	}
	resp, err := req.RequestWith(ctx, r.client)
	if err != nil {
		return nil, nil, &callError{r.side, "describing topic configs", err}
	}
	entries := make(map[string][]configEntry, len(names))
	errs := map[string]error{}
	for _, res := range resp.Resources {
		name := res.ResourceName
		err := newRefusal(r.side, "DESCRIBE_CONFIGS", topicResource(name), res.ErrorCode, res.ErrorMessage)
		if err != nil {
			errs[name] = err
			continue
		}
		entries[name] = describedEntries(res.Configs)
	}
	return entries, errs, nil
}

func describedEntries(configs []kmsg.DescribeConfigsResponseResourceConfig) []configEntry {
	out := make([]configEntry, len(configs))
	for i, c := range configs {
		out[i] = configEntry{Name: c.Name, Value: c.Value, Source: c.Source, ReadOnly: c.ReadOnly, Sensitive: c.IsSensitive}
	}
	return out
}

// topicACLs describes every ACL on topics. [kerr.SecurityDisabled] says that
// the cluster has no authorizer.
func (r *reader) topicACLs(ctx context.Context) ([]aclBinding, error) {
	req := kmsg.NewPtrDescribeACLsRequest()
	req.ResourceType = kmsg.ACLResourceTypeTopic
	req.ResourcePatternType = kmsg.ACLResourcePatternTypeAny
	req.Operation = kmsg.ACLOperationAny
	req.PermissionType = kmsg.ACLPermissionTypeAny
	resp, err := req.RequestWith(ctx, r.client)
	if err != nil {
		return nil, &callError{r.side, "describing ACLs", err}
	}
	if err := newRefusal(r.side, "DESCRIBE", "the cluster", resp.ErrorCode, resp.ErrorMessage); err != nil {
		return nil, err
	}
	var out []aclBinding
	for _, res := range resp.Resources {
		for _, a := range res.ACLs {
			out = append(out, aclBinding{
				Topic: res.ResourceName, Pattern: res.ResourcePatternType,
				Principal: a.Principal, Host: a.Host,
				Operation: a.Operation, Permission: a.PermissionType,
			})
		}
	}
	return out, nil
}

// isMissing tells that a topic does not exist, as far as the broker says.
func isMissing(err error) bool {
	return err != nil && kerrIs(err, kerr.UnknownTopicOrPartition, kerr.UnknownTopicID)
}
