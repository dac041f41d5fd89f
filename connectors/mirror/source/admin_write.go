package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	ck "github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/twmb/franz-go/pkg/kerr"
)

// createChunk bounds one request that alters topics. A controller works on one
// such request at a time and answers when all its topics are in place.
const createChunk = 100

// createRecords bounds what one request makes the controller write: a record a
// partition and a topic config. Beyond ten thousand it refuses the whole request
// (POLICY_VIOLATION, "excessively large batch operation").
const createRecords = 4000

// portions cuts items into runs of at most createChunk that cost at most
// createRecords. An item that costs more stands alone.
func portions[T any](items []T, cost func(T) int) [][]T {
	var out [][]T
	start, sum := 0, 0
	for i, item := range items {
		c := cost(item)
		if i > start && (i-start >= createChunk || sum+c > createRecords) {
			out = append(out, items[start:i])
			start, sum = i, 0
		}
		sum += c
	}
	if start < len(items) {
		out = append(out, items[start:])
	}
	return out
}

// newTopic is a topic to be created.
type newTopic struct {
	Name              string
	Partitions        int32
	ReplicationFactor int16 // -1: the broker's default
	Configs           map[string]string
}

// writer changes one cluster's topics, configs and ACLs, through librdkafka.
// Results are per name; names without an entry succeeded. The second result is
// for the whole call, and leaves open what happened to each.
type writer interface {
	createTopics(ctx context.Context, topics []newTopic) (map[string]error, error)
	growTopics(ctx context.Context, wants []want) (map[string]error, error)
	alterConfigs(ctx context.Context, ops map[string][]configOp) (map[string]error, error)
	createACLs(ctx context.Context, bindings []aclBinding) ([]error, error)
	Close()
}

// librdkafkaWriter is a [writer] on one side's admin client.
type librdkafkaWriter struct {
	side    string
	admin   *ck.AdminClient
	timeout time.Duration // of one request
	close   func()
}

func (w *librdkafkaWriter) Close() { w.close() }

func (w *librdkafkaWriter) createTopics(ctx context.Context, topics []newTopic) (map[string]error, error) {
	errs := map[string]error{}
	for _, chunk := range portions(topics, func(t newTopic) int { return 1 + int(t.Partitions) + len(t.Configs) }) {
		specs := make([]ck.TopicSpecification, len(chunk))
		for i, t := range chunk {
			specs[i] = ck.TopicSpecification{
				Topic: t.Name, NumPartitions: int(t.Partitions),
				ReplicationFactor: int(t.ReplicationFactor), Config: t.Configs,
			}
		}
		results, err := w.admin.CreateTopics(ctx, specs, ck.SetAdminRequestTimeout(w.timeout), ck.SetAdminOperationTimeout(w.timeout))
		if err != nil {
			return errs, &callError{w.side, "creating topics", asKafkaError(err)}
		}
		w.collect(errs, "CREATE", results)
	}
	return errs, nil
}

func (w *librdkafkaWriter) growTopics(ctx context.Context, wants []want) (map[string]error, error) {
	errs := map[string]error{}
	for _, chunk := range portions(wants, func(t want) int { return 1 + int(t.Source.Partitions) }) {
		specs := make([]ck.PartitionsSpecification, len(chunk))
		for i, t := range chunk {
			specs[i] = ck.PartitionsSpecification{Topic: t.Remote, IncreaseTo: int(t.Source.Partitions)}
		}
		results, err := w.admin.CreatePartitions(ctx, specs, ck.SetAdminRequestTimeout(w.timeout), ck.SetAdminOperationTimeout(w.timeout))
		if err != nil {
			return errs, &callError{w.side, "adding partitions", asKafkaError(err)}
		}
		w.collect(errs, "ALTER", results)
	}
	return errs, nil
}

func (w *librdkafkaWriter) collect(errs map[string]error, operation string, results []ck.TopicResult) {
	for _, r := range results {
		if err := fromLibrdkafka(w.side, operation, topicResource(r.Topic), r.Error); err != nil {
			errs[r.Topic] = err
		}
	}
}

func (w *librdkafkaWriter) alterConfigs(ctx context.Context, ops map[string][]configOp) (map[string]error, error) {
	errs := map[string]error{}
	for chunk := range slices.Chunk(sortedNames(ops), createChunk) {
		resources := make([]ck.ConfigResource, len(chunk))
		for i, name := range chunk {
			resources[i] = ck.ConfigResource{Type: ck.ResourceTopic, Name: name, Config: incremental(ops[name])}
		}
		results, err := w.admin.IncrementalAlterConfigs(ctx, resources, ck.SetAdminRequestTimeout(w.timeout))
		if err != nil {
			return errs, &callError{w.side, "altering topic configs", asKafkaError(err)}
		}
		for _, r := range results {
			if err := fromLibrdkafka(w.side, "ALTER_CONFIGS", topicResource(r.Name), r.Error); err != nil {
				errs[r.Name] = err
			}
		}
	}
	return errs, nil
}

func incremental(ops []configOp) []ck.ConfigEntry {
	out := make([]ck.ConfigEntry, len(ops))
	for i, op := range ops {
		out[i] = ck.ConfigEntry{Name: op.Name, Value: op.Value, IncrementalOperation: ck.AlterConfigOpTypeSet}
		if op.Delete {
			out[i] = ck.ConfigEntry{Name: op.Name, IncrementalOperation: ck.AlterConfigOpTypeDelete}
		}
	}
	return out
}

// createACLs returns one error (or nil) a binding, in their order.
func (w *librdkafkaWriter) createACLs(ctx context.Context, bindings []aclBinding) ([]error, error) {
	errs := make([]error, 0, len(bindings))
	for chunk := range slices.Chunk(bindings, createChunk) {
		acls := make(ck.ACLBindings, len(chunk))
		for i, b := range chunk {
			// The numbers of operations, permissions and pattern types are the
			// protocol's in both libraries.
			acls[i] = ck.ACLBinding{
				Type: ck.ResourceTopic, Name: b.Topic, ResourcePatternType: ck.ResourcePatternType(b.Pattern),
				Principal: b.Principal, Host: b.Host,
				Operation: ck.ACLOperation(b.Operation), PermissionType: ck.ACLPermissionType(b.Permission),
			}
		}
		results, err := w.admin.CreateACLs(ctx, acls, ck.SetAdminRequestTimeout(w.timeout))
		if err != nil {
			return errs, &callError{w.side, "creating ACLs", asKafkaError(err)}
		}
		for i, r := range results {
			errs = append(errs, fromLibrdkafka(w.side, "ALTER", "the cluster, for an ACL of "+topicResource(chunk[i].Topic), r.Error))
		}
	}
	return errs, nil
}

// asKafkaError gives librdkafka's two local names for "the broker cannot do
// this" the protocol's meaning, so that callers ask one question.
func asKafkaError(err error) error {
	var e ck.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Code() == ck.ErrUnsupportedFeature:
		return fmt.Errorf("%w: %s", kerr.UnsupportedVersion, e.Error())
	case e.Code() > 0:
		return fmt.Errorf("%w: %s", kerr.ErrorForCode(int16(e.Code())), e.Error())
	}
	return err
}

// kerrIs tells whether err is any of the given protocol errors.
func kerrIs(err error, any ...*kerr.Error) bool {
	return slices.ContainsFunc(any, func(e *kerr.Error) bool { return errors.Is(err, e) })
}
