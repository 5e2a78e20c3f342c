package inspect

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// texts returns how many bytes of text a value holds, but those of code.
func texts(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Struct:
		for i := range v.NumField() {
			n += texts(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += texts(v.Index(i))
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			n += texts(entry.Key()) + texts(entry.Value())
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			n = texts(v.Elem())
		}
	default:
	}
	return n
}

// Whatever a client or a handler makes large, it is counted, and so the ring's bound holds.
func TestAttackAMebibyteInEachPlaceIsCounted(t *testing.T) {
	large := strings.Repeat("a", 1<<20)
	with := func(change func(*http.Request)) *http.Request {
		req := httptest.NewRequest("GET", "/x", nil)
		change(req)
		return req
	}
	plain := with(func(*http.Request) {})
	type body struct {
		M map[string]int `json:"m" binding:"dive,min=5"`
	}
	for name, tt := range map[string]struct {
		req    *http.Request
		handle dram.HandlerFunc
		kept   bool // the text is, and so the request is not
	}{
		"method":       {with(func(req *http.Request) { req.Method = large }), nil, true},
		"host":         {with(func(req *http.Request) { req.Host = large }), nil, true},
		"path":         {httptest.NewRequest("GET", "/x/"+large, nil), nil, true},
		"query":        {httptest.NewRequest("GET", "/x?"+large, nil), nil, true},
		"protocol":     {with(func(req *http.Request) { req.Proto = large }), nil, true},
		"header":       {with(func(req *http.Request) { req.Header.Set("A", large) }), nil, true},
		"header name":  {with(func(req *http.Request) { req.Header[large] = []string{"a"} }), nil, true},
		"many values":  {with(func(req *http.Request) { req.Header["A"] = make([]string, 1<<15) }), nil, true},
		"error":        {plain, func(c *dram.Context) { _ = c.Error(errors.New(large)) }, false},
		"panic":        {plain, func(*dram.Context) { panic(large) }, false},
		"a key's name": {plain, func(c *dram.Context) { c.Set(large, 1) }, false},
		"a key":        {plain, func(c *dram.Context) { c.Set("k", large) }, false},
		"a field": {httptest.NewRequest("POST", "/x", strings.NewReader(`{"m":{"`+large+`":1}}`)), func(c *dram.Context) {
			_ = c.ShouldBindJSON(new(body))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(dram.RecoveryWithWriter(io.Discard))
			handle := tt.handle
			if handle == nil {
				handle = func(*dram.Context) {}
			}
			r.Any("/x", handle)
			r.Any("/x/:p", handle)
			r.NoRoute(handle)
			m, err := mount(r, Config{Out: io.Discard})
			require.NoError(t, err)
			var kept *request
			m.recorder.ends = func(_ *dram.Context, rec *request) { kept = rec }
			r.ServeHTTP(httptest.NewRecorder(), tt.req)
			require.NotNil(t, kept)
			assert.GreaterOrEqual(t, kept.bytes, texts(reflect.ValueOf(*kept)))
			assert.Equal(t, tt.kept, kept.bytes >= 1<<20, "%d bytes", kept.bytes)
			if row := kept.row(); !tt.kept {
				assert.Less(t, texts(reflect.ValueOf(row)), 1000)
			}
			live, err := liveEvent([]row{kept.row()}, "../", live{})
			require.NoError(t, err)
			assert.Less(t, len(live.Data.(string)), 4000, "a row is short")
		})
	}
}
