package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
)

// This file lists what is asked for: routes, bindings with renderings, and all that ends otherwise.

// ownPanic is what handlers panic with here.
const ownPanic = "a panic of the soak"

// end is what a client has to see.
type end int

const (
	isWhole end = iota
	isCut       // an error in place of the answer or of its end, or a status of 5xx
	leavesBody
	leavesAnswer
)

// kind is one kind of request: its route and its handler, or what adds both, and what is asked.
type kind struct {
	name, verb, path string
	host             bool // it is a route of a host
	handle           func(w *world, c *dram.Context)
	add              func(w *world, g *dram.RouterGroup)
	fill             func(a *ask) // completes the request
	want             []int
	isBare, mayStop  bool // as in rendering
	end              end
}

func (k kind) method() string { return cmp.Or(k.verb, http.MethodGet) }

// ask is one request.
type ask struct {
	kind                    kind
	token, layer, rendering string
	method, target, host    string
	header                  http.Header
	body                    []byte
	contentType             string
	want                    []int
	isBare, mayStop         bool
}

func (a *ask) marshal(contentType string, marshal func(any) ([]byte, error), value any) {
	data, err := marshal(value)
	if err != nil {
		panic(err) // of a struct of strings
	}
	a.body, a.contentType = data, contentType
}

// newAsk chooses a request, for one of the layers.
func newAsk(r *rand.Rand, layers []string) *ask {
	a := &ask{kind: kinds[r.IntN(len(kinds))], token: fmt.Sprintf("tk%016xk", r.Uint64()), layer: layers[r.IntN(len(layers))], header: http.Header{}}
	a.method, a.want, a.isBare, a.mayStop = a.kind.method(), a.kind.want, a.kind.isBare, a.kind.mayStop
	if strings.Contains(a.kind.path, ":render") {
		a.rendering = renderingNames[r.IntN(len(renderingNames))]
		how := renderings[a.rendering]
		a.want, a.isBare, a.mayStop = how.want, how.isBare, how.mayStop
	}
	if a.want == nil {
		a.want = []int{http.StatusOK}
	}
	a.target = "/" + a.layer + strings.NewReplacer(":token", a.token, "*token", a.token, "*rest", a.token, ":id", a.token, ":render", strings.ReplaceAll(a.rendering, " ", "%20")).Replace(a.kind.path)
	if a.kind.host {
		a.host = a.token + ".soak.test"
	}
	if a.kind.fill != nil {
		a.kind.fill(a)
	}
	if a.layer == "Decompress" && len(a.body) > 0 {
		a.compress()
	}
	if a.rendering == "jsonp" {
		a.target += map[bool]string{true: "&", false: "?"}[strings.Contains(a.target, "?")] + "callback=f"
	}
	if r.IntN(2) == 0 {
		a.header.Set("Accept-Encoding", []string{"gzip", "br", "zstd", "gzip, br, zstd"}[r.IntN(4)])
	}
	if a.rendering == "file" && r.IntN(2) == 0 {
		a.header.Set("Range", fmt.Sprintf("bytes=%d-", r.IntN(5000)))
	}
	if r.IntN(4) == 0 { // of an answer that nobody has given
		a.header.Set("If-None-Match", `"other"`)
	}
	if a.method == http.MethodPost {
		a.header.Set("Idempotency-Key", a.token)
	}
	if a.kind.name == "any" {
		a.method = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}[r.IntN(6)]
	}
	credentials(a.header)
	a.header.Set(tokenHeader, a.token)
	return a
}

func (a *ask) compress() {
	var small bytes.Buffer
	gz := gzip.NewWriter(&small)
	_, _ = gz.Write(a.body) // a bytes.Buffer takes all
	_ = gz.Close()
	a.body = small.Bytes()
	a.header.Set("Content-Encoding", "gzip")
}

func inQuery(a *ask) { a.target += "?token=" + a.token }

// fails makes a kind of a handler that does not end well.
func fails(name string, end end, handle func(c *dram.Context, token string), want ...int) kind {
	return kind{name: name, path: "/" + strings.ReplaceAll(name, " ", "-") + "/:token", end: end, want: want, isBare: true,
		handle: func(w *world, c *dram.Context) { handle(c, w.said(c, c.Param("token"))) }}
}

var kinds = append([]kind{
	{name: "static", path: "/static", handle: echo, fill: inQuery},
	{name: "param", path: "/param/:token/end", handle: echo},
	{name: "params and wildcard", path: "/deep/:token/*rest", handle: echo},
	{name: "wildcard", path: "/files/*token", handle: echo},
	{name: "host", path: "/host", host: true, handle: func(w *world, c *dram.Context) {
		c.String(http.StatusOK, text(w.said(c, c.Param("tenant"))))
	}},
	{name: "group", path: "/nested/:token/leaf", add: nested},
	{name: "mount", path: "/mount/*rest", add: mount},
	{name: "engine in engine", path: "/inner/*rest", add: mountEngine},
	{name: "typed", path: "/typed/:token", add: typedRoute},
	{name: "any", path: "/any/:token", add: func(w *world, g *dram.RouterGroup) { g.Any("/any/:token", func(c *dram.Context) { echo(w, c) }) }},
	{name: "query method", verb: dram.MethodQuery, path: "/ask/:token", handle: echo},
	{name: "head", verb: http.MethodHead, path: "/param/:token/end", isBare: true},
	{name: "files", path: "/assets/page.txt", isBare: true, add: func(w *world, g *dram.RouterGroup) { g.Static("/assets", w.files) }},
	{name: "no route", path: "/none/:token", isBare: true, want: []int{http.StatusNotFound}},
	{name: "no method", verb: http.MethodDelete, path: "/param/:token/end", isBare: true, want: []int{http.StatusMethodNotAllowed}},
	{name: "slash", path: "/param/:token/end/", isBare: true, want: []int{http.StatusMovedPermanently}},
	{name: "override", verb: http.MethodPost, path: "/override/:token", add: func(w *world, g *dram.RouterGroup) {
		g.POST("/override/:token", func(c *dram.Context) { echo(w, c) })
		g.PUT("/override/:token", func(c *dram.Context) { echo(w, c) })
	}, fill: func(a *ask) { a.header.Set("X-HTTP-Method-Override", http.MethodPut) }},
	{name: "job", path: "/job/:token", handle: job},
	{name: "slow", path: "/slow/:token", handle: slow},
	{name: "hijack", path: "/hijack/:token", handle: hijack, want: []int{http.StatusOK, http.StatusNotImplemented}},
	fails("panic", isWhole, func(*dram.Context, string) { panic(ownPanic) }, http.StatusInternalServerError),
	fails("late panic", isCut, func(c *dram.Context, token string) { begin(c, token); panic(ownPanic) }),
	fails("abort", isCut, func(*dram.Context, string) { panic(http.ErrAbortHandler) }),
	fails("late abort", isCut, func(c *dram.Context, token string) { begin(c, token); panic(http.ErrAbortHandler) }),
	fails("broken reader", isCut, func(c *dram.Context, token string) {
		c.DataFromReader(http.StatusOK, -1, "text/plain", io.MultiReader(strings.NewReader(strings.Repeat(token, 5000)), broken{}), nil)
	}),
	{name: "client leaves its body", verb: http.MethodPost, path: "/left/:token", end: leavesBody, fill: body("application/json", func(any) ([]byte, error) {
		return bytes.Repeat([]byte("  "), 100<<10), nil
	}), handle: func(_ *world, c *dram.Context) {
		if c.ShouldBindJSON(new(input)) == nil {
			panic("half a body was bound")
		}
		c.Status(http.StatusBadRequest)
	}},
	{name: "form, then abort", verb: http.MethodPost, path: "/form-abort/:token", end: isCut, fill: sendFiles, handle: func(w *world, c *dram.Context) {
		if _, err := readFiles(w, c); err == nil {
			panic(http.ErrAbortHandler)
		}
	}},
	{name: "form, then cut", verb: http.MethodPost, path: "/form-cut/:token", end: isCut, fill: sendFiles, handle: func(w *world, c *dram.Context) {
		if token, err := readFiles(w, c); err == nil {
			c.DataFromReader(http.StatusOK, -1, "text/plain", io.MultiReader(strings.NewReader(strings.Repeat(token, 5000)), broken{}), nil)
		}
	}},
	fails("client leaves", leavesAnswer, func(c *dram.Context, token string) {
		for range 100 {
			c.String(http.StatusOK, strings.Repeat(token+" ", 500))
			c.Writer.Flush()
		}
	}),
}, boundKinds()...)

func boundKinds() (all []kind) {
	for _, b := range bindings {
		all = append(all, b.kind())
	}
	return all
}

func begin(c *dram.Context, token string) {
	c.String(http.StatusOK, strings.Repeat(token, 100))
	c.Writer.Flush()
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// job answers, and leaves a job behind which the end of the server waits for.
func job(w *world, c *dram.Context) {
	token := w.said(c, c.Param("token"))
	w.jobs.Add(1)
	c.Go(func(ctx context.Context) {
		defer w.jobs.Add(-1)
		time.Sleep(2 * time.Millisecond)
		copied, ok := ctx.Value(dram.ContextKey).(*dram.Context)
		if !ok || copied.Param("token") != token || copied.GetHeader(tokenHeader) != token {
			w.fault(isMixed, "the job of %s has another's Context", token)
		}
	})
	c.String(http.StatusOK, token)
}

// slow waits while a goroutine of a library waits for the end of the request.
func slow(w *world, c *dram.Context) {
	done, ended := c.Done(), new(atomic.Bool)
	w.late.Go(func() {
		<-done
		if !ended.Load() && c.Request.Context().Err() == nil {
			w.fault("done", "Done of a Context is closed while its request goes on")
		}
	})
	time.Sleep(time.Duration(c.Param("token")[6]%20) * time.Millisecond)
	defer ended.Store(true)
	echo(w, c)
}

// hijack answers on the connection itself, where there is one.
func hijack(w *world, c *dram.Context) {
	token := w.said(c, c.Param("token"))
	conn, _, err := c.Writer.Hijack()
	if err != nil {
		c.String(http.StatusNotImplemented, token)
		return
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%s: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", tokenHeader, token, len(token), token)
}

// names are what an answer is counted as.
func (a *ask) names() []string {
	names := []string{a.kind.name, "layer " + a.layer}
	if a.rendering != "" {
		names = append(names, "render "+a.rendering)
	}
	return slices.Compact(names)
}
