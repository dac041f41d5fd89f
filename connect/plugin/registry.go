package plugin

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"crosstide/connect"
	"crosstide/connect/config"
)

// Source describes a source connector.
type Source struct {
	// Class is the Java class name, in full.
	Class string
	// TaskClass is the Java class name of its tasks, stored in task configurations.
	TaskClass string
	// New makes a connector that has not been started.
	New func() connect.SourceConnector
}

// Transformation describes a transformation.
type Transformation struct {
	// Class is the Java class name, in full; nested classes as Outer$Inner.
	Class string
	// Keys are its own keys, for whoever lists or validates them; nil when unknown.
	Keys *config.Def
	// New makes a transformation from its own keys, their prefix removed.
	New func(props map[string]string) (connect.Transformation, error)
}

// Registry holds what can be named in a configuration.
type Registry struct {
	sources    kind[Source]
	transforms kind[Transformation]
	predicates kind[Predicate]
	converters kind[Converter]
	headers    kind[HeaderConverter]
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry {
	return &Registry{
		sources:    newKind[Source]("Connector"),
		transforms: newKind[Transformation]("Transformation"),
		predicates: newKind[Predicate]("Predicate"),
		converters: newKind[Converter]("Converter"),
		headers:    newKind[HeaderConverter]("HeaderConverter"),
	}
}

// AddSource makes a source connector known. The same class twice is a mistake of
// the program, and panics.
func (r *Registry) AddSource(s Source) { r.sources.add(s.Class, s) }

// AddTransformation makes a transformation known.
func (r *Registry) AddTransformation(t Transformation) { r.transforms.add(t.Class, t) }

// Sources lists the source connectors by class name.
func (r *Registry) Sources() []Source { return r.sources.sorted() }

// Source finds the connector that connector.class names: the class itself, an
// alias, or a simple name with or without "Connector". The error wraps
// [ErrUnknownClass].
func (r *Registry) Source(class string) (Source, error) {
	s, ok := r.sources.find(class)
	if !ok {
		return Source{}, fmt.Errorf("%w that implements Connector and which name matches %s; known are: %s",
			ErrUnknownClass, class, r.sources.names())
	}
	return s, nil
}

// Transformation finds what transforms.<alias>.type names. The error wraps
// [ErrUnknownClass].
func (r *Registry) Transformation(class string) (Transformation, error) {
	t, ok := r.transforms.find(class)
	if !ok {
		return Transformation{}, fmt.Errorf("%w that implements Transformation and which name matches %s; known are: %s",
			ErrUnknownClass, class, r.transforms.names())
	}
	return t, nil
}

// ErrUnknownClass is wrapped by the errors for names that nothing answers to.
var ErrUnknownClass = errors.New("Failed to find any class") //nolint:staticcheck // Java's words

// kind is one kind of plugin: its classes and what else they answer to.
type kind[P any] struct {
	word    string // cut off simple names to make aliases
	classes map[string]P
}

func newKind[P any](word string) kind[P] {
	return kind[P]{word: word, classes: make(map[string]P)}
}

func (k kind[P]) add(class string, p P) {
	if _, ok := k.classes[class]; ok {
		panic("plugin: class " + class + " added twice")
	}
	k.classes[class] = p
}

func (k kind[P]) sorted() []P {
	var all []P
	for _, class := range k.list() {
		all = append(all, k.classes[class])
	}
	return all
}

func (k kind[P]) list() []string {
	var classes []string
	for class := range k.classes {
		classes = append(classes, class)
	}
	slices.SortFunc(classes, cmp.Compare[string])
	return classes
}

func (k kind[P]) names() string {
	if len(k.classes) == 0 {
		return "none"
	}
	return strings.Join(k.list(), ", ")
}

// find refuses a name that several classes answer to.
func (k kind[P]) find(name string) (p P, ok bool) {
	if p, ok := k.classes[name]; ok {
		return p, true
	}
	var matches []string
	for class := range k.classes {
		if simple := simpleName(class); name != "" && (name == simple || name == k.alias(simple) || name+k.word == simple) {
			matches = append(matches, class)
		}
	}
	if len(matches) != 1 {
		return p, false
	}
	return k.classes[matches[0]], true
}

// alias cuts a simple name at the last occurrence of the kind's word.
func (k kind[P]) alias(simple string) string {
	if at := strings.LastIndex(simple, k.word); at > 0 {
		return simple[:at]
	}
	return simple
}

// simpleName is what Java's getSimpleName returns. A nested class answers only
// to the name after the dollar.
func simpleName(class string) string {
	return class[strings.LastIndexAny(class, ".$")+1:]
}
