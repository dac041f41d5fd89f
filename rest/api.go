package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/mux"
)

const (
	// requestTimeout is how long a request may wait for the herder.
	requestTimeout = 90 * time.Second
	// writingTime is how long a client may take to read an answer.
	writingTime = 30 * time.Second
)

// route is one method of one resource. The table of routes is what is served and
// what /openapi.json describes.
type route struct {
	method  string
	path    string // below the root, or below a flow
	summary string
	query   []string       // names of query parameters
	body    string         // schema of the request body; empty: none is read
	answers map[int]string // status to schema; "" where there is no body
	handle  func(*call) (answer, error)
	stream  func(http.ResponseWriter, *call) bool // tried first; true: it has answered
}

func (r route) changes() bool {
	return r.method != http.MethodGet && !strings.HasSuffix(r.path, "/validate")
}

// call is one request to a route.
type call struct {
	api    *api
	r      *http.Request
	herder Herder
	vars   map[string]string // path parameters, decoded
	prefix string            // escaped path of the flow, or empty
	raw    []byte            // the request body
}

func (c *call) ctx() context.Context { return c.r.Context() }

func (c *call) flag(name string) bool { return strings.EqualFold(c.r.URL.Query().Get(name), "true") }

// connector is the connector that the path names.
func (c *call) connector() string { return c.vars["connector"] }

// api serves a table of routes.
type api struct {
	config Config
	peers  *http.Client
	log    *slog.Logger
}

// mount adds routes below prefix, which is a template too. herderOf finds whom
// to ask.
func (a *api) mount(r *mux.Router, prefix string, routes []route, herderOf func(vars map[string]string) (Herder, error)) {
	byPath := map[string]map[string]route{}
	var order []string
	for _, one := range routes {
		path := prefix + one.path
		if byPath[path] == nil {
			byPath[path] = map[string]route{}
			order = append(order, path)
		}
		byPath[path][one.method] = one
	}
	for _, path := range order {
		methods := byPath[path]
		r.HandleFunc(path, func(w http.ResponseWriter, req *http.Request) {
			a.serve(w, req, methods, herderOf)
		})
	}
}

// serve finds the method's route, and answers.
func (a *api) serve(w http.ResponseWriter, r *http.Request, methods map[string]route, herderOf func(map[string]string) (Herder, error)) {
	one, found := methods[r.Method]
	if r.Method == http.MethodHead {
		one, found = methods[http.MethodGet]
	}
	switch {
	case r.Method == http.MethodOptions:
		answerOptions(w, methods)
		return
	case !found:
		w.Header().Set("Allow", allowed(methods))
		writeError(w, bare(http.StatusMethodNotAllowed))
		return
	case !acceptsJSON(r, one):
		writeError(w, bare(http.StatusNotAcceptable))
		return
	case a.config.ReadOnly && one.changes():
		writeError(w, &httpError{status: http.StatusForbidden, message: "This address was made read-only by --read-only"})
		return
	case one.body != "" && !sendsJSON(r):
		writeError(w, bare(http.StatusUnsupportedMediaType))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	writing := http.NewResponseController(w)
	// The server's own limit is shorter than a request may wait for the herder.
	_ = writing.SetWriteDeadline(time.Now().Add(requestTimeout + writingTime))
	c, err := a.call(w, r, one, herderOf)
	if err == nil && one.stream != nil && one.stream(w, c) {
		return
	}
	var out answer
	if err == nil {
		c.r = c.r.WithContext(ctx)
		out, err = one.handle(c)
	}
	if err != nil && c != nil {
		if forwarded, was := a.forward(c, err); was {
			out, err = forwarded.answer, forwarded.err
		}
	}
	_ = writing.SetWriteDeadline(time.Now().Add(writingTime))
	if err != nil {
		a.logFailure(r, err)
		writeError(w, err)
		return
	}
	out.write(w)
}

func (a *api) logFailure(r *http.Request, err error) {
	if status, _ := statusOf(err); status >= http.StatusInternalServerError {
		a.log.Warn("request failed", "method", r.Method, "path", r.URL.EscapedPath(), "status", status, "err", err)
	}
}

func (a *api) call(w http.ResponseWriter, r *http.Request, one route, herderOf func(map[string]string) (Herder, error)) (*call, error) {
	c := &call{api: a, r: r, vars: map[string]string{}}
	for name, value := range mux.Vars(r) {
		decoded, err := url.PathUnescape(value)
		if err != nil || !utf8.ValidString(decoded) {
			return nil, badRequest("The path parameter %s is not percent-encoded UTF-8", name)
		}
		c.vars[name] = decoded
	}
	if source, target := mux.Vars(r)["source"], mux.Vars(r)["target"]; source != "" {
		c.prefix = "/" + source + "/" + target
	}
	if herderOf != nil {
		h, err := herderOf(c.vars)
		if err != nil {
			return nil, err
		}
		c.herder = h
	}
	if one.body == "" {
		return c, nil
	}
	raw, err := readBody(w, r)
	c.raw = raw
	return c, err
}

// allowed lists the methods, as OPTIONS tells them.
func allowed(methods map[string]route) string {
	names := []string{http.MethodOptions}
	for m := range methods {
		names = append(names, m)
		if m == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

func answerOptions(w http.ResponseWriter, methods map[string]route) {
	list := allowed(methods)
	w.Header().Set("Allow", list)
	w.Header().Set("Content-Type", "text/plain")
	writeBody(w, http.StatusOK, []byte(strings.ReplaceAll(list, ",", ", ")))
}

func acceptsJSON(r *http.Request, one route) bool {
	accept := r.Header.Values("Accept")
	if len(accept) == 0 {
		return true
	}
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		kind, _, err := mime.ParseMediaType(part)
		switch {
		case err != nil:
		case kind == "*/*" || kind == "application/*" || kind == "application/json":
			return true
		case one.stream != nil && kind == eventStream:
			return true
		}
	}
	return false
}

func sendsJSON(r *http.Request) bool {
	given := r.Header.Get("Content-Type")
	kind, _, err := mime.ParseMediaType(given)
	return given == "" || err == nil && kind == "application/json"
}

// normalise takes a trailing slash and ;parameters off the path, as Java does,
// and leaves everything else as it was sent: names may look like anything.
func normalise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		was := r.URL.EscapedPath()
		segments := strings.Split(was, "/")
		for i, s := range segments {
			segments[i], _, _ = strings.Cut(s, ";")
		}
		raw := strings.Join(segments, "/")
		if len(raw) > 1 {
			raw = strings.TrimSuffix(raw, "/")
		}
		decoded, err := url.PathUnescape(raw)
		if err != nil || !strings.HasPrefix(raw, "/") {
			writeError(w, badRequest("The path %q is not percent-encoded", was))
			return
		}
		if raw != was {
			u := *r.URL
			u.Path, u.RawPath = decoded, raw
			copied := *r
			copied.URL = &u
			r = &copied
		}
		next.ServeHTTP(w, r)
	})
}

// guarded answers 500 where a resource panics, and goes on.
func (a *api) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, is := p.(error); is && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			a.log.Error("a request made a resource panic", "method", r.Method, "path", r.URL.EscapedPath(), "err", fmt.Sprint(p))
			writeError(w, &httpError{status: http.StatusInternalServerError, message: "Internal error; the log says more"})
		}()
		next.ServeHTTP(w, r)
	})
}

// locationOf is the absolute address of a connector. What Java leaves literal
// stays so, but for / and ;, which would not lead back here.
func locationOf(c *call, name string) string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host + c.prefix + "/connectors/" + escape(name)
}

func escape(name string) string {
	const literal = "-._~!$&'()*+,=:@"
	var b strings.Builder
	for i := range len(name) {
		ch := name[i]
		switch {
		case ch >= 'a' && ch <= 'z', ch >= 'A' && ch <= 'Z', ch >= '0' && ch <= '9', strings.IndexByte(literal, ch) >= 0:
			b.WriteByte(ch)
		default:
			fmt.Fprintf(&b, "%%%02X", ch)
		}
	}
	return b.String()
}
