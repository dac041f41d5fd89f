package kafka

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The functions below turn a Java client's value into librdkafka's. Numbers
// were checked against Java's bounds before; librdkafka's are often narrower,
// and the nearest value it takes serves the same purpose.

func lower(v string) (string, error) { return strings.ToLower(v), nil }

func within(least, most int64) func(string) (string, error) {
	return func(v string) (string, error) {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return "", fmt.Errorf("not a whole number")
		}
		return strconv.FormatInt(min(max(n, least), most), 10), nil
	}
}

func kilobytes(least, most int64) func(string) (string, error) {
	limit := within(least, most)
	return func(v string) (string, error) {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return "", fmt.Errorf("not a whole number")
		}
		return limit(strconv.FormatInt(n/1024, 10))
	}
}

// metadataAge: Java refreshes at this age; librdkafka's metadata.max.age.ms is
// when it stops believing what it knows, and follows as three times this.
// 0 would switch librdkafka's refresh off, where Java refreshes all the time.
func metadataAge(v string) (string, error) { return within(1000, 3600000)(v) }

func offsetReset(v string) (string, error) {
	switch v := strings.ToLower(v); v {
	case "earliest", "latest":
		return v, nil
	case "none":
		return "error", nil
	default:
		return "", errors.New("librdkafka knows earliest, latest and none")
	}
}

// partitioner: murmur2_random equals Java's default for records with a key.
func partitioner(v string) (string, error) {
	switch className(v) {
	case "", "DefaultPartitioner", "UniformStickyPartitioner":
		return "murmur2_random", nil
	case "RoundRobinPartitioner":
		return "random", nil
	default:
		return "", errors.New("only Kafka's own partitioners are available; remove it to partition as Java's default does")
	}
}

func assignors(v string) (string, error) {
	names := map[string]string{
		"RangeAssignor": "range", "range": "range",
		"RoundRobinAssignor": "roundrobin", "roundrobin": "roundrobin",
		"CooperativeStickyAssignor": "cooperative-sticky", "cooperative-sticky": "cooperative-sticky",
	}
	var out []string
	for _, c := range splitList(v) {
		name, ok := names[className(c)]
		if !ok {
			return "", fmt.Errorf("%s is not available; use RangeAssignor, RoundRobinAssignor or CooperativeStickyAssignor", c)
		}
		out = append(out, name)
	}
	// Java lists Range and CooperativeSticky together as an upgrade path; it
	// then runs Range. librdkafka refuses the mixture, so take the one that runs.
	if len(out) > 1 && out[0] != "cooperative-sticky" {
		kept := out[:0]
		for _, a := range out {
			if a != "cooperative-sticky" {
				kept = append(kept, a)
			}
		}
		out = kept
	} else if len(out) > 1 {
		out = out[:1]
	}
	return strings.Join(out, ","), nil
}

func isTrue(v string) bool { return strings.EqualFold(strings.TrimSpace(v), "true") }

func notBytes(v string) bool {
	c := className(v)
	return c != "" && c != "ByteArraySerializer" && c != "ByteArrayDeserializer" &&
		c != "ByteBufferSerializer" && c != "ByteBufferDeserializer" && c != "BytesSerializer" && c != "BytesDeserializer"
}

func notJMX(v string) bool {
	for _, c := range splitList(v) {
		if className(c) != "JmxReporter" {
			return true
		}
	}
	return false
}

// className is the last part of a Java class name.
func className(v string) string {
	v = strings.TrimSpace(v)
	return v[strings.LastIndexAny(v, ".$")+1:]
}

func splitList(v string) []string {
	var out []string
	for _, p := range strings.Split(v, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// check reads a value as Java's ConfigDef would, and returns it trimmed.
func (k clientKey) check(value string) (clean, reason, remedy string) {
	if k.kind == kindPassword {
		return value, "", ""
	}
	v := strings.TrimSpace(value)
	switch k.kind {
	case kindBool:
		if !strings.EqualFold(v, "true") && !strings.EqualFold(v, "false") {
			return v, "not a boolean", "write true or false"
		}
		return strings.ToLower(v), "", ""
	case kindInt, kindLong:
		return k.checkWhole(v)
	case kindDouble:
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || !(f >= k.min && f <= k.max) {
			return v, "not a number in range", fmt.Sprintf("write a number from %v to %v", k.min, k.max)
		}
		return v, "", ""
	}
	if k.name == keyOffsetReset && strings.HasPrefix(strings.ToLower(v), "by_duration:") {
		return v, "", ""
	}
	if len(k.choices) > 0 && !containsFold(k.choices, v) {
		return v, "unknown value", "write one of " + strings.Join(k.choices, ", ")
	}
	return v, "", ""
}

func (k clientKey) checkWhole(v string) (clean, reason, remedy string) {
	bits := 64
	if k.kind == kindInt {
		bits = 32
	}
	n, err := strconv.ParseInt(v, 10, bits)
	low := strconv.FormatInt(int64(k.min), 10)
	most := strconv.FormatInt(math.MaxInt32, 10)
	if bits == 64 {
		most = strconv.FormatInt(math.MaxInt64, 10)
	}
	remedy = "write a whole number from " + low + " to " + most
	switch {
	case errors.Is(err, strconv.ErrRange):
		return v, "out of range", remedy
	case err != nil:
		return v, "not a whole number", remedy
	case float64(n) < k.min:
		return v, "out of range", remedy
	}
	return strconv.FormatInt(n, 10), "", ""
}

func containsFold(list []string, v string) bool {
	for _, c := range list {
		if strings.EqualFold(c, v) {
			return true
		}
	}
	return false
}
