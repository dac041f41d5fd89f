// Package maker runs MirrorMaker's dedicated mode: it turns one mm2.properties
// into flows, and runs one herder for each flow, side by side.
//
//	mm2.properties ── Parse ──> Config ──┬─ Flows            which pairs S->T run
//	                                     ├─ Worker(S->T)     what the herder's worker gets
//	                                     ├─ Connectors(S->T) what the three connectors get
//	                                     ├─ Check            everything wrong, at once
//	                                     └─ Warnings         what nobody will read, and old names
//
//	Config ── NewDriver ──> Driver.Run ──┬─ one prober a cluster: reachable? which cluster id?
//	                                     └─ one herder a flow, started when its clusters are known
//
// Which flows exist, and which key reaches whom with what precedence, is Java's
// MirrorMakerConfig to the letter; testdata/golden holds its own answers, and
// testdata/java says how they were taken. Beyond Java: the three *.blacklist
// names that Kafka 4.0 dropped still work, keys named mirror.* reach the
// connectors from the top level, and every key that nobody will read is
// reported with what was probably meant.
//
// Everything up to Config is pure: values in, values out, except that Check
// opens the keystores that the file names and that placeholders are looked up
// where their providers keep them. The driver's goroutines all end before Run
// returns. Flows do not disturb one another: a cluster that cannot be reached
// holds up only the flows that touch it.
//
// The herder itself comes in through Options: connectors do not know the
// runtime.
package maker
