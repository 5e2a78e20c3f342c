package schematest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/dram-go/dram/binding"
)

// samples are texts near the borders of some rule.
var samples = []string{
	"", "a", "ab", "abc", "abcd", "ABC", "a1", "1", "12", "123", "1.5", "-1", "+1", "red", "green", "Red", "\u212a", "ä", "äöü", "水水水", "a b", "bc", "xyz",
	"https://example.com/", "http://e.com", "mailto:a@b.co", "/path", "a@b.co", "jane.doe@example.com", "@", "1f0e2b5c-0c1d-4a7e-9b1a-1234567890ab", "1F0E2B5C-0C1D-4A7E-9B1A-1234567890AB",
	"192.0.2.1", "::1", "::ffff:1.2.3.4", "10.0.0.0/8", "00:00:5e:00:53:01", "example.com", "1example.com", "a..b", "-a", "host:80", ":80", "2026-02-30", "2026-02-28",
	"aGVsbG8=", "aGVsbG8", "a.b.c", "a.b.", "{}", "null", "true", "T", "89.9", "90.0", "90.1", "180", "978-3-16-148410-0", "0-306-40615-2", "+15551234567", "1.0.0-rc.1", "%41", "%4",
	"<b>", "&amp", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "d41d8cd98f00b204e9800998ecf8427e", "UTC", "* * * * *", "#fff", "#ffff0", "rgb(1, 2,3)", "hsl(359,100%,0%)", "EUR", "DE", "276", "4242424242424242",
	"123-45-6789", "CVE-2024-1234", "DEUTDEFF", "a-b", "507f1f77bcf86cd799439011", "18", "a\n", "~", "\x00",
}

// Value makes a JSON value for a type that its decoder takes, or not. There is null only where
// Go's type knows it.
func (g Generator) Value(typ reflect.Type) any {
	if inner, ok := strings.CutPrefix(typ.Name(), "Optional["); ok && typ.PkgPath() == reflect.TypeFor[binding.Optional[int]]().PkgPath() {
		if g.IntN(4) == 0 || inner == "" {
			return nil
		}
		return g.Value(typ.Field(0).Type)
	}
	if g.IntN(60) == 0 && typ.Kind() != reflect.Interface {
		return g.wrong(typ)
	}
	switch typ {
	case reflect.TypeFor[time.Time]():
		return pick(g, []string{"2026-11-26T12:00:00Z", "2100-01-01T00:00:00Z"})
	case reflect.TypeFor[time.Duration]():
		return json.Number(pick(g, []string{"0", "1", "999", "1000", "2000", "2001"}))
	case reflect.TypeFor[[]byte]():
		return base64.StdEncoding.EncodeToString(make([]byte, g.IntN(5)))
	}
	return g.byKind(typ)
}

func (g Generator) byKind(typ reflect.Type) any {
	switch kind := typ.Kind(); kind {
	case reflect.Pointer:
		if g.IntN(4) == 0 {
			return nil
		}
		return g.Value(typ.Elem())
	case reflect.String:
		return pick(g, samples)
	case reflect.Bool:
		return g.IntN(2) == 0
	case reflect.Float64:
		return json.Number(pick(g, []string{"0", "1", "1.5", "1.25", "2", "2.5", "3", "-1", "180", "180.5", "1e1"}))
	case reflect.Slice, reflect.Array:
		list := make([]any, g.IntN(5))
		if typ.Kind() == reflect.Array { // what is too much is not looked at
			list = list[:min(len(list), typ.Len())]
		}
		for i := range list {
			list[i] = g.Value(typ.Elem())
		}
		return list
	case reflect.Map:
		object := make(map[string]any)
		for range g.IntN(5) {
			name := pick(g, samples)
			if typ.Key().Kind() != reflect.String {
				name = fmt.Sprint(g.IntN(20))
			}
			object[name] = g.Value(typ.Elem())
		}
		return object
	case reflect.Struct:
		return g.object(typ)
	case reflect.Interface:
		return pick(g, []any{nil, "a", "", json.Number("0"), true, []any{}, map[string]any{}})
	}
	numbers := []string{"0", "1", "2", "3", "4", "5", "7", "90", "91"}
	if typ.Kind() <= reflect.Int64 {
		numbers = append(numbers, "-1", "-2", "-128", "-129")
	}
	return json.Number(pick(g, append(numbers, "127", "128", "65535", "65536")))
}

func (g Generator) object(typ reflect.Type) any {
	object := make(map[string]any)
	for i := range typ.NumField() {
		if g.IntN(4) > 0 {
			object[typ.Field(i).Tag.Get("json")] = g.Value(typ.Field(i).Type)
		}
	}
	if g.IntN(10) == 0 {
		object["unknown"] = "a"
	}
	return object
}

// wrong is a value that does not go into a type.
func (g Generator) wrong(typ reflect.Type) any {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch typ.Kind() {
	case reflect.String:
		return json.Number("3")
	case reflect.Bool, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
		return json.Number("3")
	}
	return "x"
}
