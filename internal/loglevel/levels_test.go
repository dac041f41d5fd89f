package loglevel

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
)

const mirror = "org.apache.kafka.connect.mirror"

func TestALevelHoldsForALoggerAndThoseBelowIt(t *testing.T) {
	l := New(slog.LevelWarn)
	if changed, known := l.SetLevel(mirror, "debug"); !known || !slices.Equal(changed, []string{mirror}) {
		t.Errorf("changed %v", changed)
	}
	if changed, _ := l.SetLevel(mirror, "DEBUG"); changed != nil {
		t.Errorf("setting the same again changed %v", changed)
	}
	if changed, _ := l.SetLevel("org.apache.kafka.connect", "ERROR"); !slices.Contains(changed, mirror) || !slices.Contains(changed, "org.apache.kafka.connect") {
		t.Errorf("below: %v", changed)
	}
	if s, ok := l.Level(mirror); !ok || s.Level != "ERROR" || s.LastModified == nil {
		t.Errorf("level %+v", s)
	}
	if s, ok := l.Level("ROOT"); !ok || s.Level != "WARN" || s.LastModified != nil {
		t.Errorf("root %+v", s)
	}
	if _, ok := l.Level("no.such"); ok {
		t.Error("a logger that nobody made is known")
	}
	if _, known := l.SetLevel(mirror, "LOUD"); known {
		t.Error("LOUD is no level")
	}
	if changed, _ := l.SetLevel("root", "OFF"); !slices.Contains(changed, "root") || len(l.All()) != 0 {
		t.Errorf("root off changed %v and leaves %v", changed, l.All())
	}
}

func TestRecordsPassByTheLevelOfThePackageThatLogs(t *testing.T) {
	var out strings.Builder
	l := New(slog.LevelInfo)
	log := slog.New(l.Handler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.Level(-128)}))).With("k", "v").WithGroup("g")
	log.Debug("one")
	l.SetLevel("crosstide.internal.loglevel", "DEBUG")
	log.Debug("two")
	l.SetLevel("root", "ERROR")
	log.Warn("three")
	if got := out.String(); strings.Contains(got, "one") || !strings.Contains(got, "two") || strings.Contains(got, "three") {
		t.Error(got)
	}
}
