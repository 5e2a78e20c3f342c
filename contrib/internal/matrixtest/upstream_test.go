package matrixtest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// This file is the server behind middleware.Proxy, and the handlers that pass requests
// on to it: Proxy is a handler, not a layer, so it stands inside of all layers.

// upstreams are the ways in which it answers, by path.
var upstreams = map[string]http.HandlerFunc{
	"/length": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(longText)))
		_, _ = io.WriteString(w, longText)
	},
	"/stream": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_ = http.NewResponseController(w).Flush()
		for range 3 {
			_, _ = io.WriteString(w, "part.")
			_ = http.NewResponseController(w).Flush()
		}
	},
	"/break": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, longText)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
	"/short": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(2*len(longText)))
		_, _ = io.WriteString(w, longText)
		panic(http.ErrAbortHandler)
	},
	"/gone": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"/hints": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, longText)
	},
	"/204": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
	"/trailers": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, longText)
		_ = http.NewResponseController(w).Flush()
		w.Header().Set("X-Sum", "abc")
	},
	"/slow": func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	},
}

// upstream is the server, and a Proxy to each of its paths.
var upstream = sync.OnceValue(func() (u struct {
	server  *httptest.Server
	proxies map[string]dram.HandlerFunc
}) {
	u.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upstreams[r.Header.Get("X-Ask")](w, r)
	}))
	u.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	u.server.Start()
	u.proxies = map[string]dram.HandlerFunc{}
	for path := range upstreams {
		u.proxies[path] = middleware.Proxy(middleware.ProxyConfig{
			Target:    u.server.URL,
			Transport: &http.Transport{DisableKeepAlives: true}, // so that no goroutine is left
			Rewrite:   func(_ *dram.Context, out *http.Request) { out.Header.Set("X-Ask", path) },
		})
	}
	return u
})

// passOn is a handler that passes a request on.
func passOn(path string) func(*dram.Context, *stack) {
	return func(c *dram.Context, _ *stack) { upstream().proxies[path](c) }
}
