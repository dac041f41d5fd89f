package kafka_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"crosstide/internal/kafka"
)

func TestLogIsReadToItsEndAfterItsLeaderMoved(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(2))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	props := map[string]string{"bootstrap.servers": strings.Join(cluster.ListenAddrs(), ",")}
	config, _ := logConfig(t, props, "configs", 1)
	l := openLog(t, config)
	for i := range 4 { // there and back: at the old place the epoch is newer then
		if err := cluster.MoveTopicPartition("configs", 0, int32(i%2)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := l.Send(ctx, kafka.LogRecord{Key: []byte("k"), Value: []byte("v")}); err != nil {
			t.Fatal(err)
		}
		if err := l.ReadToEnd(ctx); err != nil {
			t.Fatalf("move %d: %v", i, err)
		}
	}
}
