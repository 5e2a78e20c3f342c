package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/router"
)

// This file shows what is decided before the first request: whom Use reaches, what a group
// makes of a path and of its chain, and what the trees refuse.

func init() {
	blocks["use-order"] = useOrder
	blocks["late-use"] = lateUse
	blocks["absolute-path"] = absolutePath
	blocks["aliasing"] = aliasing
	blocks["refused-patterns"] = refusedPatterns
}

// trail is who has run, in order.
type trail []string

// layer is one that leaves its name.
func (t *trail) layer(name string) dram.HandlerFunc {
	return func(*dram.Context) { *t = append(*t, name) }
}

// ask sends a request to an engine and returns a line with who has run, and the status.
func (t *trail) ask(engine *dram.Engine, method, path string) string {
	*t = nil
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return fmt.Sprintf("    %-4s %-9s %-16s %d\n", method, path, strings.Join(*t, " "), w.Code)
}

// useOrder is an engine that gets layers, routes and NoRoute one after the other, and who runs
// for the requests that come in between.
func useOrder() string {
	var ran trail
	var out strings.Builder
	engine := dram.New()
	engine.HandleMethodNotAllowed = true
	step := func(what string, do func(), requests ...string) {
		do()
		out.WriteString(what + "\n")
		for _, request := range requests {
			method, path, _ := strings.Cut(request, " ")
			out.WriteString(ran.ask(engine, method, path))
		}
	}
	step("Use(A)", func() { engine.Use(ran.layer("A")) })
	step("GET /before", func() { engine.GET("/before", ran.layer("before")) })
	step("Use(B)", func() { engine.Use(ran.layer("B")) })
	step("GET /after", func() { engine.GET("/after", ran.layer("after")) },
		"GET /before", "GET /after", "GET /none", "POST /after")
	step("NoRoute(none)", func() { engine.NoRoute(ran.layer("none")) }, "GET /none")
	step("Use(C)", func() { engine.Use(ran.layer("C")) },
		"GET /after", "GET /none", "POST /after")
	return fenced("text", out.String())
}

// absolutePath is what groups make of relative paths.
func absolutePath() string {
	var out strings.Builder
	for _, row := range [][2]string{{"/", "/users"}, {"/", "users"}, {"/api", ""}, {"/api", "/"}, {"/api", "/users/"},
		{"/api/", "users"}, {"/api", "//users/../books"}, {"/api", ":id"}} {
		engine := dram.New()
		engine.Group(row[0]).GET(row[1], func(*dram.Context) {})
		fmt.Fprintf(&out, "%-16s%-26s%s\n", fmt.Sprintf("Group(%q)", row[0]), fmt.Sprintf(".GET(%q)", row[1]), engine.Routes()[0].Path)
	}
	return fenced("text", out.String())
}

// aliasing is what becomes of two chains that are made by append, and of two that the engine
// makes.
func aliasing() string {
	var ran trail
	auth, a, b := ran.layer("auth"), ran.layer("a"), ran.layer("b")
	group := append(make(dram.HandlersChain, 0, 4), auth) // with room behind it, as after a few calls of Use
	chains := []dram.HandlersChain{append(group, a), append(group, b)}

	engine := dram.New()
	engine.Handlers = group
	engine.GET("/a", a)
	engine.GET("/b", b)

	var out strings.Builder
	for i, name := range []string{"a", "b"} {
		ran = nil
		for _, handler := range chains[i] {
			handler(nil)
		}
		fmt.Fprintf(&out, "append(group, %s)      %s\n", name, strings.Join(ran, " "))
	}
	for _, name := range []string{"a", "b"} {
		ran = nil
		engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/"+name, nil))
		fmt.Fprintf(&out, "group.GET(\"/%s\", %[1]s)    %s\n", name, strings.Join(ran, " "))
	}
	return fenced("text", out.String())
}

// refusedPatterns are the errors of patterns that cannot be routes.
func refusedPatterns() string {
	var tree router.Tree[int]
	var out strings.Builder
	for i, pattern := range []string{"/users/:id", "/users/:name", "/users/:name/posts", "/users/new", "/a:b:c", "/files/*path/x", `/a\b`} {
		err := tree.Add(pattern, 0, fmt.Sprintf("main.go:%d", i+10))
		out.WriteString(pattern + "\n")
		if err != nil {
			fmt.Fprintf(&out, "    %v\n", err)
		}
	}
	return fenced("text", out.String())
}

// thisFile matches how the file is named in a message: relative to the working directory.
var thisFile = regexp.MustCompile(`[\w./-]*registering\.go`)

// lateUse is what debug mode says of a Use that comes behind a route.
func lateUse() string {
	var out strings.Builder
	inMode(dram.DebugMode, func() {
		dram.DebugPrintFunc = func(format string, values ...any) {
			if line := fmt.Sprintf(format, values...); strings.Contains(line, "Use (") {
				out.WriteString(thisFile.ReplaceAllString(line, "registering.go"))
			}
		}
		defer func() { dram.DebugPrintFunc = nil }()
		engine, auth := dram.New(), func(*dram.Context) {}
		engine.GET("/before", func(*dram.Context) {})
		engine.Use(auth)
	})
	return fenced("text", out.String())
}
