package h1_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDifferencesAreAsTheTableSays: the example of each entry shows its difference, and no entry
// excuses an outcome that is another one in any part.
func TestDifferencesAreAsTheTableSays(t *testing.T) {
	for _, d := range differences {
		t.Run(d.name, func(t *testing.T) {
			if !d.shows() {
				t.Skip("this net/http does the same")
			}
			in := []byte(d.example)
			std, h := exchangeSeen(t, netHTTP, [][]byte{in}, recorder), exchangeSeen(t, ours, [][]byte{in}, recorder)
			p, err := part(t, in, std, h)
			require.NoError(t, err)
			require.False(t, p.none(), "both do the same")
			require.True(t, d.is(p), p.String())

			for name, change := range map[string]func(*outcome){
				"h1 leaves the connection open, or closes it": func(o *outcome) { o.closed = !o.closed },
				"h1 answers a server error": func(o *outcome) {
					o.out = append(slices.Clone(o.out), "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"...)
				},
				"h1 sees a request of its own": func(o *outcome) {
					o.requests, o.bodies = append(slices.Clone(o.requests), "GET \"/evil\"\nbody \"\" ok\n"), append(slices.Clone(o.bodies), "<nil>")
				},
				"h1 says nothing":                func(o *outcome) { o.out = nil },
				"h1 is hijacked":                 func(o *outcome) { o.states = append(slices.Clone(o.states[:len(o.states)-1]), http.StateHijacked) },
				"h1 answers with another status": func(o *outcome) { o.out = otherStatus(o.out) },
				"h1's handler sees another body": func(o *outcome) { o.requests = otherBody(o.requests) },
			} {
				other := h
				change(&other)
				if slices.Equal(other.out, h.out) && slices.Equal(other.requests, h.requests) && other.closed == h.closed && slices.Equal(other.states, h.states) {
					continue // there was none to change
				}
				if p, err := part(t, in, std, other); err == nil && p.none() {
					continue // it is what net/http does
				}
				assert.NotEmpty(t, disagreement(t, in, std, other), name)
			}
		})
	}
}

// otherStatus makes the first status another one.
func otherStatus(out []byte) []byte {
	const before = len("HTTP/1.1 ")
	if len(out) < before+3 {
		return out
	}
	return slices.Concat(out[:before], []byte("499"), out[before+3:])
}

// otherBody puts a byte in front of the last body.
func otherBody(requests []string) []string {
	if len(requests) == 0 {
		return nil
	}
	requests = slices.Clone(requests)
	last := &requests[len(requests)-1]
	*last = strings.Replace(*last, "\nbody \"", "\nbody \"x", 1)
	return requests
}
