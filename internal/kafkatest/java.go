package kafkatest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

// KafkaVersion is the release of the real brokers, the tools and Java's
// MirrorMaker 2. pom.xml has the same number as its default.
const KafkaVersion = "4.3.0"

// javaAtLeast is what the brokers of that release need.
const javaAtLeast = 17

//go:embed pom.xml
var pom []byte

//go:embed log4j2.properties
var log4j []byte

// A Java is a Java runtime with the jars of Kafka.
type Java struct {
	bin  string
	home string // jars and the logging settings
}

// FindJava returns a Java runtime with Kafka's jars, which it fetches through
// Maven the first time. They stay in the user's cache directory, or where
// CROSSTIDE_RIG says. The error names what is missing and how to get it.
func FindJava(ctx context.Context) (*Java, error) {
	bin, err := javaBinary(ctx)
	if err != nil {
		return nil, err
	}
	home, err := rigHome()
	if err != nil {
		return nil, err
	}
	if err := fetchJars(ctx, home); err != nil {
		return nil, err
	}
	return &Java{bin: bin, home: home}, nil
}

// command is the argument list that runs a class of the jars.
func (j *Java) command(jvm []string, class string, args ...string) []string {
	all := append([]string{j.bin}, jvm...)
	all = append(all,
		"-Dlog4j2.configurationFile="+filepath.Join(j.home, "log4j2.properties"),
		"-cp", filepath.Join(j.home, "libs", "*"), class)
	return append(all, args...)
}

var javaVersion = regexp.MustCompile(`version "(\d+)`)

func javaBinary(ctx context.Context) (string, error) {
	bin := filepath.Join(os.Getenv("JAVA_HOME"), "bin", "java")
	if os.Getenv("JAVA_HOME") == "" {
		var err error
		if bin, err = exec.LookPath("java"); err != nil {
			return "", fmt.Errorf("real brokers need Java %d or later, and there is no java on PATH and no JAVA_HOME: install a JRE, for example Debian's openjdk-17-jre-headless", javaAtLeast)
		}
	}
	out, err := exec.CommandContext(ctx, bin, "-version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s -version: %w: %s", bin, err, out)
	}
	m := javaVersion.FindSubmatch(out)
	if m == nil {
		return "", fmt.Errorf("%s -version says no version: %s", bin, out)
	}
	if v, _ := strconv.Atoi(string(m[1])); v < javaAtLeast {
		return "", fmt.Errorf("real brokers need Java %d or later, %s is %d: install a newer JRE or set JAVA_HOME", javaAtLeast, bin, v)
	}
	return bin, nil
}

func rigHome() (string, error) {
	if dir := os.Getenv("CROSSTIDE_RIG"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for Kafka's jars: %w: set CROSSTIDE_RIG to a directory", err)
	}
	return filepath.Join(cache, "crosstide", "kafka-"+KafkaVersion), nil
}

// fetchJars fills home, once, whichever process comes first.
func fetchJars(ctx context.Context, home string) error {
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(filepath.Join(home, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	complete := filepath.Join(home, "complete")
	if have, err := os.ReadFile(complete); err == nil && string(have) == string(pom) {
		return nil
	}
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return errors.New("Kafka's jars come from Maven Central through Maven, and there is no mvn on PATH: install Maven, for example Debian's package maven")
	}
	libs := filepath.Join(home, "libs")
	for name, content := range map[string][]byte{"pom.xml": pom, "log4j2.properties": log4j} {
		if err := os.WriteFile(filepath.Join(home, name), content, 0o644); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(libs); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "fetching the jars of Kafka %s into %s\n", KafkaVersion, home)
	cmd := exec.CommandContext(ctx, mvn, "-q", "-B", "-f", filepath.Join(home, "pom.xml"),
		"dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+libs)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("Maven could not fetch Kafka's jars: %w\n%s", err, out)
	}
	return os.WriteFile(complete, pom, 0o644)
}

func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
