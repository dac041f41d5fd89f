package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// answer is what a resource answers: a status, and a body unless it is nil.
type answer struct {
	status   int
	body     any
	location string
}

func ok(body any) (answer, error) { return answer{status: http.StatusOK, body: body}, nil }
func empty(status int) answer     { return answer{status: status} }
func emptyIf(status int, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return empty(status), nil
}

type errorBody struct {
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

// writeError answers with Connect's error body.
func writeError(w http.ResponseWriter, err error) {
	status, message := statusOf(err)
	var own *httpError
	if errors.As(err, &own) && own.bare {
		w.Header()["Content-Type"] = nil // keeps net/http from guessing one
	} else {
		w.Header().Set("Content-Type", "application/json")
	}
	writeBody(w, status, encode(errorBody{status, message}))
}

func (a answer) write(w http.ResponseWriter) {
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	if a.body == nil {
		w.Header()["Content-Type"] = nil
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	writeBody(w, a.status, encode(a.body))
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away needs no answer
}

// encode writes JSON as Connect does: nothing escaped that need not be, no line
// end. All bodies are made of types that can be encoded.
func encode(body any) []byte {
	if raw, is := body.(json.RawMessage); is {
		return raw
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		panic("rest: encoding an answer: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
