package kafkatest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const keeperEnv = "KAFKATEST_KEEPER_DIR"

// TestMain is also the program that TestAProcessDiesWithTheOneThatStartedIt
// kills: it starts a process and waits to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(keeperEnv); dir != "" {
		p, err := StartProcess(Command{Name: "child", Args: []string{"sleep", "600"}, Log: filepath.Join(dir, "log")})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(p.Pid())
		select {}
	}
	os.Exit(m.Run())
}

func TestAProcessDiesWithTheOneThatStartedIt(t *testing.T) {
	keeper := exec.Command(os.Args[0])
	keeper.Env = append(os.Environ(), keeperEnv+"="+t.TempDir())
	out, err := keeper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := keeper.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child := strings.TrimSpace(line)
	if !alive(child) {
		t.Fatalf("process %s was not started", child)
	}
	keeper.Process.Kill() // no chance to clean up
	keeper.Wait()
	Eventually(t, 10*time.Second, func() error {
		if alive(child) {
			return errors.New("the child lives on")
		}
		return nil
	})
}

// alive tells whether a process runs; one that nobody has waited for does not.
func alive(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

func TestStopKillsWhatDoesNotEnd(t *testing.T) {
	start := func(script string) *Process {
		p, err := StartProcess(Command{Name: "script", Args: []string{"sh", "-c", script}, Log: filepath.Join(t.TempDir(), "log")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		Eventually(t, 10*time.Second, func() error {
			if !strings.Contains(p.Output(), "ready") {
				return errors.New("not ready")
			}
			return nil
		})
		return p
	}
	polite := start("trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done")
	if err := polite.Stop(10 * time.Second); err != nil || polite.ExitCode() != 7 {
		t.Errorf("stopping: %v, exit code %d", err, polite.ExitCode())
	}
	deaf := start("trap '' TERM; echo ready; while :; do sleep 0.05; done")
	if err := deaf.Stop(100 * time.Millisecond); err == nil || deaf.ExitCode() != -1 {
		t.Errorf("killing: %v, exit code %d", err, deaf.ExitCode())
	}
}

func TestUsageCountsAProcessAndItsChildren(t *testing.T) {
	p, err := StartProcess(Command{Name: "busy", Args: []string{"sh", "-c", "while :; do :; done & while :; do :; done"}, Log: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	Eventually(t, 20*time.Second, func() error {
		u, err := p.Usage()
		if err != nil {
			return err
		}
		if u.CPU < 50*time.Millisecond || u.RSS <= 0 || u.PeakRSS < u.RSS/2 {
			return fmt.Errorf("usage is %+v", u)
		}
		return nil
	})
}
