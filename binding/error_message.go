package binding

// The sentences of a FieldError: what a value must be.
// See docs/internals/15-binding.md.

import (
	stdjson "encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
)

// maxMessage bounds what the parameter of a rule may add to a message.
const maxMessage = 200

// describeConversion sets Param and Message for a value that does not fit into typ,
// and Rule where it is another one.
func describeConversion(fe *FieldError, typ reflect.Type) {
	fe.Param = typeName(typ)
	var inJSON *stdjson.UnmarshalTypeError
	var syntax *stdjson.SyntaxError
	var length *lengthError
	switch {
	case errors.As(fe.Err, &inJSON):
		fe.Param = typeName(inJSON.Type)
		fe.Message = "must be " + article(fe.Param)
	case errors.As(fe.Err, &length):
		fe.Rule, fe.Param = "len", strconv.Itoa(length.want)
		fe.Message = "must have exactly " + plural(fe.Param, "item")
	case errors.Is(fe.Err, ErrMultiFileHeader):
		fe.Message = "must not be a file"
	case errors.Is(fe.Err, ErrMultiFileHeaderLenInvalid):
		fe.Rule, fe.Param = "len", strconv.Itoa(typ.Len())
		fe.Message = "must be exactly " + plural(fe.Param, "file")
	case errors.Is(fe.Err, errTooManyItems):
		fe.Rule, fe.Param = "max", strconv.Itoa(maxItems)
		fe.Message = "must have at most " + plural(fe.Param, "item")
	case errors.Is(fe.Err, errUnsupported):
		fe.Message = "cannot be read from text"
	case errors.Is(fe.Err, errNotUTF8):
		fe.Message = "must be valid UTF-8"
	case typ == timeType, errors.As(fe.Err, &syntax):
		fe.Message = "must be " + article(fe.Param)
	case parsesItself(typ), reflect.PointerTo(typ).Implements(jsonUnmarshalerType):
		describeOwn(fe, typ)
	default:
		describeNumber(fe, typ, fe.Err)
	}
}

// describeNumber sets Param and Message for a value that is not of type typ, a number
// most often, because of why.
func describeNumber(fe *FieldError, typ reflect.Type, why error) {
	fe.Param = typeName(typ)
	switch {
	case errors.Is(why, errNegative):
		fe.Message = "must not be negative"
	case errors.Is(why, errNotFinite):
		fe.Message = "must be a finite number"
	case errors.Is(why, strconv.ErrRange):
		fe.Message = outOfRange(typ)
	default:
		fe.Message = mustBe(valueType(typ))
	}
}

// outOfRange says which numbers go into typ.
func outOfRange(typ reflect.Type) string {
	least, greatest := "0", ""
	switch kind := typ.Kind(); {
	case kind >= reflect.Int && kind <= reflect.Int64:
		limit := int64(1)<<(typ.Bits()-1) - 1
		least, greatest = strconv.FormatInt(-limit-1, 10), strconv.FormatInt(limit, 10)
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		greatest = strconv.FormatUint(1<<typ.Bits()-1, 10)
	default:
		return "is out of range"
	}
	return "must be an integer between " + least + " and " + greatest
}

// messages for the rules that most structs use. $ stands for the parameter.
var messages = map[string]string{
	"required": "is required", "email": "must be an e-mail address", "url": "must be a URL", "uri": "must be a URI",
	"http_url": "must be an http or https URL", "uuid": "must be a UUID", "uuid4": "must be a UUID",
	"ip": "must be an IP address", "ipv4": "must be an IPv4 address", "ipv6": "must be an IPv6 address",
	"cidr": "must be an IP network", "hostname": "must be a host name", "alpha": "must have letters only",
	"alphanum": "must have letters and digits only", "numeric": "must be a number", "number": "must have digits only",
	"boolean": "must be true or false", "lowercase": "must be lower case", "uppercase": "must be upper case",
	"json": "must be JSON", "base64": "must be base64", "e164": "must be a phone number such as +15551234567",
	"isbn": "must be an ISBN", "isbn10": "must be an ISBN-10", "isbn13": "must be an ISBN-13", "unique": "must not repeat an item",
	"datetime": "must be a date of the form $", "oneof": "must be one of: $", ruleEnum: "must be one of: $", "contains": "must contain $",
	"excludes": "must not contain $", "startswith": "must start with $", "endswith": "must end with $",
	"eq": "must be $", "ne": "must not be $", "eqfield": "must equal $", "nefield": "must differ from $",
	"gtfield": "must be greater than $", "gtefield": "must not be less than $",
	"ltfield": "must be less than $", "ltefield": "must not be greater than $",
	"required_if": "is required", "required_unless": "is required", "required_with": "is required when $ is given",
	"required_without": "is required when $ is missing", ruleDive: "must be an $",
}

// limits are the rules that count: characters, items, or the number itself.
var limits = map[string]string{
	"len": "exactly", "min": "at least", "gte": "at least", "max": "at most", "lte": "at most",
	"gt": "more than", "lt": "less than",
}

// times are the limits that compare a time with now.
var times = map[string]string{
	"gt": "in the future", "gte": "now or in the future", "lt": "in the past", "lte": "now or in the past",
}

// ruleMessage says what a broken rule asks for of a value from a source.
func ruleMessage(fe validator.FieldError, source string) string {
	param := shorten(fe.Param())
	if fe.Tag() == ruleEnum && param == "" {
		if param = shorten(enumText(fe.Type())); param == "" {
			return "is not valid"
		}
	}
	if text, ok := messages[fe.Tag()]; ok {
		return strings.ReplaceAll(text, "$", param)
	}
	limit, ok := limits[fe.Tag()]
	if !ok {
		switch {
		case strings.Contains(fe.Tag(), "|"):
			return "is not valid: " + fe.Tag()
		case param == "":
			return "is not valid"
		}
		return "is not valid: " + fe.Tag() + "=" + param
	}
	switch fe.Kind() {
	case reflect.String:
		return "must have " + limit + " " + plural(param, "character")
	case reflect.Slice, reflect.Array, reflect.Map:
		return "must have " + limit + " " + plural(param, "item")
	case reflect.Struct: // a time, compared with now
		return "must be " + times[fe.Tag()]
	}
	if fe.Type() == durationType {
		param = durationParam(param, source)
	}
	return "must be " + limit + " " + param
}

// durationParam writes the parameter of a limit of durations as a source has them: as text, as
// a struct does that no source is known of, or in JSON as a number of nanoseconds.
func durationParam(param, source string) string {
	limit, err := time.ParseDuration(param)
	if n, perr := strconv.ParseInt(param, 0, 64); perr == nil {
		limit, err = time.Duration(n), nil
		param = limit.String()
	}
	if err != nil || source == "" || isFlat(source) {
		return param
	}
	return plural(strconv.FormatInt(int64(limit), 10), "nanosecond")
}

func plural(n, noun string) string {
	if n == "1" {
		return n + " " + noun
	}
	return n + " " + noun + "s"
}

// article puts "a" or "an" before the name of a type.
func article(name string) string {
	if name != "" && strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// shorten cuts s to a length that fits into a message, between characters.
func shorten(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	s = s[:maxMessage]
	for !utf8.ValidString(s) && len(s) > maxMessage-utf8.UTFMax {
		s = s[:len(s)-1]
	}
	return s + "…"
}
