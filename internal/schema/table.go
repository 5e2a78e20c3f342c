package schema

// The rules that are known: for which kinds of values the validator has them, and what they
// ask of a value in JSON. docs/adr/0022-rules-and-schemas.md lists them all.

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// class is what kind of value the validator sees.
type class uint16

const (
	isText class = 1 << iota
	isSigned
	isUnsigned
	isFloat
	isBool
	isList
	isArray
	isBytes
	isMap
	isTime
	isStruct
	isAny
	isOpaqueValue // a type that reads itself

	isNumber   = isSigned | isUnsigned | isFloat
	isInteger  = isSigned | isUnsigned
	isCounted  = isList | isArray | isBytes | isMap
	everything = 1<<iota - 1
)

func (c class) has(one class) bool { return c&one != 0 }

func classOf(typ reflect.Type) class {
	switch kind := typ.Kind(); {
	case kind == reflect.Struct && typ.ConvertibleTo(timeType):
		return isTime
	case isOpaque(typ, checked):
		return isOpaqueValue
	case kind == reflect.String:
		return isText
	case isInt(kind):
		return isSigned
	case isUint(kind):
		return isUnsigned
	case kind == reflect.Float32, kind == reflect.Float64:
		return isFloat
	case kind == reflect.Bool:
		return isBool
	case kind == reflect.Slice && scalar(typ) != nil:
		return isBytes
	case kind == reflect.Slice:
		return isList
	case kind == reflect.Array:
		return isArray
	case kind == reflect.Map:
		return isMap
	case kind == reflect.Struct:
		return isStruct
	}
	return isAny
}

// zeros are the zero values that JSON can write, by class.
var zeros = map[class]any{
	isText: "", isBytes: "", isSigned: json.Number("0"), isUnsigned: json.Number("0"), isFloat: json.Number("0"),
	isBool: false, isList: []any{}, isMap: map[string]any{},
}

// instead says what a rule is for.
func instead(on class) string {
	for _, c := range []struct {
		class
		name string
	}{{isText, "a string"}, {isUnsigned, "an unsigned number"}, {isNumber, "a number"}, {isCounted, "a list or a map"}} {
		if on&c.class != 0 && on&^c.class == 0 {
			return "it is for " + c.name + "; for the elements of a list write it behind dive"
		}
	}
	return "take it out of the tag `binding`, or change the type"
}

// call is a rule that is applied to a schema.
type call struct {
	builder
	*Schema
	typ     reflect.Type
	class   class
	param   string
	pointer bool
	inexact string // why, if it is for this class
}

// rule is what a name means. apply returns why a rule contradicts itself, and the mend.
type rule struct {
	on      class
	inexact string
	apply   func(*call) (why string)
}

var table = map[string]rule{
	"required":  {on: everything, apply: required},
	"isdefault": {on: everything, apply: isDefault},
	"min":       {on: isText | isNumber | isCounted | isTime, apply: bound(">=")},
	"gte":       {on: isText | isNumber | isCounted | isTime, apply: bound(">=")},
	"max":       {on: isText | isNumber | isCounted | isTime, apply: bound("<=")},
	"lte":       {on: isText | isNumber | isCounted | isTime, apply: bound("<=")},
	"gt":        {on: isText | isNumber | isCounted | isTime, apply: bound(">")},
	"lt":        {on: isText | isNumber | isCounted | isTime, apply: bound("<")},
	"len":       {on: isText | isNumber | isCounted, apply: bound("=")},
	"eq":        {on: isText | isNumber | isCounted | isBool, apply: equal},
	"ne":        {on: isText | isNumber | isCounted | isBool, apply: negated(equal)},
	"oneof":     {on: isText | isInteger, apply: oneOf},
	"enum":      {on: isText | isNumber | isBool | isOpaqueValue, apply: ofEnum},
	"unique":    {on: isList | isArray | isMap, apply: unique},
	"port":      {on: isUnsigned, apply: between("1", "65535")},
	"latitude":  {on: isText | isNumber, apply: coordinate("90", `^[-+]?([1-8]?[0-9](\.[0-9]+)?|90(\.0+)?)$`)},
	"longitude": {on: isText | isNumber, apply: coordinate("180", `^[-+]?(180(\.0+)?|(1[0-7][0-9]|[1-9]?[0-9])(\.[0-9]+)?)$`)},
	"boolean":   {on: isText | isBool, apply: boolean},
}

func init() {
	for name, r := range textRules() {
		table[name] = r
	}
	for _, name := range []string{
		"eqfield", "nefield", "gtfield", "gtefield", "ltfield", "ltefield", "fieldcontains", "fieldexcludes",
		"eqcsfield", "necsfield", "gtcsfield", "gtecsfield", "ltcsfield", "ltecsfield", "postcode_iso3166_alpha2_field",
	} {
		table[name] = rule{on: everything, inexact: "a schema does not compare two values", apply: says(Schema{})}
	}
}

// says is a rule whose keywords are always the same.
func says(s Schema) func(*call) string {
	return func(c *call) string { *c.Schema = s; return "" }
}

func count[N int | int64](n N) *int64 { m := int64(n); return &m }

func number(n any) json.Number { return json.Number(fmt.Sprint(n)) }

// integerParam reads a parameter as the validator does.
func (c *call) integerParam() (int64, string) {
	if c.typ == durationType {
		if d, err := time.ParseDuration(c.param); err == nil {
			return int64(d), ""
		}
	}
	n, err := strconv.ParseInt(c.param, 0, 64)
	if err != nil {
		return 0, "has a parameter that is not an integer: write one, as in min=3"
	}
	return n, ""
}

// numberParam is integerParam for a number's own value.
func (c *call) numberParam() (n json.Number, why string) {
	switch c.class {
	case isUnsigned:
		u, err := strconv.ParseUint(c.param, 0, 64)
		if err != nil {
			return "", "has a parameter that is not an integer from 0 on, which the type " + c.typ.String() + " holds: write one"
		}
		return number(u), ""
	case isFloat:
		f, err := strconv.ParseFloat(c.param, c.typ.Bits())
		text, _ := json.Marshal(f)
		if err != nil || text == nil {
			return "", "has a parameter that is not a number: write one, as in min=0.5"
		}
		if c.typ.Bits() == 32 {
			text, _ = json.Marshal(float32(f))
		}
		return json.Number(text), ""
	}
	i, why := c.integerParam()
	return number(i), why
}

// bound is min, max, gt, lt, len and the like: of characters, of items, of a number.
func bound(op string) func(*call) string {
	return func(c *call) string {
		if c.class == isTime {
			c.inexact = "the time is compared with that of the request"
			c.samples = []string{map[bool]string{true: "2001-01-01T00:00:00Z", false: "2999-01-01T00:00:00Z"}[op[0] == '<']}
			return ""
		}
		if isNumber.has(c.class) {
			n, why := c.numberParam()
			switch op {
			case ">=":
				c.Minimum = n
			case "<=":
				c.Maximum = n
			case ">":
				c.ExclusiveMinimum = n
			case "<":
				c.ExclusiveMaximum = n
			default:
				c.Const = n
			}
			return why
		}
		n, why := c.integerParam()
		if why != "" {
			return why
		}
		return c.counts(op, n)
	}
}

// counts bounds characters, items or members.
func (c *call) counts(op string, n int64) string {
	least, most := int64(0), int64(-1)
	switch op {
	case ">=":
		least = n
	case ">":
		least = n + 1
	case "<=":
		most = n
	case "<":
		most = n - 1
	default:
		least, most = n, n
	}
	if op != ">=" && op != ">" && most < 0 {
		return "refuses every value, since no length is below 0: correct the number"
	}
	switch c.class {
	case isText:
		c.MinLength, c.MaxLength = positive(least), notNegative(most)
	case isMap:
		c.MinProperties, c.MaxProperties = positive(least), notNegative(most)
	case isList:
		c.MinItems, c.MaxItems = positive(least), notNegative(most)
	case isArray:
		if size := int64(c.typ.Len()); size < least || most >= 0 && size > most {
			return fmt.Sprintf("refuses every value, since %s has %d items: correct the number, or make the field a slice", c.typ, size)
		}
	case isBytes:
		c.inexact = "it counts bytes, and the schema the characters of base64"
		c.MinLength = positive((least + 2) / 3 * 4)
		c.samples = []string{base64.StdEncoding.EncodeToString(make([]byte, min(max(0, least), 1<<16)))}
	}
	return ""
}

func positive(n int64) *int64 {
	if n <= 0 {
		return nil
	}
	return &n
}

func notNegative(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func between(least, most json.Number) func(*call) string {
	return says(Schema{Minimum: least, Maximum: most})
}
