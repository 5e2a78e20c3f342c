package e2e

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/benchmarks/rows"
	"github.com/dram-go/dram/h1"
)

// This file is one site on several servers: dram on net/http and on h1, fasthttp, fiber, and the floor below them.

const fileName = "file.txt"

var (
	page = []byte("<!doctype html>\n<title>Casks</title>\n<ul>\n" + strings.Repeat("<li>The water of life, in sixteen casks.\n", 250) + "</ul>\n")
	file = strings.Repeat("The water of life, in sixteen casks. 64 KB of it, to be precise.\n", 1<<10)[:64<<10]
)

var sites = []string{"dram", "dram on h1", "fasthttp", "fiber", "floor"}

// ways are the servers that are not net/http's.
var ways = map[string]func(net.Listener, load) error{
	"dram on h1": func(listener net.Listener, _ load) error { return (&h1.Server{Handler: site()}).Serve(listener) },
	"fasthttp":   serveFast, "fiber": serveFiber, "floor": serveFloor,
}

func siteLoads() map[string]load {
	exactly := func(media, body string) func(rows.Request, *httptest.ResponseRecorder) error {
		return func(r rows.Request, answer *httptest.ResponseRecorder) error {
			return rows.Same(answer, r.Status, media, body)
		}
	}
	get := func(target, media, body string) load {
		return load{Request: rows.Request{Method: http.MethodGet, Target: target, Status: http.StatusOK}, check: exactly(media, body)}
	}
	user, err := json.Marshal(peers.Named("gordon"))
	if err != nil {
		panic(err)
	}
	all := map[string]load{
		"text": get("/", "text/plain", peers.Greeting),
		"JSON": get("/user/gordon", "application/json", string(user)),
		"file": get("/file", "text/plain", file),
		"page": get("/page", "text/html", string(page)),
	}
	for _, r := range rows.All() {
		if r.Name == "bind JSON" {
			post := load{Request: r.Requests[0], check: exactly("application/json", r.Requests[0].Body)}
			post.Target = "/echo"
			all["POST"] = post
		}
	}
	return all
}

func site() http.Handler {
	dram.SetMode(dram.ReleaseMode)
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, peers.Greeting) })
	r.GET("/user/:name", func(c *dram.Context) { c.JSON(http.StatusOK, peers.Named(c.Param("name"))) })
	r.POST("/echo", func(c *dram.Context) {
		var signup peers.Signup
		if err := c.ShouldBindJSON(&signup); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.JSON(http.StatusOK, &signup)
	})
	r.GET("/file", func(c *dram.Context) { c.File(fileName) })
	r.GET("/page", func(c *dram.Context) { c.Data(http.StatusOK, "text/html; charset=utf-8", page) })
	return r
}

func serveFast(listener net.Listener, _ load) error {
	answer := func(c *fasthttp.RequestCtx, v any) {
		c.SetContentType("application/json; charset=utf-8")
		_ = json.NewEncoder(c).Encode(v) // these values have no error
	}
	return fasthttp.Serve(listener, func(c *fasthttp.RequestCtx) {
		switch path := c.Path(); string(path) {
		case "/":
			c.SetContentType("text/plain; charset=utf-8")
			c.SetBodyString(peers.Greeting)
		case "/echo":
			var signup peers.Signup
			err := json.Unmarshal(c.PostBody(), &signup)
			if err == nil {
				err = peers.Validate.Struct(&signup)
			}
			if err != nil {
				c.Error(err.Error(), fasthttp.StatusBadRequest)
				return
			}
			answer(c, &signup)
		case "/file":
			fasthttp.ServeFileUncompressed(c, fileName)
		case "/page":
			c.SetContentType("text/html; charset=utf-8")
			c.SetBody(page)
		default:
			answer(c, peers.Named(string(bytes.TrimPrefix(path, []byte("/user/")))))
		}
	})
}

// serveFloor reads and writes and does nothing else: it answers whatever comes with the bytes that dram answers the load with, whose
// request comes in one piece.
func serveFloor(listener net.Listener, l load) error {
	model := httptest.NewServer(site())
	res, err := ask(l.Request, model.URL)
	if err != nil {
		return err
	}
	answer, err := httputil.DumpResponse(res, true)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	model.Close()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			for buffer := make([]byte, 4<<10); ; {
				if _, err := conn.Read(buffer); err != nil {
					return
				}
				if _, err := conn.Write(answer); err != nil {
					return
				}
			}
		}()
	}
}
