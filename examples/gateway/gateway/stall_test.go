package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A server that stops in the midst of an answer: the client is told, in the time of the route while nothing has been
// sent, and then in that between two parts.
func TestAServerThatStopsInTheMidst(t *testing.T) {
	g, _ := start(t, `
upstreams: {one: {idle: 200ms, eject: {after: 1}, servers: [{url: $1}]}, whole: {servers: [{url: $1}]}}
routes:
  - {path: /parts, to: one, timeout: 100ms}
  - {path: /whole, to: whole, timeout: 100ms, response: {body: {set: {/a: 1}}}}
`, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/whole" {
			w.Header().Set("Content-Length", "100")
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"b`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	server := httptest.NewServer(g)
	defer server.Close()
	client := &http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get(server.URL + "/parts")
	require.NoError(t, err)
	got, err := io.ReadAll(resp.Body)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, `{"b`, string(got))
	state := g.Pools()["one"].Servers[0].State()
	assert.Equal(t, 1, state.Ejections)
	assert.Zero(t, state.InFlight)

	resp, err = client.Get(server.URL + "/whole")
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, 504, resp.StatusCode)
}

func TestAnAnswerToBeChangedThatBreaksOff(t *testing.T) {
	g, _ := start(t, `
upstreams: {one: {servers: [{url: $1}]}}
routes: [{path: /, to: one, response: {body: {set: {/a: 1}}}}]
`, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Length", "100")
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"b":`)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	for _, method := range []string{"GET", "POST"} {
		w := asked(g, method, "/", "")
		assert.Equal(t, 502, w.Code)
		assert.Contains(t, w.Body.String(), `"status":502`)
	}
}
