package source

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"crosstide/connectors/mirror"
)

const syncsTopicName = "mm2-offset-syncs.B.internal"

// syncsOn starts a writer of syncs into an in-memory cluster. The returned
// function stops it and returns all syncs in the topic.
func syncsOn(t *testing.T, maxLag int64) (*kfake.Cluster, *OffsetSyncs, func() []mirror.OffsetSync) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, syncsTopicName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	o := NewOffsetSyncs(OffsetSyncsConfig{Topic: syncsTopicName, MaxLag: maxLag, Client: client, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() { defer close(ran); o.Run(ctx) }()
	return cluster, o, func() []mirror.OffsetSync {
		t.Helper()
		cancel()
		<-ran
		closing, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := o.Close(closing); err != nil {
			t.Fatal(err)
		}
		return readSyncs(t, cluster)
	}
}

func readSyncs(t *testing.T, cluster *kfake.Cluster) []mirror.OffsetSync {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumePartitions(
		map[string]map[int32]kgo.Offset{syncsTopicName: {0: kgo.NewOffset().AtStart()}}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	info := cluster.PartitionInfo(syncsTopicName, 0)
	var all []mirror.OffsetSync
	for int64(len(all)) < info.HighWatermark {
		for _, r := range client.PollFetches(t.Context()).Records() {
			s, err := mirror.DecodeOffsetSync(r.Key, r.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s)
		}
	}
	return all
}

func TestTheFirstTheLaggingAndTheLastRecordBecomeSyncs(t *testing.T) {
	_, o, finish := syncsOn(t, 100)
	o.Acked("t", 3, 0, 50, 10)   // the first record; 9 is delayed
	o.Acked("t", 3, 10, 60, 300) // flagged at every 101st record, the last of them at 303
	o.Acked("u", 0, 7, 7, 1)
	got := finish()
	sync := func(topic string, partition int32, up, down int64) mirror.OffsetSync {
		return mirror.OffsetSync{Topic: topic, Partition: partition, Upstream: up, Downstream: down}
	}
	want := []mirror.OffsetSync{sync("t", 3, 0, 50), sync("t", 3, 303, 353), sync("t", 3, 309, 359), sync("u", 0, 7, 7)}
	// Which of a partition's syncs are overtaken depends on when the writer ran.
	if last := latest(got); last["t-3"] != want[2] || last["u-0"] != want[3] || !slices.Contains(got, want[0]) {
		t.Errorf("got %v", got)
	}
	for _, s := range got {
		step := s == sync("t", 3, 303-128, 353-128) || s == sync("t", 3, 303-256, 353-256)
		if !slices.Contains(want, s) && !step && s != sync("t", 3, 9, 59) {
			t.Errorf("unexpected %v", s)
		}
	}
}

func TestAGroupWithinABulkCopyTranslatesToNearItsPosition(t *testing.T) {
	_, o, finish := syncsOn(t, 100)
	const n = 100_000
	o.Acked("t", 0, 0, 1000, n) // one run: its batches were committed together
	syncs := finish()
	if len(syncs) > 30 {
		t.Errorf("%d syncs for one run", len(syncs))
	}
	store := mirror.NewOffsetSyncStore(false)
	for _, s := range syncs {
		store.Apply(s)
	}
	store.Loaded()
	for at := int64(0); at < n; at += 97 {
		down, ok := store.Translate("t", 0, at)
		behind := at + 1000 - down
		// What readers keep lies at distances from the end that about double: also a
		// sync every 101 records leaves groups behind by up to 2.1 times as far as
		// they are from the end.
		if left := n - at; !ok || behind < 0 || behind > max(left*9/4, 256) {
			t.Fatalf("a group at %d, %d before the end, translates to %d: %d behind", at, left, down, behind)
		}
	}
}

// latest is each partition's last sync in the topic.
func latest(syncs []mirror.OffsetSync) map[string]mirror.OffsetSync {
	last := map[string]mirror.OffsetSync{}
	for _, s := range syncs {
		last[fmt.Sprintf("%s-%d", s.Topic, s.Partition)] = s
	}
	return last
}

func TestACommitWritesAQuietPartitionsLastRecord(t *testing.T) {
	cluster, o, finish := syncsOn(t, 1000)
	o.Acked("t", 0, 5, 5, 20)
	o.Commit()
	await(t, "the sync of the last record", func() bool {
		return latest(readSyncs(t, cluster))["t-0"] == mirror.OffsetSync{Topic: "t", Upstream: 24, Downstream: 24}
	})
	before := len(readSyncs(t, cluster))
	o.Commit() // nothing new
	if got := finish(); len(got) != before {
		t.Errorf("a commit without news wrote syncs: %v", got)
	}
}

func TestAFailedSyncIsWrittenAgainUnlessANewerOneWasSent(t *testing.T) {
	cluster, o, finish := syncsOn(t, 0)
	var refused atomic.Int64
	cluster.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		if refused.Add(1) > 1 {
			return nil, nil, false
		}
		cluster.KeepControl()
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, rt := range req.(*kmsg.ProduceRequest).Topics {
			st := kmsg.NewProduceResponseTopic()
			st.Topic, st.TopicID = rt.Topic, rt.TopicID
			sp := kmsg.NewProduceResponseTopicPartition()
			sp.ErrorCode = kerr.TopicAuthorizationFailed.Code
			st.Partitions = append(st.Partitions, sp)
			resp.Topics = append(resp.Topics, st)
		}
		return resp, nil, true
	})
	o.Acked("t", 0, 10, 20, 1)
	await(t, "the retry", func() bool { return len(readSyncs(t, cluster)) > 0 })
	if got, want := finish(), (mirror.OffsetSync{Topic: "t", Upstream: 10, Downstream: 20}); len(got) != 1 || got[0] != want {
		t.Errorf("got %v, want %v once", got, want)
	}
}

func TestUpstreamOffsetsNeverGoBackInTheTopic(t *testing.T) {
	_, o, finish := syncsOn(t, 10)
	want := map[string]mirror.OffsetSync{}
	for i := range int64(200) {
		for p := range int32(20) {
			n := 1 + (i*7+int64(p))%30
			o.Acked("t", p, i*100, i*100+500, n) // a gap after every run
			want[fmt.Sprintf("t-%d", p)] = mirror.OffsetSync{Topic: "t", Partition: p, Upstream: i*100 + n - 1, Downstream: i*100 + 500 + n - 1}
		}
		if i%50 == 0 {
			o.Commit()
		}
	}
	got := finish()
	at := map[int32]int64{}
	for _, s := range got {
		if s.Upstream < at[s.Partition] {
			t.Fatalf("partition %d went back from %d to %d", s.Partition, at[s.Partition], s.Upstream)
		}
		at[s.Partition] = s.Upstream
	}
	if last := latest(got); !maps.Equal(last, want) {
		t.Errorf("last syncs %v\nwant %v", last, want)
	}
}

func TestTenThousandPartitionsGetTheirFirstSyncs(t *testing.T) {
	_, o, finish := syncsOn(t, 100)
	for p := range int32(10_000) {
		o.Acked("t", p, 0, 0, 1)
	}
	if got := latest(finish()); len(got) != 10_000 {
		t.Errorf("%d partitions have syncs", len(got))
	}
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func BenchmarkAcked(b *testing.B) {
	o := NewOffsetSyncs(OffsetSyncsConfig{Topic: "x", MaxLag: 100, Log: slog.New(slog.DiscardHandler)})
	b.ReportAllocs()
	for i := range b.N {
		o.Acked("topic", int32(i%10_000), int64(i/10_000)*10, int64(i/10_000)*10, 10)
	}
}
