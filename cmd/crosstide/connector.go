package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// newConnector makes the command that speaks to a running worker, of ours or
// Java's.
func newConnector() *cobra.Command {
	c := &connectClient{http: &http.Client{Timeout: clientTimeout}}
	cmd := &cobra.Command{
		Use:     "connector",
		Aliases: []string{"connectors"},
		Short:   "Look at and steer the connectors of a running worker",
		Long: `Speaks Kafka Connect's REST API to a running worker: crosstide mirror --listen,
or any Connect worker. Connectors of all flows of a mirror are named
source->target.connector.`,
		Example: `  crosstide connector list --url http://localhost:8080
  crosstide connector status 'A->B.MirrorSourceConnector'
  crosstide connector restart 'A->B.MirrorSourceConnector' --tasks --failed
  crosstide connector offsets 'A->B.MirrorSourceConnector' -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&c.base, "url", defaultURL(), "address of the worker (CROSSTIDE_URL)")
	flags.StringVarP(&c.output, "output", "o", "table", "how to print: table or json")
	cmd.AddCommand(
		c.list(), c.status(), c.config(), c.tasks(), c.create(), c.validate(), c.remove(),
		c.steer("pause", "Pause connectors: they keep their place", http.MethodPut),
		c.steer("resume", "Resume paused or stopped connectors", http.MethodPut),
		c.steer("stop", "Stop connectors: their tasks end, and offsets can be changed", http.MethodPut),
		c.restart(), c.offsets(), c.plugins(), c.flows(),
	)
	return cmd
}

func defaultURL() string {
	if u := os.Getenv("CROSSTIDE_URL"); u != "" {
		return u
	}
	return "http://localhost:8083"
}

// command is one with a connector's name as its argument, which completes.
func (c *connectClient) command(use, short string, args cobra.PositionalArgs, run func(*cobra.Command, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error { return exitWith(exitFailed, run(cmd, args)) },
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if c.ask(cmd.Context(), http.MethodGet, "/connectors", nil, &names) != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func (c *connectClient) list() *cobra.Command {
	return c.command("list", "List connectors with their states", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		var all map[string]struct{ Status clientStatus }
		raw, err := c.get(cmd.Context(), "/connectors?expand=status", &all)
		if err != nil {
			return err
		}
		t := table{{"CONNECTOR", "TYPE", "STATE", "TASKS", "WORKER"}}
		for _, name := range sortedNames(all) {
			s := all[name].Status
			t = append(t, []string{name, s.Type, s.Connector.State, s.tasks(), s.Connector.WorkerID})
		}
		return c.print(cmd.OutOrStdout(), raw, t)
	})
}

func (c *connectClient) status() *cobra.Command {
	return c.command("status NAME", "What a connector and its tasks do", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		var s clientStatus
		raw, err := c.get(cmd.Context(), connectorPath(args[0])+"/status", &s)
		if err != nil {
			return err
		}
		t := table{{"PART", "STATE", "WORKER", "WHY"}, {"connector", s.Connector.State, s.Connector.WorkerID, firstLine(s.Connector.Trace)}}
		for _, task := range s.Tasks {
			t = append(t, []string{fmt.Sprintf("task %d", task.ID), task.State, task.WorkerID, firstLine(task.Trace)})
		}
		return c.print(cmd.OutOrStdout(), raw, t)
	})
}

func (c *connectClient) config() *cobra.Command {
	return c.command("config NAME", "A connector's configuration", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		var config map[string]string
		raw, err := c.get(cmd.Context(), connectorPath(args[0])+"/config", &config)
		if err != nil {
			return err
		}
		t := table{{"KEY", "VALUE"}}
		for _, key := range sortedNames(config) {
			t = append(t, []string{key, config[key]})
		}
		return c.print(cmd.OutOrStdout(), raw, t)
	})
}

func (c *connectClient) tasks() *cobra.Command {
	return c.command("tasks NAME", "Task configurations", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		var tasks []struct {
			ID     struct{ Task int }
			Config map[string]string
		}
		raw, err := c.get(cmd.Context(), connectorPath(args[0])+"/tasks", &tasks)
		if err != nil {
			return err
		}
		t := table{{"TASK", "KEY", "VALUE"}}
		for _, task := range tasks {
			for _, key := range sortedNames(task.Config) {
				t = append(t, []string{strconv.Itoa(task.ID.Task), key, task.Config[key]})
			}
		}
		return c.print(cmd.OutOrStdout(), raw, t)
	})
}

func (c *connectClient) create() *cobra.Command {
	var initial string
	cmd := c.command("create FILE", "Create a connector, or change its configuration, from a .json or .properties file (- for standard input)",
		cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
			name, config, err := readConnector(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			var raw json.RawMessage
			if initial != "" {
				body := map[string]any{"name": name, "config": config, "initial_state": initial}
				err = c.ask(cmd.Context(), http.MethodPost, "/connectors", body, &raw)
			} else {
				err = c.ask(cmd.Context(), http.MethodPut, connectorPath(name)+"/config", config, &raw)
			}
			if err != nil {
				return err
			}
			return c.print(cmd.OutOrStdout(), raw, table{{"CONNECTOR"}, {name}})
		})
	cmd.Flags().StringVar(&initial, "initial-state", "", "create only, in this state: RUNNING, PAUSED or STOPPED")
	cmd.ValidArgsFunction = nil // a file
	return cmd
}

func (c *connectClient) validate() *cobra.Command {
	cmd := c.command("validate FILE", "Check a configuration file; exit code 2 if it has errors", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		name, config, err := readConnector(args[0], cmd.InOrStdin())
		if err != nil {
			return err
		}
		config["name"] = name
		class, _ := config["connector.class"].(string)
		var infos struct {
			Errors  int `json:"error_count"`
			Configs []struct {
				Value struct {
					Name   string
					Errors []string
				}
			}
		}
		var raw json.RawMessage
		if err := c.ask(cmd.Context(), http.MethodPut, "/connector-plugins/"+url.PathEscape(class)+"/config/validate", config, &raw); err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &infos); err != nil {
			return err
		}
		t := table{{"KEY", "ERROR"}}
		for _, one := range infos.Configs {
			for _, text := range one.Value.Errors {
				t = append(t, []string{one.Value.Name, text})
			}
		}
		if infos.Errors == 0 && c.output != "json" {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "no errors")
			return err
		}
		if err := c.print(cmd.OutOrStdout(), raw, t); err != nil || infos.Errors == 0 {
			return err
		}
		return fmt.Errorf("%d errors", infos.Errors)
	})
	cmd.ValidArgsFunction = nil // a file
	return cmd
}

func (c *connectClient) remove() *cobra.Command {
	return c.command("delete NAME...", "Remove connectors; their offsets stay", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error {
		return c.each(cmd, args, "removed", func(name string) (string, string) { return http.MethodDelete, connectorPath(name) })
	})
}

func (c *connectClient) steer(verb, short, method string) *cobra.Command {
	return c.command(verb+" NAME...", short, cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error {
		return c.each(cmd, args, "asked to "+verb, func(name string) (string, string) { return method, connectorPath(name) + "/" + verb })
	})
}

func (c *connectClient) restart() *cobra.Command {
	var tasks, failed bool
	task := -1
	cmd := c.command("restart NAME...", "Restart connectors, and their tasks with --tasks", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error {
		return c.each(cmd, args, "asked to restart", func(name string) (string, string) {
			path := connectorPath(name)
			if task >= 0 {
				return http.MethodPost, fmt.Sprintf("%s/tasks/%d/restart", path, task)
			}
			return http.MethodPost, fmt.Sprintf("%s/restart?includeTasks=%t&onlyFailed=%t", path, tasks, failed)
		})
	})
	cmd.Flags().BoolVar(&tasks, "tasks", false, "the tasks too")
	cmd.Flags().BoolVar(&failed, "failed", false, "only what has failed")
	cmd.Flags().IntVar(&task, "task", task, "only this task")
	return cmd
}

func (c *connectClient) offsets() *cobra.Command {
	var reset bool
	var alter string
	cmd := c.command("offsets NAME", "Source offsets of a connector; with --reset or --alter, of a stopped one, change them", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		path := connectorPath(args[0]) + "/offsets"
		if reset || alter != "" {
			return c.changeOffsets(cmd, path, alter)
		}
		var got struct {
			Offsets []struct{ Partition, Offset json.RawMessage }
		}
		raw, err := c.get(cmd.Context(), path, &got)
		if err != nil {
			return err
		}
		t := table{{"PARTITION", "OFFSET"}}
		for _, o := range got.Offsets {
			t = append(t, []string{string(o.Partition), string(o.Offset)})
		}
		return c.print(cmd.OutOrStdout(), raw, t)
	})
	cmd.Flags().BoolVar(&reset, "reset", false, "delete all")
	cmd.Flags().StringVar(&alter, "alter", "", `file with {"offsets":[{"partition":{…},"offset":{…}}]}, - for standard input; a null offset deletes`)
	cmd.MarkFlagsMutuallyExclusive("reset", "alter")
	return cmd
}

func (c *connectClient) changeOffsets(cmd *cobra.Command, path, alter string) error {
	var done struct{ Message string }
	method, body := http.MethodDelete, any(nil)
	if alter != "" {
		text, err := readFile(alter, cmd.InOrStdin())
		if err != nil {
			return err
		}
		if !json.Valid(text) {
			return fmt.Errorf("%s: not JSON", alter)
		}
		method, body = http.MethodPatch, json.RawMessage(text)
	}
	if err := c.ask(cmd.Context(), method, path, body, &done); err != nil {
		return err
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), done.Message)
	return err
}

func (c *connectClient) plugins() *cobra.Command {
	return c.command("plugins", "List installed plugins", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		var plugins []struct{ Class, Type, Version string }
		raw, err := c.get(cmd.Context(), "/connector-plugins?connectorsOnly=false", &plugins)
		if err != nil {
			return err
		}
		t := table{{"CLASS", "TYPE", "VERSION"}}
		for _, p := range plugins {
			t = append(t, []string{p.Class, p.Type, p.Version})
		}
		return c.print(cmd.OutOrStdout(), raw, t)
	})
}

func (c *connectClient) flows() *cobra.Command {
	return c.command("flows", "List the flows of a mirror with their lag", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		var flows []struct {
			Flow    string
			Enabled bool
			Ready   bool
			Reasons []string
			Lag     *struct {
				Records int64
				Seconds float64
			}
			Partitions []json.RawMessage
			Losses     []json.RawMessage `json:"data_loss"`
		}
		raw, err := c.get(cmd.Context(), "/crosstide/v1/flows", &flows)
		if err != nil {
			return err
		}
		t := table{{"FLOW", "ENABLED", "READY", "PARTITIONS", "LAG", "SECONDS", "LOSSES", "WHY"}}
		for _, f := range flows {
			records, seconds := "", ""
			if f.Lag != nil {
				records, seconds = strconv.FormatInt(f.Lag.Records, 10), strconv.FormatFloat(f.Lag.Seconds, 'f', 1, 64)
			}
			t = append(t, []string{f.Flow, fmt.Sprint(f.Enabled), fmt.Sprint(f.Ready), strconv.Itoa(len(f.Partitions)),
				records, seconds, strconv.Itoa(len(f.Losses)), strings.Join(f.Reasons, "; ")})
		}
		return c.print(cmd.OutOrStdout(), raw, t)
	})
}
