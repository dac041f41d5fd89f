package source

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
)

// changes logs a trouble when it begins, when it becomes another one and when
// it is over, and keeps quiet (debug) while it only repeats. Safe for
// concurrent use.
type changes struct {
	log *slog.Logger

	mu   sync.Mutex
	last map[string]string // trouble by key
}

func newChanges(log *slog.Logger) *changes {
	return &changes{log: log, last: map[string]string{}}
}

// failed reports that key is in trouble.
func (c *changes) failed(key, message string, err error, attrs ...any) {
	c.mu.Lock()
	now := trouble(err)
	before, known := c.last[key]
	c.last[key] = now
	c.mu.Unlock()
	attrs = append(attrs, "err", err)
	if known && before == now {
		c.log.Debug(message, attrs...)
		return
	}
	c.log.Warn(message, attrs...)
}

// cleared reports that key is well; message is logged if it was not before.
func (c *changes) cleared(key, message string, attrs ...any) {
	c.mu.Lock()
	_, known := c.last[key]
	delete(c.last, key)
	c.mu.Unlock()
	if known {
		c.log.Info(message, attrs...)
	}
}

// once logs message at Info level the first time that key is mentioned, and at
// Debug level afterwards.
func (c *changes) once(key, message string, attrs ...any) {
	c.mu.Lock()
	_, known := c.last[key]
	c.last[key] = ""
	c.mu.Unlock()
	if known {
		c.log.Debug(message, attrs...)
		return
	}
	c.log.Info(message, attrs...)
}

// trouble is what makes two errors the same trouble. What a broker answered
// counts word by word; the many texts of a connection that fails (ports, time
// outs, resets) are one.
func trouble(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.Error()
	}
	what := "unreachable"
	var k *kerr.Error
	if errors.As(err, &k) {
		what = k.Message
	}
	var c *callError
	if errors.As(err, &c) {
		what += " " + c.side
	}
	return what
}

// demoted passes everything on at debug level. The admin clients' own lines come
// with every failed connection; what they mean is told once, by [changes].
func demoted(log *slog.Logger) *slog.Logger { return slog.New(demotedHandler{log.Handler()}) }

type demotedHandler struct{ slog.Handler }

func (h demotedHandler) Enabled(ctx context.Context, _ slog.Level) bool {
	return h.Handler.Enabled(ctx, slog.LevelDebug)
}

func (h demotedHandler) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return h.Handler.Handle(ctx, r)
}

func (h demotedHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return demotedHandler{h.Handler.WithAttrs(attrs)}
}

func (h demotedHandler) WithGroup(name string) slog.Handler {
	return demotedHandler{h.Handler.WithGroup(name)}
}
