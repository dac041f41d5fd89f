package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "crosstide",
		Short: "Mirror Kafka clusters",
		Long: `Crosstide mirrors Kafka clusters. It reads the mm2.properties of Kafka's
MirrorMaker 2 as it is, and keeps its topics, offsets and checkpoints.

Called as connect-mirror-maker (or connect-mirror-maker.sh) it runs "crosstide mirror".`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	var logs logFlags
	logs.register(root.PersistentFlags())
	root.AddCommand(newMirror(&logs), newWorker(&logs), newDemo(&logs), newHealth(), newConnector(), newVersion())
	root.AddCommand(newNotYet("standalone", "connect-standalone"))
	return root
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "crosstide %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		},
	}
}

// newNotYet answers for a command that Kafka has and this program will have.
func newNotYet(name, link string) *cobra.Command {
	return &cobra.Command{
		Use:                name,
		Short:              "Run a Kafka Connect worker (not yet; also called as " + link + ")",
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, a := range args {
				if a == "-h" || a == "--help" {
					return cmd.Help()
				}
			}
			return exitWith(exitFailed, errors.New(link+" is not there yet; to mirror clusters use: crosstide mirror mm2.properties"))
		},
	}
}

// listenAddress is where to listen when no flag says so.
func listenAddress() string { return os.Getenv("CROSSTIDE_LISTEN") }
