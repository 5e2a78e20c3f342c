package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"

	"github.com/gin-gonic/gin"
)

// tries are what no single request shows: each answers with what came of it.
func tries(r *gin.Engine) {
	for _, some := range []map[string]func() any{routeTries, contextTries, peerTries, bindTries, renderTries, fileTries, layerTries} {
		for name, try := range some {
			r.GET("/try/"+name, func(c *gin.Context) {
				defer func() {
					if p := recover(); p != nil {
						c.String(200, "panic: %v", p)
					}
				}()
				c.String(200, "[%v]", try())
			})
		}
	}
}

// engine has the routes, "GET /path", and a layer that says that it ran.
func engine(routes ...string) *gin.Engine {
	e := gin.New()
	e.Use(func(c *gin.Context) { c.Header("X-Layer", "ran") })
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		e.Handle(method, path, func(c *gin.Context) { c.Header("X-Route", route); params(c) })
	}
	return e
}

// ask is the answer of a handler.
func ask(h http.Handler, method, path string, headers ...string) string {
	req := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res := httptest.NewRecorder()
	h.ServeHTTP(res, req)
	res.Header().Del("Last-Modified")
	return fmt.Sprint(res.Code, " ", res.Header(), " ", res.Body)
}

// served is the answer of a server, and whether it came whole.
func served(handlers ...gin.HandlerFunc) string {
	e := gin.New()
	e.Use(gin.RecoveryWithWriter(io.Discard))
	e.GET("/", handlers...)
	server := httptest.NewServer(e)
	defer server.Close()
	informed := 0
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(int, textproto.MIMEHeader) error { informed++; return nil },
	})
	req, _ := http.NewRequestWithContext(ctx, "GET", server.URL, nil)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "no answer"
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return fmt.Sprintf("%d before, then %d %q %v", informed, res.StatusCode, text, err)
}

// in calls f with a Context.
func in(f func(c *gin.Context) any) func() any { return query("", f) }

// query calls f with the Context of a request that has a query.
func query(query string, f func(c *gin.Context) any) func() any {
	return func() any {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("GET", "/?"+query, nil)
		return f(c)
	}
}

// body calls f with the Context of a request that has a body.
func body(text string, f func(c *gin.Context) any) func() any {
	return func() any {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("POST", "/", strings.NewReader(text))
		return f(c)
	}
}

// answers is the answer of one handler, in httptest's recorder.
func answers(handler gin.HandlerFunc) func() any {
	return func() any {
		e := gin.New()
		e.GET("/", handler)
		return ask(e, "GET", "/")
	}
}

// file is one of its own, that holds "old".
func file() string {
	dir, err := os.MkdirTemp("", "differ")
	if err != nil {
		panic(err)
	}
	name := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		panic(err)
	}
	return name
}
