// Package rest is what is served over HTTP: Kafka Connect's REST API, and what
// operators watch.
//
//	request ── normalise ── mux ─┬─ connectors, tasks, offsets ── Herder
//	                             ├─ /connector-plugins ────────── Plugins
//	                             ├─ /admin/loggers ────────────── Loggers
//	                             ├─ /crosstide/v1/flows ───────── FlowDetails
//	                             └─ /health, /metrics, /openapi.json
//
// A table of routes says what is served and makes /openapi.json. A resource turns
// a request into one call of what it asks, and the result into a body; one
// function turns errors into statuses. What only another worker can do is
// forwarded to it, two hops at most.
//
// Dedicated mode serves each flow's connectors below /{source}/{target}, and all
// together at the root, named source->target.connector. Its /health answers 200
// only while every flow is ready and 503 with reasons otherwise; for probes the
// same at /health/ready, and /health/live says whether the process can answer at all.
//
// Bodies are limited in size, and slow clients are cut off, so they hold no memory.
// [Server.Run] owns all goroutines and returns after the last request has ended or
// been cut off; streams end when it is told to stop.
package rest
