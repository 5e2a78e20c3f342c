// Rung 09: a framework.
//
// Rung 08 had the engine of one, and everything else was still by hand: each route named its
// whole path and its whole chain, each handler set its own Content-Type and read its own
// body, and a panic ended the connection. A framework is what is left when these are written
// once: groups (a path and a chain that routes share), render (from a value to a body), bind
// (from a request to a value), and the two layers that everybody puts outside, Logger and
// Recovery.
//
// Package framework is a Gin in about 350 lines of code. It has the names of Gin and of the article,
// and next to each function stands dram's own; README.md is the list. From here on net/http's
// server is underneath, since to it, as to rung 06's, this is an http.Handler:
// net/http/server.go#serverHandler.ServeHTTP calls framework/engine.go's ServeHTTP, and in a
// program made with dram engine.go#Engine.ServeHTTP. docs/internals/01-main.md begins there.
//
//	go run ./examples/ladder/09-framework [-log]
//	curl -d '{"name":"gopher"}' http://127.0.0.1:8080/api/users
//	curl http://127.0.0.1:8080/api/users/seven
package main

import (
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/dram-go/dram/examples/ladder/09-framework/framework"
	"github.com/dram-go/dram/examples/ladder/internal/answers"
	"github.com/dram-go/dram/examples/ladder/internal/listen"
)

// plain is a handler that needs nothing of the Context but what net/http has.
func plain(h http.HandlerFunc) framework.HandlerFunc {
	return func(c *framework.Context) { h(c.Writer, c.Request) }
}

func newEngine(middleware ...framework.HandlerFunc) *framework.Engine {
	r := framework.New()
	r.Use(middleware...)
	r.GET("/", func(c *framework.Context) { c.String(http.StatusOK, "dram\n") })
	r.GET("/hello/:name", func(c *framework.Context) { c.String(http.StatusOK, "hello, %s\n", c.Param("name")) })
	r.POST("/echo", plain(answers.Echo))
	r.GET("/slow", plain(answers.Slow))
	r.GET("/stream", plain(answers.Stream))

	api := r.Group("/api", jsonErrors)
	api.POST("/users", createUser)
	api.GET("/users/:id", showUser)
	return r
}

type user struct {
	ID   int    `json:"id" uri:"id"`
	Name string `json:"name" binding:"required"`
}

func createUser(c *framework.Context) {
	var in user
	if err := c.ShouldBind(&in); err != nil {
		c.Error(err)
		return
	}
	in.ID = 1
	c.JSON(http.StatusCreated, in)
}

func showUser(c *framework.Context) {
	var in struct {
		ID int `uri:"id" binding:"required"`
	}
	if err := c.ShouldBindUri(&in); err != nil {
		c.Error(err)
		return
	}
	c.JSON(http.StatusOK, user{in.ID, "gopher"})
}

// jsonErrors answers for handlers that have attached an error instead of answering: on the
// way out, once for the whole group. An answer that has begun as if all went well is broken off.
func jsonErrors(c *framework.Context) {
	c.Next()
	switch {
	case len(c.Errors) == 0:
	case c.Writer.Written() && c.Writer.Status() < http.StatusBadRequest:
		panic(http.ErrAbortHandler)
	case !c.Writer.Written():
		c.JSON(http.StatusBadRequest, map[string]string{"error": c.Errors[0].Error()})
	}
}

// newServer is net/http's, with the bounds that rung 05 has by itself.
func newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ConnContext:       framework.ConnContext,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      90 * time.Second, // from the header on: the body's minute is part of it
		IdleTimeout:       time.Minute,
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	isLogged := flag.Bool("log", false, "log each request")
	flag.Parse()
	layers := []framework.HandlerFunc{framework.Recovery()}
	if *isLogged {
		layers = append([]framework.HandlerFunc{framework.Logger()}, layers...)
	}
	ln, err := listen.On(*addr)
	if err != nil {
		log.Fatal(err)
	}
	if err := newServer(newEngine(layers...)).Serve(ln); !errors.Is(err, net.ErrClosed) {
		log.Fatal(err)
	}
}
