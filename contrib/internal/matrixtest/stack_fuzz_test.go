package matrixtest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/dram-go/dram"
)

// This file has the fuzzer choose the layers, the handler, and a header that a client sends
// besides: what the matrix has no list of.

// hopByHop are headers of the connection, which Go's client sends or refuses as it thinks best.
var hopByHop = []string{
	"Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// FuzzStack sends two or three layers around a handler a request with an odd header. A whole
// answer is the model's, or one of a range, or a refusal; what has to be cut never looks whole. The
// requests that follow, without the header, are exactly what the model says, and nothing is left.
func FuzzStack(f *testing.F) {
	f.Add(byte(3), byte(20), byte(31), byte(1), "Range", "bytes=1-3", true)
	f.Add(byte(35), byte(36), byte(0), byte(8), "If-None-Match", "*", false)
	f.Add(byte(30), byte(50), byte(7), byte(20), "Accept-Encoding", "br;q=0, gzip;q=0.001, *", true)
	f.Add(byte(38), byte(31), byte(35), byte(16), "Cache-Control", "only-if-cached", false)
	f.Add(byte(52), byte(7), byte(38), byte(30), "Cookie", "session=\"a; other=b", true)
	f.Add(byte(29), byte(34), byte(45), byte(3), "Content-Encoding", "gzip", true)
	root, ours, contrib := rooms()
	layers := append(append(root, ours...), contrib...)
	lab := newLab()
	f.Cleanup(lab.close)
	f.Fuzz(func(t *testing.T, first, second, third, handler byte, name, value string, http1 bool) {
		chain := chosen(layers, first, second, third)
		i := int(handler) % len(behaviours)
		if chain == nil || !isHeader(name, value, behaviours[i]) || !takes(chain, -i, i, http1) {
			return
		}
		s := newStack(chain, []string{dram.TestMode, dram.ReleaseMode}[int(handler)%2])
		lab.current.Store(s)
		want := expected(chain, behaviours[i], http1)
		got := lab.send(http1, http.MethodGet, i, func(r *http.Request) { r.Header.Set(name, value) })
		faults := []string{s.onWire(got), s.odd(got, want, behaviours[i]), lab.tryOne(s, i, http1, new(counts))}
		faults = append(append(append(faults, s.take()...), lab.log.take()...), s.left())
		if faults = slices.DeleteFunc(faults, func(fault string) bool { return fault == "" }); len(faults) > 0 {
			t.Errorf("%s, %q, %s: %q: %s", names(chain), behaviours[i].name, name, value, strings.Join(faults, "\n"))
		}
	})
}

// chosen returns a chain as the matrix has them; nil if it has none of these.
func chosen(layers []layer, indices ...byte) (chain []layer) {
	for n, index := range indices {
		l := layers[int(index)%len(layers)]
		if n > 0 && l.reroutes {
			return nil
		}
		chain = append(chain, l)
	}
	if chain[0].name == chain[2].name || chain[1].name == chain[2].name || changing(chain...) < 2 {
		chain = chain[:2]
	}
	return chain
}

// isHeader reports whether a client may send a header, as one that the matrix, or the behaviour, does not send itself.
func isHeader(name, value string, b behaviour) bool {
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	if b.ask != nil {
		b.ask(req)
	}
	if !isToken(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) ||
		slices.Contains(hopByHop, http.CanonicalHeaderKey(name)) {
		return false
	}
	return name == "Accept-Encoding" || permitted(req).Header.Get(name) == ""
}

func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-')
	})
}

// odd returns what is wrong with the answer to a request with an odd header.
func (s *stack) odd(got *reply, want []outcome, b behaviour) string {
	if b.leaves {
		return ""
	}
	fault := s.check(got, http.MethodGet, want)
	if fault == "" {
		return ""
	}
	mayBeWhole := slices.ContainsFunc(want, func(o outcome) bool { return o.kind == isWhole })
	switch {
	case got.err != nil, got.decode != nil:
		return fault
	case got.status == http.StatusPartialContent && mayBeWhole:
		if slices.ContainsFunc(want, func(o outcome) bool { return strings.Contains(o.body, got.body) }) || strings.HasPrefix(got.header.Get("Content-Type"), "multipart/byteranges") {
			return ""
		}
	case got.status == http.StatusNotModified, got.status >= http.StatusBadRequest:
		return ""
	}
	return fault
}
