// Command notices writes the licences of everything that a binary links.
//
//	go run ./internal/notices -o THIRD_PARTY_NOTICES.md ./cmd/crosstide
//	go run ./internal/notices -check THIRD_PARTY_NOTICES.md ./cmd/crosstide
//
// It reads the module cache only. It fails for a module without a licence
// file, or with one it does not know, so that a new dependency is looked at.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	out := flag.String("o", "", "file to write")
	check := flag.String("check", "", "file that must say what would be written")
	flag.Parse()
	if err := run(*out, *check, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func run(out, check string, packages []string) error {
	if len(packages) == 0 || (out == "") == (check == "") {
		return errors.New("usage: notices -o FILE | -check FILE PACKAGE…")
	}
	modules, err := linked(packages)
	if err != nil {
		return err
	}
	text, err := render(modules)
	if err != nil {
		return err
	}
	if out != "" {
		return os.WriteFile(out, text, 0o644)
	}
	have, err := os.ReadFile(check)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, text) {
		return fmt.Errorf("%s is not what the binary links: make notices", check)
	}
	return nil
}

// A module is one dependency and the directories of it that are linked.
type module struct {
	Path, Version string
	Dir           string
	packages      []string // directories
}

// linked lists the modules whose packages are linked on any platform we ship.
func linked(packages []string) ([]*module, error) {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=Dir,Standard,Module"}, packages...)...)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=1")
	cmd.Stderr = os.Stderr
	listing, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	found := map[string]*module{}
	for dec := json.NewDecoder(bytes.NewReader(listing)); ; {
		var p struct {
			Dir      string
			Standard bool
			Module   *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		m := found[p.Module.Path]
		if m == nil {
			m = &module{Path: p.Module.Path, Version: p.Module.Version, Dir: p.Module.Dir}
			found[m.Path] = m
		}
		m.packages = append(m.packages, p.Dir)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	found["Go"] = &module{Path: "The Go standard library", Dir: strings.TrimSpace(string(root))}
	all := make([]*module, 0, len(found))
	for _, m := range found {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *module) int { return strings.Compare(strings.ToLower(a.Path), strings.ToLower(b.Path)) })
	return all, nil
}

// licences returns the texts that go with a module: those in its root and
// those beside the packages that are linked.
func (m *module) licences() ([]string, error) {
	dirs := []string{m.Dir}
	for _, d := range m.packages {
		for ; len(d) > len(m.Dir); d = filepath.Dir(d) {
			dirs = append(dirs, d)
		}
	}
	slices.Sort(dirs)
	var texts []string
	for _, d := range slices.Compact(dirs) {
		files, err := os.ReadDir(d)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if f.IsDir() && strings.HasSuffix(f.Name(), "_vendor") { // C libraries that are linked in
				bundled, err := (&module{Dir: filepath.Join(d, f.Name())}).licences()
				if err != nil {
					return nil, err
				}
				texts = append(texts, bundled...)
			}
			if f.IsDir() || !isLicence(f.Name()) {
				continue
			}
			b, err := os.ReadFile(filepath.Join(d, f.Name()))
			if err != nil {
				return nil, err
			}
			if text := strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n")); !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	return texts, nil
}

func isLicence(name string) bool {
	upper := strings.ToUpper(name)
	if strings.HasSuffix(upper, ".GO") {
		return false
	}
	for _, start := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"} {
		if strings.HasPrefix(upper, start) {
			return true
		}
	}
	return false
}

// kinds are told by words that stand in no other licence; a file may hold
// several licences. The two-clause BSD licence is the three-clause one without
// its last clause, so it is what is left.
var kinds = []struct{ name, words string }{
	{"Apache-2.0", "Apache License"},
	{"MPL-2.0", "Mozilla Public License"},
	{"MIT", "Permission is hereby granted, free of charge"},
	{"BSD-3-Clause", "Neither the name"},
	{"BSD-3-Clause", "names of its contributors may"},
	{"ISC", "Permission to use, copy, modify, and"},
}

func kindOf(texts []string) string {
	var names []string
	for _, text := range texts {
		flat := strings.Join(strings.Fields(text), " ")
		before := len(names)
		for _, k := range kinds {
			if strings.Contains(flat, k.words) {
				names = append(names, k.name)
			}
		}
		if len(names) == before && strings.Contains(flat, "Redistributions in binary form") {
			names = append(names, "BSD-2-Clause")
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

func render(modules []*module) ([]byte, error) {
	var table, texts bytes.Buffer
	number := map[string]int{} // of a text
	for _, m := range modules {
		all, err := m.licences()
		if err != nil {
			return nil, err
		}
		kind := kindOf(all)
		if kind == "" {
			return nil, fmt.Errorf("%s: no licence file that this program knows in %s: look at it, and teach the program or drop the module", m.Path, m.Dir)
		}
		var links []string
		for _, text := range all {
			if number[text] == 0 {
				number[text] = len(number) + 1
				fmt.Fprintf(&texts, "\n## Text %d\n\n```text\n%s\n```\n", number[text], text)
			}
			links = append(links, fmt.Sprintf("[%d](#text-%d)", number[text], number[text]))
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", m.Path, m.Version, kind, strings.Join(links, ", "))
	}
	var doc bytes.Buffer
	fmt.Fprintf(&doc, "# Third-party notices\n\nWhat the binary links, each under its own licence. Made by `make notices`.\n\n"+
		"| module | version | licence | texts |\n|---|---|---|---|\n%s%s", table.String(), texts.String())
	return doc.Bytes(), nil
}
