package kafka

import (
	"context"
	"log/slog"
	"strings"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// repeatAfter is how long the same complaint of librdkafka stays unrepeated: it
// tells of every attempt to connect, and a broker may be away for hours.
const repeatAfter = 5 * time.Minute

// passLogs writes librdkafka's lines until the channel closes.
func passLogs(lines <-chan ck.LogEvent, log *slog.Logger) {
	told := make(map[string]time.Time)
	for l := range lines {
		level := librdkafkaLevel(l.Level)
		if level > slog.LevelDebug && !tellAgain(told, l, time.Now()) {
			level = slog.LevelDebug
		}
		log.Log(context.Background(), level, l.Message, "client", l.Name, "tag", l.Tag)
	}
}

// tellAgain finds out whether such a line was passed on lately. Lines that
// differ in numbers only (durations, counts, ports of the near end) are one.
func tellAgain(told map[string]time.Time, l ck.LogEvent, now time.Time) bool {
	text, _, _ := strings.Cut(l.Message, " (after ") // how long, and how often
	key := l.Tag + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
	if last, ok := told[key]; ok && now.Sub(last) < repeatAfter {
		return false
	}
	if len(told) > 200 { // a client has few things to say; never grow on odd ones
		clear(told)
	}
	told[key] = now
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
