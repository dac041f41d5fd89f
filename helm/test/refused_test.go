package test

import (
	"strings"
	"testing"
)

func TestMistakesAreRefusedByName(t *testing.T) {
	const two = "clusters: {a: {bootstrapServers: \"a:9092\"}, b: {bootstrapServers: \"b:9092\"}}\n"
	const sasl = "flows: [{source: a, target: b}]\nclusters: {b: {bootstrapServers: \"b:9092\"}, a: {bootstrapServers: \"a:9092\", sasl: "
	for values, want := range map[string]string{
		// typos
		"replicas: 3":                               "replicas",
		"image: {tags: x}":                          "tags",
		"clusters: {a: {bootstrapServer: x}}":       "bootstrapServer",
		"flows: [{source: a, target: b, topic: x}]": "topic",
		"probes: {ready: {}}":                       "ready",
		"prometheusRule: {disabled: [MirrorLagg]}":  "disabled",
		"log: {level: verbose}":                     "level",
		"replicaCount: two":                         "replicaCount",
		"serviceAccount: {awsRoleArn: mirror}":      "awsRoleArn",
		"terminationGracePeriodSeconds: 10":         "terminationGracePeriodSeconds",
		"image: {digest: abc}":                      "digest",
		"extraEnv: {A: b}":                          "extraEnv",
		"clusters: {a: {bootstrapServers: broker}}": "bootstrapServers",
		"defaults: {replication: {factor: 3}}":      "replication",
		sasl + "{mechanism: GSSAPI}}}":              "mechanism",
		"resources: {limits: {memory: 512MB}}":      "memory",
		// meanings
		"mode: worker": "mode=worker",
		"config: {content: x, existingSecret: mine}": "config.existingSecret, config.content",
		two + "config: {content: x}":                 "config.content, clusters/flows/defaults",
		"config: {file: other.properties}":           "config.file=other.properties",
		two:                                          "flows: none is given",
		two + "flows: [{source: a, target: c}]":      "flows[0] (a->c): c is not in clusters (a, b)",
		two + "flows: [{source: a, target: a}]":      "same cluster",
		two + "flows: [{source: a, target: b}, {source: a, target: b}]": "flows[1] (a->b): this flow is given twice",
		"defaults: {tasks.max: 4}":                                      "clusters: a flow needs two clusters, 0 given",
		two + "flows: [{source: a, target: b}]\ndefaults: {a: \"é\"}":   "ISO-8859-1",
		sasl + "{mechanism: SCRAM-SHA-512}}}":                           "clusters.a.sasl: name the Secret",
		sasl + "{mechanism: PLAIN, existingSecret: x, directory: /y}}}": "clusters.a.sasl: existingSecret and directory exclude each other",
		"flows: [{source: a, target: b}]\nclusters: {b: {bootstrapServers: \"b:9092\"}, a: {bootstrapServers: \"a:9092\", tls: {existingSecret: x, certKey: tls.crt}}}": "clusters.a.tls: certKey and keyKey go together",
		"autoscaling: {enabled: true}\nkeda: {enabled: true, triggers: [{type: cron}]}":                                                                                 "autoscaling.enabled and keda.enabled",
		"keda: {enabled: true}": "keda.prometheus.serverAddress",
		"serviceMonitor: {enabled: true}\npodMonitor: {enabled: true}": "scraped twice",
		"serviceMonitor: {enabled: true}\nservice: {enabled: false}":   "service.enabled=true",
		"ingress: {enabled: true}\nservice: {enabled: false}":          "service.enabled=true",
	} {
		if _, err := render(values); err == nil {
			t.Errorf("accepted:\n%s", values)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nsays %v\nwant %s", values, err, want)
		}
	}
}
