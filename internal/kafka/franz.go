package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// NewFranz makes a franz-go client; extra options come last and win. It does
// not connect yet. The caller closes the client.
func NewFranz(s *Settings, log *slog.Logger, extra ...kgo.Opt) (*kgo.Client, error) {
	opts, err := s.FranzOptions(log)
	if err != nil {
		return nil, err
	}
	cl, err := kgo.NewClient(append(opts, extra...)...)
	if err != nil {
		return nil, fmt.Errorf("making a client for %s: %w", s, err)
	}
	return cl, nil
}

// FranzOptions tells franz-go what the properties say. log may be nil.
func (s *Settings) FranzOptions(log *slog.Logger) ([]kgo.Opt, error) {
	// franz-go refuses what lies outside its bounds; the nearest value serves.
	age := clamp(s.millis(keyMetadataMaxAge, 5*time.Minute), time.Second, time.Hour)
	opts := []kgo.Opt{
		kgo.SeedBrokers(s.bootstrap...),
		kgo.SoftwareNameAndVersion(softwareName, softwareVersion),
		kgo.Dialer(s.Dial),
		kgo.MetadataMaxAge(age),
		kgo.MetadataMinAge(min(age, 5*time.Second)),
		kgo.RequestTimeoutOverhead(clamp(s.millis(keyRequestTimeout, 30*time.Second), 100*time.Millisecond, 15*time.Minute)),
		kgo.RetryTimeout(clamp(s.millis(keyAPITimeout, time.Minute), time.Second, math.MaxInt64)),
		kgo.RetryBackoffFn(s.retryBackoff),
		kgo.ConnIdleTimeout(s.idleTimeout()),
	}
	if id := s.ClientID(); id != "" {
		opts = append(opts, kgo.ClientID(id))
	}
	if m := s.SASL(); m != nil {
		opts = append(opts, kgo.SASL(m))
	}
	if !s.truth(keyMetricsPush, false) {
		opts = append(opts, kgo.DisableClientMetrics())
	}
	if log != nil {
		opts = append(opts, kgo.WithLogger(franzLog{log, &complaints{}}))
	}
	opts = append(opts, s.franzConsumer()...)
	return append(opts, s.franzProducer()...), nil
}

func (s *Settings) franzConsumer() []kgo.Opt {
	var opts []kgo.Opt
	if rack := s.clean[keyRack]; rack != "" {
		opts = append(opts, kgo.Rack(rack))
	}
	if strings.EqualFold(s.clean[keyIsolation], "read_committed") {
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	if n, ok := s.number(keyFetchMaxBytes); ok && n > 0 {
		opts = append(opts, kgo.FetchMaxBytes(int32(min(n, 1<<30))), kgo.BrokerMaxReadBytes(int32(clamp(2*n, 100<<20, 1<<30))))
	}
	if n, ok := s.number(keyPartitionFetchBytes); ok && n > 0 {
		opts = append(opts, kgo.FetchMaxPartitionBytes(int32(n)))
	}
	if n, ok := s.number(keyFetchMinBytes); ok {
		opts = append(opts, kgo.FetchMinBytes(int32(n)))
	}
	if _, ok := s.clean[keyFetchMaxWait]; ok {
		opts = append(opts, kgo.FetchMaxWait(clamp(s.millis(keyFetchMaxWait, 0), 10*time.Millisecond, 10*time.Minute)))
	}
	return opts
}

func (s *Settings) franzProducer() []kgo.Opt {
	var opts []kgo.Opt
	if !s.idempotent() {
		opts = append(opts, kgo.DisableIdempotentWrite())
	}
	switch s.clean[keyAcks] {
	case "0":
		opts = append(opts, kgo.RequiredAcks(kgo.NoAck()))
	case "1":
		opts = append(opts, kgo.RequiredAcks(kgo.LeaderAck()))
	}
	if c, ok := codecs[strings.ToLower(s.clean[keyCompression])]; ok {
		opts = append(opts, kgo.ProducerBatchCompression(c))
	} else {
		opts = append(opts, kgo.ProducerBatchCompression(kgo.NoCompression())) // Java's default; franz-go's is snappy
	}
	if _, ok := s.clean[keyLinger]; ok {
		opts = append(opts, kgo.ProducerLinger(clamp(s.millis(keyLinger, 0), 0, time.Minute)))
	}
	if n, ok := s.number(keyMaxRequest); ok {
		opts = append(opts, kgo.ProducerBatchMaxBytes(int32(clamp(n, 1<<10, 1<<30))), kgo.BrokerMaxWriteBytes(int32(clamp(2*n, 100<<20, 1<<30))))
	}
	return opts
}

var codecs = map[string]kgo.CompressionCodec{
	"gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

// idempotent decides as Java's producer does: on unless switched off, or unless
// something else that was asked for rules it out.
func (s *Settings) idempotent() bool {
	if v, ok := s.clean[keyIdempotence]; ok {
		return v == "true"
	}
	acks, given := s.clean[keyAcks]
	inFlight, limited := s.number(keyInFlight)
	retries, counted := s.number(keyRetries)
	return (!given || acks == "all" || acks == "-1") && (!limited || inFlight <= 5) && (!counted || retries > 0)
}

// retryBackoff doubles from retry.backoff.ms to retry.backoff.max.ms, give or
// take a fifth.
func (s *Settings) retryBackoff(tries int) time.Duration {
	first := s.millis(keyRetryBackoff, 100*time.Millisecond)
	most := max(s.millis(keyRetryBackoffMax, time.Second), first)
	d := most
	if shift := tries - 1; shift < 20 && first < most>>max(shift, 0) {
		d = first << max(shift, 0)
	}
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// idleTimeout: franz-go holds idle connections no longer than a quarter of an hour.
func (s *Settings) idleTimeout() time.Duration {
	const longest = 15 * time.Minute
	if n, ok := s.number(keyMaxIdle); ok && n < 0 {
		return longest
	}
	return clamp(s.millis(keyMaxIdle, 9*time.Minute), time.Second, longest)
}

func clamp[T time.Duration | int64](v, least, most T) T { return min(max(v, least), most) }

// franzLog passes franz-go's lines on, one level down: what it calls information
// is about single connections.
//
// A complaint that repeats is passed on at debug level: each client tells of
// every attempt to connect, and a broker may be away for hours.
type franzLog struct {
	log  *slog.Logger
	said *complaints
}

// Level asks for as much as the logger would print.
func (l franzLog) Level() kgo.LogLevel {
	ctx := context.Background()
	switch {
	case l.log.Enabled(ctx, slog.LevelDebug):
		return kgo.LogLevelInfo
	case l.log.Enabled(ctx, slog.LevelWarn):
		return kgo.LogLevelWarn
	default:
		return kgo.LogLevelError
	}
}

// Log writes a line.
func (l franzLog) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	to := slog.LevelDebug
	switch level {
	case kgo.LogLevelError:
		to = slog.LevelError
	case kgo.LogLevelWarn:
		to = slog.LevelWarn
	}
	if to > slog.LevelDebug && !l.said.again(fmt.Sprint(append([]any{msg}, keyvals...)...), time.Now()) {
		to = slog.LevelDebug
	}
	l.log.Log(context.Background(), to, msg, keyvals...)
}

// What brokers see in ApiVersions.
const (
	softwareName    = "crosstide"
	softwareVersion = "0"
)
