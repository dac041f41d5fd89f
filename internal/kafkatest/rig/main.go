// Command rig is the real-broker rig by hand.
//
//	go run ./internal/kafkatest/rig check             is there all that real brokers need?
//	go run ./internal/kafkatest/rig up [-clusters 2] [-nodes 1] [-delay 40ms]
//	                                                  clusters until Ctrl-C, their addresses printed
//	go run ./internal/kafkatest/rig tool CLASS ARGS…  one of Kafka's command line tools
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"crosstide/internal/kafkatest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("say what: check, up or tool")
	}
	switch args[0] {
	case "check":
		_, err := kafkatest.FindJava(ctx)
		return err
	case "up":
		return up(ctx, args[1:])
	case "tool":
		if len(args) < 2 {
			return errors.New("tool needs a class, for example org.apache.kafka.tools.TopicCommand")
		}
		out, err := kafkatest.Tool(ctx, args[1], args[2:]...)
		fmt.Print(out)
		return err
	default:
		return fmt.Errorf("unknown command %q: check, up or tool", args[0])
	}
}

func up(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	clusters := flags.Int("clusters", 2, "how many clusters")
	nodes := flags.Int("nodes", 1, "brokers a cluster")
	delay := flags.Duration("delay", 0, "one-way delay at the proxied addresses")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var options []kafkatest.Options
	for i := range *clusters {
		options = append(options, kafkatest.Options{Name: fmt.Sprint("cluster-", i+1), Nodes: *nodes, Proxied: true})
	}
	running, err := kafkatest.StartAll(ctx, options...)
	if err != nil {
		return err
	}
	for _, c := range running {
		defer c.Close()
		for _, p := range c.Proxies() {
			p.SetDelay(*delay)
		}
		fmt.Printf("%s\t%s\tthrough proxies, %v each way: %s\tlogs: %s\n",
			c.Name(), c.Bootstrap(), delay.Round(time.Millisecond), c.Proxied(), strings.TrimSpace(c.Dir()))
	}
	<-ctx.Done()
	return nil
}
