package binding_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type form = map[string][]string

func TestKeys(t *testing.T) {
	type inner struct {
		Deep string `form:"deep"`
	}
	type dest struct {
		Tagged   string `form:"tagged"`
		Untagged string
		Options  string `form:",default=d"`
		Skipped  string `form:"-"`
		private  string
		Inner    inner  `form:"-"`
		Other    string `json:"only_json"`
	}
	d := dest{Tagged: "kept", private: "kept"}
	require.NoError(t, mapForm(&d, form{
		"Untagged": {"u"}, "untagged": {"wrong case"}, "-": {"x"}, "Skipped": {"x"}, "private": {"x"}, "deep": {"x"},
		"only_json": {"x"}, "Other": {"o"},
	}))
	assert.Equal(t, dest{Tagged: "kept", Untagged: "u", Options: "d", private: "kept", Other: "o"}, d)
}

func TestDefaults(t *testing.T) {
	type dest struct {
		S    string          `form:"s,default=text"`
		I    int             `form:"i,default=7"`
		P    *int            `form:"p,default=8"`
		D    time.Duration   `form:"d,default=3s"`
		List []int           `form:"list,default=1;2;3"`
		CSV  []string        `form:"csv,default=a;b" collection_format:"csv"`
		Pipe []string        `form:"pipe,default=a|b" collection_format:"pipes"`
		Arr  [2]int          `form:"arr,default=4;5"`
		JSON struct{ X int } `form:"json,default={\"X\":1}"`
	}
	eight := 8
	want := dest{"text", 7, &eight, 3 * time.Second, []int{1, 2, 3}, []string{"a", "b"}, []string{"a", "b"}, [2]int{4, 5}, struct{ X int }{1}}
	t.Run("missing", func(t *testing.T) {
		var d dest
		require.NoError(t, mapForm(&d, form{}))
		assert.Equal(t, want, d)
	})
	t.Run("empty", func(t *testing.T) {
		var d dest
		require.NoError(t, mapForm(&d, form{"s": {""}, "i": {""}, "p": {""}, "d": {""}, "list": {""}, "csv": {}}))
		want := want
		want.List = []int{0} // a list has a value, an empty one
		assert.Equal(t, want, d)
	})
	t.Run("given", func(t *testing.T) {
		var d dest
		require.NoError(t, mapForm(&d, form{"s": {"x", "y"}, "i": {"1", "2"}, "list": {"9"}}))
		assert.Equal(t, "x", d.S)
		assert.Equal(t, 1, d.I)
		assert.Equal(t, []int{9}, d.List)
	})
}

func TestMissingKeyLeavesTheField(t *testing.T) {
	n := 3
	d := struct {
		N *int
		L []int
		M map[string]int
	}{N: &n, L: []int{1}, M: map[string]int{"a": 1}}
	before := d
	require.NoError(t, mapForm(&d, form{}))
	assert.Equal(t, before, d)
}

func TestKinds(t *testing.T) {
	tests := []struct {
		name, text string
		dest       func() any
		want       any
	}{
		{"string keeps its spaces", " a ", func() any { return new(struct{ V string }) }, struct{ V string }{" a "}},
		{"bool", " true ", func() any { return new(struct{ V bool }) }, struct{ V bool }{true}},
		{"bool 1", "1", func() any { return new(struct{ V bool }) }, struct{ V bool }{true}},
		{"empty bool", "", func() any { return &struct{ V bool }{true} }, struct{ V bool }{}},
		{"int", "-42\n", func() any { return new(struct{ V int }) }, struct{ V int }{-42}},
		{"empty int", " ", func() any { return &struct{ V int }{5} }, struct{ V int }{}},
		{"int8", "-128", func() any { return new(struct{ V int8 }) }, struct{ V int8 }{-128}},
		{"int16", "32767", func() any { return new(struct{ V int16 }) }, struct{ V int16 }{32767}},
		{"int32", "1", func() any { return new(struct{ V int32 }) }, struct{ V int32 }{1}},
		{"int64", "9223372036854775807", func() any { return new(struct{ V int64 }) }, struct{ V int64 }{9223372036854775807}},
		{"uint", "1", func() any { return new(struct{ V uint }) }, struct{ V uint }{1}},
		{"uint8", "255", func() any { return new(struct{ V uint8 }) }, struct{ V uint8 }{255}},
		{"uint16", "65535", func() any { return new(struct{ V uint16 }) }, struct{ V uint16 }{65535}},
		{"uint32", "1", func() any { return new(struct{ V uint32 }) }, struct{ V uint32 }{1}},
		{"uint64", "18446744073709551615", func() any { return new(struct{ V uint64 }) }, struct{ V uint64 }{18446744073709551615}},
		{"float32", "1.5", func() any { return new(struct{ V float32 }) }, struct{ V float32 }{1.5}},
		{"float64", "1e3", func() any { return new(struct{ V float64 }) }, struct{ V float64 }{1000}},
		{"duration", "1m30s", func() any { return new(struct{ V time.Duration }) }, struct{ V time.Duration }{90 * time.Second}},
		{"empty duration", "", func() any { return &struct{ V time.Duration }{1} }, struct{ V time.Duration }{}},
		{"map", `{"a":[1,2]}`, func() any { return new(struct{ V map[string][]int }) }, struct{ V map[string][]int }{map[string][]int{"a": {1, 2}}}},
		{"named string", "x", func() any { return new(struct{ V named }) }, struct{ V named }{"x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := tt.dest()
			require.NoError(t, mapForm(d, form{"V": {tt.text}}))
			assert.EqualValues(t, fmt.Sprintf("%#v", tt.want), fmt.Sprintf("%#v", deref(d)))
		})
	}
}

type named string

func TestPointers(t *testing.T) {
	type inner struct {
		A string `form:"a"`
		B *int   `form:"b"`
	}
	type dest struct {
		N     *int `form:"n"`
		S     **string
		Inner *inner
		L     *[]int `form:"l"`
	}
	t.Run("nothing is allocated for nothing", func(t *testing.T) {
		var d dest
		require.NoError(t, mapForm(&d, form{"other": {"1"}}))
		assert.Equal(t, dest{}, d)
	})
	t.Run("empty points to zero", func(t *testing.T) {
		var d dest
		require.NoError(t, mapForm(&d, form{"n": {""}, "S": {""}}))
		require.NotNil(t, d.N)
		assert.Zero(t, *d.N)
		assert.Empty(t, **d.S)
		assert.Nil(t, d.Inner)
	})
	t.Run("only what is set", func(t *testing.T) {
		var d dest
		require.NoError(t, mapForm(&d, form{"b": {"3"}, "l": {"1", "2"}}))
		require.NotNil(t, d.Inner)
		assert.Equal(t, 3, *d.Inner.B)
		assert.Equal(t, []int{1, 2}, *d.L)
		assert.Nil(t, d.N)
	})
	t.Run("what is there stays", func(t *testing.T) {
		i := &inner{A: "old"}
		d := dest{Inner: i}
		require.NoError(t, mapForm(&d, form{"b": {"3"}}))
		assert.Same(t, i, d.Inner)
		assert.Equal(t, "old", i.A)
	})
	t.Run("a failure leaves the pointer", func(t *testing.T) {
		var d dest
		require.Error(t, mapForm(&d, form{"n": {"x"}, "l": {"x"}}))
		assert.Nil(t, d.N)
		assert.Nil(t, d.L)
	})
	t.Run("the destination's pointers are allocated", func(t *testing.T) {
		var d *dest
		require.NoError(t, mapForm(&d, form{"n": {"1"}}))
		assert.Equal(t, 1, *d.N)
	})
}

type Embedded struct {
	ID   int `form:"id"`
	Name string
}

type hidden struct {
	Token string `form:"token"`
}

func TestNestedStructs(t *testing.T) {
	type page struct {
		Size int `form:"size" json:"size"`
		No   int `form:"no" json:"no"`
	}
	type dest struct {
		Embedded
		hidden
		*page
		Page  page `form:"page"`
		Other *page
	}
	t.Run("flat keys", func(t *testing.T) {
		var d dest
		require.NoError(t, mapForm(&d, form{"id": {"1"}, "Name": {"n"}, "token": {"t"}, "size": {"9"}}))
		assert.Equal(t, Embedded{1, "n"}, d.Embedded)
		assert.Equal(t, "t", d.Token)
		assert.Equal(t, 9, d.Page.Size)
		assert.Equal(t, 9, d.Other.Size)
		assert.Nil(t, d.page, "an embedded pointer to an unexported type cannot be set")
	})
	t.Run("JSON under the field's name wins", func(t *testing.T) {
		var d dest
		require.NoError(t, mapForm(&d, form{"page": {` {"size":5} `}, "size": {"9"}, "no": {"2"}, "Other": {`{"no":4}`}}))
		assert.Equal(t, page{Size: 5}, d.Page)
		assert.Equal(t, &page{No: 4}, d.Other)
	})
	t.Run("empty JSON is none", func(t *testing.T) {
		for _, empty := range []string{"", " \t"} {
			var d dest
			require.NoError(t, mapForm(&d, form{"page": {empty}, "size": {"9"}}))
			assert.Equal(t, 9, d.Page.Size, "%q", empty)
		}
	})
	t.Run("an embedded struct has no key of its own", func(t *testing.T) {
		var d dest
		require.NoError(t, mapForm(&d, form{"Embedded": {"no JSON"}}))
	})
	t.Run("slices of structs are JSON", func(t *testing.T) {
		var d struct{ Pages []page }
		require.NoError(t, mapForm(&d, form{"Pages": {`{"size":1}`, `{"size":2}`}}))
		assert.Equal(t, []page{{Size: 1}, {Size: 2}}, d.Pages)
	})
}

type node struct {
	Name     string `form:"name" json:"name"`
	Next     *node  `form:"next" json:"next"`
	Children []node `form:"children" json:"children"`
	Back     *back
}

type back struct {
	Label string `form:"label"`
	Node  *node  `form:"node"`
}

func TestRecursiveTypes(t *testing.T) {
	var n node
	require.NoError(t, mapForm(&n, form{"name": {"root"}, "label": {"l"}}))
	assert.Equal(t, node{Name: "root", Back: &back{Label: "l"}}, n)

	n = node{}
	require.NoError(t, mapForm(&n, form{
		"name": {"root"}, "next": {`{"name":"a","next":{"name":"b"}}`}, "children": {`{"name":"c"}`}, "node": {`{"name":"d"}`},
	}))
	assert.Equal(t, "b", n.Next.Next.Name)
	assert.Equal(t, "c", n.Children[0].Name)
	assert.Equal(t, "d", n.Back.Node.Name)
}

// Each level has two ways down, so this type has more than ten thousand paths.
type wide[T any] struct{ A, B T }

func TestTooManyFields(t *testing.T) {
	type w2 = wide[wide[wide[wide[wide[wide[wide[wide[wide[wide[wide[wide[wide[wide[struct{ X int }]]]]]]]]]]]]]]
	err := mapForm(new(w2), form{"X": {"1"}})
	assert.ErrorContains(t, err, "more than 10000 fields")
}

func TestMaps(t *testing.T) {
	last := map[string]string{"kept": "k"}
	require.NoError(t, mapForm(&last, form{"a": {"1", "2"}, "none": {}}))
	assert.Equal(t, map[string]string{"kept": "k", "a": "2"}, last)

	all := map[string][]string{}
	require.NoError(t, mapForm(all, form{"a": {"1", "2"}}))
	assert.Equal(t, form{"a": {"1", "2"}}, all)

	fromQuery := map[string]string{}
	require.NoError(t, binding.Query.Bind(queryRequest("a=1&b=%20"), &fromQuery))
	assert.Equal(t, map[string]string{"a": "1", "b": " "}, fromQuery)

	assert.ErrorIs(t, mapForm(&map[string][]int{}, form{"a": {"1"}}), binding.ErrConvertMapStringSlice)
	assert.ErrorIs(t, mapForm(&map[string]int{}, form{"a": {"1"}}), binding.ErrConvertToMapString)
}

func TestDestinations(t *testing.T) {
	var nilMap map[string]string
	var nilAny any
	for name, obj := range map[string]any{
		"nil": nil, "struct": struct{ A int }{}, "number": 1, "pointer to number": new(int), "nil pointer": (*user)(nil),
		"nil map": nilMap, "pointer to nil map": &nilMap, "map of ints": &map[int]string{}, "nil interface": &nilAny,
	} {
		t.Run(name, func(t *testing.T) {
			assert.ErrorIs(t, mapForm(obj, form{"A": {"1"}}), binding.ErrDestination)
			assert.ErrorIs(t, binding.Query.Bind(queryRequest("A=1"), obj), binding.ErrDestination)
			assert.ErrorIs(t, binding.Uri.BindUri(form{"A": {"1"}}, obj), binding.ErrDestination)
		})
	}
	var inside any = &user{}
	require.NoError(t, mapForm(&inside, form{"name": {"ann"}}))
	assert.Equal(t, "ann", inside.(*user).Name)
}
