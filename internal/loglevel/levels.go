package loglevel

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Root is the name of the logger above all others.
const Root = "root"

// javaNames are the names under which packages log, longest path first.
var javaNames = []struct{ path, name string }{
	{"crosstide/connectors/mirror", "org.apache.kafka.connect.mirror"},
	{"crosstide/connect/herder", "org.apache.kafka.connect.runtime.distributed.DistributedHerder"},
	{"crosstide/connect/group", "org.apache.kafka.connect.runtime.distributed.WorkerCoordinator"},
	{"crosstide/connect/worker", "org.apache.kafka.connect.runtime"},
	{"crosstide/connect/storage", "org.apache.kafka.connect.storage"},
	{"crosstide/internal/kafka", "org.apache.kafka.clients"},
	{"crosstide/rest", "org.apache.kafka.connect.runtime.rest"},
}

// levels by name; those that slog does not have lie between and beside its own.
var levels = map[string]slog.Level{
	"ALL": slog.Level(-128), "TRACE": slog.Level(-8), "DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo,
	"WARN": slog.LevelWarn, "ERROR": slog.LevelError, "FATAL": slog.Level(12), "OFF": slog.Level(127),
}

// Setting is the level of one logger. LastModified is in milliseconds since the
// epoch, nil until somebody set it.
type Setting struct {
	Level        string
	LastModified *int64
}

type setting struct {
	level    slog.Level
	modified *int64
}

// Levels are the levels of a program's loggers.
type Levels struct {
	mu    sync.RWMutex
	set   map[string]setting
	least atomic.Int64 // the most talkative of all levels
}

// New makes levels of which all are root's.
func New(root slog.Level) *Levels {
	l := &Levels{set: map[string]setting{Root: {level: root}}}
	l.settle()
	return l
}

// All lists the loggers that are known: root, those of this program's packages,
// and those that were set. Loggers that are off are left out.
func (l *Levels) All() map[string]Setting {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := map[string]Setting{}
	for _, name := range l.names() {
		if s := l.effective(name); s.level < levels["OFF"] {
			out[name] = Setting{nameOf(s.level), l.set[name].modified}
		}
	}
	return out
}

// Level returns the level of a known logger; root in any case.
func (l *Levels) Level(name string) (Setting, bool) {
	name = canonical(name)
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !slices.Contains(l.names(), name) {
		return Setting{}, false
	}
	return Setting{nameOf(l.effective(name).level), l.set[name].modified}, true
}

// SetLevel changes a logger and the known ones below it, and returns those that
// changed, sorted. known is false for a level that does not exist.
func (l *Levels) SetLevel(name, level string) (changed []string, known bool) {
	wanted, known := levels[strings.ToUpper(strings.TrimSpace(level))]
	if !known {
		return nil, false
	}
	name = canonical(name)
	now := time.Now().UnixMilli()
	l.mu.Lock()
	defer l.mu.Unlock()
	names := l.names()
	if !slices.Contains(names, name) {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, one := range names {
		if !below(one, name) {
			continue
		}
		was, explicit := l.set[one]
		if l.effective(one).level == wanted && (explicit || one != name) && was.level == wanted {
			continue
		}
		l.set[one] = setting{wanted, &now}
		changed = append(changed, one)
	}
	l.settle()
	return changed, true
}

func canonical(name string) string {
	if strings.EqualFold(name, Root) {
		return Root
	}
	return name
}

func below(name, above string) bool {
	return above == Root || name == above || strings.HasPrefix(name, above+".")
}

// names are all known names.
func (l *Levels) names() []string {
	out := []string{}
	for name := range l.set {
		out = append(out, name)
	}
	for _, j := range javaNames {
		if !slices.Contains(out, j.name) {
			out = append(out, j.name)
		}
	}
	return out
}

// effective is the setting of the nearest logger at or above name.
func (l *Levels) effective(name string) setting {
	for {
		if s, ok := l.set[name]; ok {
			return s
		}
		at := strings.LastIndexByte(name, '.')
		if at < 0 {
			return l.set[Root]
		}
		name = name[:at]
	}
}

func (l *Levels) settle() {
	least := levels["OFF"]
	for _, s := range l.set {
		least = min(least, s.level)
	}
	l.least.Store(int64(least))
}

func nameOf(level slog.Level) string {
	best := "ALL"
	for name, one := range levels {
		if one <= level && one > levels[best] {
			best = name
		}
	}
	return best
}
