package binding_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
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

	// Which time.Time could hold, but neither JSON nor the text of any other answer.
	for key, text := range map[string]string{"unix": "999999999999", "milli": "-999999999999999", "rfc": "2024-02-29T12:00:00+24:00"} {
		err := mapForm(&d, form{key: {text}})
		require.Error(t, err, key)
		assert.Equal(t, "must be a time", binding.FieldErrors(err)[0].Message)
		_, err = json.Marshal(d)
		assert.NoError(t, err, key)
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
	assert.Equal(t, "is not valid", binding.FieldErrors(err)[0].Message)

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
	assert.Equal(t, []string{"is not valid", "is not valid"}, messages)

	var u dest
	require.NoError(t, binding.Uri.BindUri(form{"id": {"abcd"}}, &u))
	assert.Equal(t, "abcd", string(u.ID[:]))
	require.NoError(t, binding.Header.Bind(&http.Request{Header: http.Header{"X-Id": {"efgh"}}}, &u))
	assert.Equal(t, "efgh", string(u.ID[:]))
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

// White space around an item that is a pointer is cut before its own parser sees it.
func TestItemsThatArePointersAreTrimmed(t *testing.T) {
	type in struct {
		Texts []*string     `form:"text"`
		Addrs []*netip.Addr `form:"addr,parser=encoding.TextUnmarshaler" collection_format:"csv"`
		Big   [2]*big.Int   `form:"big,parser=encoding.TextUnmarshaler"`
	}
	var got in
	require.NoError(t, mapForm(&got, form{"text": {" a ", ""}, "addr": {" 1.2.3.4, ::1"}, "big": {"1", " 2"}}))
	a, empty, v4, v6 := "a", "", netip.MustParseAddr("1.2.3.4"), netip.MustParseAddr("::1")
	assert.Equal(t, []*string{&a, &empty}, got.Texts)
	assert.Equal(t, []*netip.Addr{&v4, &v6}, got.Addrs)
	assert.Equal(t, [2]*big.Int{big.NewInt(1), big.NewInt(2)}, got.Big)
}

// A json.Number is one from text as well.
func TestTextOfAJSONNumber(t *testing.T) {
	type in struct {
		N  json.Number   `form:"n"`
		Ns []json.Number `form:"ns"`
	}
	var got in
	require.NoError(t, mapForm(&got, form{"n": {" 12.50 "}, "ns": {"-1", "2e3", ""}}))
	assert.Equal(t, in{"12.50", []json.Number{"-1", "2e3", ""}}, got)
	require.NoError(t, mapForm(&got, form{"n": {strings.Repeat("1", 512)}}))
	for _, text := range []string{"zz", "01", "1 2", "NaN", "0x1", `"1"`, strings.Repeat("1", 513), strings.Repeat("1", 5000)} {
		err := mapForm(&got, form{"n": {text}})
		require.Len(t, binding.FieldErrors(err), 1, text)
		assert.Equal(t, "must be a number", binding.FieldErrors(err)[0].Message)
	}
}
