package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// This file makes the Engine: every kind of route inside every layer.

// tokenForm is what tokens look like, so that those of others are found in any answer.
var tokenForm = regexp.MustCompile(`tk[0-9a-f]{16}k`)

// The headers of a request: its token, and the name of this sending of it.
const (
	tokenHeader = "X-Token"
	sendHeader  = "X-Send"
)

// newEngine has one group for each layer, with all kinds of routes in each.
func (w *world) newEngine(p *place) *dram.Engine {
	r := w.bareEngine()
	r.UseH2C, r.HandleMethodNotAllowed = true, true
	r.ShutdownTimeout = 30 * time.Second
	r.Use(w.mark, dram.LoggerWithWriter(io.Discard), dram.CustomRecoveryWithWriter(io.Discard, w.recovered))
	hosts := r.Host("{tenant}.soak.test")
	for _, l := range layers(w, r, p) {
		group, host := r.Group("/"+l.name, l.handlers...), hosts.Group("/"+l.name, l.handlers...)
		if l.answers {
			for _, g := range []*dram.RouterGroup{group, host} {
				g.Any("/*path").QUERY("/*path")
			}
			continue
		}
		w.routes(group, host)
	}
	return r
}

// upstreamEngine is what middleware.Proxy passes requests on to.
func (w *world) upstreamEngine() *dram.Engine {
	r := w.bareEngine()
	r.HandleMethodNotAllowed = true
	r.Use(func(c *dram.Context) { c.Header(tokenHeader, c.GetHeader(tokenHeader)) }, dram.RecoveryWithWriter(io.Discard))
	w.routes(r.Group("/Proxy"), r.Host("{tenant}.soak.test").Group("/Proxy"))
	return r
}

func (w *world) bareEngine() *dram.Engine {
	r := dram.New()
	r.MaxMultipartMemory = 4 << 10 // so that files of forms are temporary files
	r.LoadHTMLGlob(filepath.Join(w.files, "*.tmpl"))
	return r
}

// routes registers all kinds.
func (w *world) routes(group, host *dram.RouterGroup) {
	for _, k := range kinds {
		switch {
		case k.add != nil:
			k.add(w, group)
		case k.host:
			host.Handle(k.method(), k.path, func(c *dram.Context) { k.handle(w, c) })
		case k.handle != nil:
			group.Handle(k.method(), k.path, func(c *dram.Context) { k.handle(w, c) })
		}
	}
}

// mark is the outermost layer: it counts how often a request begins, marks its answer, and leaves
// goroutines behind now and then.
func (w *world) mark(c *dram.Context) {
	token := c.GetHeader(tokenHeader)
	if c.Writer.Header().Get(tokenHeader) == "" { // not routed again by a layer
		if n, ok := w.begun.Load(c.GetHeader(sendHeader)); ok {
			n.(*atomic.Int32).Add(1)
		}
	}
	c.Header(tokenHeader, token)
	if strings.ContainsAny(token[2:3], "01") {
		w.leave(c, token)
	}
	c.Next()
	if got := c.GetHeader(tokenHeader); got != token {
		w.fault(isMixed, "%s has become %s while it ran", token, got)
	}
}

// leave starts a goroutine that goes on with a Copy after the handler has returned.
func (w *world) leave(c *dram.Context, token string) {
	copied, path := c.Copy(), c.Request.URL.Path
	copied.Set("token", token)
	w.late.Go(func() {
		for range 3 {
			time.Sleep(time.Duration(token[3]%4) * time.Millisecond)
			if got := copied.GetString("token") + copied.GetHeader(tokenHeader); got != token+token || copied.Request.URL.Path != path {
				w.fault(isMixed, "a Copy of %s %s has %s %s", token, path, got, copied.Request.URL.Path)
			}
			for _, param := range copied.Params {
				if other := tokenForm.FindString(param.Value); other != "" && other != token {
					w.fault(isMixed, "a Copy of %s has the param %s", token, param.Value)
				}
			}
			if _, err := io.WriteString(copied.Writer, token); !errors.Is(err, dram.ErrDetached) {
				w.fault("copies", "a Copy of %s writes: %v", token, err)
			}
		}
	})
}

// recovered answers the panics of the soak, and notes all others.
func (w *world) recovered(c *dram.Context, err any) {
	if err != ownPanic {
		w.fault("panic", "%s %s: %.500v", c.Request.Method, c.Request.URL.Path, err)
	}
	c.AbortWithStatus(http.StatusInternalServerError)
}

// said is the token that a handler has found, which has to be that of the request.
func (w *world) said(c *dram.Context, token string) string {
	if want := c.GetHeader(tokenHeader); token != want {
		w.fault(isMixed, "the handler of %s, %s %s, has found %.60q", want, c.Request.Method, c.FullPath(), token)
	}
	return token
}

// echo answers with the token of a param, or else of the query.
func echo(w *world, c *dram.Context) {
	token := strings.Trim(c.Param("token"), "/")
	if token == "" {
		token = c.Query("token")
	}
	c.String(http.StatusOK, text(w.said(c, token)))
}

// echoHTTP is echo for handlers of net/http.
func echoHTTP(rw http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(rw, text(tokenForm.FindString(r.URL.Path)))
}

// text is the token many times over, how often it says itself.
func text(token string) string {
	if len(token) < 5 {
		return token
	}
	return strings.Repeat(token+" ", 1+int(token[4]%16)*int(token[5]%16)*4)
}

func mount(_ *world, g *dram.RouterGroup) {
	g.Any("/mount/*rest", dram.WrapH(http.HandlerFunc(echoHTTP)))
}

// mountEngine is an Engine within the other one.
func mountEngine(w *world, g *dram.RouterGroup) {
	inner := dram.New()
	inner.Any("/:layer/inner/:token", func(c *dram.Context) { echo(w, c) })
	g.Any("/inner/*rest", dram.WrapH(inner))
}

func nested(w *world, g *dram.RouterGroup) {
	g.Group("/nested/:token", func(c *dram.Context) { c.Set("token", c.Param("token")) }).GET("/leaf", func(c *dram.Context) {
		c.String(http.StatusOK, text(w.said(c, c.GetString("token"))))
	})
}

// typedRoute is a route of a typed function.
func typedRoute(w *world, g *dram.RouterGroup) {
	type in struct {
		Token string `uri:"token" binding:"required"`
	}
	type out struct {
		Token string `json:"token"`
	}
	typed.GET(typed.New(g, typed.Info{Title: "soak", Version: "1"}), "/typed/:token", func(ctx context.Context, i *in) (out, error) {
		return out{w.said(typed.Context(ctx), i.Token)}, nil
	})
}
