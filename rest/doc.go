// Package rest is what is served over HTTP.
//
// So far that is what operators watch in dedicated mode: /health, which answers
// 200 only while every flow is ready and 503 with reasons otherwise; the same for
// probes at /health/ready, and at /health/live whether the process can answer at
// all; /metrics in Prometheus' format; and an index at /. Connect's own resources come here too.
//
// Slow clients are cut off, so they hold no memory. [Server.Run] owns all
// goroutines and returns after the last request has ended or been cut off.
package rest
