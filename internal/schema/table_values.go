package schema

// Rules that name values, and those of several kinds.

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/dram-go/dram/internal/enum"
)

// required refuses the zero value; of what may be nil, only nil.
func required(c *call) string {
	switch {
	case c.class == isAny:
		c.Not = &Schema{Type: Types{"null"}}
	case c.pointer:
	case c.class == isText:
		c.MinLength = count(1)
	case c.class == isBool:
		c.Const = true
	case isNumber.has(c.class):
		c.Not = &Schema{Const: json.Number("0")}
	case c.class == isArray || c.class == isStruct || c.class == isTime || c.class == isOpaqueValue:
		c.inexact = "what all is read as the zero value cannot be said"
		if zero, ok := zeroOf(c.typ); ok && c.text == nil {
			c.Not = &Schema{Const: zero}
		}
	}
	return ""
}

func isDefault(c *call) string {
	zero, ok := zeros[c.class]
	switch {
	case c.pointer, isCounted.has(c.class) && c.class != isArray:
		*c.Schema = *Nothing()
	case !ok:
		c.inexact = "what the zero value is in JSON cannot be said"
	default:
		*c.Schema = *zeroSchema(c.class, zero)
	}
	return ""
}

// equal is eq: the value itself, or the number of items.
func equal(c *call) string {
	switch {
	case c.class == isText:
		c.Const = c.param
	case c.class == isBool:
		yes, err := strconv.ParseBool(c.param)
		if err != nil {
			return "has a parameter that is not a bool: write true or false"
		}
		c.Const = yes
	default:
		return bound("=")(c)
	}
	return ""
}

// negated makes a rule of its opposite.
func negated(apply func(*call) string) func(*call) string {
	return func(c *call) string {
		inner := *c
		inner.Schema = &Schema{}
		if why := apply(&inner); why != "" {
			return why
		}
		c.inexact = inner.inexact
		switch {
		case c.inexact != "":
		case c.class == isArray:
			return "refuses every value, since " + c.typ.String() + " has so many items: correct the number"
		default:
			c.Not = inner.Schema
		}
		return ""
	}
}

var words = regexp.MustCompile(`'[^']*'|\S+`)

// params splits the parameter of a rule as the validator does: at spaces, but for 'in quotes'.
func params(text string) []string {
	all := words.FindAllString(text, -1)
	for i, word := range all {
		all[i] = strings.ReplaceAll(word, "'", "")
	}
	return all
}

// oneOf is an enum of strings or integers.
func oneOf(c *call) string {
	values := params(c.param)
	if len(values) == 0 {
		return "names no value: write them behind it, as in oneof=red green"
	}
	for _, text := range values {
		if c.class == isText {
			c.Enum = append(c.Enum, text)
			continue
		}
		var err error
		var canonical string
		if c.class == isSigned {
			var n int64
			n, err = strconv.ParseInt(text, 10, c.typ.Bits())
			canonical = fmt.Sprint(n)
		} else {
			var n uint64
			n, err = strconv.ParseUint(text, 10, c.typ.Bits())
			canonical = fmt.Sprint(n)
		}
		if err != nil || canonical != text {
			return fmt.Sprintf("names %q, which no %s is: write integers in their usual form", text, c.typ)
		}
		c.Enum = append(c.Enum, json.Number(text))
	}
	return ""
}

// ofEnum has the constants of a type that lists them; one that reads itself has them already.
func ofEnum(c *call) string {
	list, ok := enum.Values(c.typ)
	if !ok {
		return "is for a type that lists its values: give it a method EnumValues() []T, or write oneof"
	}
	if c.class != isOpaqueValue {
		c.Enum = constants(list)
	}
	return ""
}

// unique is exact for what Go and JSON compare alike.
func unique(c *call) string {
	if c.param != "" {
		c.inexact = "a schema does not compare one field of the items"
		return ""
	}
	switch {
	case c.class == isMap:
		c.inexact = "a schema does not compare the values of an object"
		return ""
	case c.class == isArray && c.text == nil:
		c.inexact = "what is missing is zero, and what is too much is not looked at"
		return ""
	}
	elem := c.typ.Elem()
	if elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	if !elem.Comparable() {
		return "compares items of type " + elem.String() + ", which Go cannot compare: write a rule of your own"
	}
	if !(isText | isNumber | isBool).has(classOf(elem)) {
		c.inexact = "what is equal in Go need not be so in JSON"
		return ""
	}
	if classOf(elem) == isFloat && elem.Bits() == 32 {
		c.inexact = "numbers that differ in JSON may be equal as float32"
	}
	c.UniqueItems = true
	return ""
}

func coordinate(most json.Number, pattern string) func(*call) string {
	return func(c *call) string {
		if c.class == isText {
			c.Pattern = pattern
		} else {
			c.Minimum, c.Maximum = "-"+most, most
		}
		return ""
	}
}

func boolean(c *call) string {
	if c.class == isText {
		c.Enum = []any{"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"}
	}
	return ""
}
