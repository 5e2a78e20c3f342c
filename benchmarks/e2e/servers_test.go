// Package e2e measures whole servers with a load from outside: wrk on one processor, the server on another one. Each server is
// the test's own program, started again.
package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gofiber/fiber/v3"

	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/benchmarks/rows"
)

// loads are the rows whose applications are served, each alone.
var loads = []string{"String", "param + JSON", "bind JSON"}

func row(name string) rows.Row {
	for _, r := range rows.All() {
		if r.Name == name {
			return r
		}
	}
	panic("no row " + name)
}

// servers are the frameworks, dram first. The switch is the least that a program can do with net/http: the handlers by hand
// behind a switch over the path. fiber is not an http.Handler, and listens in its own way.
var servers = []string{"dram", "gin", "echo", "ServeMux", "switch", "fiber"}

// serve serves a row as the named server.
func serve(listener net.Listener, server string, r rows.Row) error {
	if server == "fiber" {
		return fiberApp(r.App).Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
	}
	var handler http.Handler = peers.Switch(r.App)
	for _, p := range peers.All() {
		if p.Name == server {
			handler = p.App(r.App)
		}
	}
	// The timeouts are those that dram's own servers set.
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 120 * time.Second}
	return s.Serve(listener)
}

func fiberApp(app peers.App) *fiber.App {
	f, route := fiber.New(fiber.Config{StructValidator: peers.Validator{Rules: peers.Validate}}), app.Routes[0]
	f.Add([]string{route.Method}, route.Pattern, func(c fiber.Ctx) error {
		switch app.Work {
		case peers.Text:
			return c.SendString(peers.Greeting)
		case peers.ParamJSON:
			return c.JSON(peers.Named(c.Params("name")))
		}
		var signup peers.Signup
		if err := c.Bind().Body(&signup); err != nil {
			return c.Status(fiber.StatusBadRequest).SendString(err.Error())
		}
		return nil
	})
	return f
}

// serveAlone serves on a free port of 127.0.0.1, which it prints, until its standard input ends.
func serveAlone(server string, r rows.Row) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // the one who started this process is done, or gone
		os.Exit(0)
	}()
	return serve(listener, server, r)
}
