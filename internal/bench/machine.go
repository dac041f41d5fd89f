package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// A machine is what the figures were taken on, and when.
type machine struct {
	cpu, kernel, java, golang, load, commit string
	cores                                   int
	memoryGB                                float64
	at                                      time.Time
}

func describe() machine {
	m := machine{cores: runtime.NumCPU(), golang: runtime.Version(), cpu: "CPU unknown", load: "unknown", at: time.Now().UTC()}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
				m.cpu = strings.TrimSpace(v)
				break
			}
		}
	}
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kb float64
		if _, err := fmt.Sscanf(string(info), "MemTotal: %f kB", &kb); err == nil {
			m.memoryGB = kb / (1 << 20)
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.load, _, _ = strings.Cut(string(load), " ")
	}
	m.kernel = output("uname", "-sr")
	m.java, _, _ = strings.Cut(output("java", "-version"), "\n")
	m.commit = output("git", "describe", "--tags", "--always", "--dirty")
	return m
}

func output(name string, args ...string) string {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return name + " unknown"
	}
	return strings.TrimSpace(string(out))
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %.0f GB; %s; %s; %s; Crosstide %s; load before the run %s; %s",
		m.cpu, m.cores, m.memoryGB, m.kernel, m.golang, m.java, m.commit, m.load, m.at.Format("2006-01-02 15:04 MST"))
}
