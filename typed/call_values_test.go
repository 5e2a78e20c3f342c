package typed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"mime/multipart"
	"net/http/httptest"
	"net/netip"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

// code writes itself by a pointer alone.
type code struct{ text string }

func (c *code) MarshalText() ([]byte, error)    { return []byte("code-" + c.text), nil }
func (c *code) UnmarshalText(text []byte) error { c.text = string(text[len("code-"):]); return nil }

// level is read by its kind, whatever people call it.
type level int

func (level) String() string { return "high" }

// mute reads text and cannot write it.
type mute struct{ text string }

func (m *mute) UnmarshalText(text []byte) error { m.text = string(text); return nil }

// token is a text with methods.
type token struct{ text string }

func (s token) MarshalText() ([]byte, error)     { return []byte(s.text), nil }
func (s *token) UnmarshalText(text []byte) error { s.text = string(text); return nil }

// label is read by its method, and written by its kind where it is the key of a map.
type label string

func (l label) MarshalText() ([]byte, error) { return []byte("label-" + l), nil }
func (l *label) UnmarshalText(text []byte) error {
	*l = label(strings.TrimPrefix(string(text), "label-"))
	return nil
}

// instant has no method of a Time.
type instant time.Time

// called sends an input, and returns what the handler has got.
func called[In any](t *testing.T, method, path string, in *In) (got *In, err error) {
	t.Helper()
	r, api := newAPI()
	r.UseRawPath = true
	route := typed.Handle(api, method, path, func(_ context.Context, in *In) (typed.NoContent, error) {
		got = in
		return typed.NoContent{}, nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	_, err = route.Call(t.Context(), &typed.Client{Base: server.URL}, in)
	return got, err
}

func TestCallAsksMethodsWithAPointerReceiver(t *testing.T) {
	type in struct {
		ID    code                   `uri:"id"`
		One   code                   `query:"one"`
		Ref   *code                  `query:"ref"`
		List  []code                 `query:"list"`
		Maybe binding.Optional[code] `query:"maybe"`
		Key   code                   `header:"X-Key"`
		Big   *big.Int               `query:"big"`
		N     big.Int                `json:"n"`
		Ns    []big.Int              `json:"ns"`
		Opt   binding.Optional[code] `json:"opt"`
		Body  code                   `json:"body"`
	}
	want := &in{
		ID: code{"a"}, One: code{"b"}, Ref: &code{"c"}, List: []code{{"d"}, {"e"}}, Maybe: binding.Some(code{"f"}), Key: code{"g"},
		Big: big.NewInt(99), N: *big.NewInt(5), Ns: []big.Int{*big.NewInt(6)}, Opt: binding.Some(code{"h"}), Body: code{"i"},
	}
	got, err := called(t, "POST", "/:id", want)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestCallSendsWhatEncodingJSONAsks(t *testing.T) {
	type in struct {
		Ref  map[string]*big.Int         `json:"ref"`
		Keys map[netip.Addr]int          `json:"keys"`
		Opt  binding.Optional[[]big.Int] `json:"opt"`
		Tree *[2]struct{ N big.Int }     `json:"tree"`
		Any  any                         `json:"any"`
	}
	want := &in{
		Ref: map[string]*big.Int{"a": big.NewInt(1)}, Keys: map[netip.Addr]int{netip.MustParseAddr("::1"): 1},
		Opt: binding.Some([]big.Int{*big.NewInt(2)}), Tree: &[2]struct{ N big.Int }{{*big.NewInt(3)}}, Any: map[string]any{"a": "b"},
	}
	got, err := called(t, "POST", "/", want)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestCallSendsValuesByTheirKind(t *testing.T) {
	type page struct {
		Size int `query:"size"`
	}
	type in struct {
		Pair  [2]int                     `query:"pair"`
		Csv   [2]string                  `query:"csv" collection_format:"csv"`
		Level level                      `query:"level"`
		Ref   *[]string                  `query:"ref"`
		List  binding.Optional[[]string] `query:"list"`
		Page  binding.Optional[page]
		Float float32        `query:"float"`
		Wait  *time.Duration `query:"wait"`
	}
	want := &in{
		Pair: [2]int{4, 5}, Csv: [2]string{"a", "b"}, Level: 3, Ref: &[]string{"c", "d"}, List: binding.Some([]string{"e"}),
		Page: binding.Some(page{7}), Float: 1.5, Wait: new(time.Duration),
	}
	got, err := called(t, "GET", "/", want)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

// What cannot be sent as it is is an error that names the field.
func TestCallRefusesWhatWouldArriveAsAnotherValue(t *testing.T) {
	refused := func(_ any, err error) string {
		if err == nil {
			return "sent"
		}
		return err.Error()
	}
	empty := ""
	for want, got := range map[string]string{
		"the field A: the type typed_test.mute reads text and does not write it": refused(called(t, "GET", "/", &struct {
			A mute `query:"a"`
		}{mute{"x"}})),
		`the field B: the value "x,y" of the list has a ","`: refused(called(t, "GET", "/", &struct {
			B []string `query:"b" collection_format:"csv"`
		}{[]string{"x,y"}})),
		"the field C: null cannot be sent": refused(called(t, "GET", "/", &struct {
			C binding.Optional[string] `query:"c"`
		}{binding.Null[string]()})),
		"the field D: a header cannot begin or end with a space": refused(called(t, "GET", "/", &struct {
			D string `header:"X-D"`
		}{" x"})),
		"the field E: encoding/json does not ask the methods of a big.Int in a map": refused(called(t, "POST", "/", &struct {
			E map[string]big.Int `json:"e"`
		}{map[string]big.Int{"a": *big.NewInt(1)}})),
		"the field I: encoding/json does not ask the methods of a big.Int in a map or an interface": refused(called(t, "POST", "/", &struct {
			I any `json:"i"`
		}{[]any{map[string]any{"a": &struct{ N []any }{[]any{*big.NewInt(1)}}}}})),
		"the field J: encoding/json does not ask the methods of a typed_test.code": refused(called(t, "POST", "/", &struct {
			J binding.Optional[map[string]any] `json:"j"`
		}{binding.Some(map[string]any{"a": code{"x"}})})),
		"the field K: encoding/json writes the key label-x of a map otherwise than typed_test.label reads it": refused(called(t, "POST", "/", &struct {
			K map[label]int `json:"k"`
		}{map[label]int{"label-x": 1}})),
		"the field L: no field of a typed_test.instant is exported": refused(called(t, "POST", "/", &struct {
			L []instant `json:"l"`
		}{[]instant{instant(time.Now())}})),
		`the field M: encoding/json replaces what is not UTF-8 in the text "\xff": make it a []byte`: refused(called(t, "POST", "/", &struct {
			M map[string]any `json:"m"`
		}{map[string]any{"a": []string{"\xff"}}})),
		`the field N: encoding/json replaces what is not UTF-8 in the text "\xff": make it a []byte`: refused(called(t, "POST", "/", &struct {
			N map[string]int `json:"n"`
		}{map[string]int{"\xff": 1}})),
		"the field O: encoding/json writes a json.Number that is empty as 0": refused(called(t, "POST", "/", &struct {
			O []json.Number `json:"o"`
		}{[]json.Number{""}})),
		`the field P: "a/b" is the rest of a path, which begins with a slash: write "/a/b"`: refused(called(t, "GET", "/*p", &struct {
			P string `uri:"p"`
		}{"a/b"})),
		`the field Q: "a/b" has a slash, for which a server compares /é/:q with the path as it is sent`: refused(called(t, "GET", "/é/:q", &struct {
			Q string `uri:"q"`
		}{"a/b"})),
		`the field R: a file without a name is read as a text`: refused(called(t, "POST", "/", &struct {
			R *multipart.FileHeader `form:"r"`
		}{formFile(t, "", nil)})),
		`the field S: the file's header has "Content-Type: text/plain\r\nX-A: b", which cannot be sent`: refused(called(t, "POST", "/", &struct {
			S *multipart.FileHeader `form:"s"`
		}{formFile(t, "s.txt", textproto.MIMEHeader{"Content-Type": {"text/plain\r\nX-A: b"}})})),
		"the field T: the header Keep-Alive is the connection's": refused(called(t, "GET", "/", &struct {
			T string `header:"keep-alive"`
		}{"1"})),
		"the field U: one User-Agent is sent": refused(called(t, "GET", "/", &struct {
			U []string `header:"User-Agent"`
		}{[]string{"a", "b"}})),
		"the field V: the binding.Optional[[]string] has a value that is nil, and is read as null": refused(called(t, "POST", "/", &struct {
			V []binding.Optional[[]string] `json:"v"`
		}{[]binding.Optional[[]string]{binding.Some([]string(nil))}})),
		"the field A1: an Optional whose value is nil is read as null": refused(called(t, "GET", "/", &struct {
			A1 binding.Optional[*int] `query:"a1"`
		}{binding.Some[*int](nil)})),
		"the field A2: null is read as the default": refused(called(t, "GET", "/", &struct {
			A2 binding.Optional[int] `query:"a2,default=7"`
		}{binding.Null[int]()})),
		"the field A3: a *[]string that leads to nil is read as nil": refused(called(t, "POST", "/", &struct {
			A3 []*[]string `json:"a3"`
		}{[]*[]string{new([]string)}})),
		"the field A4: a binding.Optional[int] that is absent is read as null": refused(called(t, "POST", "/", &struct {
			A4 map[string]binding.Optional[int] `json:"a4"`
		}{map[string]binding.Optional[int]{"x": {}}})),
		"the field A5: encoding/json writes a typed_test.entry by the method of what it embeds": refused(called(t, "POST", "/", &struct {
			A5 any `json:"a5"`
		}{entry{By: "x"}})),
		`the field A6: the file's header has "Content-Transfer-Encoding: base64"`: refused(called(t, "POST", "/", &struct {
			A6 *multipart.FileHeader `form:"a6"`
		}{formFile(t, "a", textproto.MIMEHeader{"Content-Transfer-Encoding": {"base64"}})})),
		"the field W: a list of one empty text is read as null": refused(called(t, "GET", "/", &struct {
			W binding.Optional[[]string] `query:"w"`
		}{binding.Some([]string{""})})),
		"the field X: an empty text is read as null": refused(called(t, "GET", "/", &struct {
			X binding.Optional[token] `query:"x"`
		}{binding.Some(token{})})),
		`the field Y: the spaces around "x " are not read`: refused(called(t, "GET", "/", &struct {
			Y token `query:"y"`
		}{token{"x "}})),
		`the field Z: the file's name "a/b.txt" is not read as it is`: refused(called(t, "POST", "/", &struct {
			Z *multipart.FileHeader `form:"z"`
		}{formFile(t, "a/b.txt", nil)})),
		"the field Bell: a header cannot have the control characters of": refused(called(t, "GET", "/", &struct {
			Bell string `header:"X-Bell"`
		}{"a\ab"})),
		"the field F: an empty text is read as the default": refused(called(t, "GET", "/", &struct {
			F *string `query:"f,default=x"`
		}{&empty})),
		"the field H: an empty list is read as the default": refused(called(t, "GET", "/", &struct {
			H []string `query:"h,default=x"`
		}{[]string{}})),
		"the field G: an empty list cannot be sent": refused(called(t, "GET", "/", &struct {
			G *[]string `query:"g"`
		}{&[]string{}})),
	} {
		assert.Contains(t, got, want)
	}
}

// formFile is a file as a form has it.
func formFile(t *testing.T, name string, header textproto.MIMEHeader) *multipart.FileHeader {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("f", "f.txt")
	require.NoError(t, err)
	_, err = part.Write([]byte("text"))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	read, err := multipart.NewReader(&body, form.Boundary()).ReadForm(1 << 10)
	require.NoError(t, err)
	file := read.File["f"][0]
	file.Filename, file.Header = name, header
	return file
}

// A time without a zone is one in the field's location.
func TestCallSendsTheSameInstant(t *testing.T) {
	type in struct {
		Local time.Time                   `query:"local" time_format:"2006-01-02T15:04:05"`
		UTC   time.Time                   `header:"X-Utc" time_format:"2006-01-02T15:04:05" time_utc:"1"`
		Tokyo binding.Optional[time.Time] `cookie:"tokyo" time_format:"2006-01-02 15:04" time_location:"Asia/Tokyo"`
		Days  []time.Time                 `query:"days" time_format:"2006-01-02" time_location:"Asia/Tokyo"`
		Milli *time.Time                  `form:"milli" time_format:"unixmilli"`
		Path  time.Time                   `uri:"path" time_format:"20060102150405" time_location:"America/New_York"`
	}
	at := time.Date(2026, 11, 26, 15, 4, 0, 0, time.FixedZone("", -5400))
	got, err := called(t, "POST", "/:path", &in{at, at, binding.Some(at), []time.Time{at.Truncate(24 * time.Hour).Add(-9 * time.Hour)}, &at, at})
	require.NoError(t, err)
	tokyo, _ := got.Tokyo.Get()
	for name, other := range map[string]time.Time{"local": got.Local, "utc": got.UTC, "tokyo": tokyo, "milli": *got.Milli, "path": got.Path, "day": got.Days[0].Add(9 * time.Hour)} {
		want := at
		if name == "day" {
			want = at.Truncate(24 * time.Hour)
		}
		assert.True(t, other.Equal(want), "%s: %s", name, other)
	}
	later := at.Add(time.Microsecond)
	_, err = called(t, "POST", "/:path", &in{Path: at, Milli: &later})
	assert.ErrorContains(t, err, `the field Milli: the time 2026-11-26T15:04:00.000001-01:30 has no text in the format "unixmilli"`)
	_, err = called(t, "POST", "/:path", &in{Path: at, Days: []time.Time{at}})
	assert.ErrorContains(t, err, "the field Days: the time")
	_, err = called(t, "GET", "/", &struct {
		Far time.Time `query:"far"`
	}{at.AddDate(10000, 0, 0)})
	assert.ErrorContains(t, err, "the field Far: the time 12026-")
}

// A body of several formats is the one that carries what is set.
func TestCallChoosesTheBodyThatCarriesAll(t *testing.T) {
	type both struct {
		A string `json:"a" form:"a"`
		B string `json:"b"`
		C string `form:"c"`
	}
	for _, in := range []*both{{A: "1", B: "2"}, {A: "1", C: "3"}, {A: "1"}, {B: "2"}, {C: "3"}, {}} {
		got, err := called(t, "POST", "/", in)
		require.NoError(t, err, "%v", in)
		assert.Equal(t, in, got)
	}
	_, err := called(t, "POST", "/", &both{A: "1", B: "2", C: "3"})
	assert.ErrorContains(t, err, "the field B comes in JSON alone, and C in a form alone: no body has both")
}

func TestCallWithoutAnOptionalFile(t *testing.T) {
	type upload struct {
		Title string                `form:"title" binding:"required"`
		File  *multipart.FileHeader `form:"file"`
	}
	got, err := called(t, "POST", "/", &upload{Title: "x"})
	require.NoError(t, err)
	assert.Equal(t, &upload{Title: "x"}, got)
}

// The host of a route is that of the request, with its params.
func TestCallOfARouteOfAHost(t *testing.T) {
	r, api := newAPI()
	type in struct {
		Tenant string `uri:"tenant"`
	}
	route := typed.GET(api.On(r.Host("{tenant}.example.com")), "/", func(_ context.Context, in *in) (string, error) { return in.Tenant, nil })
	server := httptest.NewServer(r)
	defer server.Close()
	client := &typed.Client{Base: server.URL}
	got, err := route.Call(t.Context(), client, &in{"shop"})
	require.NoError(t, err)
	assert.Equal(t, "shop", got)
	_, err = route.Call(t.Context(), client, &in{"a.b"})
	assert.ErrorContains(t, err, `the field Tenant: "a.b" cannot be a label of a host`)
}

func TestCallSendsTheHeaderOfAFile(t *testing.T) {
	type upload struct {
		File  *multipart.FileHeader   `form:"file"`
		Files []*multipart.FileHeader `form:"files"`
	}
	var sent bytes.Buffer
	form := multipart.NewWriter(&sent)
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="f"; filename="a.png"`}, "Content-Type": {"image/png"}})
	require.NoError(t, err)
	_, _ = part.Write([]byte("png"))
	require.NoError(t, form.Close())
	read, err := multipart.NewReader(&sent, form.Boundary()).ReadForm(1 << 10)
	require.NoError(t, err)
	file := read.File["f"][0]
	got, err := called(t, "POST", "/", &upload{file, []*multipart.FileHeader{file, file}})
	require.NoError(t, err)
	for _, other := range append(got.Files, got.File) {
		assert.Equal(t, []any{"image/png", "a.png", int64(3)}, []any{other.Header.Get("Content-Type"), other.Filename, other.Size})
	}
	assert.Equal(t, `form-data; name="f"; filename="a.png"`, file.Header.Get("Content-Disposition"))
}
