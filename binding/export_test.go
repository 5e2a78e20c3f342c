package binding

import "reflect"

// Shorten cuts text that may be long to MaxMessage.
var Shorten = shorten

const MaxMessage = maxMessage

// LongestPath is what decides whether Go 1.27's engine may see a body that is not right.
var LongestPath = longestPath

// Plainly reports whether a pointer to a struct is known to keep its rules before the validator
// is asked.
func Plainly(obj any) bool {
	value := reflect.ValueOf(obj).Elem()
	rules, ok := new(defaultValidator).plainly(value.Type())
	return ok && rules.keeps(value)
}

// PlainlyBroken returns the rules, "min=3", that a pointer to a struct is known to break before the
// validator is asked; nil if that is not known of them all.
func PlainlyBroken(obj any) (list []string) {
	value := reflect.ValueOf(obj).Elem()
	rules, _ := new(defaultValidator).plainly(value.Type())
	for _, at := range rules.broken(value, nil) {
		if at.rule == unplain {
			return nil
		}
		list = append(list, (&FieldError{Rule: at.rule.name, Param: at.rule.param}).Constraint())
	}
	return list
}
