// Package wire is one connection to one broker for the mirror's data plane:
// requests are written in the order of the calls, response bodies are read as a
// stream, and nothing is copied that need not be.
//
// franz-go's client is the door for everything else. It is not used for Produce
// and Fetch here for three reasons. It writes concurrent requests in no
// particular order, while an idempotent producer needs its sequence order on
// the wire. It allocates one buffer for each response, so one slow partition
// would pin the fetched bytes of all others. And it copies each batch into a
// request buffer, while this package hands the batches to writev where they lie.
//
// A Conn runs one goroutine, which reads responses and calls each request's
// handler, in request order, exactly once: with the body, or with the error that
// ended the connection. Close waits for that goroutine.
package wire
