// Package connect is what a connector author needs: connectors, their tasks,
// the records that tasks hand over, and the contexts through which the runtime
// serves them. The names and the life cycle are Kafka Connect's.
//
// A connector is configured once per cluster and splits its work into task
// configurations; tasks do the work, on whichever worker they are assigned to.
// A source task normally returns records from Poll and leaves conversion,
// producing and offset commits to the worker. A task that implements
// [SelfDriven] moves data by itself (the mirror's batch data plane does) and
// takes only offsets storage, target settings, pause and stop from the worker.
//
// The package starts no goroutines and knows neither workers nor herders: the
// runtime imports it, never the other way round.
package connect
