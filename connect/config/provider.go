package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Provider looks up values that stand outside a configuration. It is called
// from several goroutines.
type Provider interface {
	// Get returns the values of those keys at path that exist. ttl tells for how
	// long they hold; it is negative when that is not known.
	Get(path string, keys []string) (values map[string]string, ttl time.Duration, err error)
}

const (
	providersKey    = "config.providers"
	providerPackage = "org.apache.kafka.common.config.provider."
)

// noTTL is what all built-in providers return.
const noTTL time.Duration = -1

// providerClasses makes the providers that Kafka brings along, from their
// parameters. A parameter's error names it as its key, without prefix.
var providerClasses = map[string]func(params map[string]string) (Provider, error){
	"FileConfigProvider":      newFileProvider,
	"DirectoryConfigProvider": newDirectoryProvider,
	"EnvVarConfigProvider":    newEnvProvider,
}

// declaredProvider makes the provider that props declares under name, or nil
// when no class is given.
func declaredProvider(name string, props map[string]string) (Provider, error) {
	prefix := providersKey + "." + name + "."
	class, ok := props[prefix+"class"]
	if !ok {
		return nil, nil
	}
	class = trim(class)
	build := providerClasses[strings.TrimPrefix(class, providerPackage)]
	if build == nil {
		return nil, &Error{
			Key: prefix + "class", Value: class,
			Reason: "no such config provider here",
			Remedy: "use " + providerPackage + "{EnvVarConfigProvider, FileConfigProvider or DirectoryConfigProvider}",
		}
	}
	params := map[string]string{}
	for key, value := range props {
		if param, ok := strings.CutPrefix(key, prefix+"param."); ok {
			params[param] = value
		}
	}
	p, err := build(params)
	var e *Error
	if errors.As(err, &e) {
		return nil, named(prefix+"param."+e.Key, e)
	}
	return p, err
}

// providerProblem tells which key could not be resolved. The rest of its value
// may be secret, the placeholder is not.
func providerProblem(p Placeholder, err error) *Error {
	return &Error{
		Key: p.In, Value: p.Text, Reason: err.Error(),
		Remedy: "see that the path exists and can be read",
	}
}

// envProvider reads environment variables: ${env:NAME}.
type envProvider struct{ allowed *Pattern }

func newEnvProvider(params map[string]string) (Provider, error) {
	const key = "allowlist.pattern"
	text, ok := params[key]
	if !ok {
		text = ".*"
	}
	allowed, err := CompilePattern(text)
	if err != nil {
		return nil, named(key, err)
	}
	return envProvider{allowed}, nil
}

func (p envProvider) Get(path string, keys []string) (map[string]string, time.Duration, error) {
	if path != "" {
		return nil, noTTL, fmt.Errorf("environment variables have no path, but %q is given", path)
	}
	values := map[string]string{}
	for _, name := range keys {
		if value, ok := os.LookupEnv(name); ok && p.allowed.Matches(name) {
			values[name] = value
		}
	}
	return values, noTTL, nil
}

// fileProvider reads keys of .properties files: ${file:/path:key}.
type fileProvider struct{ allowed allowedPaths }

func newFileProvider(params map[string]string) (Provider, error) {
	allowed, err := newAllowedPaths(params)
	return fileProvider{allowed}, err
}

func (p fileProvider) Get(path string, keys []string) (map[string]string, time.Duration, error) {
	path, ok := p.allowed.permit(path)
	if !ok {
		return nil, noTTL, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, noTTL, fmt.Errorf("could not read properties: %w", err)
	}
	// Unlike files given on a command line, Java reads these as UTF-8.
	if !utf8.Valid(text) {
		return nil, noTTL, fmt.Errorf("could not read properties: %s is not UTF-8", path)
	}
	file, err := readProperties(text, true)
	if err != nil {
		return nil, noTTL, fmt.Errorf("reading %s: %w", path, err)
	}
	values := map[string]string{}
	for _, key := range keys {
		if value, ok := file.values[key]; ok {
			values[key] = value
		}
	}
	return values, noTTL, nil
}

// directoryProvider reads whole files of a directory: ${dir:/path:file}.
type directoryProvider struct{ allowed allowedPaths }

func newDirectoryProvider(params map[string]string) (Provider, error) {
	allowed, err := newAllowedPaths(params)
	return directoryProvider{allowed}, err
}

func (p directoryProvider) Get(path string, keys []string) (map[string]string, time.Duration, error) {
	path, ok := p.allowed.permit(path)
	if info, err := os.Stat(path); !ok || err != nil || !info.IsDir() {
		return nil, noTTL, nil // what is no directory has no files, to Java too
	}
	values := map[string]string{}
	for _, name := range keys {
		// Only files right in the directory have such names.
		if name != filepath.Base(name) || name == "." || name == ".." {
			continue
		}
		file := filepath.Join(path, name)
		info, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, noTTL, fmt.Errorf("could not read file: %w", err)
		}
		values[name] = string(text)
	}
	return values, noTTL, nil
}

// allowedPaths are the directories and files that a provider may read from; nil
// allows all.
type allowedPaths []string

func newAllowedPaths(params map[string]string) (allowedPaths, error) {
	const key = "allowed.paths"
	text, ok := params[key]
	if !ok || text == "" {
		return nil, nil
	}
	allowed := allowedPaths{}
	for _, path := range strings.Split(strings.TrimRight(text, ","), ",") {
		if !filepath.IsAbs(path) {
			return nil, &Error{Key: key, Value: path, Reason: "Path " + path + " is not absolute", Remedy: "begin it with /"}
		}
		if _, err := os.Stat(path); err != nil {
			return nil, &Error{Key: key, Value: path, Reason: "Path " + path + " does not exist", Remedy: "create it or take it out"}
		}
		allowed = append(allowed, filepath.Clean(path))
	}
	return allowed, nil
}

// permit returns the path to read, cleaned of dots. An empty path and one that
// is not allowed give nothing, which is no error in Java either.
func (a allowedPaths) permit(path string) (string, bool) {
	if path == "" {
		return "", false
	}
	if a == nil {
		return path, true
	}
	path = filepath.Clean(path)
	return path, slices.ContainsFunc(a, func(root string) bool {
		return path == root || strings.HasPrefix(path, strings.TrimSuffix(root, "/")+"/")
	})
}
