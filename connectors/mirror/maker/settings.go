package maker

import (
	"maps"
	"strings"
)

// A setting is a value together with the key of the file that it came from,
// which is what an error about it must name. from is empty for a default.
type setting struct{ value, from string }

// settings is a configuration that remembers where it came from.
type settings map[string]setting

func (s settings) values() map[string]string {
	out := make(map[string]string, len(s))
	for k, v := range s {
		out[k] = v.value
	}
	return out
}

// origin returns the file's key behind name, or name itself where there is none.
func (s settings) origin(name string) string {
	if v, ok := s[name]; ok && v.from != "" {
		return v.from
	}
	return name
}

func (s settings) setDefault(name string, v setting) {
	if _, ok := s[name]; !ok {
		s[name] = v
	}
}

func (s settings) setDefaults(values map[string]string) {
	for name, value := range values {
		s.setDefault(name, setting{value: value})
	}
}

// stripped returns the properties below prefix, without it.
func stripped(props map[string]string, prefix string) settings {
	out := settings{}
	for key, value := range props {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			out[name] = setting{value, key}
		}
	}
	return out
}

// selected returns the properties whose name is wanted.
func selected(props map[string]string, wanted func(name string) bool) settings {
	out := settings{}
	for key, value := range props {
		if wanted(key) {
			out[key] = setting{value, key}
		}
	}
	return out
}

// cluster returns what the file says of one cluster, client properties spread
// to the three kinds of client. T.producer.k wins over T.k, and that over a
// top-level k.
func cluster(props map[string]string, alias string) settings {
	out := stripped(props, alias+".")
	for name := range clusterNames {
		if v, ok := out[name]; ok {
			for _, role := range roles {
				out.setDefault(role+"."+name, v)
			}
		}
		if value, ok := props[name]; ok {
			v := setting{value, name}
			for _, role := range roles {
				out.setDefault(role+"."+name, v)
			}
			out.setDefault(name, v)
		}
	}
	return out
}

// worker returns the worker configuration of one flow's herder, placeholders
// not yet resolved and config providers not yet added.
func worker(props map[string]string, f Flow) settings {
	out := cluster(props, f.Target)
	maps.Copy(out, selected(props, func(name string) bool { return hasAnyPrefix(name, workerPrefixes) }))
	return out
}

const byteArrayConverter = "org.apache.kafka.connect.converters.ByteArrayConverter"

// workerDefaults are the names of a flow's group and topics. The dots in them
// are literal: neither separator nor policy has a say.
func workerDefaults(f Flow) map[string]string {
	return map[string]string{
		"client.id":            f.String(),
		"group.id":             f.Source + "-mm2",
		"offset.storage.topic": "mm2-offsets." + f.Source + ".internal",
		"status.storage.topic": "mm2-status." + f.Source + ".internal",
		"config.storage.topic": "mm2-configs." + f.Source + ".internal",
		"key.converter":        byteArrayConverter,
		"value.converter":      byteArrayConverter,
		"header.converter":     byteArrayConverter,
	}
}

// The classes of the three connectors, in the order in which they are started.
const (
	SourceClass     = "org.apache.kafka.connect.mirror.MirrorSourceConnector"
	HeartbeatClass  = "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector"
	CheckpointClass = "org.apache.kafka.connect.mirror.MirrorCheckpointConnector"
)

// Classes lists them in that order.
var Classes = []string{SourceClass, HeartbeatClass, CheckpointClass}

func simpleName(class string) string { return class[strings.LastIndexByte(class, '.')+1:] }

// connector returns the configuration of one connector of a flow, placeholders
// kept.
func connector(props map[string]string, f Flow, class string) settings {
	out := selected(props, func(name string) bool {
		return passesToConnectors(name) || hasAnyPrefix(name, []string{"config.providers", "replication.policy"})
	})
	for _, side := range []struct{ prefix, alias string }{{"source.", f.Source}, {"target.", f.Target}} {
		for name, v := range cluster(props, side.alias) {
			if !hasAnyPrefix(name, roles) {
				name = "cluster." + name
			}
			out[side.prefix+name] = v
		}
	}
	out.setDefaults(map[string]string{
		"name":                 simpleName(class),
		"connector.class":      class,
		"source.cluster.alias": f.Source,
		"target.cluster.alias": f.Target,
	})
	maps.Copy(out, stripped(props, f.prefix()))
	out.setDefault("enabled", setting{value: "false"})
	out.renameDeprecated()
	return out
}

func passesToConnectors(name string) bool {
	return connectorNames[name] || renamed[name] != "" || strings.HasPrefix(name, ownPrefix)
}

// renameDeprecated lets the *.blacklist names work under their new names, which
// win when both are given: by now that is the last word of every Java version
// that knew both.
func (s settings) renameDeprecated() {
	for old, name := range renamed {
		if v, ok := s[old]; ok {
			s.setDefault(name, v)
			delete(s, old)
		}
	}
}
