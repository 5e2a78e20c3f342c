package dramtest

import (
	"io"
	"net/http"

	"github.com/dram-go/dram"
)

// This file is the layers that a user's is put inside and outside of: what a layer can do by NextAnswer without a change of
// what the client gets, and those around which most programs are built.

// other is such a layer.
type other struct {
	name  string
	layer dram.HandlerFunc
	Contract
}

// identity is an encoder that changes nothing.
type identity struct{ io.Writer }

func (identity) Close() error { return nil }

func deciding(look func(dram.Answer)) dram.HandlerFunc {
	return func(c *dram.Context) { c.NextAnswer(nil, look) }
}

// holding decides when the beginning of the body is there.
func holding(limit int, decide func(dram.Answer)) func(dram.Answer) {
	return func(a dram.Answer) { a.Hold(limit, func(a dram.Answer, _ []byte, _ bool) { decide(a) }) }
}

func pass(dram.Answer)      {}
func through(a dram.Answer) { a.Through(identity{a.Out()}) }
func tee(a dram.Answer)     { a.Tee(io.Discard) }

// others returns them.
func others() []other {
	return []other{
		{"Through", deciding(through), Contract{Encodes: true}},
		{"Hold(100) and Through", deciding(holding(100, through)), Contract{Encodes: true}},
		{"Hold(1 MiB)", deciding(holding(1<<20, pass)), Contract{}},
		{"Tee", deciding(tee), Contract{Keeps: true}},
		{"OnStream", deciding(func(a dram.Answer) { a.OnStream(func() {}) }), Contract{}},
		{"OnStream, Tee, Hold and Through", deciding(func(a dram.Answer) {
			a.OnStream(func() {})
			a.Tee(io.Discard)
			holding(10, through)(a)
		}), Contract{Keeps: true, Encodes: true}},
		{"Recovery", dram.CustomRecoveryWithWriter(nil, func(c *dram.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }), Contract{}},
		{"WrapMiddleware", dram.WrapMiddleware(func(next http.Handler) http.Handler { return next }), Contract{}},
	}
}
