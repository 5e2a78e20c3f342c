package binding_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type xmlPatch struct {
	XMLName xml.Name                    `xml:"patch"`
	ID      binding.Optional[int]       `xml:"id,attr"`
	Day     binding.Optional[time.Time] `xml:"day,attr"`
	Title   binding.Optional[string]    `xml:"title" binding:"omitnil,min=1"`
	Pages   binding.Optional[int]       `xml:"pages" binding:"omitempty,gt=0"`
	When    binding.Optional[time.Time] `xml:"when"`
	Addr    binding.Optional[xmlAddr]   `xml:"addr"`
	Pointed *binding.Optional[bool]     `xml:"pointed"`
	Tags    binding.Optional[[]string]  `xml:"tag"`
	Nums    binding.Optional[[]int]     `xml:"num"`
}

type xmlAddr struct {
	Zip string                   `xml:"zip,attr"`
	At  binding.Optional[string] `xml:"urn:a at"`
}

// An Optional is read from XML, and written, as what it holds.
func TestOptionalXML(t *testing.T) {
	const isNil = ` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"`
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	pointed := binding.Some(true)
	for name, tt := range map[string]struct {
		body string
		want xmlPatch
		err  string
	}{
		"absent":                     {``, xmlPatch{}, ""},
		"a string":                   {`<title>abc</title>`, xmlPatch{Title: binding.Some("abc")}, ""},
		"an empty string":            {`<title/>`, xmlPatch{Title: binding.Some("")}, `dram: xml "title": must have at least 1 character (min=1)`},
		"null":                       {`<title` + isNil + `/><pages` + isNil + `></pages>`, xmlPatch{Title: binding.Null[string](), Pages: binding.Null[int]()}, ""},
		"a number":                   {`<pages>7</pages>`, xmlPatch{Pages: binding.Some(7)}, ""},
		"a number, spread out":       {"<pages>\n <!-- seven --> 7 </pages>", xmlPatch{Pages: binding.Some(7)}, ""},
		"an empty number":            {`<pages></pages>`, xmlPatch{Pages: binding.Null[int]()}, ""},
		"a broken rule":              {`<pages>-7</pages>`, xmlPatch{Pages: binding.Some(-7)}, `dram: xml "pages": must be more than 0 (gt=0)`},
		"no number":                  {`<pages>x</pages>`, xmlPatch{}, "xml"},
		"cut off":                    {`<pages>7`, xmlPatch{}, "xml"},
		"a time":                     {`<when>2024-02-29T00:00:00Z</when>`, xmlPatch{When: binding.Some(day)}, ""},
		"an empty time":              {`<when/>`, xmlPatch{When: binding.Null[time.Time]()}, ""},
		"a struct":                   {`<addr zip="12" xmlns:a="urn:a"><a:at>x</a:at></addr>`, xmlPatch{Addr: binding.Some(xmlAddr{"12", binding.Some("x")})}, ""},
		"a struct in its attributes": {`<addr zip="12"/>`, xmlPatch{Addr: binding.Some(xmlAddr{Zip: "12"})}, ""},
		"a pointer":                  {`<pointed>true</pointed>`, xmlPatch{Pointed: &pointed}, ""},
		"lists":                      {`<tag>a</tag><num>1</num><tag/><num>2</num>`, xmlPatch{Tags: binding.Some([]string{"a", ""}), Nums: binding.Some([]int{1, 2})}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got xmlPatch
			err := binding.XML.BindBody([]byte("<patch>"+tt.body+"</patch>"), &got)
			if tt.err != "" {
				assert.ErrorContains(t, binding.FieldErrors(err), tt.err)
				return
			}
			require.NoError(t, err)
			got.XMLName = xml.Name{}
			assert.Equal(t, tt.want, got)

			text, err := xml.Marshal(got)
			require.NoError(t, err)
			var back xmlPatch
			require.NoError(t, binding.XML.BindBody(text, &back), "%s", text)
			back.XMLName = xml.Name{}
			assert.Equal(t, tt.want, back, "%s", text)
		})
	}
}

func TestOptionalXMLAttributes(t *testing.T) {
	var got xmlPatch
	require.NoError(t, binding.XML.BindBody([]byte(`<patch id="3" day="2024-02-29T00:00:00Z"/>`), &got))
	assert.Equal(t, binding.Some(3), got.ID)
	assert.Equal(t, 2024, got.Day.Or(time.Time{}).Year())
	text, err := xml.Marshal(got)
	require.NoError(t, err)
	assert.Equal(t, `<patch id="3" day="2024-02-29T00:00:00Z"></patch>`, string(text))

	require.NoError(t, binding.XML.BindBody([]byte(`<patch id=""/>`), &got))
	assert.True(t, got.ID.IsNull())
	assert.Error(t, binding.XML.BindBody([]byte(`<patch id="x"/>`), &got))
	for _, unfit := range []any{
		struct {
			A binding.Optional[xmlAddr] `xml:"a,attr"`
		}{binding.Some(xmlAddr{})},
		struct {
			A binding.Optional[*int] `xml:"a,attr"`
		}{binding.Some(new(int))},
		struct {
			A binding.Optional[[]byte] `xml:"a,attr"`
		}{binding.Some([]byte("x"))},
	} {
		_, err = xml.Marshal(unfit)
		assert.Error(t, err)
	}
}

func TestOptionalXMLOfInterfaces(t *testing.T) {
	var v struct {
		V binding.Optional[any] `xml:"v"`
	}
	assert.ErrorContains(t, binding.XML.BindBody([]byte("<x><v>1</v></x>"), &v), "an Optional of an interface cannot be read from XML")
}

// Levels that nothing counts would be a stack that nothing bounds.
func TestOptionalXMLRecursive(t *testing.T) {
	type node struct {
		Next binding.Optional[[]*xmlNode] `xml:"next"`
	}
	body := strings.Repeat("<next>", 100_000)
	err := binding.XML.BindBody([]byte("<node>"+body), &node{})
	assert.ErrorContains(t, err, "an Optional of a type that contains itself cannot be read from XML")
}

type xmlNode struct {
	Next binding.Optional[*xmlNode] `xml:"next"`
}
