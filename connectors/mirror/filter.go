package mirror

import (
	"errors"
	"strings"

	"crosstide/connect/config"
)

// TopicFilter decides by name which topics are wanted.
type TopicFilter interface {
	Replicates(topic string) bool
}

// GroupFilter decides by name which consumer groups are wanted.
type GroupFilter interface {
	ReplicatesGroup(group string) bool
}

// ConfigPropertyFilter decides which of a topic's configuration properties are
// copied.
type ConfigPropertyFilter interface {
	ReplicatesProperty(name string) bool
	// ReplicatesSourceDefaults is true if the source's default values are copied
	// too, instead of leaving the target its own.
	ReplicatesSourceDefaults() bool
}

const (
	defaultTopicFilterClass    = "org.apache.kafka.connect.mirror.DefaultTopicFilter"
	defaultGroupFilterClass    = "org.apache.kafka.connect.mirror.DefaultGroupFilter"
	defaultPropertyFilterClass = "org.apache.kafka.connect.mirror.DefaultConfigPropertyFilter"
)

// patterns accepts a name that matches an include pattern and no exclude
// pattern, each as a whole. Empty lists match nothing.
type patterns struct{ include, exclude *config.Pattern }

func (p patterns) accepts(name string) bool {
	return p.include.Matches(name) && !p.exclude.Matches(name)
}

func (p patterns) Replicates(topic string) bool      { return p.accepts(topic) }
func (p patterns) ReplicatesGroup(group string) bool { return p.accepts(group) }

// NewTopicFilter makes the filter of the keys topics and topics.exclude.
func NewTopicFilter(props map[string]string) (TopicFilter, error) {
	return newPatterns(props, topicFilterDef, TopicFilterClass, defaultTopicFilterClass, Topics, TopicsExclude)
}

// NewGroupFilter makes the filter of the keys groups and groups.exclude.
func NewGroupFilter(props map[string]string) (GroupFilter, error) {
	return newPatterns(props, groupFilterDef, GroupFilterClass, defaultGroupFilterClass, Groups, GroupsExclude)
}

type propertyFilter struct {
	exclude        *config.Pattern
	sourceDefaults bool
}

func (f propertyFilter) ReplicatesProperty(name string) bool { return !f.exclude.Matches(name) }
func (f propertyFilter) ReplicatesSourceDefaults() bool      { return f.sourceDefaults }

// NewConfigPropertyFilter makes the filter of config.properties.exclude and
// use.defaults.from; any value of the latter but "source" means "target".
func NewConfigPropertyFilter(props map[string]string) (ConfigPropertyFilter, error) {
	v, err := propertyFilterDef.Parse(props)
	if err != nil {
		return nil, err
	}
	exclude, err := compile(v, ConfigPropertiesExclude)
	if err := errors.Join(checkClass(v, ConfigPropertyFilterClass, defaultPropertyFilterClass), err); err != nil {
		return nil, err
	}
	return propertyFilter{exclude, v.String(UseDefaultsFrom) == "source"}, nil
}

var (
	topicFilterDef    = config.NewDef(topicsKey, topicsExcludeKey, topicFilterClassKey)
	groupFilterDef    = config.NewDef(groupsKey, groupsExcludeKey, groupFilterClassKey)
	propertyFilterDef = config.NewDef(propertiesExcludeKey, propertyFilterClassKey,
		key(UseDefaultsFrom, config.String, "target", "Whose default values a copy's configuration has: source or target."))
)

func newPatterns(props map[string]string, def *config.Def, classKey, class, includeKey, excludeKey string) (*patterns, error) {
	v, err := def.Parse(props)
	if err != nil {
		return nil, err
	}
	include, errInclude := compile(v, includeKey)
	exclude, errExclude := compile(v, excludeKey)
	if err := errors.Join(checkClass(v, classKey, class), errInclude, errExclude); err != nil {
		return nil, err
	}
	return &patterns{include, exclude}, nil
}

// checkClass accepts the class with or without its package.
func checkClass(v *config.Values, key, class string) error {
	given := v.String(key)
	if given == class || given == class[strings.LastIndexByte(class, '.')+1:] {
		return nil
	}
	return unknownClass(key, given, class)
}

func compile(v *config.Values, key string) (*config.Pattern, error) {
	list := v.List(key)
	p, err := config.CompileList(list)
	if err != nil {
		e := config.Invalid(key, strings.Join(list, ","), err.Error())
		e.Remedy = "write a comma-separated list of names or Java regular expressions; a comma cannot occur inside one"
		return nil, e
	}
	return p, nil
}
