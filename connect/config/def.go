package config

import (
	"fmt"
	"slices"
)

// A Def is an ordered table of keys. It does not change after it was made.
type Def struct {
	keys   []Key
	byName map[string]int
}

// NewDef makes a table of keys in the given order. It panics on a name defined
// twice and on a default that does not fit its type: both are mistakes in the
// program.
func NewDef(keys ...Key) *Def {
	d := &Def{byName: make(map[string]int, len(keys))}
	for _, k := range keys {
		if d.Has(k.Name) {
			panic("config: key defined twice: " + k.Name)
		}
		d.add(k)
	}
	return d
}

func (d *Def) add(k Key) {
	if !k.Required && k.Default != nil {
		v, err := normalise(k.Type, k.Default)
		if err != nil {
			panic(fmt.Sprintf("config: default of %s: %v", k.Name, err))
		}
		k.Default = v
	}
	d.byName[k.Name] = len(d.keys)
	d.keys = append(d.keys, k)
}

// Merge returns a table of d's keys followed by those of others. Where a name
// is defined more than once, the first definition stays.
func (d *Def) Merge(others ...*Def) *Def {
	m := &Def{byName: make(map[string]int, len(d.keys))}
	for _, from := range append([]*Def{d}, others...) {
		for _, k := range from.keys {
			if !m.Has(k.Name) {
				m.add(k)
			}
		}
	}
	return m
}

// Keys returns the definitions in order.
func (d *Def) Keys() []Key { return slices.Clone(d.keys) }

// Names returns the names in order.
func (d *Def) Names() []string {
	names := make([]string, len(d.keys))
	for i, k := range d.keys {
		names[i] = k.Name
	}
	return names
}

// Has reports whether name is defined. Deprecated names are not.
func (d *Def) Has(name string) bool { _, ok := d.byName[name]; return ok }

// Key returns the definition of name.
func (d *Def) Key(name string) (Key, bool) {
	i, ok := d.byName[name]
	if !ok {
		return Key{}, false
	}
	return d.keys[i], true
}

// Groups returns the groups in the order of their first key.
func (d *Def) Groups() []string {
	var groups []string
	for _, k := range d.keys {
		if k.Group != "" && !slices.Contains(groups, k.Group) {
			groups = append(groups, k.Group)
		}
	}
	return groups
}
