package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"crosstide/connectors/mirror/maker"
	"crosstide/internal/demo"
)

func newDemo(logs *logFlags) *cobra.Command {
	var keep bool
	var listen string
	seconds := int(demo.DefaultLength / time.Second)
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a mirror at work between two in-memory Kafka clusters",
		Long: `Starts two in-memory Kafka clusters on loopback ports, writes to the first,
mirrors it to the second, lets a consumer group fail over, and compares every
record. Exit code 0 only if every record arrived.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			length := time.Duration(seconds) * time.Second
			if length < 3*time.Second || length > demo.MostLength {
				return exitWith(exitBadArguments, fmt.Errorf("--seconds %d: write 3 to %d", seconds, demo.MostLength/time.Second))
			}
			return runDemo(cmd.Context(), logs, listen, demo.Options{
				Out: cmd.OutOrStdout(), Terminal: isTerminal(os.Stdout), Length: length, Keep: keep,
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&keep, "keep", false, "keep clusters and mirror running after the end, until Ctrl-C")
	flags.IntVar(&seconds, "seconds", seconds, "how long to copy")
	flags.StringVar(&listen, "listen", listenAddress(), "address for the REST API, /health and /metrics, such as :8080 (off when empty)")
	return cmd
}

// runDemo keeps the mirror's log in a file, so that it does not tear the
// picture, and shows its end when the demo fails.
func runDemo(ctx context.Context, logs *logFlags, listen string, o demo.Options) error {
	file, err := os.CreateTemp("", "crosstide-demo-*.log")
	if err != nil {
		return exitWith(exitFailed, err)
	}
	defer func() { _ = file.Close() }()
	log, levels, err := logs.logger(file)
	if err != nil {
		return err
	}
	o.Mirror = func(ctx context.Context, path string, watch func(func() []string)) error {
		props, err := readProperties(path, log)
		if err != nil {
			return err
		}
		return mirrorFile(ctx, props, mirrorOptions{listen: listen, log: log, levels: levels, health: watchFlows(watch)})
	}
	_, _ = fmt.Fprintf(o.Out, "The mirror's log is in %s\n\n", file.Name())
	err = demo.Run(ctx, o)
	if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return os.Remove(file.Name())
	}
	_, _ = fmt.Fprintf(o.Out, "\n✘ The end of %s:\n%s\n", file.Name(), lastLines(file, 20))
	return exitWith(exitFailed, err)
}

// watchFlows words the driver's health for the demo.
func watchFlows(watch func(func() []string)) func(func() []maker.FlowHealth) {
	return func(health func() []maker.FlowHealth) {
		watch(func() []string {
			var out []string
			for _, f := range health() {
				for _, why := range f.Reasons {
					out = append(out, f.Flow+": "+why)
				}
			}
			return out
		})
	}
}

func lastLines(file *os.File, n int) string {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err.Error()
	}
	all, err := io.ReadAll(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(all)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// isTerminal reports whether a picture can be redrawn on f.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != ""
}
