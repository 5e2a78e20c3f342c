// What the tests of the layers share: engines, requests and what came back.

package middleware_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// long is a body that no layer of these tests holds back, short one that all do.
var (
	long  = strings.Repeat("All work and no play makes Jack a dull boy. ", 4096)
	short = "short"
)

// withLayers returns an engine with layers around a handler that says "ok" to every
// method at "/", and echoes the body of POST /echo.
func withLayers(layers ...dram.HandlerFunc) *dram.Engine {
	r := dram.New()
	r.Use(layers...)
	r.Any("/", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	r.POST("/echo", func(c *dram.Context) {
		body, err := c.GetRawData()
		if err != nil {
			return
		}
		c.Data(http.StatusOK, "text/plain", body)
	})
	return r
}

// behind makes an engine trust proxies, as Engine.SetTrustedProxies does.
func behind(r *dram.Engine, proxies ...string) *dram.Engine {
	if err := r.SetTrustedProxies(proxies); err != nil {
		panic(err)
	}
	return r
}

// send sends a request and returns what came back. The peer is 192.0.2.1, the
// host example.com.
func send(h http.Handler, method, target, body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	var req *http.Request
	if body == "" {
		req = httptest.NewRequest(method, target, nil)
	} else {
		req = httptest.NewRequest(method, target, strings.NewReader(body))
	}
	for _, edit := range edits {
		edit(req)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func get(h http.Handler, target string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	return send(h, http.MethodGet, target, "", edits...)
}

// header sets a header of a request.
func header(name, value string) func(*http.Request) {
	return func(req *http.Request) { req.Header.Set(name, value) }
}

// from sets the peer's address.
func from(addr string) func(*http.Request) {
	return func(req *http.Request) { req.RemoteAddr = addr }
}

// problemIn returns the problem in an answer.
func problemIn(t *testing.T, w *httptest.ResponseRecorder) middleware.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), w.Body.String())
	var problem middleware.Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &problem))
	require.Equal(t, w.Code, problem.Status)
	return problem
}

// always is a condition that is true for every request.
func always(*dram.Context) bool { return true }
