// Command sbom writes the bill of materials of a Go binary in CycloneDX's JSON:
//
//	sbom BINARY [VERSION] > crosstide.cdx.json
//
// It reads the modules that the linker recorded in the binary, so it tells what
// is inside and not what go.mod allows. The C record client is added by hand: it
// comes with its Go module and has that module's version. The C library that a
// static binary links is not told.
package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
)

const clientModule = "github.com/confluentinc/confluent-kafka-go/v2"

type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	PURL    string `json:"purl,omitempty"`
}

type metadata struct {
	Component component `json:"component"`
}

type document struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: sbom BINARY [VERSION]")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1], strings.Join(os.Args[2:], "")); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, path, version string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading what %s was built from: %w", path, err)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	return out.Encode(describe(info, version))
}

func describe(info *debug.BuildInfo, version string) document {
	d := document{
		Format: "CycloneDX", Spec: "1.6", Version: 1,
		Metadata:   metadata{component{Type: "application", Name: info.Main.Path, Version: cmp.Or(version, info.Main.Version)}},
		Components: []component{library("stdlib", strings.TrimPrefix(info.GoVersion, "go"))},
	}
	for _, m := range info.Deps {
		used := m
		if m.Replace != nil {
			used = m.Replace
		}
		d.Components = append(d.Components, library(used.Path, cmp.Or(used.Version, m.Version)))
		if m.Path == clientModule {
			version := strings.TrimPrefix(m.Version, "v")
			d.Components = append(d.Components, component{
				Type: "library", Name: "librdkafka", Version: version, PURL: "pkg:github/confluentinc/librdkafka@v" + version,
			})
		}
	}
	return d
}

func library(path, version string) component {
	return component{Type: "library", Name: path, Version: version, PURL: "pkg:golang/" + path + "@" + version}
}
