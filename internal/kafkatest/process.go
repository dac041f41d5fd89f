package kafkatest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A Process is a program that runs in a process group of its own and writes
// its output to a file. It dies with this process.
type Process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and been waited for
}

// A Command says what to start.
type Command struct {
	Name string   // for messages and the log file's name
	Args []string // the program and its arguments
	Env  []string // added to this process's environment
	Dir  string   // where it runs; empty: here
	Log  string   // the file that gets stdout and stderr, appended
}

// StartProcess starts a program.
func StartProcess(c Command) (*Process, error) {
	out, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, c.Dir
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.SysProcAttr = dieTogether()
	if err := spawn(cmd); err != nil {
		return nil, fmt.Errorf("starting %s: %w", c.Name, err)
	}
	p := &Process{name: c.Name, log: c.Log, cmd: cmd, done: make(chan struct{})}
	go func() {
		cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Pid is the process's id, which is its group's id too.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// LogFile is where the output goes.
func (p *Process) LogFile() string { return p.log }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running tells whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// ExitCode waits for the end and returns the exit code, −1 after a signal.
func (p *Process) ExitCode() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Signal sends sig to the process alone, Kill to the whole group.
func (p *Process) Signal(sig syscall.Signal) error { return p.cmd.Process.Signal(sig) }

// Kill ends the whole group at once and waits for it.
func (p *Process) Kill() {
	if p.Running() {
		// The group outlives its leader only until the leader is waited for,
		// so the id cannot belong to somebody else here.
		_ = syscall.Kill(-p.Pid(), syscall.SIGKILL)
	}
	<-p.done
}

// Stop asks the process to end and kills it when it has not after the grace.
func (p *Process) Stop(grace time.Duration) error {
	if !p.Running() {
		return nil
	}
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(grace):
		p.Kill()
		return fmt.Errorf("%s did not end within %v of SIGTERM and was killed", p.name, grace)
	}
}

// Tail returns the last lines of the output, for messages.
func (p *Process) Tail(lines int) string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Output returns what the process has written so far.
func (p *Process) Output() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return ""
	}
	return string(bytes.ToValidUTF8(b, []byte("?")))
}

// dieTogether has the kernel kill the child when the thread that started it
// ends, hence spawn's own thread.
func dieTogether() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

var spawner = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		// Never unlocked and never left: the thread lives as long as the process.
		runtime.LockOSThread()
		for do := range work {
			do()
		}
	}()
	return work
})

func spawn(cmd *exec.Cmd) error {
	errs := make(chan error)
	spawner() <- func() { errs <- cmd.Start() }
	return <-errs
}
