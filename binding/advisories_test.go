// Advisories about decoders, by their identifiers: each test sends what was accepted there. See
// docs/reliability.md.

package binding_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/binding"
)

// gorilla/schema, GO-2024-2958 (CVE-2024-37298), and fiber, GO-2025-3706 (CVE-2025-48075) and
// GO-2025-3845 (CVE-2025-54801): an index in a name chose the length of a slice, or was out of
// its range. Here no name has an index.
func TestAdvisoriesOfIndexes(t *testing.T) {
	type item struct {
		Name string `form:"name"`
	}
	type list struct {
		Items []item            `form:"items"`
		Names []string          `form:"names"`
		Map   map[string]string `form:"map"`
		Fixed [2]string         `form:"fixed"`
	}
	for _, index := range []string{"99999999999999999999", "1000000000", "-1", "-9223372036854775808", "0", "x", ""} {
		for name, values := range map[string][]string{
			"items.%s.name": {"a"}, "items[%s].name": {"a"}, "items[%s][name]": {"a"}, "names.%s": {"a"}, "names[%s]": {"a"}, "fixed[%s]": {"a"}, "[%s]": {"a"}, "map[%s][%[1]s]": {"a"},
		} {
			var in list
			name := fmt.Sprintf(name, index)
			err := binding.MapFormWithTag(&in, map[string][]string{name: values}, "form")
			assert.NoError(t, err, name)
			assert.Empty(t, in.Items, name)
			assert.Empty(t, in.Names, name)
			assert.Equal(t, [2]string{}, in.Fixed, name)
		}
	}
}

// encoding/xml, GO-2022-0521 (CVE-2022-28131), GO-2022-0523 (CVE-2022-30633) and GO-2026-6088
// (CVE-2026-56859): each level of a document took a frame of the stack, which ends the process
// at some point. Also in what a type reads by itself, and in what no field is for.
func TestAdvisoriesOfDeepXML(t *testing.T) {
	type deep struct {
		A   *deep `xml:"a"`
		Any []any `xml:",any"`
	}
	type chosen struct {
		A binding.Optional[*deepNode] `xml:"a"`
	}
	for _, open := range []string{"<a>", "<b>", "<a><b/>"} {
		body := []byte("<r>" + strings.Repeat(open, 12_000))
		for _, into := range []any{&deep{}, &chosen{}, &deepNode{}} {
			assert.Error(t, binding.XML.BindBody(body, into), "%s into %T", open, into)
		}
	}
}

type deepNode struct {
	Next *deepNode                  `xml:"a"`
	Own  binding.Optional[deepLeaf] `xml:"b"`
}

type deepLeaf struct {
	A string `xml:"a"`
}
