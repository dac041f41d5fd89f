package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A Program is a started mirror or worker, with the file it was given.
type Program struct {
	*Process
	File string // the properties file
}

// StartMirrorMaker runs Java's MirrorMaker 2 in dedicated mode on the
// properties, with extra JVM flags or the quick ones where nil.
func StartMirrorMaker(ctx context.Context, dir, properties string, jvm []string) (*Program, error) {
	return startJava(ctx, dir, "mm2", "org.apache.kafka.connect.mirror.MirrorMaker", properties, jvm)
}

// StartConnect runs Java's distributed Connect worker on the properties.
func StartConnect(ctx context.Context, dir, properties string, jvm []string) (*Program, error) {
	return startJava(ctx, dir, "connect", "org.apache.kafka.connect.cli.ConnectDistributed", properties, jvm)
}

func startJava(ctx context.Context, dir, name, class, properties string, jvm []string) (*Program, error) {
	java, err := FindJava(ctx)
	if err != nil {
		return nil, err
	}
	file, err := writeProperties(dir, name, properties)
	if err != nil {
		return nil, err
	}
	if jvm == nil {
		jvm = append([]string{"-Xmx512m"}, quickJVM...)
	}
	p, err := StartProcess(Command{Name: "Java " + name, Args: java.command(jvm, class, file), Log: filepath.Join(dir, name+"-java.log")})
	return &Program{Process: p, File: file}, err
}

// StartCrosstide runs the built binary with a command and the properties file
// behind it: StartCrosstide(dir, props, "mirror", "--listen", "127.0.0.1:0").
// CROSSTIDE_BIN names another binary than bin/crosstide of this repository.
func StartCrosstide(dir, properties, command string, flags ...string) (*Program, error) {
	bin, err := Binary()
	if err != nil {
		return nil, err
	}
	file, err := writeProperties(dir, command, properties)
	if err != nil {
		return nil, err
	}
	args := append([]string{bin, command, file}, flags...)
	p, err := StartProcess(Command{Name: "crosstide " + command, Args: args, Log: filepath.Join(dir, command+".log")})
	return &Program{Process: p, File: file}, err
}

// Binary is the program under test.
func Binary() (string, error) {
	if bin := os.Getenv("CROSSTIDE_BIN"); bin != "" {
		return filepath.Abs(bin)
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(root, "bin", "crosstide")
	if _, err := os.Stat(bin); err != nil {
		return "", fmt.Errorf("the binary under test is missing, build it first (make build): %w", err)
	}
	return bin, nil
}

// Root is the directory of the module that this process was started in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not inside the repository: no go.mod above the current directory")
		}
		dir = filepath.Dir(dir)
	}
}

func writeProperties(dir, name, properties string) (string, error) {
	file := filepath.Join(dir, name+".properties")
	return file, os.WriteFile(file, []byte(properties), 0o600)
}

// Tool runs one of Kafka's command line tools by its class and returns what it
// printed on stdout.
func Tool(ctx context.Context, class string, args ...string) (string, error) {
	java, err := FindJava(ctx)
	if err != nil {
		return "", err
	}
	argv := java.command(append([]string{"-Xmx256m"}, quickJVM...), class, args...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.SysProcAttr = dieTogether()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := spawn(cmd); err != nil {
		return "", err
	}
	if err := cmd.Wait(); err != nil {
		return stdout.String(), fmt.Errorf("%s: %w\n%s", class, err, &stderr)
	}
	return stdout.String(), nil
}

// Eventually asks until the answer is nil, and fails the test with the last
// answer when that takes longer than the bound.
func Eventually(t testing.TB, bound time.Duration, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(bound)
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still not so after %v: %v", bound, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
