// Package schematest makes struct types with rules by chance, and values for them, for the
// tests that compare schemas with what binding does. See docs/adr/0022-rules-and-schemas.md.
package schematest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/schema"
)

// IsExact reports whether a schema with these notes is to say all that binding does.
func IsExact(notes []schema.Note) bool {
	return !slices.ContainsFunc(notes, func(n schema.Note) bool { return n.Kind != schema.Unasked })
}

// kind is a type that a field may have, and the rules that fit it. $ stands for a small number.
type kind struct {
	typ   reflect.Type
	rules string // separated by spaces; ~ stands for a space
}

const (
	lengths = "min=$ max=$ len=$ gt=$ gte=$ lt=$ lte=$ "
	texts   = lengths + "eq=abc ne=abc eq=a1 oneof=red~green~abc oneofci=Red~k contains=b excludes=b startswith=a startsnotwith=a endswith=c endsnotwith=c " +
		"containsany=xyzb excludesall=c1 containsrune=ä excludesrune=ä eq_ignore_case=ABC ne_ignore_case=ABC alpha alphanum alphaspace alphanumspace alphaunicode alphanumunicode " +
		"numeric number hexadecimal hexcolor lowercase uppercase ascii printascii multibyte boolean email url uri http_url uuid uuid4 ip ipv4 ipv6 cidr mac hostname hostname_rfc1123 fqdn " +
		"datetime=2006-01-02 base64 base64url jwt json latitude longitude isbn isbn13 e164 semver url_encoded html html_encoded ulid md5 hostname_port timezone cron " +
		"alpha|numeric uuid|ip len=0|min=3 startswith=a,endswith=c isdefault iso4217 country_code credit_card ssn cve rgb bic dns_rfc1035_label mongodb luhn_checksum iscolor"
	integers = "min=$ max=$ len=$ gt=$ gte=$ lt=$ lte=$ eq=$ ne=$ oneof=1~2~3 oneof=-1~0~7 latitude number numeric isdefault min=0x2 eq=1|eq=3 "
	lists    = lengths + "eq=$ ne=$ isdefault "
)

var kinds = []kind{
	{reflect.TypeFor[string](), texts}, {reflect.TypeFor[string](), texts}, {reflect.TypeFor[string](), texts},
	{reflect.TypeFor[int](), integers}, {reflect.TypeFor[int8](), integers}, {reflect.TypeFor[uint16](), strings.ReplaceAll(integers, "oneof=-1~0~7", "port")},
	{reflect.TypeFor[float64](), "min=$ max=$ gt=$ lt=$ eq=$ ne=$ min=1.5 max=2.5 longitude"},
	{reflect.TypeFor[bool](), "eq=true ne=true eq=false boolean isdefault"},
	{reflect.TypeFor[time.Duration](), "min=1us max=2us gt=$"},
	{reflect.TypeFor[*string](), texts}, {reflect.TypeFor[*int](), integers}, {reflect.TypeFor[*bool](), "eq=true"},
	{reflect.TypeFor[binding.Optional[string]](), texts}, {reflect.TypeFor[binding.Optional[int]](), integers},
	{reflect.TypeFor[binding.Optional[[]int]](), lists},
	{reflect.TypeFor[[]string](), lists + "unique"}, {reflect.TypeFor[[]int](), lists + "unique"}, {reflect.TypeFor[*[]string](), lists},
	{reflect.TypeFor[[]*int](), lists + "unique"}, {reflect.TypeFor[[2]int](), "unique min=1 len=2"},
	{reflect.TypeFor[map[string]int](), lists}, {reflect.TypeFor[map[int]string](), lists},
	{reflect.TypeFor[any](), ""}, {reflect.TypeFor[time.Time](), "lt gt"}, {reflect.TypeFor[[]byte](), lists},
	{reflect.TypeFor[[][]string](), lists},
}

// Generator makes types and values. The same seed makes the same ones.
type Generator struct{ *rand.Rand }

// New returns a Generator.
func New(seed uint64) Generator { return Generator{rand.New(rand.NewPCG(seed, 1))} }

func pick[T any](g Generator, list []T) T { return list[g.IntN(len(list))] }

// Struct makes a struct type.
func (g Generator) Struct() reflect.Type { return g.structOf(0) }

// Query makes a struct type whose fields are filled from the query.
func (g Generator) Query() reflect.Type {
	fields := make([]reflect.StructField, 1+g.IntN(4))
	for i := range fields {
		k := pick(g, kinds)
		for !isText(k.typ) {
			k = pick(g, kinds)
		}
		tag := fmt.Sprintf("query:\"f%d\" %s", i, g.tag(k))
		fields[i] = reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: k.typ, Tag: reflect.StructTag(tag)}
	}
	return reflect.StructOf(fields)
}

// isText reports whether values of a type can be sent as texts that mean what JSON does.
func isText(typ reflect.Type) bool {
	for _, kinds := range [][]reflect.Kind{{reflect.Pointer}, {reflect.Slice, reflect.Array}, {reflect.Pointer}} {
		if slices.Contains(kinds, typ.Kind()) {
			typ = typ.Elem()
		}
	}
	return typ.Kind() <= reflect.Float64 && typ != reflect.TypeFor[time.Duration]() && typ.Kind() != reflect.Uint8 || typ.Kind() == reflect.String
}

func (g Generator) structOf(level int) reflect.Type {
	n := 1 + g.IntN(4)
	fields := make([]reflect.StructField, n)
	for i := range fields {
		k := pick(g, kinds)
		typ, tag := k.typ, g.tag(k)
		if level < 2 && g.IntN(5) == 0 {
			typ, tag = g.nested(level)
		}
		fields[i] = reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: typ, Tag: reflect.StructTag(tag)}
	}
	for i := range fields {
		rules := fields[i].Tag.Get("binding")
		if g.IntN(4) == 0 && n > 1 && rules != "-" {
			rules = strings.TrimSuffix(g.conditional(fields, i)+","+rules, ",")
		}
		fields[i].Tag = reflect.StructTag(fmt.Sprintf("json:\"f%d\" binding:%q", i, rules))
	}
	return reflect.StructOf(fields)
}

// tag makes the rules of a field.
func (g Generator) tag(k kind) string {
	rules := g.rules(k)
	elem := k.typ
	if elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	if kind := elem.Kind(); (kind == reflect.Slice || kind == reflect.Map) && k.typ != reflect.TypeFor[[]byte]() && g.IntN(2) == 0 {
		for _, e := range kinds {
			if e.typ == elem.Elem() {
				rules = append(rules, "dive")
				if keys := g.rules(kinds[0]); kind == reflect.Map && elem.Key().Kind() == reflect.String && len(keys) > 0 {
					rules = append(append(append(rules, "keys"), keys...), "endkeys")
				}
				rules = append(rules, g.rules(e)...)
				break
			}
		}
	}
	return fmt.Sprintf("binding:%q", strings.Join(rules, ","))
}

func (g Generator) rules(k kind) (rules []string) {
	rules = append(rules, pick(g, []string{"", "", "required", "omitempty", "omitempty", "omitnil", "omitzero", "required,omitempty"}))
	if rules[0] == "" {
		rules = nil
	}
	all := strings.Fields(k.rules)
	for range g.IntN(3) {
		if len(all) == 0 {
			break
		}
		rule := strings.ReplaceAll(pick(g, all), "$", fmt.Sprint(g.IntN(4)))
		rules = append(rules, strings.ReplaceAll(rule, "~", " "))
	}
	return rules
}

// nested makes a struct inside a struct.
func (g Generator) nested(level int) (reflect.Type, string) {
	inner := g.structOf(level + 1)
	switch g.IntN(6) {
	case 0:
		return reflect.PointerTo(inner), `binding:"required"`
	case 1:
		return reflect.PointerTo(inner), ``
	case 2:
		return reflect.SliceOf(inner), `binding:"max=2,dive"`
	case 3:
		return reflect.SliceOf(reflect.PointerTo(inner)), ``
	case 4:
		return reflect.MapOf(reflect.TypeFor[string](), inner), `binding:"dive"`
	}
	return inner, pick(g, []string{"", "", `binding:"omitempty"`, `binding:"structonly"`, `binding:"-"`})
}

// conditional makes a rule that looks at other fields.
func (g Generator) conditional(fields []reflect.StructField, i int) string {
	other := func() reflect.StructField {
		for {
			if at := g.IntN(len(fields)); at != i {
				return fields[at]
			}
		}
	}
	if g.IntN(2) == 0 {
		name := pick(g, []string{"required_with", "required_without", "required_with_all", "required_without_all",
			"excluded_with", "excluded_without", "excluded_with_all", "excluded_without_all"})
		names := []string{other().Name}
		if another := other().Name; another != names[0] && name != "excluded_without" {
			names = append(names, another)
		}
		return name + "=" + strings.Join(names, " ")
	}
	name, sf := pick(g, []string{"required_if", "required_unless", "excluded_if", "excluded_unless", "skip_unless"}), other()
	value := map[reflect.Kind][]string{
		reflect.String: {"abc", "a", "red"}, reflect.Bool: {"true", "false"}, reflect.Pointer: {"nil"},
		reflect.Slice: {"nil", "0", "2"}, reflect.Map: {"nil", "1"},
	}[sf.Type.Kind()]
	if sf.Type.Kind() >= reflect.Int && sf.Type.Kind() <= reflect.Float64 {
		value = []string{"0", "1", "2"}
	}
	if value == nil {
		return "required_with=" + sf.Name
	}
	return name + "=" + sf.Name + " " + pick(g, value)
}
