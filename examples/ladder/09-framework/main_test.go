package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/ladder/09-framework/framework"
)

func do(handler http.Handler, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	handler.ServeHTTP(w, r)
	return w
}

// ctx is what a handler asks of a Context. The compiler says that both have it, by the same
// names.
type ctx interface {
	Next()
	Query(name string) string
	Param(name string) string
	FullPath() string
	ShouldBind(obj any) error
	ShouldBindUri(obj any) error
	AbortWithStatus(code int)
	JSON(code int, value any)
	String(code int, format string, values ...any)
}

func on[C ctx](handler func(ctx)) func(C) { return func(c C) { handler(c) } }

// handlers are the routes of TestLikeDram.
var handlers = map[string]func(ctx){
	"GET /hello/:name": func(c ctx) { c.String(http.StatusOK, "hello, %s\n", c.Param("name")) },
	"GET /admin/":      func(c ctx) { c.String(http.StatusOK, c.FullPath()) },
	"POST /admin/users": func(c ctx) {
		var in bound
		answerBound(c, &in, c.ShouldBind(&in))
	},
	"GET /admin/find": func(c ctx) {
		var in bound
		answerBound(c, &in, c.ShouldBind(&in))
	},
	"GET /admin/users/:id": func(c ctx) {
		in := bound{Name: "-"}
		answerBound(c, &in, c.ShouldBindUri(&in))
	},
}

type bound struct {
	ID   int    `json:"id" form:"id" uri:"id"`
	Name string `json:"name" form:"name" binding:"required"`
}

func answerBound(c ctx, in *bound, err error) {
	if err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	c.JSON(http.StatusOK, in)
}

func outer(c ctx) { c.Next() }

func needsKey(c ctx) {
	if c.Query("key") == "" {
		c.AbortWithStatus(http.StatusForbidden)
	}
}

// The same program with dram in the framework's place answers the same.
func TestLikeDram(t *testing.T) {
	theirs := dram.New()
	theirs.NoRoute(func(c *dram.Context) { c.String(http.StatusNotFound, "404 not found\n") })
	theirs.Use(on[*dram.Context](outer))
	theirAdmin := theirs.Group("/admin/", on[*dram.Context](needsKey))
	ours := framework.New()
	ours.Use(on[*framework.Context](outer))
	ourAdmin := ours.Group("/admin/", on[*framework.Context](needsKey))
	for pattern, handler := range handlers {
		method, path, _ := strings.Cut(pattern, " ")
		if below, ok := strings.CutPrefix(path, "/admin/"); ok {
			theirAdmin.Handle(method, below, on[*dram.Context](handler))
			ourAdmin.Handle(method, below, on[*framework.Context](handler))
			continue
		}
		theirs.Handle(method, path, on[*dram.Context](handler))
		ours.Handle(method, path, on[*framework.Context](handler))
	}

	for _, tt := range []struct{ method, path, body string }{
		{"GET", "/hello/gopher", ""},
		{"GET", "/hello/a%20b", ""},
		{"GET", "/nothing", ""},
		{"POST", "/hello/gopher", ""},
		{"GET", "/admin/", ""},
		{"GET", "/admin/?key=1", ""},
		{"POST", "/admin/users?key=1", `{"name":"ann"}`},
		{"POST", "/admin/users?key=1", `{"id":"7","name":"ann"}`},
		{"POST", "/admin/users?key=1", `{"id":7}`},
		{"POST", "/admin/users?key=1", `{"name":`},
		{"POST", "/admin/users?key=1", ``},
		{"GET", "/admin/users/7?key=1", ""},
		{"GET", "/admin/users/x?key=1", ""},
		{"GET", "/admin/users/99999999999999999999?key=1", ""},
		{"GET", "/admin/find?key=1&id=7&name=ann", ""},
		{"GET", "/admin/find?key=1&id=7", ""},
		{"GET", "/admin/find?key=1&id=x&name=ann", ""},
	} {
		theirAnswer, ourAnswer := do(theirs, tt.method, tt.path, tt.body), do(ours, tt.method, tt.path, tt.body)
		assert.Equal(t, theirAnswer.Code, ourAnswer.Code, "%s %s", tt.method, tt.path)
		assert.Equal(t, theirAnswer.Header(), ourAnswer.Header(), "%s %s", tt.method, tt.path)
		assert.Equal(t, theirAnswer.Body.String(), ourAnswer.Body.String(), "%s %s", tt.method, tt.path)
	}
}

func TestGroupAnswersForItsHandlers(t *testing.T) {
	r := newEngine()
	tests := []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"POST", "/api/users", `{"name":"gopher"}`, 201, `{"id":1,"name":"gopher"}`},
		{"POST", "/api/users", `{}`, 400, `{"error":"Name is required"}`},
		{"GET", "/api/users/7", "", 200, `{"id":7,"name":"gopher"}`},
		{"GET", "/api/users/seven", "", 400, `{"error":"id: \"seven\" is not a whole number"}`},
		{"GET", "/api/users/0", "", 400, `{"error":"ID is required"}`},
	}
	for _, tt := range tests {
		w := do(r, tt.method, tt.path, tt.body)
		assert.Equal(t, tt.status, w.Code, tt.path)
		assert.Equal(t, tt.answer, w.Body.String(), tt.path)
	}
	large := do(r, "POST", "/api/users", `{"name":"`+strings.Repeat("x", 2<<20)+`"}`)
	assert.Equal(t, 400, large.Code)
}

func TestRecovery(t *testing.T) {
	var logged bytes.Buffer
	defer log.SetOutput(os.Stderr)
	log.SetOutput(&logged)
	r := framework.Default()
	r.GET("/before", func(*framework.Context) { panic("out of paper") })
	r.GET("/behind", func(c *framework.Context) { c.String(200, "half"); panic("out of ink") })
	r.GET("/broken", func(c *framework.Context) { c.JSON(200, make(chan int)) })
	declared := func(c *framework.Context) {
		c.Writer.Header().Set("Content-Length", "100")
		c.Writer.Header().Set("Content-Encoding", "gzip")
	}
	r.GET("/before/declared", declared, func(*framework.Context) { panic("out of glue") })
	r.GET("/broken/declared", declared, func(c *framework.Context) { c.JSON(200, make(chan int)) })

	assert.Equal(t, 500, do(r, "GET", "/before", "").Code)
	assert.Contains(t, logged.String(), "out of paper")
	assert.Contains(t, logged.String(), `500 GET "/before"`)
	assert.Equal(t, 500, do(r, "GET", "/broken", "").Code)
	assert.Contains(t, logged.String(), "unsupported type")

	server := httptest.NewServer(r)
	defer server.Close()
	for _, path := range []string{"/before/declared", "/broken/declared"} { // nothing is said of a body that does not come
		res, err := http.Get(server.URL + path)
		require.NoError(t, err, path)
		_, err = io.ReadAll(res.Body)
		require.NoError(t, err, path)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, 500, res.StatusCode, path)
		assert.Empty(t, res.Header.Get("Content-Encoding"), path)
	}
	res, err := http.Get(server.URL + "/behind")
	if err == nil {
		defer res.Body.Close()
		_, err = io.ReadAll(res.Body)
	}
	require.Error(t, err, "half an answer looks whole")
}

// The index stays what it is if Next is called again, and does not overflow; nor is a chain aborted
// by that.
func TestNextManyTimes(t *testing.T) {
	for _, isAborted := range []bool{false, true} {
		calls := 0
		r := framework.New()
		r.GET("/", func(c *framework.Context) {
			if isAborted {
				c.Abort()
			}
			for range 300 {
				c.Next()
			}
		}, func(*framework.Context) { calls++ })
		do(r, "GET", "/", "")
		assert.Equal(t, map[bool]int{false: 1, true: 0}[isAborted], calls)
	}
}

// A chain takes 62 handlers: the index of an aborted Context is 63.
func TestLongestChain(t *testing.T) {
	chain := make([]framework.HandlerFunc, 62)
	calls := 0
	for i := range chain {
		chain[i] = func(*framework.Context) { calls++ }
	}
	r := framework.New()
	r.GET("/62", chain...)
	do(r, "GET", "/62", "")
	assert.Equal(t, 62, calls)
	assert.Panics(t, func() { r.GET("/63", append(chain, chain[0])...) })
	assert.Panics(t, func() { r.GET("/0") })
	assert.Panics(t, func() { r.GET("/62", chain[0]) })
}
