// Package e2e measures whole servers with a load from outside: wrk on one processor, the server on another one. Each server is
// the test's own program, started again.
package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"time"

	"github.com/gofiber/fiber/v3"

	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/benchmarks/rows"
)

// load is a request that is sent again and again, and how its answers are judged. Of a row, it is answered by the row's
// application alone; else by the site.
type load struct {
	rows.Request
	app   peers.App
	check func(rows.Request, *httptest.ResponseRecorder) error
}

var frameworkLoads = []string{"String", "param + JSON", "bind JSON"}

// loads are those of the frameworks, by the names of their rows, and those of the site.
func loads() (all map[string]load) {
	all = siteLoads()
	for _, r := range rows.All() {
		if slices.Contains(frameworkLoads, r.Name) {
			all[r.Name] = load{r.Requests[0], r.App, func(request rows.Request, answer *httptest.ResponseRecorder) error {
				return request.Check(r.App, answer)
			}}
		}
	}
	return all
}

// frameworks are servers, dram first. The switch is the least that a program can do with net/http: the handlers by hand
// behind a switch over the path. fiber is not an http.Handler, and listens in its own way.
var frameworks = []string{"dram", "gin", "echo", "ServeMux", "switch", "fiber"}

// serve serves a load as the named server.
func serve(listener net.Listener, server string, l load) error {
	if own := ways[server]; own != nil {
		return own(listener, l)
	}
	return serveHTTP(listener, handler(server, l.app))
}

func handler(server string, app peers.App) http.Handler {
	if app.Routes == nil {
		return site()
	}
	for _, p := range peers.All() {
		if p.Name == server {
			return p.App(app)
		}
	}
	return peers.Switch(app)
}

// serveHTTP has the timeouts that dram's own servers set.
func serveHTTP(listener net.Listener, handler http.Handler) error {
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 120 * time.Second}
	return s.Serve(listener)
}

// serveFiber serves the rows and the site in one.
func serveFiber(listener net.Listener, _ load) error {
	f := fiber.New(fiber.Config{StructValidator: peers.Validator{Rules: peers.Validate}})
	bind := func(answer func(fiber.Ctx, any) error) fiber.Handler {
		return func(c fiber.Ctx) error {
			var signup peers.Signup
			if err := c.Bind().Body(&signup); err != nil {
				return c.Status(fiber.StatusBadRequest).SendString(err.Error())
			}
			return answer(c, &signup)
		}
	}
	f.Get("/", func(c fiber.Ctx) error { return c.SendString(peers.Greeting) })
	f.Get("/user/:name", func(c fiber.Ctx) error { return c.JSON(peers.Named(c.Params("name"))) })
	f.Post("/", bind(func(fiber.Ctx, any) error { return nil }))
	f.Post("/echo", bind(func(c fiber.Ctx, signup any) error { return c.JSON(signup) }))
	f.Get("/file", func(c fiber.Ctx) error { return c.SendFile(fileName) })
	f.Get("/page", func(c fiber.Ctx) error { return c.Type("html", "utf-8").Send(page) })
	return f.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
}

// serveAlone serves on a free port of 127.0.0.1, which it prints, until its standard input ends.
func serveAlone(server string, l load) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // the one who started this process is done, or gone
		os.Exit(0)
	}()
	return serve(listener, server, l)
}
