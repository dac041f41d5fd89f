package source

import (
	"errors"
	"fmt"
	"strings"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Sides of a flow, as messages name them.
const (
	sideSource = "source"
	sideTarget = "target"
)

// refusal is a broker's no to one operation on one resource. [errors.Is] with
// kerr's errors tells the code.
type refusal struct {
	Side      string // source or target
	Operation string // the ACL operation that it needs, as Kafka spells it
	Resource  string // for example: topic "orders"
	Code      int16
	Message   string // the broker's own words, may be empty
}

func (r *refusal) Unwrap() error { return kerr.ErrorForCode(r.Code) }

func (r *refusal) Error() string {
	var b strings.Builder
	if r.unauthorized() {
		fmt.Fprintf(&b, "not authorized for %s on %s in the %s cluster", r.Operation, r.Resource, r.Side)
	} else {
		fmt.Fprintf(&b, "%s on %s in the %s cluster was refused: %s", r.Operation, r.Resource, r.Side, r.codeName())
		if r.Message != "" && !strings.EqualFold(r.Message, r.codeName()) {
			b.WriteString(": " + r.Message)
		}
	}
	if remedy := r.remedy(); remedy != "" {
		b.WriteString("; " + remedy)
	}
	return b.String()
}

func (r *refusal) codeName() string {
	var e *kerr.Error
	if errors.As(kerr.ErrorForCode(r.Code), &e) {
		return e.Message
	}
	return fmt.Sprintf("error code %d", r.Code)
}

func (r *refusal) unauthorized() bool {
	switch r.Code {
	case kerr.TopicAuthorizationFailed.Code, kerr.ClusterAuthorizationFailed.Code:
		return true
	}
	return false
}

func (r *refusal) remedy() string {
	switch r.Code {
	case kerr.TopicAuthorizationFailed.Code, kerr.ClusterAuthorizationFailed.Code:
		return "grant it to the mirror's principal there"
	case kerr.InvalidReplicationFactor.Code:
		return "set replication.factor to at most the number of the cluster's brokers, or to -1 for its default"
	case kerr.PolicyViolation.Code:
		return "the cluster's own policy forbids it: create the topic there by hand, or exclude it from the flow"
	case kerr.InvalidTopicException.Code:
		return "the replication policy made a name that the cluster does not take: shorten or exclude the topic"
	}
	return ""
}

// newRefusal returns nil for code 0.
func newRefusal(side, operation, resource string, code int16, message *string) error {
	if code == 0 {
		return nil
	}
	r := &refusal{Side: side, Operation: operation, Resource: resource, Code: code}
	if message != nil {
		r.Message = *message
	}
	return r
}

// fromLibrdkafka turns a result's error into a refusal if a broker gave it.
func fromLibrdkafka(side, operation, resource string, e ck.Error) error {
	code := e.Code()
	switch {
	case code == ck.ErrNoError:
		return nil
	case code > 0:
		message := e.Error()
		return newRefusal(side, operation, resource, int16(code), &message)
	}
	return fmt.Errorf("%s on %s in the %s cluster: %w", operation, resource, side, e)
}

// callError is a whole request that failed, mostly for want of a connection.
type callError struct {
	side  string
	doing string
	err   error
}

func (e *callError) Error() string {
	return fmt.Sprintf("%s of the %s cluster: %v", e.doing, e.side, e.err)
}
func (e *callError) Unwrap() error { return e.err }

func topicResource(name string) string { return fmt.Sprintf("topic %q", name) }
