package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"

	"github.com/dram-go/dram"
)

// This file shows one request on its way: what Default is for, what the pool does with a
// Context, and what handleHTTPRequest makes of a path.

func init() {
	blocks["default-panic"] = defaultPanic
	blocks["pool-life"] = poolLife
	blocks["handle-request"] = handleRequest
}

// volatile matches the times in a line of the log.
var volatile = regexp.MustCompile(`\d{4}/\d\d/\d\d - \d\d:\d\d:\d\d|(?:\| +)?\d+(?:\.\d+)?[nµm]?s `)

// masked is what the page has in their place.
func masked(time string) string {
	if strings.HasPrefix(time, "|") {
		return "| … "
	}
	return "…"
}

// defaultPanic is a handler that panics, in an engine of New and in one of Default.
func defaultPanic() string {
	var out strings.Builder
	panics := func(*dram.Context) { panic("the handler is at fault") }
	for _, made := range []struct {
		name string
		new  func(...dram.OptionFunc) *dram.Engine
	}{{"dram.New()", dram.New}, {"dram.Default()", dram.Default}} {
		var lines, report bytes.Buffer
		writer, errorWriter := dram.DefaultWriter, dram.DefaultErrorWriter
		dram.DefaultWriter, dram.DefaultErrorWriter = &lines, &report
		engine := made.new()
		dram.DefaultWriter, dram.DefaultErrorWriter = writer, errorWriter
		engine.GET("/", panics)

		fmt.Fprintf(&out, "%s\n", made.name)
		server := httptest.NewUnstartedServer(engine)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.Start()
		resp, err := http.Get(server.URL)
		if err != nil {
			out.WriteString("  the client gets    no answer: the connection is closed\n")
		} else {
			_ = resp.Body.Close()
			fmt.Fprintf(&out, "  the client gets    %s\n", resp.Status)
		}
		server.Close()
		first, _, _ := strings.Cut(report.String(), "\n")
		_, first, _ = strings.Cut(first, "panic")
		if first != "" {
			fmt.Fprintf(&out, "  Recovery reports   panic%s\n", first)
		}
		for line := range strings.Lines(volatile.ReplaceAllStringFunc(lines.String(), masked)) {
			if line != "\n" {
				out.WriteString("  Logger logs        " + line)
			}
		}
	}
	return fenced("text", out.String())
}

// poolLife is what becomes of Contexts by mode: whether a later request has the Context of an
// earlier one, and what a use after the handler finds.
func poolLife() string {
	var out strings.Builder
	for _, mode := range []string{dram.ReleaseMode, dram.DebugMode, dram.TestMode} {
		inMode(mode, func() {
			writer := dram.DefaultWriter
			dram.DefaultWriter = io.Discard
			defer func() { dram.DefaultWriter = writer }()
			engine, seen, again := dram.New(), map[*dram.Context]bool{}, false
			var kept *dram.Context
			engine.GET("/users/:id", func(c *dram.Context) {
				again = again || seen[c]
				seen[c], kept = true, c
			})
			for range 100 {
				engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/users/7", nil))
			}
			fmt.Fprintf(&out, "%-8s used again: %-6t", mode, again)
			func() {
				defer func() {
					if late := recover(); late != nil {
						fmt.Fprintf(&out, "c.FullPath() afterwards: panic: %v\n", late)
					}
				}()
				fmt.Fprintf(&out, "c.FullPath() afterwards: %q\n", kept.FullPath())
			}()
		})
	}
	return fenced("text", out.String())
}

// handleRequest is what an engine makes of some requests.
func handleRequest() string {
	engine := dram.New()
	engine.HandleMethodNotAllowed = true
	show := func(c *dram.Context) {
		c.Header("X-Found", fmt.Sprintf("%-13s %v", c.FullPath(), c.Params))
	}
	for _, pattern := range []string{"/users", "/users/new", "/users/:id", "/files/*path"} {
		engine.GET(pattern, show)
	}
	engine.POST("/users", show)
	var out strings.Builder
	for _, request := range []string{"GET /users", "GET /users/new", "GET /users/7", "HEAD /users/7", "POST /users",
		"GET /files/a/b.txt", "GET /users/7/", "PUT /users", "GET /nothing"} {
		method, path, _ := strings.Cut(request, " ")
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		fmt.Fprintf(&out, "%-20s %d  %s\n", request, w.Code, w.Header().Get("X-Found")+w.Header().Get("Location")+w.Header().Get("Allow"))
	}
	return fenced("text", strings.ReplaceAll(out.String(), " \n", "\n"))
}
