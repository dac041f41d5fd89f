package worker

import (
	"maps"
	"regexp"
)

// placeholder finds what a config provider would replace.
var placeholder = regexp.MustCompile(`\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}`)

// complete makes task configurations what is stored: with the task's class, and
// with placeholders put back. The connector was given its secrets in the clear;
// they must not reach the config topic.
func (i *instance) complete(configs []map[string]string, raw map[string]string) []map[string]string {
	completed := make([]map[string]string, len(configs))
	for n, config := range configs {
		c := maps.Clone(config)
		if c == nil {
			c = make(map[string]string)
		}
		if i.taskClass != "" {
			c["task.class"] = i.taskClass
		}
		for key, value := range raw {
			if _, has := c[key]; has && placeholder.MatchString(value) {
				c[key] = value
			}
		}
		completed[n] = c
	}
	return completed
}
