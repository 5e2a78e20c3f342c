package binding

// What a client is told of a value that a type has refused to read itself. The error of such a
// type often repeats the value, which may be a secret in somebody's log by then: ParseAddr("…").
// So its words are for the program (FieldError.Err), and the sentence is made here.
// See docs/internals/15-binding.md.

import (
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
)

// ownNames are types of the standard library that read themselves, and what they are to people.
var ownNames = map[reflect.Type]string{
	reflect.TypeFor[netip.Addr]():     "an IP address",
	reflect.TypeFor[net.IP]():         "an IP address",
	reflect.TypeFor[netip.AddrPort](): "an IP address and a port",
	reflect.TypeFor[netip.Prefix]():   "an IP network",
	reflect.TypeFor[big.Int]():        "an integer",
	reflect.TypeFor[big.Float]():      "a number",
	reflect.TypeFor[big.Rat]():        "a number or a fraction",
	reflect.TypeFor[slog.Level]():     "a log level",
	reflect.TypeFor[slog.LevelVar]():  "a log level",
	reflect.TypeFor[regexp.Regexp]():  "a regular expression",
}

// describeOwn says what a value of a type that reads itself must be. The type's own words are
// told if its error is, or wraps, a *FieldError, which is made for clients.
func describeOwn(fe *FieldError, typ reflect.Type) {
	var told *FieldError
	if errors.As(fe.Err, &told) && told.Message != "" {
		fe.Message = told.Message
		if told.Rule != "" {
			fe.Rule, fe.Param = told.Rule, told.Param
		}
		return
	}
	switch name, known := ownNames[typ]; {
	case known:
		fe.Message = "must be " + name
	case enumText(typ) != "":
		fe.Message = "must be one of: " + shorten(enumText(typ))
	case isUUID(typ):
		fe.Message = "must be a UUID"
	default:
		fe.Message = "is not valid"
	}
}

// isUUID reports whether a type is one of the usual UUIDs, which are 16 bytes of this name.
func isUUID(typ reflect.Type) bool {
	return strings.EqualFold(typ.Name(), "uuid") && typ.Kind() == reflect.Array && typ.Size() == 16
}

// mustBe says which type a value must have.
func mustBe(typ reflect.Type) string {
	if name, known := ownNames[typ]; known {
		return "must be " + name
	}
	return "must be " + article(typeName(typ))
}
