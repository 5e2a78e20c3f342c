package matrixtest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
)

// This file runs the contract of writers (dramtest.Layer) over each layer by itself. What package dramtest knows nothing of
// is what a layer is documented to do: that is in its effect.

// flusherOnly is a middleware's writer that can flush, and nothing else.
type flusherOnly struct{ http.ResponseWriter }

func (w flusherOnly) Flush() { w.ResponseWriter.(http.Flusher).Flush() }

// none stands for the absence of a layer.
var none = layer{name: "the Context's own", of: func(*stack) []dram.HandlerFunc { return nil }}

// everyWriter returns each layer that has a writer of its own, or may have.
func everyWriter() []layer {
	root, ours, contrib := rooms()
	all := []layer{wrap("Wrap(Flush only)", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(flusherOnly{w}, r) })
	}, effect{opaque: true})}
	for _, l := range slices.Concat(root, ours, contrib) {
		if l.refuses == 0 && !l.reroutes {
			all = append(all, l)
		}
	}
	return all
}

// permission has all layers that may refuse let a request pass.
func permission() (all []dramtest.Option) {
	req := permitted(httptest.NewRequest(http.MethodGet, "/", nil))
	for name := range req.Header {
		all = append(all, dramtest.Header(name, req.Header.Get(name)))
	}
	return append(all, dramtest.Header("Host", "127.0.0.1"))
}

// contract is the layer's.
func (l *layer) contract() dramtest.Contract {
	embeds := strings.HasPrefix(l.name, "embedded") // as Gin's layers do: no Unwrap
	return dramtest.Contract{
		Options:  permission(),
		Status:   l.replaces,
		Replaces: l.replaces != 0,
		Encodes:  l.encodes,
		Keeps:    l.buffers,
		OwnSize:  l.encodes && embeds,
		NoUnwrap: l.opaque || embeds,
		Decode: func(coding string, body []byte) ([]byte, error) {
			text, err := decoded(coding, body)
			return []byte(text), err
		},
	}
}

func TestEveryLayerKeepsTheContract(t *testing.T) {
	if raceEnabled {
		t.Skip("one request after the other, by the same code as TestMatrix, in two minutes")
	}
	for _, l := range everyWriter() {
		t.Run(l.name, func(t *testing.T) {
			st := &stack{engine: dram.New(), limit: time.Minute}
			l.contract().Check(t, l.of(st)...)
			if left := st.left(); left != "" {
				t.Error(left)
			}
		})
	}
}
