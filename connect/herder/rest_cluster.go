package herder

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/internal/kafka"
)

// ClusterID names the worker's Kafka cluster, "" when it does not answer within
// ctx or has no name. It is asked once.
func (h *Distributed) ClusterID(ctx context.Context) string {
	h.mu.Lock()
	known := h.clusterID
	h.mu.Unlock()
	if known != "" {
		return known
	}
	settings, err := h.settings.clientSettings("shared-admin")
	if err != nil {
		return ""
	}
	client, err := kafka.NewFranz(settings, nil, kgo.RequestRetries(0))
	if err != nil {
		return ""
	}
	defer client.Close()
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{} // none: only the brokers
	resp, err := req.RequestWith(ctx, client)
	if err != nil || resp.ClusterID == nil {
		return ""
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clusterID = *resp.ClusterID
	return h.clusterID
}
