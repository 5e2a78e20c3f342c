package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dram-go/dram"
)

// This file asks for paths that have no route, or not under their method.

func init() { blocks["misses"] = misses }

func misses() string {
	var layers []string
	layer := func(name string) dram.HandlerFunc {
		return func(c *dram.Context) {
			layers = append(layers, name)
			c.Next()
		}
	}
	r := dram.New()
	r.HandleMethodNotAllowed, r.RedirectFixedPath = true, true
	r.Use(layer("global"))
	answer := func(c *dram.Context) { c.String(http.StatusOK, "a book") }
	r.Group("/books", layer("group")).GET("/:id", answer).POST("/", answer)
	var out strings.Builder
	fmt.Fprintf(&out, "%-20s%-8s%-16s%s\n", "request", "status", "layers", "what the client is told")
	for _, request := range []string{
		"GET /books/7", "HEAD /books/7", "GET /books/7/", "POST /books", "GET /BOOKS/7", "GET /a/../books/7", "DELETE /books/7", "GET /films/7",
	} {
		method, path, _ := strings.Cut(request, " ")
		layers = nil
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		said := w.Body.String()
		for _, name := range []string{"Location", "Allow", "Content-Length"} {
			if value := w.Header().Get(name); value != "" && (said == "" || name == "Location") {
				said = name + ": " + value
			}
		}
		if allow := w.Header().Get("Allow"); allow != "" {
			said += ", Allow: " + allow
		}
		fmt.Fprintf(&out, "%-20s%-8d%-16s%s\n", request, w.Code, strings.Join(layers, ", "), said)
	}
	return fenced("text", out.String())
}
