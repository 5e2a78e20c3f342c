package wraptest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/rs/cors"
	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// ask sends a request with headers, given as names and values in turn.
func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// rs/cors as a layer: it answers preflights itself and lets the rest go on.
func Example_cors() {
	r := dram.New()
	r.Use(dram.WrapMiddleware(cors.New(cors.Options{
		AllowedOrigins: []string{"https://app.example.com"},
		AllowedMethods: []string{http.MethodPut},
	}).Handler))
	r.PUT("/notes/:id", func(c *dram.Context) { c.String(http.StatusOK, "note %s", c.Param("id")) })

	preflight := ask(r, http.MethodOptions, "/notes/7",
		"Origin", "https://app.example.com", "Access-Control-Request-Method", http.MethodPut)
	fmt.Println(preflight.Code, preflight.Header().Get("Access-Control-Allow-Methods"))

	put := ask(r, http.MethodPut, "/notes/7", "Origin", "https://app.example.com")
	fmt.Println(put.Body, put.Header().Get("Access-Control-Allow-Origin"))
	// Output:
	// 204 PUT
	// note 7 https://app.example.com
}

func TestCORSRefusesAndTheChainOfARefusalDoesNotRun(t *testing.T) {
	var reached bool
	var status int
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.Next()
		status = c.Writer.Status()
	}, dram.WrapMiddleware(cors.New(cors.Options{AllowedOrigins: []string{"https://app.example.com"}}).Handler), func(c *dram.Context) { reached = true })
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "ok") })

	w := ask(r, http.MethodOptions, "/", "Origin", "https://evil.example", "Access-Control-Request-Method", http.MethodGet)
	assert.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
	assert.False(t, reached, "a middleware that does not call next aborts the chain")
	assert.Equal(t, http.StatusNoContent, status, "the layers outside see its status")

	w = ask(r, http.MethodGet, "/", "Origin", "https://evil.example")
	assert.Equal(t, "ok", w.Body.String())
	assert.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
	assert.True(t, reached)
}

func TestCORSOnPathsWithoutARoute(t *testing.T) {
	r := dram.New()
	r.Use(dram.WrapMiddleware(cors.AllowAll().Handler))
	w := ask(r, http.MethodGet, "/none", "Origin", "https://app.example.com")
	assert.Equal(t, http.StatusNotFound, w.Code)
	assert.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
}
