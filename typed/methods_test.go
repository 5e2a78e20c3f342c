package typed_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/typed"
)

// counted has fields whose methods have a pointer receiver.
type counted struct {
	N    big.Int    `json:"n"`
	Both [2]big.Int `json:"both"`
	Code code       `json:"code"`
}

// answered is what a client gets of a value.
func answered[Out any](t *testing.T, value Out) Out {
	t.Helper()
	r, api := newAPI()
	route := typed.GET(api, "/", func(context.Context, *none) (Out, error) { return value, nil })
	server := httptest.NewServer(r)
	defer server.Close()
	got, err := route.Call(t.Context(), &typed.Client{Base: server.URL}, &none{})
	require.NoError(t, err)
	return got
}

// A value is written by its methods, also by those with a pointer receiver.
func TestAnswersAskMethodsWithAPointerReceiver(t *testing.T) {
	defer dram.SetMode(dram.Mode())
	one := counted{*big.NewInt(5), [2]big.Int{*big.NewInt(6), *big.NewInt(7)}, code{"a"}}
	for _, mode := range []string{dram.TestMode, dram.ReleaseMode} {
		dram.SetMode(mode)
		assert.Equal(t, *big.NewInt(5), answered(t, *big.NewInt(5)))
		assert.Equal(t, one, answered(t, one))
		assert.Equal(t, &one, answered(t, &one))
		assert.Equal(t, []counted{one}, answered(t, []counted{one}))
		assert.Equal(t, map[string]*counted{"a": &one}, answered(t, map[string]*counted{"a": &one}))
		assert.Equal(t, typed.Created[counted]{Body: one}, answered(t, typed.Created[counted]{Body: one}))
		assert.Equal(t, typed.Tagged[[1]counted]{ETag: `"1"`, Body: [1]counted{one}}, answered(t, typed.Tagged[[1]counted]{ETag: "1", Body: [1]counted{one}}))
		for got := range answered(t, iter.Seq[counted](func(yield func(counted) bool) { yield(one) })) {
			assert.Equal(t, one, got)
		}
		for got := range answered(t, iter.Seq[typed.Event[counted]](func(yield func(typed.Event[counted]) bool) { yield(typed.Event[counted]{ID: "1", Data: one}) })) {
			assert.Equal(t, typed.Event[counted]{ID: "1", Data: one}, got, mode)
		}
	}
}

// stamped writes itself in XML by a pointer alone.
type stamped struct{ text string }

func (s *stamped) MarshalText() ([]byte, error)    { return []byte(s.text), nil }
func (s *stamped) UnmarshalText(text []byte) error { s.text = string(text); return nil }

func TestAnswersInXMLAskMethodsWithAPointerReceiver(t *testing.T) {
	type out struct {
		A stamped                   `xml:"a"`
		B binding.Optional[stamped] `xml:"b"`
		C binding.Optional[stamped] `xml:"c,attr"`
		D stamped                   `xml:"d" json:"-"`
	}
	for _, offers := range [][]string{{dram.MIMEXML}, {dram.MIMEJSON, dram.MIMEXML}} {
		r, api := newAPI()
		typed.GET(api, "/", func(context.Context, *none) (out, error) {
			return out{stamped{"x"}, binding.Some(stamped{"y"}), binding.Some(stamped{"z"}), stamped{"w"}}, nil
		}, typed.Offers(offers...))
		dramtest.New(t, r).GET("/", dramtest.Header("Accept", dram.MIMEXML)).Want(200).Contains(`<out c="z"><a>x</a><b>y</b><d>w</d></out>`)
	}
}

// What encoding/json leaves out or replaces without a word is told while the program is made, and goes
// out as it is in release mode.
func TestAnswersThatLoseAreTold(t *testing.T) {
	defer dram.SetMode(dram.Mode())
	for _, value := range []any{code{"a"}, []any{map[string]any{"a": code{"a"}}}, []any{&entry{By: "x"}}, errors.New("x"), "\xff", json.Number("")} {
		r, api := newAPI()
		typed.GET(api, "/", func(context.Context, *none) (any, error) { return value, nil })
		dram.SetMode(dram.TestMode)
		dramtest.New(t, r).GET("/").Want(http.StatusInternalServerError)
		dram.SetMode(dram.ReleaseMode)
		dramtest.New(t, r).GET("/").Want(200)
	}
}
