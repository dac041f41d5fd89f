package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// owner runs what a librdkafka client needs beside it and outlives it by a
// little: the reader of its log lines, the renewer of its token.
type owner struct {
	logs chan ck.LogEvent
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// configure readies a client's properties and starts reading its log.
func (o *owner) configure(s *Settings, role Role, log *slog.Logger) (*ck.ConfigMap, error) {
	conf, err := s.Librdkafka(role)
	if err != nil {
		return nil, err
	}
	o.logs = make(chan ck.LogEvent, 64)
	(*conf)["go.logs.channel.enable"] = true
	(*conf)["go.logs.channel"] = o.logs
	o.wg.Go(func() { passLogs(o.logs, log) })
	return conf, nil
}

// renew keeps the client supplied with tokens, when its mechanism wants any.
func (o *owner) renew(s *Settings, client tokenTaker, log *slog.Logger) {
	b, ok := s.auth.(bearer)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	o.stop = cancel
	host := s.bootstrap[0]
	o.wg.Go(func() { renewTokens(ctx, b, host, client, log) })
}

// close ends what runs beside the client: closing tells the client to close
// once no more tokens are handed to it.
func (o *owner) close(closing func()) {
	if o.stop != nil {
		o.stop()
	}
	closing()
	close(o.logs)
	o.wg.Wait()
}

// Producer owns a librdkafka producer: it reads the events nobody else reads,
// its log lines, and renews its token.
type Producer struct {
	owner
	raw  *ck.Producer
	once sync.Once
}

// NewProducer makes a producer. It connects by itself in the background and
// keeps trying; see Reachable to know. Delivery reports come only on the
// channel that is given with each record. log may be nil.
func NewProducer(s *Settings, log *slog.Logger) (*Producer, error) {
	log = orDiscard(log)
	p := &Producer{}
	conf, err := p.configure(s, RoleProducer, log)
	if err != nil {
		return nil, err
	}
	// The defaults are a million each, allocated at once: 24 MB a client.
	(*conf)["go.events.channel.size"] = 256
	(*conf)["go.produce.channel.size"] = 1
	raw, err := ck.NewProducer(conf)
	if err != nil {
		p.close(func() {})
		return nil, fmt.Errorf("making a producer for %s: %w", s, err)
	}
	p.raw = raw
	p.wg.Go(func() { passEvents(raw.Events(), log) })
	p.renew(s, raw, log)
	return p, nil
}

// Raw returns librdkafka's producer. Do not close it; do not read its Events.
func (p *Producer) Raw() *ck.Producer { return p.raw }

// Close drops what was not sent (Flush before), closes the connections and
// returns when all is closed. Further calls do nothing.
func (p *Producer) Close() { p.once.Do(func() { p.close(p.raw.Close) }) }

// Consumer owns a librdkafka consumer, its log lines and its token.
type Consumer struct {
	owner
	raw  *ck.Consumer
	once sync.Once
	err  error
}

// NewConsumer makes a consumer. Without group.id it can only read partitions
// that are assigned to it (see NoGroup). Poll also returns events that need no
// answer: OAuthBearerTokenRefresh (tokens are renewed here), and errors that are
// not fatal, which librdkafka gets over by itself. log may be nil.
func NewConsumer(s *Settings, log *slog.Logger) (*Consumer, error) {
	log = orDiscard(log)
	c := &Consumer{}
	conf, err := c.configure(s, RoleConsumer, log)
	if err != nil {
		return nil, err
	}
	raw, err := ck.NewConsumer(conf)
	if err != nil {
		c.close(func() {})
		return nil, fmt.Errorf("making a consumer for %s: %w", s, err)
	}
	c.raw = raw
	c.renew(s, raw, log)
	return c, nil
}

// Raw returns librdkafka's consumer. Do not close it.
func (c *Consumer) Raw() *ck.Consumer { return c.raw }

// Close leaves the group, closes the connections and returns when all is
// closed. No Poll may be under way. Further calls return the same.
func (c *Consumer) Close() error {
	c.once.Do(func() { c.close(func() { c.err = c.raw.Close() }) })
	return c.err
}

// Admin owns a librdkafka admin client, its log lines and its token.
type Admin struct {
	owner
	raw  *ck.AdminClient
	once sync.Once
}

// NewAdmin makes an admin client. log may be nil.
func NewAdmin(s *Settings, log *slog.Logger) (*Admin, error) {
	log = orDiscard(log)
	a := &Admin{}
	conf, err := a.configure(s, RoleAdmin, log)
	if err != nil {
		return nil, err
	}
	raw, err := ck.NewAdminClient(conf)
	if err != nil {
		a.close(func() {})
		return nil, fmt.Errorf("making an admin client for %s: %w", s, err)
	}
	a.raw = raw
	a.renew(s, raw, log)
	return a, nil
}

// Raw returns librdkafka's admin client. Do not close it.
func (a *Admin) Raw() *ck.AdminClient { return a.raw }

// Close closes the connections and returns when all is closed. Further calls
// do nothing.
func (a *Admin) Close() { a.once.Do(func() { a.close(a.raw.Close) }) }

func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
