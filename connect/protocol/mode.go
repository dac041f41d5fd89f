package protocol

import "fmt"

// Type is the protocol type that Connect workers join with.
const Type = "connect"

// The names of the dialects as brokers see them.
const (
	NameEager      = "default"
	NameCompatible = "compatible"
	NameSessioned  = "sessioned"
)

// Mode is the value of connect.protocol: the newest dialect a worker offers.
type Mode int

// The modes, oldest first.
const (
	Eager Mode = iota
	Compatible
	Sessioned
)

// ParseMode reads a value of connect.protocol.
func ParseMode(s string) (Mode, error) {
	for _, m := range []Mode{Eager, Compatible, Sessioned} {
		if s == m.String() {
			return m, nil
		}
	}
	return 0, fmt.Errorf("connect.protocol: %q is not one of eager, compatible, sessioned", s)
}

// String is the mode as connect.protocol spells it.
func (m Mode) String() string {
	switch m {
	case Eager:
		return "eager"
	case Compatible:
		return NameCompatible
	default:
		return NameSessioned
	}
}

// Names lists what a worker in this mode offers, preferred first. The broker
// picks one that every member offers, so one old worker takes the group back to
// its dialect.
func (m Mode) Names() []string {
	return []string{NameSessioned, NameCompatible, NameEager}[Sessioned-m:]
}

// VersionOf is the version that belongs to a dialect's name; a name that is not
// Connect's counts as cooperative (1).
func VersionOf(name string) int16 {
	switch name {
	case NameEager:
		return 0
	case NameSessioned:
		return 2
	default:
		return 1
	}
}
