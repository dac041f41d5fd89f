// Package kafkatest is Kafka for tests, the benchmark and a look by hand.
//
// It has two kinds of clusters. [NewFake] runs franz-go's in-memory cluster in
// the test's own process: it starts in milliseconds and is what `make test`
// uses. [Start] runs real Apache Kafka brokers from Maven Central on loopback,
// one node or three, in KRaft mode; Java's MirrorMaker 2, its Connect worker
// and its command line tools come from the same jars ([StartMirrorMaker],
// [StartConnect], [Tool]), and the program under test as a process of its own
// ([StartCrosstide]), so that killing it is real.
//
// What it promises: every process dies with the test binary, whatever ends
// that, a SIGKILL included; ports are free ones outside the range from which
// the system hands out ports, so a broker gets its own back when restarted;
// logs stay where a failed test says they are.
//
// A cluster started with [Options.Proxied] is also reachable through a
// [proxy.Proxy] a broker, which delays, pauses and cuts connections. Clients
// that bootstrap there learn only proxied addresses, so nothing bypasses it.
package kafkatest
