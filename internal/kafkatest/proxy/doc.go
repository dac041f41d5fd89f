// Package proxy is a TCP proxy that behaves like a bad or a long link.
//
// It delays what passes by a fixed time in each direction without limiting
// the bandwidth: a reader stamps each chunk as it comes and queues it, a
// writer lets it go when its time has come. So a sender may have any number of
// bytes under way, as on a real long link with a large window, up to
// [Proxy.SetBuffer].
//
// It can also pause (connections stay, nothing passes: a half-open link), cut
// all connections (both ends see a reset) and refuse new ones.
//
// Every connection runs four goroutines, which end with it; Close ends all.
package proxy
