package transform

import (
	"errors"
	"strings"
	"time"

	"crosstide/connect"
	"crosstide/connect/config"
	"crosstide/connect/config/javaregex"
	"crosstide/connect/data/simpledate"
)

var regexRouterBuiltin = builtin{
	name: "RegexRouter", build: newRegexRouter,
	keys: config.NewDef(
		config.Key{
			Name: "regex", Type: config.String, Required: true, Importance: config.High, Validator: config.OnePattern(),
			Doc: "The regular expression that a whole topic name must match to be changed.",
		},
		config.Key{
			Name: "replacement", Type: config.String, Required: true, Importance: config.High,
			Doc: "What the first match becomes; $1 stands for a group.",
		},
	),
}

func newRegexRouter(v *config.Values, _ side) (apply, error) {
	replacer, err := javaregex.NewReplacer(v.String("regex"), v.String("replacement"))
	if err != nil {
		return nil, &config.Error{Key: "replacement", Value: v.String("replacement"), Reason: err.Error(),
			Remedy: `refer to groups that the regex has, and write \$ for a dollar sign`}
	}
	return func(r *connect.SourceRecord) (*connect.SourceRecord, error) {
		topic, ok, err := replacer.Replace(r.Topic)
		if err != nil || !ok {
			return r, err
		}
		c := *r
		c.Topic = topic
		return &c, nil
	}, nil
}

var timestampRouterBuiltin = builtin{
	name: "TimestampRouter", build: newTimestampRouter,
	keys: config.NewDef(
		config.Key{
			Name: "topic.format", Type: config.String, Default: "${topic}-${timestamp}", Importance: config.High,
			Doc: "The new topic name, with ${topic} and ${timestamp} in it.",
		},
		config.Key{
			Name: "timestamp.format", Type: config.String, Default: "yyyyMMdd", Importance: config.High,
			Doc: "The pattern of the timestamp, as for Java's SimpleDateFormat, in UTC.",
		},
	),
}

func newTimestampRouter(v *config.Values, _ side) (apply, error) {
	pattern := v.String("timestamp.format")
	format, err := simpledate.Compile(pattern)
	if err != nil {
		return nil, &config.Error{Key: "timestamp.format", Value: pattern, Reason: err.Error(),
			Remedy: "use a pattern of Java's SimpleDateFormat"}
	}
	name := v.String("topic.format")
	return func(r *connect.SourceRecord) (*connect.SourceRecord, error) {
		if r.Timestamp == nil {
			return nil, errors.New("timestamp missing on record")
		}
		c := *r
		// One after the other, as in Java: a topic named ${timestamp} is replaced too.
		c.Topic = strings.ReplaceAll(strings.ReplaceAll(name, "${topic}", r.Topic),
			"${timestamp}", format.Format(time.UnixMilli(*r.Timestamp)))
		return &c, nil
	}, nil
}
