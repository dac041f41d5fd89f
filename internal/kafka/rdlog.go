package kafka

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// repeatAfter is how long the same complaint of librdkafka stays unrepeated: it
// tells of every attempt to connect, and a broker may be away for hours.
const repeatAfter = 5 * time.Minute

// passLogs writes librdkafka's lines until the channel closes.
func passLogs(lines <-chan ck.LogEvent, log *slog.Logger) {
	var said complaints
	for l := range lines {
		level := librdkafkaLevel(l.Level)
		text, _, _ := strings.Cut(l.Message, " (after ") // how long, and how often
		if level > slog.LevelDebug && !said.again(l.Tag+text, time.Now()) {
			level = slog.LevelDebug
		}
		log.Log(context.Background(), level, l.Message, "client", l.Name, "tag", l.Tag)
	}
}

// complaints remembers what a client has complained of lately. The zero value
// is ready, and safe for concurrent use.
type complaints struct {
	mu   sync.Mutex
	told map[string]time.Time
}

// again reports whether a complaint is worth telling now. Complaints that differ
// in numbers only (durations, counts, ports of the near end) are one.
func (c *complaints) again(text string, now time.Time) bool {
	key := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, ok := c.told[key]; ok && now.Sub(last) < repeatAfter {
		return false
	}
	if c.told == nil || len(c.told) > 200 { // a client has few things to say; never grow on odd ones
		c.told = make(map[string]time.Time)
	}
	c.told[key] = now
	return true
}

// librdkafkaLevel: librdkafka's levels are syslog's. Its notices and
// information tell of single connections.
func librdkafkaLevel(level int) slog.Level {
	switch {
	case level <= 2:
		return slog.LevelError
	case level <= 4:
		return slog.LevelWarn
	default:
		return slog.LevelDebug
	}
}

// passEvents reads a producer's events until the channel closes. Its errors are
// told in the log too, except the fatal ones.
func passEvents(events <-chan ck.Event, log *slog.Logger) {
	for e := range events {
		switch e := e.(type) {
		case ck.Error:
			level := slog.LevelDebug
			if e.IsFatal() {
				level = slog.LevelError
			}
			log.Log(context.Background(), level, "producer reports an error", "err", e)
		case *ck.Message:
			// A record sent without a channel for its report.
			if err := e.TopicPartition.Error; err != nil {
				log.Warn("record was not delivered", "topic", *e.TopicPartition.Topic, "partition", e.TopicPartition.Partition, "err", err)
			}
		}
	}
}
