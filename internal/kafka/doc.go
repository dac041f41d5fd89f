// Package kafka is the one place where Kafka clients are made.
//
// Users write the properties of Kafka's Java clients. ParseSettings reads them
// once, checks every value without touching the network, loads keystores and
// truststores, and reports all that is wrong at the same time. From the
// resulting Settings come, always with the same meaning:
//
//	Settings ─┬─ Dial, SASL      connections made by hand (the data plane)
//	          ├─ NewFranz        franz-go: raw requests, the group protocol
//	          └─ Librdkafka      librdkafka: producers, consumers, admin work
//	             NewProducer, NewConsumer, NewAdmin
//
// A property's type, bounds, translation to librdkafka and what happens when
// nobody can honour it are told by one table, in keys.go. Passwords and tokens
// are typed as config.Password and print as [hidden]; no error or log line of
// this package carries one.
//
// Settings are immutable and may be shared by any number of goroutines. The
// thin owners Producer, Consumer and Admin run a goroutine that passes
// librdkafka's log lines to slog and, for OAUTHBEARER and AWS_MSK_IAM, one that
// renews the token; Close waits for both.
//
// Kerberos (GSSAPI) is not supported: the bundled librdkafka is built without
// it, and asking for it is an error that says so.
package kafka
