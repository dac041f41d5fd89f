package maker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/internal/kafka"
)

// A Cluster answers who it is.
type Cluster interface {
	// ClusterID asks a broker; an error says why none answered.
	ClusterID(ctx context.Context) (string, error)
	Close()
}

// reach makes a Cluster of client properties. No connection is opened yet.
func reach(props map[string]string, log *slog.Logger) (Cluster, error) {
	s, err := kafka.ParseSettings(props)
	if err != nil {
		return nil, err
	}
	// The client's own complaints would come with every attempt; the prober
	// tells of changes only.
	client, err := kafka.NewFranz(s, slog.New(slog.DiscardHandler), kgo.RequestRetries(0))
	if err != nil {
		return nil, err
	}
	return kafkaCluster{client}, nil
}

type kafkaCluster struct{ client *kgo.Client }

func (k kafkaCluster) ClusterID(ctx context.Context) (string, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{} // none: only the brokers
	resp, err := req.RequestWith(ctx, k.client)
	if err != nil || resp.ClusterID == nil {
		return "", err
	}
	return *resp.ClusterID, nil
}

func (k kafkaCluster) Close() { k.client.Close() }

const (
	probeEvery   = 10 * time.Second // while the cluster answers
	probeTimeout = 5 * time.Second
	retryFirst   = 200 * time.Millisecond
	retryMost    = 5 * time.Second
)

// prober knows whether a cluster can be reached and which one it is. It logs
// once a change.
type prober struct {
	alias   string
	cluster Cluster
	log     *slog.Logger
	known   chan struct{} // closed at the first answer

	mu    sync.Mutex
	id    string
	asked bool
	err   error
}

func newProber(alias string, c Cluster, log *slog.Logger) *prober {
	return &prober{alias: alias, cluster: c, log: log, known: make(chan struct{})}
}

func (p *prober) run(ctx context.Context) {
	retry := retryFirst
	for ctx.Err() == nil {
		wait := probeEvery
		if p.probe(ctx) {
			retry = retryFirst
		} else {
			wait, retry = retry, min(2*retry, retryMost)
		}
		sleep(ctx, wait)
	}
}

func (p *prober) probe(ctx context.Context) bool {
	asking, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	id, err := p.cluster.ClusterID(asking)
	if ctx.Err() != nil {
		return false
	}
	p.note(id, err)
	return err == nil
}

func (p *prober) note(id string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first, was := !p.asked, p.err
	p.asked, p.err = true, err
	switch {
	case err != nil && (first || was == nil):
		p.log.Warn("cluster cannot be reached; trying on", "err", err)
	case err == nil && was != nil:
		p.log.Info("cluster is reached again", "id", id)
	case err == nil && first:
		p.log.Info("cluster is reached", "id", id)
	}
	if err != nil {
		return
	}
	if p.id != "" && id != "" && p.id != id {
		p.log.Error("bootstrap servers now lead to another cluster", "was", p.id, "id", id)
	}
	p.id = id
	select {
	case <-p.known:
	default:
		close(p.known)
	}
}

func (p *prober) clusterID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.id
}

// trouble is empty while the cluster answers.
func (p *prober) trouble() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.asked:
		return "has not answered yet"
	case p.err != nil:
		return "cannot be reached: " + p.err.Error()
	}
	return ""
}
