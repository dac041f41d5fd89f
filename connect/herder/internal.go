package herder

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"crosstide/connect/state"
)

// RequestError is the answer to a request of another worker that cannot be granted,
// as an HTTP status and Kafka's words for it.
type RequestError struct {
	Status  int
	Message string
}

func (e *RequestError) Error() string { return e.Message }

// PutTaskConfigs takes the task configurations of a connector from the worker that
// runs it, as JSON, and publishes them. Only the group's leader does so. The error
// is a [*RequestError] where the request is at fault or comes at a bad time.
func (h *Distributed) PutTaskConfigs(ctx context.Context, connector string, body []byte, sig Signature) error {
	h.mu.Lock()
	r := h.running
	h.mu.Unlock()
	if r == nil {
		return &RequestError{Status: 503, Message: "This worker is still starting up"}
	}
	snapshot := h.db.Snapshot()
	if r.signed.Load() {
		key, known := snapshot.SessionKey()
		if err := h.settings.signing.verify(sig, key, known, body); err != nil {
			return err
		}
	}
	configs, err := decodeTaskConfigs(body)
	if err != nil {
		return &RequestError{Status: 400, Message: err.Error()}
	}
	if !r.mayLead() {
		return &RequestError{Status: 409, Message: "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"}
	}
	if err := r.stores.config.Refresh(ctx); err != nil {
		return err
	}
	snapshot = h.db.Snapshot()
	if _, ok := snapshot.Connector(connector); !ok {
		return &RequestError{Status: 404, Message: "Connector " + connector + " not found"}
	}
	if snapshot.Target(connector) == state.Stopped && len(configs) > 0 {
		return &RequestError{Status: 400, Message: "Cannot submit non-empty set of task configs for stopped connector " + connector}
	}
	if !taskConfigsChanged(snapshot, connector, configs) {
		return nil
	}
	h.log.Info("publishing task configurations for another worker", "connector", connector, "tasks", len(configs))
	ctx, stop := r.tenure.bind(ctx)
	defer stop()
	return r.stores.config.PutTasks(ctx, connector, configs)
}

func decodeTaskConfigs(body []byte) ([]map[string]string, error) {
	var raw []map[string]*string
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, fmt.Errorf("task configurations are a JSON array of objects with strings: %w", err)
	}
	configs := make([]map[string]string, len(raw))
	for i, task := range raw {
		configs[i] = make(map[string]string, len(task))
		for key, value := range task {
			if value != nil {
				configs[i][key] = *value
			}
		}
	}
	return configs, nil
}

// encodeTaskConfigs writes what decodeTaskConfigs reads.
func encodeTaskConfigs(configs []map[string]string) ([]byte, error) {
	if configs == nil {
		configs = []map[string]string{}
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(configs); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(out.String(), "\n")), nil
}
