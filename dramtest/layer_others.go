package dramtest

import (
	"fmt"
	"io"
	"net/http"

	"github.com/dram-go/dram"
)

// This file is the layers that a user's is put inside and outside of: each thing that a layer can do by NextAnswer
// without a change of what the client gets, and those around which most programs are built.

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
func others() (all []other) {
	for _, d := range []struct {
		name   string
		decide func(dram.Answer)
		Contract
	}{{"pass", pass, Contract{}}, {"Through", through, Contract{Encodes: true}}, {"Tee", tee, Contract{Keeps: true}}} {
		all = append(all, other{d.name, deciding(d.decide), d.Contract})
		for _, limit := range []int{1, 100, 1 << 20} {
			all = append(all, other{fmt.Sprintf("Hold(%d) and %s", limit, d.name), deciding(holding(limit, d.decide)), d.Contract})
		}
	}
	return append(all,
		other{"OnStream", deciding(func(a dram.Answer) { a.OnStream(func() {}) }), Contract{}},
		other{"OnStream, Tee, Hold and Through", deciding(func(a dram.Answer) {
			a.OnStream(func() {})
			a.Tee(io.Discard)
			holding(10, through)(a)
		}), Contract{Keeps: true, Encodes: true}},
		other{"Recovery", dram.CustomRecoveryWithWriter(nil, func(c *dram.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }), Contract{}},
		other{"WrapMiddleware", dram.WrapMiddleware(func(next http.Handler) http.Handler { return next }), Contract{}},
	)
}
