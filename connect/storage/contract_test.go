package storage_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"crosstide/connect/storage"
	"crosstide/connect/storage/storagetest"
	"crosstide/internal/kafka"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemoryKeepsTheContract(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storagetest.Topic { return storage.NewMemory().Open })
}

func TestKafkaKeepsTheContract(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	settings, err := kafka.ParseSettings(map[string]string{"bootstrap.servers": strings.Join(cluster.ListenAddrs(), ",")})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	admin, err := kafka.NewAdmin(settings, log)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	var n atomic.Int64
	storagetest.Run(t, func(*testing.T) storagetest.Topic {
		return storage.OpenTopic(storage.TopicConfig{
			Topic: fmt.Sprintf("topic-%d", n.Add(1)), Kind: storage.ConfigTopic,
			Create:   kafka.TopicSpec{Partitions: 1, ReplicationFactor: 1},
			Producer: settings, Consumer: settings, Admin: admin, Log: log,
		})
	})
}

func TestNumbersAreWrittenAsJavaWritesThem(t *testing.T) {
	for want, value := range map[string]any{
		`{"v":null}`:                 nil,
		`{"v":true}`:                 true,
		`{"v":-9223372036854775808}`: int64(-1 << 63),
		`{"v":1.0}`:                  1.0,
		`{"v":0.001}`:                0.001,
		`{"v":1.0E-4}`:               0.0001,
		`{"v":9999999.0}`:            9999999.0,
		`{"v":1.0E7}`:                1e7,
		`{"v":1.2345678E10}`:         12345678000.0,
		`{"v":"a\"\\\n\u001F<é"}`:    "a\"\\\n\x1f<é",
	} {
		got, err := storage.EncodeOffset(map[string]any{"v": value})
		if err != nil || string(got) != want {
			t.Errorf("%v became %s, %v, want %s", value, got, err, want)
		}
	}
}

func TestMirrorsKeysHaveJavasMemberOrder(t *testing.T) {
	for want, partition := range map[string]map[string]any{
		`["c",{"cluster":"A","partition":3,"topic":"topic-1"}]`:       {"topic": "topic-1", "cluster": "A", "partition": 3},
		`["c",{"partition":3,"topic":"A.topic-1","group":"group-1"}]`: {"group": "group-1", "topic": "A.topic-1", "partition": 3},
		`["c",{"sourceClusterAlias":"A","targetClusterAlias":"B"}]`:   {"targetClusterAlias": "B", "sourceClusterAlias": "A"},
		`["c",null]`: nil,
	} {
		if got, err := storage.EncodeOffsetKey("c", partition); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

func FuzzConfigRecordsThatDecodeEncodeBack(f *testing.F) {
	f.Add("connector-c", []byte(`{"properties":{"a":"b","n":null}}`))
	f.Add("task-a-b-0", []byte(`{"properties":{}}`))
	f.Add("target-state-c", []byte(`{"state":"PAUSED","state.v2":"STOPPED"}`))
	f.Add("session-key", []byte(`{"key":"k","algorithm":"a","creation-timestamp":1}`))
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		r, err := storage.DecodeConfig(key, value)
		if err != nil {
			return
		}
		once, err := storage.EncodeConfig(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, unknown := r.(storage.UnknownConfig); unknown {
			return
		}
		again, err := storage.DecodeConfig(r.Key(), once)
		if err != nil {
			t.Fatalf("%s does not decode again: %v", once, err)
		}
		if twice, _ := storage.EncodeConfig(again); !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s", once, twice)
		}
	})
}
