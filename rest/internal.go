package rest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"crosstide/connect/herder"
)

// TaskReceiver is what the endpoints between workers ask of a herder.
type TaskReceiver interface {
	// PutTaskConfigs publishes a connector's task configurations, given as JSON. A
	// [*herder.RequestError] says with which status to refuse.
	PutTaskConfigs(ctx context.Context, connector string, body []byte, sig herder.Signature) error
}

// mostTaskConfigs bounds the body of a request between workers, in bytes: a mirror
// of 100 000 partitions names each of them in it.
const mostTaskConfigs = 64 << 20

// AddInternal routes what workers of one group ask their leader:
// POST /connectors/{c}/tasks (KIP-507 signatures are the herder's to check).
func AddInternal(r *mux.Router, worker TaskReceiver, log *slog.Logger) {
	r.HandleFunc("/connectors/{connector}/tasks", func(w http.ResponseWriter, req *http.Request) {
		parts := pathParts(req)
		putTasks(w, req, worker, parts[len(parts)-2], log)
	}).Methods(http.MethodPost)
}

// AddInternalFlows routes the same for dedicated mode, where one address serves
// every flow: POST /{source}/{target}/connectors/{c}/tasks. find returns nil for a
// flow that does not run here.
func AddInternalFlows(r *mux.Router, find func(source, target string) TaskReceiver, log *slog.Logger) {
	r.HandleFunc("/{source}/{target}/connectors/{connector}/tasks", func(w http.ResponseWriter, req *http.Request) {
		parts := pathParts(req)
		worker := find(parts[0], parts[1])
		if worker == nil {
			refuse(w, http.StatusNotFound, "No flow "+parts[0]+"->"+parts[1]+" runs here")
			return
		}
		putTasks(w, req, worker, parts[3], log)
	}).Methods(http.MethodPost)
}

// pathParts are the path's parts decoded, so that a name may hold a slash. Routes
// match as many or more of them.
func pathParts(req *http.Request) []string {
	parts := strings.Split(strings.Trim(req.URL.EscapedPath(), "/"), "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			parts[i] = plain
		}
	}
	return parts
}

func putTasks(w http.ResponseWriter, req *http.Request, worker TaskReceiver, connector string, log *slog.Logger) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, mostTaskConfigs))
	if err != nil {
		refuse(w, http.StatusBadRequest, "The body cannot be read: "+err.Error())
		return
	}
	err = worker.PutTaskConfigs(req.Context(), connector, body, herder.Signature{
		Authorization: req.Header.Get(herder.HeaderAuthorization), Algorithm: req.Header.Get(herder.HeaderAlgorithm),
	})
	var refused *herder.RequestError
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.As(err, &refused):
		refuse(w, refused.Status, refused.Message)
	case errors.Is(err, herder.ErrNotLeader):
		refuse(w, http.StatusConflict, err.Error())
	default:
		log.Warn("task configurations from another worker cannot be published", "connector", connector, "err", err)
		refuse(w, http.StatusInternalServerError, err.Error())
	}
}

// refuse answers with Connect's error body.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Code    int    `json:"error_code"`
		Message string `json:"message"`
	}{status, message}) // a client that went away needs no answer
}
