package binding_test

import (
	"encoding"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Structs whose embedded types parse themselves, exported and not.
type (
	fromText struct {
		A int `form:"a" json:"a" header:"a" uri:"a"`
	}
	fromParam struct {
		A int `form:"a" json:"a" header:"a" uri:"a"`
	}
	FromText struct {
		B int `form:"b" json:"b" header:"b" uri:"b"`
	}
	FromParam struct {
		B int `form:"b" json:"b" header:"b" uri:"b"`
	}
	grade       slog.Level
	levels      []int
	lookup      map[string]int
	pointed     = *FromText
	when        = time.Time
	file        = multipart.FileHeader
	maybe       = binding.Optional[FromText]
	renamed     = FromText
	pair[T any] struct {
		From, To T
		binding.Optional[T]
	}
	listed[T any] []T
	wrapping      struct{ fromText }
	wrappingPtr   struct{ *fromText }
	deep          struct {
		wrapping
		N string `form:"n"`
	}
	looped struct {
		*FromText
		Next *looped
	}
)

var errNotThat = errors.New("not that")

func parse(text string, n *int) error {
	if text == "bad" {
		return errNotThat
	}
	*n = len(text)
	return nil
}

func (f *fromText) UnmarshalText(text []byte) error   { return parse(string(text), &f.A) }
func (f *fromParam) UnmarshalParam(text string) error { return parse(text, &f.A) }
func (f *FromText) UnmarshalText(text []byte) error   { return parse(string(text), &f.B) }
func (f *FromParam) UnmarshalParam(text string) error { return parse(text, &f.B) }
func (l *grade) UnmarshalText(text []byte) error      { return (*slog.Level)(l).UnmarshalText(text) }
func (l *levels) UnmarshalText(text []byte) error     { return nil }
func (l *lookup) UnmarshalParam(string) error         { return nil }

// names are the names and tags of all fields of typ and of what it holds.
func names(typ reflect.Type, found map[string]bool, depth int) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || depth == 0 {
		return
	}
	found[typ.Name()] = true
	for i := range typ.NumField() {
		sf := typ.Field(i)
		found[sf.Name] = true
		for _, tag := range []string{"form", "header", "uri", "json"} {
			found[sf.Tag.Get(tag)] = true
		}
		names(sf.Type, found, depth-1)
	}
}

// No key makes a binding panic, whatever the struct embeds.
func TestNoKeyPanics(t *testing.T) {
	shapes := []any{
		&struct {
			fromText
			N string
		}{}, &struct {
			fromParam
			N string
		}{}, &struct {
			*fromText
			N string
		}{}, &struct {
			FromText
			N string
		}{}, &struct {
			*FromText
			FromParam
		}{}, &struct {
			FromText `form:"t" header:"t" uri:"t"`
			fromText `form:"u" header:"u" uri:"u"`
		}{}, &struct {
			fromText `form:"u,default=bad"`
			N        string
		}{}, &struct {
			grade
			N int
		}{}, &struct {
			levels
			lookup
		}{}, &struct {
			pointed
			when
		}{}, &struct {
			file
			N int
		}{}, &struct {
			maybe
			N int
		}{}, &struct {
			renamed
			N int
		}{}, &struct {
			pair[int]
			N int
		}{}, &struct {
			listed[int]
			N int
		}{}, &struct {
			*pair[fromText]
			N int
		}{}, &struct {
			encoding.TextUnmarshaler
			N int
		}{}, &struct {
			error
			binding.BindUnmarshaler
		}{}, &struct {
			io.Reader
			P struct{ encoding.TextUnmarshaler }
		}{}, &struct{ P struct{ *FromText } }{}, &struct {
			P struct{ fromText }
			Q *struct{ *fromText }
			R []struct{ fromParam }
		}{}, &struct {
			wrapping
			wrappingPtr
		}{}, &deep{}, &struct{ D *deep }{}, &struct {
			*deep
			Deep binding.Optional[deep]
		}{}, &looped{}, &struct {
			multipart.FileHeader
			F *multipart.FileHeader
		}{}, &struct{ binding.Optional[fromText] }{}, &struct {
			*binding.Optional[fromText]
			N int
		}{}, &struct {
			a, b *fromText
			c    fromParam
		}{},
	}
	for _, shape := range shapes {
		typ := reflect.TypeOf(shape).Elem()
		keys := map[string]bool{}
		names(typ, keys, 5)
		delete(keys, "")
		for key := range keys {
			for _, value := range []string{"", "xyz", "bad", "4", "{}", `"x"`, "null", `{"A":1,"From":"x","FromText":"x"}`} {
				values := form{key: {value, value}}
				sources := map[string]func(obj any) error{
					"query": func(obj any) error { return binding.Query.Bind(queryRequest(encode(values)), obj) },
					"uri":   func(obj any) error { return binding.Uri.BindUri(values, obj) },
					"header": func(obj any) error {
						return binding.Header.Bind(&http.Request{Header: http.Header{http.CanonicalHeaderKey(key): {value}}}, obj)
					},
					"form": func(obj any) error {
						return binding.Form.Bind(bodyRequest("application/x-www-form-urlencoded", encode(values)), obj)
					},
					"json": func(obj any) error {
						return binding.JSON.BindBody([]byte(`{"`+key+`":`+value+`}`), obj)
					},
					"xml": func(obj any) error {
						return binding.XML.BindBody([]byte("<x "+key+"='"+value+"'><"+key+">"+value+"</"+key+"></x>"), obj)
					},
					"values": func(obj any) error {
						return binding.FormMultipart.Bind(multipartRequest(t, map[string]string{key: value}), obj)
					},
					"files": func(obj any) error {
						return binding.FormMultipart.Bind(multipartRequest(t, nil, upload{key, "f.txt", value}), obj)
					},
				}
				for source, bind := range sources {
					assert.NotPanics(t, func() { _ = bind(reflect.New(typ).Interface()) }, "%s of %s: %s=%s", source, typ, key, value)
				}
			}
		}
	}
}

// A struct that is embedded has its fields, whether or not it parses itself.
func TestEmbeddedParser(t *testing.T) {
	type Name struct {
		First string `form:"first"`
	}
	type dest struct {
		*FromText
		Name
		fromParam
	}
	for name, tt := range map[string]struct {
		query string
		want  dest
		err   string
	}{
		"fields":                   {"b=4&first=x&a=5", dest{&FromText{4}, Name{"x"}, fromParam{5}}, ""},
		"as one value":             {"FromText=xyz", dest{FromText: &FromText{3}}, ""},
		"as one value, which wins": {"FromText=xyz&b=4", dest{FromText: &FromText{3}}, ""},
		"as one value, empty":      {"FromText=", dest{FromText: &FromText{0}}, ""},
		"unexported":               {"fromParam=xyz", dest{}, ""},
		"a field is wrong":         {"b=x", dest{FromText: &FromText{}}, `dram: query "b": must be an integer (type=integer)`},
		"the value is wrong":       {"FromText=bad", dest{}, `dram: query "FromText": is not valid (type=fromtext)`},
	} {
		t.Run(name, func(t *testing.T) {
			var got dest
			err := binding.Query.Bind(queryRequest(tt.query), &got)
			if tt.err != "" {
				require.EqualError(t, err, tt.err)
			} else {
				require.NoError(t, err)
			}
			assert.Equal(t, tt.want, got)
		})
	}
}
