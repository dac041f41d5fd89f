package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The validators of Kafka's ConfigDef, with its messages. A null value passes
// or fails as it does there.

// AtLeast accepts numbers from minimum upwards.
func AtLeast(minimum int64) Validator {
	return func(name string, value any) error { return inRange(name, value, &minimum, nil) }
}

// Between accepts numbers from minimum to maximum, both included.
func Between(minimum, maximum int64) Validator {
	return func(name string, value any) error { return inRange(name, value, &minimum, &maximum) }
}

func inRange(name string, value any, minimum, maximum *int64) error {
	var n float64
	switch v := value.(type) {
	case nil:
		return invalid(name, value, "Value must be non-null")
	case int16:
		n = float64(v)
	case int32:
		n = float64(v)
	case int64:
		n = float64(v)
	case float64:
		n = v
	}
	if minimum != nil && n < float64(*minimum) {
		return invalid(name, value, fmt.Sprintf("Value must be at least %d", *minimum))
	}
	if maximum != nil && n > float64(*maximum) {
		return invalid(name, value, fmt.Sprintf("Value must be no more than %d", *maximum))
	}
	return nil
}

// OneOf accepts exactly the given strings.
func OneOf(allowed ...string) Validator {
	return func(name string, value any) error {
		if s, ok := value.(string); ok && slices.Contains(allowed, s) {
			return nil
		}
		e := invalid(name, value, "String must be one of: "+strings.Join(allowed, ", "))
		e.Remedy = "use one of " + strings.Join(allowed, ", ")
		return e
	}
}

// OneOfFold accepts the given strings in any case.
func OneOfFold(allowed ...string) Validator {
	return func(name string, value any) error {
		s, ok := value.(string)
		if ok && slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, s) }) {
			return nil
		}
		upper := strings.ToUpper(strings.Join(allowed, ", "))
		e := invalid(name, value, "String must be one of (case insensitive): "+upper)
		e.Remedy = "use one of " + strings.Join(allowed, ", ")
		return e
	}
}

// NonEmpty accepts strings that are not empty, and null.
func NonEmpty() Validator {
	return func(name string, value any) error {
		if s, ok := value.(string); ok && s == "" {
			return invalid(name, value, "String must be non-empty")
		}
		return nil
	}
}

// NonEmptyNoControls accepts strings that are neither empty nor hold ISO
// control characters, and null.
func NonEmptyNoControls() Validator {
	return func(name string, value any) error {
		s, ok := value.(string)
		if !ok {
			return nil
		}
		if s == "" {
			return invalid(name, value, "String may not be empty")
		}
		var found []string
		for _, r := range s {
			if r < ' ' || (r >= 0x7f && r <= 0x9f) {
				found = append(found, fmt.Sprint(int(r)))
			}
		}
		if found == nil {
			return nil
		}
		return invalid(name, value,
			"String may not contain control sequences but had the following ASCII chars: "+strings.Join(found, ", "))
	}
}

// NonNull accepts everything but null.
func NonNull() Validator {
	return func(name string, value any) error {
		if value == nil {
			return invalid(name, value, "entry must be non null")
		}
		return nil
	}
}

// All asks one validator after another and returns the first objection.
func All(validators ...Validator) Validator {
	return func(name string, value any) error {
		for _, validate := range validators {
			if err := validate(name, value); err != nil {
				return err
			}
		}
		return nil
	}
}

// Anything accepts every value; on a List it also allows empty and repeated
// elements, which are refused by default.
func Anything() Validator { return func(string, any) error { return nil } }

var errDuplicated = errors.New("values must not be duplicated")

// NonDuplicateList accepts lists without empty elements. Repeated elements are
// an objection in [Def.Validate]; [Def.Parse] drops them with a warning.
func NonDuplicateList(emptyAllowed, nullAllowed bool) Validator {
	return validList(emptyAllowed, nullAllowed, nil)
}

// ListOf accepts lists whose elements are all among allowed.
func ListOf(emptyAllowed bool, allowed ...string) Validator {
	return validList(emptyAllowed, false, allowed)
}

func validList(emptyAllowed, nullAllowed bool, allowed []string) Validator {
	return func(name string, value any) error {
		list, ok := value.([]string)
		switch {
		case !ok && nullAllowed:
			return nil
		case !ok:
			return listProblem(name, value, "must not be null", "values ")
		case len(list) == 0 && !emptyAllowed:
			return listProblem(name, value, "must not be empty. Valid values include: "+validValues(allowed), "")
		case len(withoutRepeats(list)) != len(list):
			return duplicatedError{listProblem(name, value, "must not be duplicated", "values ")}
		case slices.Contains(list, ""):
			e := listProblem(name, value, "must not be empty", "values ")
			e.Remedy = "remove the comma that has nothing beside it"
			return e
		}
		for _, s := range list {
			if allowed != nil && !slices.Contains(allowed, s) {
				e := invalid(name, s, "String must be one of: "+strings.Join(allowed, ", "))
				e.Remedy = "use only " + strings.Join(allowed, ", ")
				return e
			}
		}
		return nil
	}
}

func validValues(allowed []string) string {
	if allowed == nil {
		return "any non-empty value"
	}
	return "[" + strings.Join(allowed, ", ") + "]"
}

// duplicatedError lets Parse tell this objection, which it can cure, from others.
type duplicatedError struct{ problem *Error }

func (d duplicatedError) Error() string      { return d.problem.Error() }
func (duplicatedError) Is(target error) bool { return target == errDuplicated }
func (d duplicatedError) Unwrap() error      { return d.problem }

func listProblem(name string, value any, what, subject string) *Error {
	text := fmt.Sprintf("Configuration '%s' %s%s", name, subject, what)
	if subject != "" {
		text += "."
	}
	e := &Error{Key: name, Reason: subject + what, Message: text}
	if value != nil {
		e.Value = Text(value)
	}
	return e
}

func invalid(name string, value any, reason string) *Error {
	return &Error{Key: name, Value: Text(value), Reason: reason}
}
