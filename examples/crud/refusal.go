package main

// This file is how a rule of the library says no. It knows nothing of HTTP:
// problem.go says with which status each kind is answered.

import (
	"time"

	"github.com/dram-go/dram/binding"
)

// Refusal is the error of a request that a rule is against.
type Refusal struct {
	Kind   Kind
	Reason string         // for whoever asked
	Fields binding.Errors // what is wrong with which field, if it is about fields
	Wait   time.Duration  // after which it may succeed; 0: not known
}

// Kind is why a request is refused.
type Kind int

// The kinds of refusals.
const (
	Malformed Kind = iota // it makes no sense
	Invalid               // some fields are not valid
	Conflict              // it does not go with what is there
	Unknown               // nobody is known by these credentials
	TooMany               // too many attempts
)

func (r *Refusal) Error() string {
	if len(r.Fields) > 0 {
		return r.Reason + " " + r.Fields.Error()
	}
	return r.Reason
}

// invalid refuses a request with wrong fields; it returns nil if there are none.
func invalid(wrong binding.Errors) error {
	if len(wrong) == 0 {
		return nil
	}
	return &Refusal{Kind: Invalid, Reason: "Some fields are not valid.", Fields: wrong}
}

// conflict refuses what does not go with the value of a field.
func conflict(reason, field, rule, message string) *Refusal {
	return &Refusal{Kind: Conflict, Reason: reason, Fields: binding.Errors{{Field: field, Rule: rule, Message: message}}}
}

// validate runs the rules in the tags of a struct and lists all that are broken.
func validate(v any) binding.Errors { return binding.FieldErrors(binding.Validator.ValidateStruct(v)) }
