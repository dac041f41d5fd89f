package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Placeholder is one ${provider:[path:]key} in a value.
type Placeholder struct {
	In       string // the configuration key whose value holds it
	Provider string
	Path     string // "" when there is none
	Key      string
	Text     string // as written
}

// Kafka's grammar: the first colon ends the provider, the second, if there is
// one, the path, and the rest up to the brace is the key. There is no nesting.
var placeholder = regexp.MustCompile(`\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}`)

func placeholdersIn(name, value string) []Placeholder {
	if !strings.Contains(value, "${") {
		return nil
	}
	var found []Placeholder
	for _, m := range placeholder.FindAllStringSubmatch(value, -1) {
		found = append(found, Placeholder{In: name, Provider: m[1], Path: m[3], Key: m[4], Text: m[0]})
	}
	return found
}

// Placeholders lists those in props, by key, then in order.
func Placeholders(props map[string]string) []Placeholder {
	var all []Placeholder
	for _, name := range slices.Sorted(maps.Keys(props)) {
		all = append(all, placeholdersIn(name, props[name])...)
	}
	return all
}

// HasPlaceholder reports whether value holds any.
func HasPlaceholder(value string) bool { return placeholder.MatchString(value) }

// A Transformer replaces ${provider:[path:]key} placeholders by what the
// providers say that a configuration declares. It is safe for concurrent use.
type Transformer struct {
	providers map[string]Provider
	warnings  []string
}

// NewTransformer makes a transformer with the providers that props declares:
//
//	config.providers=env,file,dir
//	config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
//	config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
//	config.providers.file.param.allowed.paths=/etc/secrets
//
// The error is a [*Problems] naming classes that there are not and parameters
// that are wrong. A name without a class is left out with a warning, as in Java.
func NewTransformer(props map[string]string) (*Transformer, error) {
	t := &Transformer{providers: map[string]Provider{}}
	var problems Problems
	for _, name := range SplitList(props[providersKey]) {
		if name == "" {
			continue
		}
		p, err := declaredProvider(name, props)
		switch {
		case err != nil:
			problems.Add(err)
		case p == nil:
			t.warnings = append(t.warnings,
				providersKey+" names "+name+", but "+providersKey+"."+name+".class is not set: it is left out")
		default:
			t.providers[name] = p
		}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

// With returns a transformer that also asks p under name.
func (t *Transformer) With(name string, p Provider) *Transformer {
	more := &Transformer{providers: maps.Clone(t.providers), warnings: t.warnings}
	more.providers[name] = p
	return more
}

// Warnings tells of declarations that have no effect.
func (t *Transformer) Warnings() []string { return slices.Clone(t.warnings) }

// Undeclared lists the placeholders in props whose provider is not declared.
// Java leaves them as they stand, and so does Transform, though hardly anybody
// means that.
func (t *Transformer) Undeclared(props map[string]string) []Placeholder {
	return slices.DeleteFunc(Placeholders(props), func(p Placeholder) bool {
		return t.providers[p.Provider] != nil
	})
}

// Resolved is a configuration with its placeholders replaced.
type Resolved struct {
	Values map[string]string
	// TTLs tells for how long what came from a path holds, for the paths whose
	// provider knows.
	TTLs map[string]time.Duration
	// Unresolved are the placeholders that still stand in Values, because their
	// provider is not declared or did not know the key.
	Unresolved []Placeholder
}

// Transform returns props with all placeholders replaced that can be; see
// [Transformer.Resolve].
func (t *Transformer) Transform(props map[string]string) (map[string]string, error) {
	r, err := t.Resolve(props)
	if err != nil {
		return nil, err
	}
	return r.Values, nil
}

// Resolve replaces all placeholders that can be, asking each provider once for
// each path. The error is a [*Problems] that names, for every provider that
// failed, the keys that needed it. What was put in is not looked at again.
func (t *Transformer) Resolve(props map[string]string) (*Resolved, error) {
	all := Placeholders(props)
	sources, problems := t.ask(all)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	r := &Resolved{Values: maps.Clone(props), TTLs: map[string]time.Duration{}}
	for s, a := range sources {
		if a.ttl >= 0 {
			r.TTLs[s.path] = a.ttl
		}
	}
	for _, p := range all {
		if _, ok := sources[p.source()].values[p.Key]; !ok {
			r.Unresolved = append(r.Unresolved, p)
		}
	}
	for name, value := range props {
		r.Values[name] = substitute(value, sources)
	}
	return r, nil
}

// source is what one call of a provider is about.
type source struct{ provider, path string }

type answer struct {
	values map[string]string
	ttl    time.Duration
}

func (p Placeholder) source() source { return source{p.Provider, p.Path} }

// ask calls every declared provider once for each path that all mentions.
func (t *Transformer) ask(all []Placeholder) (map[source]answer, *Problems) {
	wanted := map[source][]Placeholder{}
	var order []source
	for _, p := range all {
		s := p.source()
		if t.providers[p.Provider] == nil {
			continue
		}
		if wanted[s] == nil {
			order = append(order, s)
		}
		wanted[s] = append(wanted[s], p)
	}
	answers := map[source]answer{}
	problems := &Problems{}
	for _, s := range order {
		var keys []string
		for _, p := range wanted[s] {
			keys = append(keys, p.Key)
		}
		values, ttl, err := t.providers[s.provider].Get(s.path, keys)
		if err == nil {
			answers[s] = answer{values, ttl}
			continue
		}
		for _, p := range wanted[s] {
			problems.Add(providerProblem(p, err))
		}
	}
	return answers, problems
}

func substitute(value string, answers map[source]answer) string {
	if !strings.Contains(value, "${") {
		return value
	}
	return placeholder.ReplaceAllStringFunc(value, func(text string) string {
		p := placeholdersIn("", text)[0]
		if v, ok := answers[p.source()].values[p.Key]; ok {
			return v
		}
		return text
	})
}
