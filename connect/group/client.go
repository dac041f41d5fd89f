package group

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// ClientOptions are what a client that carries a membership should be made with
// beside its security settings. A coordinator whose host has died without a word
// must be noticed well within the session, or the heartbeats wait on it until
// nothing is left to save: requests are given up after a third of the session
// (joining and syncing have the rebalance timeout on top).
func ClientOptions(sessionTimeout time.Duration) []kgo.Opt {
	third := min(max(sessionTimeout/3, time.Second), 10*time.Second)
	return []kgo.Opt{
		kgo.RequestTimeoutOverhead(third),
		kgo.DialTimeout(third),
		kgo.RetryTimeout(sessionTimeout),
	}
}
