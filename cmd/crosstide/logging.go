package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/pflag"

	"crosstide/internal/loglevel"
)

// everything lets all through: levels decide before.
const everything = slog.Level(-128)

// logFlags say how to log. Logs go to stderr.
type logFlags struct{ level, format string }

func (l *logFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&l.level, "log-level", "info", "least level to log: debug, info, warn or error")
	flags.StringVar(&l.format, "log-format", "text", "how to log: text or json")
}

// logger makes the logger that the flags describe, and what changes its levels
// while the program runs.
func (l *logFlags) logger(w io.Writer) (*slog.Logger, *loglevel.Levels, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level)); err != nil {
		return nil, nil, exitWith(exitBadArguments, fmt.Errorf("--log-level %s: write debug, info, warn or error", l.level))
	}
	levels := loglevel.New(level)
	options := &slog.HandlerOptions{Level: everything}
	switch l.format {
	case "text":
		return slog.New(levels.Handler(slog.NewTextHandler(w, options))), levels, nil
	case "json":
		return slog.New(levels.Handler(slog.NewJSONHandler(w, options))), levels, nil
	}
	return nil, nil, exitWith(exitBadArguments, fmt.Errorf("--log-format %s: write text or json", l.format))
}
