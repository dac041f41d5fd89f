// Package config defines configuration keys and reads configuration the way
// Kafka's Java programs do.
//
// Each key is defined once, as a [Key] in a [Def], with type, default, check
// and documentation; parsed values, defaults, validation answers and
// documentation all come from that table. [Def.Parse] turns properties into
// typed [Values] and reports every problem at once; [Def.Validate] gives the
// per-key answers that the REST validation resource needs.
//
// Around it stand the pieces that Java brings along: [ReadProperties] reads
// .properties files, [Pattern] matches Java's regular expressions, and a
// [Transformer] replaces ${provider:path:key} placeholders.
//
// What the package promises:
//   - conversion rules and messages are those of Kafka's ConfigDef;
//   - a [Password] never shows itself to formatting, logging or JSON;
//   - all values are immutable once returned and safe for concurrent use,
//     except where a type says otherwise.
//
// It starts no goroutines of its own and reads neither network nor clock; only
// config providers touch files and the environment. (The regular expression
// engine runs a timer goroutine while a time-limited match is under way.)
package config
