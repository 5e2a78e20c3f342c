//go:build go1.27 && goexperiment.jsonv2

package binding_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec/json"
)

func init() { engines["json.V2"] = json.V2{} }

// place is in its parent, by the option embed of the tag json.
type place struct {
	City string `json:"city" binding:"required"`
	Zip  string `json:"zip" binding:"max=5"`
}

// Options of the tag json that encoding/json has since Go 1.27.
func TestTheTagOptionEmbed(t *testing.T) {
	type order struct {
		Name    string `json:"name"`
		Address place  `json:",embed"`
	}
	type pointed struct {
		ID      int    `json:"id"`
		Address *place `json:",embed"`
	}
	bound := func(body string, obj any) (errs []binding.Errors) {
		other := reflect.New(reflect.TypeOf(obj).Elem()).Interface()
		for _, bind := range []func(*http.Request) error{
			func(r *http.Request) error { return binding.JSON.Bind(r, obj) },
			func(r *http.Request) error { return binding.All(r, nil, other) },
		} {
			r := httptest.NewRequest("POST", "/", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			errs = append(errs, binding.FieldErrors(bind(r)))
		}
		assert.Equal(t, obj, other)
		return errs
	}
	var in order
	assert.Equal(t, make([]binding.Errors, 2), bound(`{"name":"ann","city":"Rome","zip":"00184"}`, &in))
	assert.Equal(t, order{"ann", place{"Rome", "00184"}}, in)
	var at pointed
	assert.Equal(t, make([]binding.Errors, 2), bound(`{"id":7,"city":"Rome"}`, &at))
	assert.Equal(t, pointed{7, &place{City: "Rome"}}, at)
	for body, want := range map[string]string{
		`{"city":"Rome","zip":7}`:        "zip type",
		`{"name":"ann"}`:                 "city required",
		`{"city":"Rome","zip":"001844"}`: "zip max",
	} {
		for by, errs := range bound(body, new(order)) {
			require.Len(t, errs, 1, "%s %s", by, body)
			assert.Equal(t, want, errs[0].Field+" "+errs[0].Rule, "%s %s", by, body)
		}
	}
	err := binding.All(httptest.NewRequest("POST", "/", nil), nil, &struct {
		Rest map[string]int `json:",embed"`
	}{})
	assert.ErrorIs(t, err, binding.ErrTags)
	assert.ErrorContains(t, err, "Rest")
	err = binding.All(httptest.NewRequest("POST", "/", nil), nil, &struct {
		Page struct {
			Size int `query:"size"`
		} `json:",embed"`
	}{})
	assert.ErrorIs(t, err, binding.ErrTags)
}

func TestTheTagOptionCase(t *testing.T) {
	var in struct {
		N int `json:"n,case:strict"`
		M int `json:"m,case:ignore"`
	}
	binding.EnableDecoderDisallowUnknownFields = true
	defer func() { binding.EnableDecoderDisallowUnknownFields = false }()
	errs := binding.FieldErrors(binding.JSON.BindBody([]byte(`{"N":5,"M":6}`), &in))
	require.Len(t, errs, 1)
	assert.Equal(t, "N unknown", errs[0].Field+" "+errs[0].Rule)
}

func TestTheTagOptionFormat(t *testing.T) {
	type day struct {
		Day time.Time `json:"day,format:DateOnly"`
	}
	assert.ErrorIs(t, binding.CheckTags(reflect.TypeFor[day]()), binding.ErrTags)
	var in day
	assert.ErrorIs(t, binding.All(httptest.NewRequest("POST", "/", nil), nil, &in), binding.ErrTags)
}
