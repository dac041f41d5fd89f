package loglevel

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"
)

// Handler passes to next the records whose logger's level allows them. next must
// let everything through.
func (l *Levels) Handler(next slog.Handler) slog.Handler { return &handler{l, next} }

type handler struct {
	levels *Levels
	next   slog.Handler
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return int64(level) >= h.levels.least.Load()
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < h.levels.of(r.PC) {
		return nil
	}
	return h.next.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.levels, h.next.WithAttrs(attrs)}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.levels, h.next.WithGroup(name)}
}

// of is the level for a record logged at pc.
func (l *Levels) of(pc uintptr) slog.Level {
	java, own := loggerNames(pc)
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.set) == 1 {
		return l.set[Root].level
	}
	if _, set := l.set[own]; set || java == "" {
		return l.effective(own).level
	}
	return l.effective(java).level
}

// names of call sites; there are as many as lines that log.
var sites sync.Map // uintptr -> [2]string

func loggerNames(pc uintptr) (java, own string) {
	if known, ok := sites.Load(pc); ok {
		names := known.([2]string)
		return names[0], names[1]
	}
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	path := packageOf(frame.Function)
	own = strings.ReplaceAll(path, "/", ".")
	for _, j := range javaNames {
		if path == j.path || strings.HasPrefix(path, j.path+"/") {
			java = j.name
			break
		}
	}
	sites.Store(pc, [2]string{java, own})
	return java, own
}

// packageOf cuts a function's name, such as a/b/c.(*T).M, after its package.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/')
	dot := strings.IndexByte(function[slash+1:], '.')
	if dot < 0 {
		return function
	}
	return function[:slash+1+dot]
}
