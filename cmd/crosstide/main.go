// Command crosstide mirrors Kafka clusters, as Kafka Connect's MirrorMaker does.
//
// One binary: the names under which Kafka ships its commands are links to it
// and select the command by the name it is called by.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// version is stamped by the linker.
var version = "dev"

// Exit codes, as Kafka's connect-mirror-maker has them.
const (
	exitClean        = 0
	exitFailed       = 2   // a bad file, or a failure while running
	exitStartFailed  = 3   // nothing could be started
	exitBadArguments = 255 // the command line
)

// exitError carries the exit code of an error.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func exitWith(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

// gcPercent keeps the heap near what is in use. Most of it is batches under way,
// which the collector does not look into, so collecting more often costs little.
const gcPercent = 40

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	go giveUpWhenStoppingHangs(ctx, stop)
	os.Exit(run(ctx, os.Args, os.Stdout, os.Stderr))
}

// stopWithin bounds a clean stop. It is shorter than the half minute that
// container platforms grant.
const stopWithin = 25 * time.Second

// giveUpWhenStoppingHangs also lets a second signal end the process at once.
func giveUpWhenStoppingHangs(ctx context.Context, stop context.CancelFunc) {
	<-ctx.Done()
	stop()
	time.Sleep(stopWithin)
	fmt.Fprintln(os.Stderr, "crosstide: did not stop in time; what was not committed is copied again at the next start")
	os.Exit(exitFailed)
}

// run does what args ask for and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetArgs(commandLine(args, stderr))
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitClean
	}
	_, _ = fmt.Fprintln(stderr, "crosstide:", err)
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	return exitBadArguments // whatever cobra itself refuses
}

// commandLine turns what was typed into a command and its arguments.
func commandLine(args []string, stderr io.Writer) []string {
	command := linked(args[0])
	rest := args[1:]
	if command == "" {
		return spreadClusters(rest)
	}
	return append([]string{command}, spreadClusters(withoutScriptOptions(rest, stderr))...)
}

// links are the names that select a command.
var links = map[string]string{
	"connect-mirror-maker": "mirror",
	"connect-distributed":  "worker",
	"connect-standalone":   "standalone",
}

func linked(name string) string {
	return links[strings.TrimSuffix(filepath.Base(name), ".sh")]
}

// withoutScriptOptions drops what Kafka's shell scripts take for themselves
// before the program's own arguments.
func withoutScriptOptions(args []string, stderr io.Writer) []string {
	for len(args) > 0 {
		switch args[0] {
		case "-daemon":
			_, _ = fmt.Fprintln(stderr, "crosstide: -daemon is ignored: the program stays in the foreground")
			args = args[1:]
		case "-loggc":
			args = args[1:]
		case "-name":
			args = args[min(2, len(args)):]
		default:
			return args
		}
	}
	return args
}

// spreadClusters lets --clusters take several values, as Java's does: all that
// follow it up to the next option.
func spreadClusters(args []string) []string {
	var out []string
	taking := false
	for _, a := range args {
		switch {
		case a == "--clusters":
			taking = true
			continue
		case strings.HasPrefix(a, "-"):
			taking = false
		case taking:
			out = append(out, "--clusters="+a)
			continue
		}
		out = append(out, a)
	}
	if len(args) > 0 && args[len(args)-1] == "--clusters" {
		out = append(out, "--clusters") // without a value: cobra says so
	}
	return out
}
