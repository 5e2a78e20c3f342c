package binding_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
)

// route are the path parameters of a request.
type route map[string]string

func (r route) Get(name string) (string, bool) {
	value, ok := r[name]
	return value, ok
}

// allRequest is a request with a body of a media type; without one it has no body.
func allRequest(method, target, media, body string) *http.Request {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if media == "" {
		req = httptest.NewRequest(method, target, nil)
	} else {
		req.Header.Set("Content-Type", media)
	}
	return req
}

type allBase struct {
	Trace string `header:"x-trace"`
	Note  string `json:"note"`
}

type allIn struct {
	allBase
	*AllPointed
	ID       int                      `uri:"id"`
	Page     int                      `query:"page,default=1"`
	Tags     []string                 `query:"tag" collection_format:"csv"`
	Since    time.Time                `query:"since" time_format:"2006-01-02" time_utc:"1"`
	From     *netip.Addr              `header:"X-From"`
	Theme    binding.Optional[string] `cookie:"theme"`
	Title    string                   `json:"title" form:"title" xml:"title" binding:"required,min=3"`
	Count    int                      `json:"count,string" form:"count" xml:"count"`
	Patch    binding.Optional[int]    `json:"patch"`
	Ptr      *int                     `json:"ptr"`
	Untagged string
	Nested   struct {
		Zip string `json:"zip" binding:"omitempty,len=5"`
	} `json:"nested"`
	Filter struct {
		Size int `query:"size"`
	}
}

type AllPointed struct {
	Lang string `json:"lang"`
}

func TestAllFillsEachFieldFromItsSource(t *testing.T) {
	req := allRequest("POST", "/x?page=7&tag=a,b&tag=c&since=2026-01-02&size=9", "application/json",
		`{"title":"Momo","count":"4","patch":null,"ptr":3,"Untagged":"u","nested":{"zip":"12345"},"note":"n","lang":"de"}`)
	req.Header.Set("X-Trace", "t")
	req.Header.Set("X-From", "::1")
	req.AddCookie(&http.Cookie{Name: "theme", Value: "dark%20blue"})
	var in allIn
	require.NoError(t, binding.All(req, route{"id": "5"}, &in))
	assert.Equal(t, 5, in.ID)
	assert.Equal(t, 7, in.Page)
	assert.Equal(t, []string{"a", "b", "c"}, in.Tags)
	assert.Equal(t, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), in.Since)
	assert.Equal(t, "::1", in.From.String())
	assert.Equal(t, binding.Some("dark blue"), in.Theme)
	assert.Equal(t, "Momo", in.Title)
	assert.Equal(t, 4, in.Count)
	assert.True(t, in.Patch.IsNull())
	assert.Equal(t, 3, *in.Ptr)
	assert.Equal(t, "u", in.Untagged)
	assert.Equal(t, "12345", in.Nested.Zip)
	assert.Equal(t, 9, in.Filter.Size)
	assert.Equal(t, "t", in.Trace)
	assert.Equal(t, "n", in.Note)
	require.NotNil(t, in.AllPointed)
	assert.Equal(t, "de", in.Lang)
}

// Whatever a client calls its keys, they reach no field of another source.
func TestAllFillsAFieldFromNowhereElse(t *testing.T) {
	type in struct {
		ID     int    `uri:"id"`
		Page   int    `query:"page"`
		Trace  string `header:"Trace"`
		Theme  string `cookie:"theme"`
		Form   string `form:"form"`
		Body   string `json:"body"`
		Name   string
		Gone   string `json:"-"`
		Filter struct {
			Size int `query:"size"`
		}
	}
	keys := []string{"ID", "id", "Id", "Page", "page", "PAGE", "Trace", "trace", "Theme", "theme", "Size", "size", "Gone", "gone"}
	full := func(skip ...string) string {
		members := map[string]any{"Filter": map[string]int{"size": 66, "Size": 66}, "filter": map[string]int{"Size": 66}, "form": "x", "Form": "x"}
		for _, key := range keys {
			members[key] = 66
		}
		for _, key := range skip {
			delete(members, key)
		}
		text, err := json.Marshal(members)
		require.NoError(t, err)
		return string(text)
	}
	values := url.Values{}
	for _, key := range append(keys, "body", "Body", "Name", "name", "Filter") {
		values.Set(key, "66")
	}
	want := in{ID: 1}
	tests := []struct {
		name string
		req  *http.Request
		want in
	}{
		{"JSON", allRequest("POST", "/", "application/json", full()), want},
		{"a codec's format", allRequest("POST", "/", "application/msgpack", full("Theme", "theme", "Trace", "trace")), want},
		{"XML", allRequest("POST", "/", "application/xml",
			"<in><ID>66</ID><Page>66</Page><Trace>x</Trace><Theme>x</Theme><Form>x</Form><Filter><Size>66</Size></Filter></in>"), want},
		{"a form", allRequest("POST", "/", "application/x-www-form-urlencoded", values.Encode()), want},
		{"the query", allRequest("POST", "/?ID=66&id=66&Name=x&name=x&body=x&Body=x&Trace=x&form=x&Form=x&theme=x&Page=66&Gone=x", "", ""), want},
		{"the header", func() *http.Request {
			req := allRequest("POST", "/", "", "")
			for _, key := range []string{"Id", "Page", "Theme", "Form", "Body", "Name", "Size"} {
				req.Header.Set(key, "66")
			}
			return req
		}(), want},
		{"cookies", func() *http.Request {
			req := allRequest("POST", "/", "", "")
			req.Header.Set("Cookie", "id=66; ID=66; page=66; Page=66; Trace=66; form=x; Name=x; body=x")
			return req
		}(), want},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got in
			require.NoError(t, binding.All(tt.req, route{"id": "1"}, &got))
			assert.Equal(t, tt.want, got)
		})
	}
}

// What a handler has put into the struct before stays where nothing was sent.
func TestAllKeepsWhatWasThere(t *testing.T) {
	type in struct {
		Page  *int   `query:"page"`
		Title string `json:"title" xml:"title"`
		Size  int    `json:"size" xml:"size"`
	}
	for media, body := range map[string]string{
		"application/json": `{"title":"b"}`, "application/merge-patch+json; charset=utf-8": `{"title":"b"}`,
		"text/xml": "<in><title>b</title><Page>3</Page></in>", "application/atom+XML": "<in><title>b</title></in>",
	} {
		page := 7
		got := in{Page: &page, Title: "a", Size: 2}
		require.NoError(t, binding.All(allRequest("PUT", "/", media, body), nil, &got))
		assert.Equal(t, in{Page: &page, Title: "b", Size: 2}, got, media)
		assert.Equal(t, 7, page, media)
	}
}

func TestAllReportsEveryFaultOfEverySource(t *testing.T) {
	type item struct {
		Qty int `json:"qty" binding:"min=1"`
	}
	type in struct {
		ID    int    `uri:"id" binding:"min=1"`
		Page  int    `query:"page"`
		Sort  string `query:"sort" binding:"oneof=up down"`
		Rate  uint8  `header:"X-Rate"`
		Key   string `header:"Idempotency-Key" binding:"required"`
		Age   int    `cookie:"age"`
		Title string `json:"title" form:"title" binding:"required"`
		Price int    `json:"price" form:"cents"`
		Items []item `json:"items" binding:"dive"`
	}
	others := []string{
		"uri id min", "query page type", "query sort oneof", "header X-Rate type", "header Idempotency-Key required", "cookie age type",
	}
	tests := []struct {
		name, media, body string
		want              []string
	}{
		{"JSON", "application/json", `{"price":"x","items":[{"qty":0},{"qty":"x"}]}`,
			[]string{"json title required", "json price type", "json items[0].qty min", "json items[1].qty type"}},
		{"JSON that is cut off", "application/json", `{"price":`, []string{"json  syntax"}},
		{"JSON that is not an object", "application/json", `[1]`, []string{"json  type"}},
		{"two JSON values", "application/json", `{} {}`, []string{"json  syntax"}},
		{"JSON null", "application/json", `null`, []string{"json title required"}},
		{"a form", "application/x-www-form-urlencoded", "cents=x", []string{"form title required", "form cents type"}},
		{"a form that cannot be read", "application/x-www-form-urlencoded", "a=%zz", []string{"form  syntax"}},
		{"a multipart body without its boundary", "multipart/form-data", "x", []string{"form  syntax"}},
		{"XML that is cut off", "application/xml", "<in><title>", []string{"xml  syntax"}},
		{"an unknown media type", "image/png", "x", []string{"header Content-Type oneof"}},
		{"a codec's format that is cut off", "application/toml", "{", []string{"toml  syntax"}},
		{"a codec's format of a media type of its own", "application/x-test-yaml", "{", []string{"yaml  syntax"}},
		{"a codec's format", "application/yaml", `{"Price":1}`, []string{"yaml title required"}},
		{"an empty body", "application/json", "", []string{"json title required"}},
		{"a blank body", "application/json", " \n", []string{"json title required"}},
		{"no body", "", "", []string{"json title required"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := allRequest("POST", "/?page=x&sort=left", tt.media, tt.body)
			req.Header.Set("X-Rate", "-1")
			req.Header.Set("Cookie", "age=old")
			err := binding.All(req, route{"id": "0"}, &in{})
			var got []string
			for _, fe := range binding.FieldErrors(err) {
				got = append(got, fe.Source+" "+fe.Field+" "+fe.Rule)
			}
			assert.ElementsMatch(t, append(tt.want, others...), got)
			assert.NotContains(t, err.Error(), "left", "the client's value")
		})
	}
}

func TestAllReturnsValidationErrorsWhenOnlyRulesAreBroken(t *testing.T) {
	type in struct {
		ID    int    `uri:"id" binding:"min=1"`
		Title string `json:"title" binding:"required"`
	}
	err := binding.All(allRequest("POST", "/", "", ""), route{"id": "0"}, &in{})
	var broken validator.ValidationErrors
	require.ErrorAs(t, err, &broken)
	assert.Equal(t, "uri.id", broken[0].Namespace())
	assert.Equal(t, "json.title", broken[1].Namespace())
}

// counting counts how often the rules are asked.
type counting struct {
	binding.StructValidator
	asked int
}

func (v *counting) ValidateStruct(obj any) error {
	v.asked++
	return v.StructValidator.ValidateStruct(obj)
}

func TestAllValidatesOnce(t *testing.T) {
	v := &counting{StructValidator: binding.Validator}
	binding.Validator = v
	defer func() { binding.Validator = v.StructValidator }()
	var in allIn
	require.NoError(t, binding.All(allRequest("POST", "/?page=2", "application/json", `{"title":"Momo"}`), route{"id": "1"}, &in))
	assert.Equal(t, 1, v.asked)
	binding.Validator = nil
	require.NoError(t, binding.All(allRequest("POST", "/", "", ""), route{"id": "1"}, &in))
}

func TestAllReadsUploads(t *testing.T) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	require.NoError(t, w.WriteField("title", "Momo"))
	part, err := w.CreateFormFile("cover", "cover.png")
	require.NoError(t, err)
	_, err = part.Write([]byte("png"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	var in struct {
		Title string                `form:"title" json:"title"`
		Cover *multipart.FileHeader `form:"cover" binding:"required"`
	}
	for _, target := range []string{"/", "/?a;b&title=query"} {
		req := allRequest("PUT", target, w.FormDataContentType(), body.String())
		require.NoError(t, binding.All(req, nil, &in))
		assert.Equal(t, "Momo", in.Title)
		assert.Equal(t, "cover.png", in.Cover.Filename)
		require.NotNil(t, req.MultipartForm, "the server removes its files")
	}
	in.Cover = nil
	err = binding.All(allRequest("POST", "/", "application/json", `{"title":"a","cover":{"Filename":"/etc/passwd"},"Cover":{"Filename":"x"}}`), nil, &in)
	assert.Nil(t, in.Cover)
	assert.Equal(t, "form", binding.FieldErrors(err)[0].Source)
}

func TestAllReadsABodyOnlyIfAFieldIsForIt(t *testing.T) {
	var in struct {
		ID int `uri:"id"`
	}
	req := allRequest("PUT", "/", "image/png", "png")
	require.NoError(t, binding.All(req, route{"id": "1"}, &in))
	rest, err := io.ReadAll(req.Body)
	require.NoError(t, err)
	assert.Equal(t, "png", string(rest))
}

func TestAllReadsBodiesByMethod(t *testing.T) {
	for method, want := range map[string]string{"GET": "", "HEAD": "", "POST": "a", "PUT": "a", "PATCH": "a", "DELETE": "a", "QUERY": "a"} {
		for media, body := range map[string]string{"application/json": `{"title":"a"}`, "application/x-www-form-urlencoded": "title=a"} {
			var in struct {
				Title string `json:"title" form:"title"`
			}
			require.NoError(t, binding.All(allRequest(method, "/?title=query", media, body), nil, &in))
			assert.Equal(t, want, in.Title, method+" "+media)
		}
	}
}

func TestAllReturnsAFailedReadAsItIs(t *testing.T) {
	gone := errors.New("the client is gone")
	for _, media := range []string{"application/json", "application/xml"} {
		req := allRequest("POST", "/", media, "x")
		req.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(gone)))
		err := binding.All(req.WithContext(context.Background()), route{"id": "1"}, &allIn{})
		require.ErrorIs(t, err, gone)
		assert.Nil(t, binding.FieldErrors(err))
	}
	req := allRequest("POST", "/", "application/json", `{"title":"too long"}`)
	req.Body = http.MaxBytesReader(nil, req.Body, 4)
	var tooLarge *http.MaxBytesError
	require.ErrorAs(t, binding.All(req, route{"id": "x"}, &allIn{}), &tooLarge)
}

type parsesAll struct {
	ID   int `uri:"id"`
	Name string
}

func (*parsesAll) UnmarshalJSON([]byte) error { return nil }

func TestAllSaysWhatIsWrongWithTheTags(t *testing.T) {
	tests := []struct {
		name string
		obj  any
		want string
	}{
		{"two sources", &struct {
			ID int `uri:"id" query:"id"`
		}{}, "field ID of struct { ID int \"uri:\\\"id\\\" query:\\\"id\\\"\" } has the tags uri and query"},
		{"a source and the body", &struct {
			ID int `uri:"id" json:"id"`
		}{}, `write ` + "`json:\"-\"`"},
		{"a source and a form", &struct {
			ID int `header:"id" form:"id"`
		}{}, "has the tags header and form"},
		{"in an embedded struct", &struct{ allTwice }{}, "field allTwice.ID of"},
		{"in a group", &struct {
			Group struct {
				Size int    `query:"size"`
				Name string `json:"name"`
			}
		}{}, "field Group.Name of"},
		{"a param that the route does not have", &struct {
			ID int `uri:"shelf"`
		}{}, `wants the path parameter "shelf", which the route does not have`},
		{"a file without a tag", &struct{ Cover *multipart.FileHeader }{}, "write `form:\"cover\"`"},
		{"a file in JSON", &struct {
			Cover []*multipart.FileHeader `json:"cover"`
		}{}, "write form"},
		{"a field that is not exported", &struct {
			id int `uri:"id"`
		}{}, "is not exported"},
		{"a list of structs of another source", &struct{ Lines []allLine }{}, "field Lines of"},
		{"a map of lists of them", &struct{ Lines map[string]*[]*allLine }{}, "is a list or a map of structs that have the tag query"},
		{"a list further inside", &struct {
			Lines [2]struct{ More struct{ Line []allLine } }
		}{}, "field Lines of"},
		{"a list in an embedded struct", &struct{ allLines }{}, "field allLines.Lines of"},
		{"an embedded pointer that nothing can make", &struct{ *allLine }{}, "field allLine of struct { *binding_test.allLine } is an embedded pointer"},
		{"the same in a group", &struct{ Group struct{ *allLine } }{}, "field Group.allLine of"},
		{"a method for all of it", &parsesAll{}, "UnmarshalJSON"},
		{"an unknown parser", &struct {
			ID int `query:"id,parser=x"`
		}{}, "parser=x is not known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 { // the second one is from the cache
				err := binding.All(allRequest("POST", "/", "", ""), route{"id": "1"}, tt.obj)
				require.ErrorIs(t, err, binding.ErrTags)
				assert.ErrorContains(t, err, tt.want)
				assert.Nil(t, binding.FieldErrors(err))
			}
		})
	}
}

type allLine struct {
	Size int `query:"size"`
}

type allLines struct{ Lines []allLine }

// What is the body's own may have structs with tags of other sources.
func TestAllTakesListsThatAreTheBodys(t *testing.T) {
	type loop struct {
		Next []loop
		Name string
	}
	for _, obj := range []any{
		&struct {
			Lines []allLine `json:"lines"`
		}{},
		&struct {
			Lines []allLine `json:"-"`
		}{},
		&struct{ Loop []loop }{},
		&struct {
			Lines []struct {
				Own allLine `json:"own"`
			}
		}{},
		&struct{ *allNothing }{},
	} {
		assert.NoError(t, binding.All(allRequest("POST", "/", "application/json", `{}`), nil, obj), "%T", obj)
	}
}

type allNothing struct{ _ string }

type allTwice struct {
	ID int `uri:"id" cookie:"id"`
}

func TestAllRefusesOtherDestinations(t *testing.T) {
	number := 0
	for _, obj := range []any{nil, number, &number, map[string]string{}, &map[string]string{}, allIn{}, (*allIn)(nil)} {
		assert.ErrorIs(t, binding.All(allRequest("GET", "/", "", ""), nil, obj), binding.ErrDestination, "%T", obj)
	}
	assert.Error(t, binding.All(nil, nil, &allIn{}))
}

func TestAllRefusesUnknownMembers(t *testing.T) {
	binding.EnableDecoderDisallowUnknownFields = true
	defer func() { binding.EnableDecoderDisallowUnknownFields = false }()
	err := binding.All(allRequest("POST", "/", "application/json", `{"title":"Momo","ID":3}`), route{"id": "1"}, &allIn{})
	fields := binding.FieldErrors(err)
	require.Len(t, fields, 1)
	assert.Equal(t, "unknown", fields[0].Rule)
}

func TestAllTakesHugeAndRepeatedInputs(t *testing.T) {
	req := allRequest("POST", "/?"+strings.Repeat("page=x&", 9000)+"page=x", "application/json",
		`{"title":"`+strings.Repeat("a", 1<<20)+`","nested":{"zip":"`+strings.Repeat("b", 1<<20)+`"}}`)
	req.Header["Cookie"] = []string{strings.Repeat("theme=a; ", 2000)}
	err := binding.All(req, route{"id": strings.Repeat("9", 1<<16)}, &allIn{})
	fields := binding.FieldErrors(err)
	assert.Len(t, fields, 3)
	assert.Less(t, len(err.Error()), 2000, "the error has nothing of what was sent")

	req = allRequest("POST", "/?"+strings.Repeat("page=1&", 20_000), "", "")
	fields = binding.FieldErrors(binding.All(req, route{"id": "1"}, &allIn{}))
	require.NotEmpty(t, fields)
	assert.Equal(t, "query", fields[0].Source)
}

// allTree refers to itself in many ways, as an object-relational model does.
type allTree struct {
	Left, Right *allTree
	Others      []*allTree
	Other       *allOther `json:"other"`
}

type allOther struct {
	A, B, C *allTree
	Page    int `query:"page"`
}

func TestAllTakesTypesThatContainThemselves(t *testing.T) {
	var in allTree
	err := binding.All(allRequest("POST", "/?page=4", "application/json", `{"other":{"A":{"Others":[{}]}}}`), nil, &in)
	require.NoError(t, err)
	assert.Len(t, in.Other.A.Others, 1)
}

func TestAllTakesAnEmptyBodyOfUnknownLength(t *testing.T) {
	for _, media := range []string{"", "text/plain", "application/json", "application/xml", "application/x-www-form-urlencoded"} {
		for _, unknown := range []int64{-1, 0} {
			req := allRequest("POST", "/", media, "")
			req.Body, req.ContentLength = io.NopCloser(strings.NewReader("")), unknown
			var in struct {
				Title string `json:"title" form:"title"`
			}
			assert.NoError(t, binding.All(req, nil, &in), media)
		}
	}
}

// net/http/fcgi says that the length of a chunked body is 0.
func TestAllReadsABodyWhoseLengthIsSaidToBeZero(t *testing.T) {
	for media, text := range map[string]string{"application/json": `{"title":"a"}`, "application/x-www-form-urlencoded": "title=a"} {
		req := allRequest("POST", "/", media, text)
		req.ContentLength = 0
		var in struct {
			Title string `json:"title" form:"title"`
		}
		require.NoError(t, binding.All(req, nil, &in), media)
		assert.Equal(t, "a", in.Title, media)
	}
}

func TestAllReadsAFormThatNetHTTPWasAskedForBefore(t *testing.T) {
	for _, method := range []string{"POST", "DELETE", "QUERY"} {
		req := allRequest(method, "/?title=query", "application/x-www-form-urlencoded", "title=a")
		_ = req.PostFormValue("title")
		for range 2 {
			var in struct {
				Title string `form:"title"`
			}
			require.NoError(t, binding.All(req, nil, &in))
			assert.Equal(t, "a", in.Title, method)
		}
	}
}

// The plan of a type may be made by several requests at once.
func TestAllByManyAtOnce(t *testing.T) {
	type in struct {
		ID    int    `uri:"id"`
		Title string `json:"title"`
	}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			var got in
			body := `{"title":"` + strconv.Itoa(i) + `"}`
			assert.NoError(t, binding.All(allRequest("POST", "/", "application/json", body), route{"id": strconv.Itoa(i)}, &got))
			assert.Equal(t, in{i, strconv.Itoa(i)}, got)
		})
	}
	wg.Wait()
}

// One field has the name that the body has for it, whatever it is nested in.
func TestAllNamesNestedFieldsAsTheBodyDoes(t *testing.T) {
	type address struct {
		Zip    string `json:"zip" form:"postal" xml:"code" binding:"required"`
		Street string `form:"street" binding:"required"`
	}
	type in struct {
		Address address `json:"address" xml:"home"`
		Group   struct {
			Hidden bool   `form:"hidden" binding:"required"`
			Lang   string `header:"Accept-Language" binding:"required"`
		}
		List []address `query:"list" binding:"dive"`
	}
	group := []string{"form hidden required", "header Accept-Language required", "query list[0].Street required"}
	for media, want := range map[string][]string{
		"application/json":                  {"json address.zip required", "json address.Street required"},
		"application/x-www-form-urlencoded": {"form postal required", "form street required"},
		"application/xml":                   {"xml home.code required", "xml home.Street required"},
	} {
		body := map[string]string{"application/json": "{}", "application/xml": "<in/>"}
		req := allRequest("POST", "/?list="+url.QueryEscape(`{"zip":"1"}`), media, cmp.Or(body[media], "x=y"))
		var got []string
		for _, fe := range binding.FieldErrors(binding.All(req, nil, &in{})) {
			got = append(got, fe.Source+" "+fe.Field+" "+fe.Rule)
		}
		assert.ElementsMatch(t, append(want, group...), got, media)
	}
}

type AllBehindPointer struct {
	Page int    `query:"page"`
	Name string `xml:"name"`
}

// A decoder may allocate what has fields of other sources in it.
func TestAllPutsBackWhatADecoderFillsBehindPointers(t *testing.T) {
	for _, in := range []struct{ *AllBehindPointer }{{}, {&AllBehindPointer{Page: 3}}} {
		had := 0
		if in.AllBehindPointer != nil {
			had = in.Page
		}
		require.NoError(t, binding.All(allRequest("POST", "/", "application/xml", "<in><Page>7</Page><name>a</name></in>"), nil, &in))
		assert.Equal(t, AllBehindPointer{Page: had, Name: "a"}, *in.AllBehindPointer)
	}
}

type AllPatch struct {
	Title binding.Optional[string] `json:"title"`
	Name  *string                  `json:"name"`
	Size  int                      `json:"size"`
}

func TestAllKnowsNullBehindPointers(t *testing.T) {
	for body, want := range map[string]*AllPatch{
		`{}`:             nil,
		`{"x":1}`:        nil,
		`{"title":null}`: {Title: binding.Null[string]()},
		`{"title":"a"}`:  {Title: binding.Some("a")},
		`{"size":2}`:     {Size: 2},
	} {
		var in struct{ *AllPatch }
		require.NoError(t, binding.All(allRequest("PATCH", "/", "application/json", body), nil, &in))
		assert.Equal(t, want, in.AllPatch, body)
	}
	name := "a"
	in := struct{ *AllPatch }{&AllPatch{Title: binding.Some("a"), Name: &name, Size: 3}}
	require.NoError(t, binding.All(allRequest("PATCH", "/", "application/json", `{"title":null,"name":null,"size":null}`), nil, &in))
	assert.Equal(t, AllPatch{Title: binding.Null[string](), Size: 3}, *in.AllPatch)
}

type allAuth struct {
	User string `header:"X-User"`
}

// An embedded struct whose tag has an option and no name is embedded all the same: a field of
// another source inside is not the body's.
func TestAllFillsNoEmbeddedFieldFromTheBody(t *testing.T) {
	type inJSON struct {
		allAuth `json:",inline"`
		Title   string `json:"title" xml:"title"`
	}
	type inXML struct {
		allAuth `yaml:",inline"`
		Title   string `xml:"title"`
	}
	req := func(contentType, body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("X-User", "bob")
		return r
	}
	var j inJSON
	require.NoError(t, binding.All(req("application/json", `{"title":"t","User":"admin","user":"admin"}`), nil, &j))
	assert.Equal(t, inJSON{allAuth{"bob"}, "t"}, j)
	var x inXML
	require.NoError(t, binding.All(req("application/xml", `<in><title>t</title><User>admin</User></in>`), nil, &x))
	assert.Equal(t, inXML{allAuth{"bob"}, "t"}, x)
}

// A pair that net/url cannot read would be lost without a word.
func TestAllSaysThatTheQueryIsMalformed(t *testing.T) {
	var in struct {
		Page int `query:"page"`
	}
	for query, fields := range map[string]int{"page=1": 0, "page=%zz": 1, "a=1;b=2&page=1": 1, "page=1&q=100%": 1, "page=%31": 0} {
		err := binding.All(httptest.NewRequest("GET", "/?"+query, nil), nil, &in)
		assert.Len(t, binding.FieldErrors(err), fields, query)
		if fields > 0 {
			assert.Equal(t, "query", binding.FieldErrors(err)[0].Source)
		}
	}
}

func TestARuleNamesAFieldThatIsThere(t *testing.T) {
	type inner struct {
		Kind string `json:"kind"`
	}
	structOf := func(tag string) reflect.Type {
		return reflect.StructOf([]reflect.StructField{
			{Name: "Kind", Type: reflect.TypeFor[string](), Tag: `json:"kind"`},
			{Name: "Inner", Type: reflect.TypeFor[*inner](), Tag: `json:"inner"`},
			{Name: "List", Type: reflect.TypeFor[[]inner](), Tag: `json:"list"`},
			{Name: "Any", Type: reflect.TypeFor[any](), Tag: `json:"any"`},
			{Name: "Name", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`json:"name" binding:"` + tag + `"`)},
		})
	}
	for tag, name := range map[string]string{
		"eqfield=Pp": "Pp", "nefield=kind": "kind", "gtfield=Inner.Knd": "Knd", "fieldcontains=X": "X", "fieldexcludes=X": "X",
		"required_if=Knd x": "Knd", "required_if=Kind x Knd y": "Knd", "required_unless='Knd' x": "Knd", "excluded_if=Knd x": "Knd", "excluded_unless=Knd x": "Knd", "skip_unless=Knd x": "Knd",
		"required_with=Kind Knd": "Knd", "required_with_all=Knd": "Knd", "required_without=Knd": "Knd", "required_without_all=Kind Knd": "Knd",
		"excluded_with=Knd": "Knd", "excluded_with_all=Knd": "Knd", "excluded_without=Knd": "Knd", "excluded_without_all=Knd": "Knd",
		"omitempty,alpha|eqfield=Knd": "Knd", "required_with=List[0].Knd": "Knd",
	} {
		typ := structOf(tag)
		assert.ErrorIs(t, binding.CheckTags(typ), binding.ErrTags, tag)
		assert.ErrorContains(t, binding.CheckRules(typ), "names", tag)
		err := binding.All(httptest.NewRequest("GET", "/", nil), nil, reflect.New(typ).Interface())
		assert.ErrorIs(t, err, binding.ErrTags, tag)
		assert.ErrorContains(t, binding.CheckTags(reflect.SliceOf(typ)), `"`, "in a list")
		assert.Contains(t, err.Error(), name+`"`, tag)
	}
	for _, tag := range []string{
		"eqfield=Kind", "eqfield=Inner.Kind", "required_with=List[0].Kind", "required_with=Any.Thing", "required_if=Kind Knd", "required_if=Kind 'a b' Name c", "excluded_without= Kind",
		"eqcsfield=Elsewhere", "required_with=Kind Name", "omitempty", "oneof=Knd", "",
	} {
		assert.NoError(t, binding.CheckTags(structOf(tag)), tag)
	}
}

func TestCheckRulesSaysWhichRuleIsNotKnown(t *testing.T) {
	type inner struct {
		Name string `json:"name" binding:"requird"`
	}
	err := binding.CheckRules(reflect.TypeFor[struct {
		Items []inner `json:"items" binding:"dive"`
	}]())
	assert.ErrorIs(t, err, binding.ErrTags)
	assert.ErrorContains(t, err, `(is "required" meant?)`)
	for written, meant := range map[string]string{"reqiured": "required", "emial": "email", "nosuchrule": "", "maxx": "max", "lens": "len", "erquierd": "required"} {
		typ := reflect.StructOf([]reflect.StructField{{Name: "Name", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`binding:"` + written + `"`)}})
		err := binding.CheckRules(typ)
		require.ErrorIs(t, err, binding.ErrTags)
		if meant == "" {
			assert.NotContains(t, err.Error(), "meant")
		} else {
			assert.ErrorContains(t, err, `(is "`+meant+`" meant?)`)
		}
	}
	err = binding.CheckRules(reflect.TypeFor[struct {
		Items []struct {
			Size string `json:"size" binding:"required,oneof=s,m,l"`
		} `json:"items" binding:"dive"`
	}]())
	assert.ErrorContains(t, err, `field Size of `)
	assert.ErrorContains(t, err, `the rule "m" is not known (if it is one of the values of oneof: they stand with spaces between them): correct`)
	for _, tag := range []string{"required,", ",required", "="} {
		typ := reflect.StructOf([]reflect.StructField{{Name: "Name", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`binding:"` + tag + `"`)}})
		assert.ErrorContains(t, binding.CheckRules(typ), "Invalid validation tag on field 'Name': correct the tag", tag)
	}
	assert.NoError(t, binding.CheckRules(reflect.TypeFor[struct {
		Name string `json:"name" binding:"required"`
	}]()))
}
