package binding_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
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
		var d dest
		require.NoError(t, mapForm(&d, form{"page": {""}, "size": {"9"}}))
		assert.Equal(t, 9, d.Page.Size)
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

func TestCollectionFormats(t *testing.T) {
	type dest struct {
		Multi []string `form:"multi"`
		Same  []string `form:"same" collection_format:"multi"`
		CSV   []int    `form:"csv" collection_format:"csv"`
		SSV   []string `form:"ssv" collection_format:"ssv"`
		TSV   []string `form:"tsv" collection_format:"tsv"`
		Pipes [3]int   `form:"pipes" collection_format:"pipes"`
	}
	var d dest
	require.NoError(t, mapForm(&d, form{
		"multi": {"a,b", "c"}, "same": {"a,b"}, "csv": {"1,2", "3"}, "ssv": {"a b"}, "tsv": {"a\tb"}, "pipes": {"1|2|3"},
	}))
	assert.Equal(t, dest{
		[]string{"a,b", "c"}, []string{"a,b"}, []int{1, 2, 3}, []string{"a", "b"}, []string{"a", "b"}, [3]int{1, 2, 3},
	}, d)

	t.Run("unknown", func(t *testing.T) {
		var d struct {
			L []int `collection_format:"xml"`
		}
		assert.ErrorContains(t, mapForm(&d, form{"L": {"1"}}), `"xml" is not supported as collection_format`)
	})
	t.Run("array length", func(t *testing.T) {
		err := mapForm(&d, form{"pipes": {"1|2"}})
		require.Error(t, err)
		assert.Equal(t, "must have exactly 3 items", binding.FieldErrors(err)[0].Message)
		assert.Equal(t, [3]int{1, 2, 3}, d.Pipes)
	})
	t.Run("a list is replaced as a whole or not at all", func(t *testing.T) {
		err := mapForm(&d, form{"csv": {"7,x"}})
		require.Error(t, err)
		assert.Equal(t, "csv[1]", binding.FieldErrors(err)[0].Field)
		assert.Equal(t, []int{1, 2, 3}, d.CSV)
	})
	t.Run("items without end", func(t *testing.T) {
		err := mapForm(&d, form{"csv": {strings.Repeat("1,", 20_000)}})
		require.Error(t, err)
		assert.Equal(t, "max=10000", binding.FieldErrors(err)[0].Constraint())
	})
}

func TestTimes(t *testing.T) {
	type dest struct {
		RFC    time.Time   `form:"rfc"`
		Date   time.Time   `form:"date" time_format:"2006-01-02" time_utc:"1"`
		Berlin time.Time   `form:"berlin" time_format:"2006-01-02 15:04" time_location:"Europe/Berlin"`
		Local  time.Time   `form:"local" time_format:"2006-01-02"`
		Unix   time.Time   `form:"unix" time_format:"unix"`
		Milli  time.Time   `form:"milli" time_format:"unixMilli"`
		Micro  time.Time   `form:"micro" time_format:"unixmicro"`
		Nano   *time.Time  `form:"nano" time_format:"unixNano"`
		List   []time.Time `form:"list" time_format:"2006" time_utc:"true"`
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	var d dest
	require.NoError(t, mapForm(&d, form{
		"rfc": {" 2024-02-29T12:00:00Z "}, "date": {"2024-02-29"}, "berlin": {"2024-07-01 12:00"}, "local": {"2024-02-29"},
		"unix": {"1700000000"}, "milli": {"1700000000123"}, "micro": {"1700000000123456"}, "nano": {"-1"}, "list": {"2001", "2002"},
	}))
	assert.True(t, d.RFC.Equal(time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)))
	assert.Equal(t, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), d.Date)
	assert.Equal(t, time.Date(2024, 7, 1, 12, 0, 0, 0, berlin), d.Berlin)
	assert.Equal(t, time.Date(2024, 2, 29, 0, 0, 0, 0, time.Local), d.Local)
	assert.True(t, d.Unix.Equal(time.Unix(1700000000, 0)))
	assert.True(t, d.Milli.Equal(time.UnixMilli(1700000000123)))
	assert.True(t, d.Micro.Equal(time.UnixMicro(1700000000123456)))
	assert.True(t, d.Nano.Equal(time.Unix(0, -1)))
	assert.Len(t, d.List, 2)

	require.NoError(t, mapForm(&d, form{"rfc": {""}, "unix": {" "}}))
	assert.True(t, d.RFC.IsZero())
	assert.True(t, d.Unix.IsZero())

	wrong := form{"rfc": {"yesterday"}, "unix": {"1.5"}, "date": {"2024-02-30"}, "milli": {strings.Repeat("9", 1000)}}
	for key, text := range wrong {
		err := mapForm(&d, form{key: text})
		require.Error(t, err, key)
		assert.Equal(t, "must be a time", binding.FieldErrors(err)[0].Message)
	}

	var bad struct {
		T time.Time `time_location:"Nowhere/City"`
	}
	assert.ErrorContains(t, mapForm(&bad, form{}), "time_location")
}

// hex parses itself with both methods, each in its own way.
type hex struct{ n int64 }

var errHex = errors.New("must be hexadecimal")

func (h *hex) UnmarshalParam(s string) (err error) {
	if h.n, err = strconv.ParseInt(s, 16, 64); err != nil {
		return errHex
	}
	return nil
}

func (h *hex) UnmarshalText(text []byte) error {
	h.n = -int64(len(text))
	return nil
}

// words is a slice type that takes the first value only.
type words []string

func (w *words) UnmarshalParam(s string) error {
	*w = strings.Fields(s)
	return nil
}

func TestBindUnmarshaler(t *testing.T) {
	type dest struct {
		H    hex       `form:"h"`
		P    *hex      `form:"p"`
		L    []hex     `form:"l"`
		PL   []*hex    `form:"pl" collection_format:"csv"`
		W    words     `form:"w"`
		Def  hex       `form:"def,default=1f"`
		Text hex       `form:"text,parser=encoding.TextUnmarshaler"`
		When time.Time `form:"when"`
	}
	var d dest
	require.NoError(t, mapForm(&d, form{
		"h": {"ff", "00"}, "p": {"10"}, "l": {"1", "2"}, "pl": {"a,b"}, "w": {"x y", "z"}, "text": {"four"},
	}))
	assert.Equal(t, dest{
		H: hex{255}, P: &hex{16}, L: []hex{{1}, {2}}, PL: []*hex{{10}, {11}}, W: words{"x", "y"}, Def: hex{31}, Text: hex{-4},
	}, d)

	d = dest{}
	err := mapForm(&d, form{"h": {""}})
	require.ErrorIs(t, err, errHex, "it is called with empty text as well")
	assert.Nil(t, d.P, "it is not called for a missing key")
	assert.Equal(t, "is not valid: must be hexadecimal", binding.FieldErrors(err)[0].Message)

	var bad struct {
		H hex `form:"h,parser=other"`
	}
	assert.ErrorContains(t, mapForm(&bad, form{}), "parser=other is not known")
}

// id is an array that parses itself, as the usual UUID types are.
type id [4]byte

func (v *id) UnmarshalText(text []byte) error {
	if len(text) != len(v) {
		return fmt.Errorf("id of %d bytes", len(text))
	}
	copy(v[:], text)
	return nil
}

// level is a string type that checks itself.
type level string

func (l *level) UnmarshalText(text []byte) error {
	if s := string(text); s != "high" && s != "low" {
		return errors.New("must be high or low")
	}
	*l = level(text)
	return nil
}

func TestTextUnmarshalerWithoutOption(t *testing.T) {
	type dest struct {
		ID   id         `form:"id" uri:"id" header:"x-id"`
		P    *id        `form:"p"`
		L    []id       `form:"l"`
		Addr netip.Addr `form:"addr"`
		Lvl  level      `form:"level"`
	}
	var d dest
	require.NoError(t, mapForm(&d, form{"id": {" abcd "}, "p": {"efgh"}, "l": {"ijkl", "mnop"}, "addr": {"10.0.0.1"}, "level": {"low"}}))
	p := id([]byte("efgh"))
	assert.Equal(t, dest{id([]byte("abcd")), &p, []id{id([]byte("ijkl")), id([]byte("mnop"))}, netip.MustParseAddr("10.0.0.1"), "low"}, d)

	require.NoError(t, mapForm(&d, form{"id": {""}, "addr": {""}}))
	assert.Zero(t, d.ID, "empty text is the zero value")
	assert.Zero(t, d.Addr)

	err := mapForm(&d, form{"id": {"x"}, "level": {""}})
	require.Error(t, err)
	var messages []string
	for _, fe := range binding.FieldErrors(err) {
		messages = append(messages, fe.Message)
	}
	assert.Equal(t, []string{"is not valid: id of 1 bytes", "is not valid: must be high or low"}, messages)

	var u dest
	require.NoError(t, binding.Uri.BindUri(form{"id": {"abcd"}}, &u))
	assert.Equal(t, "abcd", string(u.ID[:]))
	require.NoError(t, binding.Header.Bind(&http.Request{Header: http.Header{"X-Id": {"efgh"}}}, &u))
	assert.Equal(t, "efgh", string(u.ID[:]))
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

func TestUnsupportedTypes(t *testing.T) {
	var d struct {
		C  complex128
		F  func()
		I  any
		LL [][]string
	}
	require.NoError(t, mapForm(&d, form{}), "a type that nothing is sent for does no harm")
	err := mapForm(&d, form{"C": {"1"}, "F": {"1"}, "I": {"1"}, "LL": {"1"}})
	require.Error(t, err)
	assert.Len(t, binding.FieldErrors(err), 4)
	assert.Equal(t, "cannot be read from text", binding.FieldErrors(err)[0].Message)
}

func TestHostileText(t *testing.T) {
	digits := strings.Repeat("9", 10<<20)
	for name, tt := range map[string]struct{ key, text string }{
		"10 MB int": {"I", digits}, "10 MB uint": {"U", digits}, "10 MB float": {"F", digits}, "10 MB bool": {"B", digits},
		"10 MB duration": {"D", digits + "s"}, "1e999": {"F", "1e999"}, "NaN": {"F", "NaN"}, "Inf": {"F", "-Inf"},
		"int out of range": {"I", "300"}, "negative uint": {"U", "-1"}, "hexadecimal": {"I", "0x1"}, "underscore": {"I", "1_0"},
		"bad UTF-8": {"S", "a\xff"}, "bad UTF-8 in a list": {"L", "\xc3"}, "broken JSON": {"M", strings.Repeat("[", 1<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			var d struct {
				I int8
				U uint
				F float64
				B bool
				D time.Duration
				S string
				L []string
				M map[string]string
			}
			err := mapForm(&d, form{tt.key: {tt.text}})
			require.Error(t, err)
			assert.Less(t, len(err.Error()), 300)
		})
	}
}
