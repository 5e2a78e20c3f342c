// Package e2e measures whole servers with a load from outside: wrk on one processor, the server on another one. Each server is
// the test's own program, started again.
package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v5"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/benchmarks/peers"
)

// servers are the frameworks, dram first. Each serves
//
//	GET  /text      a short text
//	GET  /user/:id  a User as JSON, with the name of the path
//	POST /signup    a Signup, decoded, validated and sent back as JSON
//
// The switch over the path is the least that a program can do with net/http. fiber is not an http.Handler, and listens in its own way.
var servers = []struct {
	name  string
	serve func(net.Listener) error
}{
	{"dram", func(l net.Listener) error { return serveHandler(l, dramServer()) }},
	{"gin", func(l net.Listener) error { return serveHandler(l, ginServer()) }},
	{"echo", func(l net.Listener) error { return serveHandler(l, echoServer()) }},
	{"ServeMux", func(l net.Listener) error { return serveHandler(l, muxServer()) }},
	{"switch", func(l net.Listener) error { return serveHandler(l, http.HandlerFunc(switchServer)) }},
	{"fiber", serveFiber},
}

// serve serves as the named server on a free port of 127.0.0.1, which it prints, until its standard input ends.
func serve(name string) error {
	for _, s := range servers {
		if s.name != name {
			continue
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		fmt.Println(listener.Addr())
		go func() {
			// The one who started this process is done, or gone.
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
		return s.serve(listener)
	}
	return fmt.Errorf("no server %q", name)
}

// serveHandler serves whatever is an http.Handler in the same way, with the timeouts that dram's own servers set.
func serveHandler(listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 120 * time.Second}
	return server.Serve(listener)
}

func dramServer() http.Handler {
	dram.SetMode(dram.ReleaseMode)
	engine := dram.New()
	engine.GET("/text", func(c *dram.Context) { c.String(http.StatusOK, peers.Greeting) })
	engine.GET("/user/:id", func(c *dram.Context) { c.JSON(http.StatusOK, peers.Named(c.Param("id"))) })
	engine.POST("/signup", func(c *dram.Context) {
		var signup peers.Signup
		if err := c.BindJSON(&signup); err == nil {
			c.JSON(http.StatusOK, &signup)
		}
	})
	return engine
}

func ginServer() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/text", func(c *gin.Context) { c.String(http.StatusOK, peers.Greeting) })
	engine.GET("/user/:id", func(c *gin.Context) { c.JSON(http.StatusOK, peers.Named(c.Param("id"))) })
	engine.POST("/signup", func(c *gin.Context) {
		var signup peers.Signup
		if err := c.BindJSON(&signup); err == nil {
			c.JSON(http.StatusOK, &signup)
		}
	})
	return engine
}

func echoServer() http.Handler {
	e := echo.New()
	e.Validator = peers.Validator{Rules: peers.Validate}
	e.GET("/text", func(c *echo.Context) error { return c.String(http.StatusOK, peers.Greeting) })
	e.GET("/user/:id", func(c *echo.Context) error { return c.JSON(http.StatusOK, peers.Named(c.Param("id"))) })
	e.POST("/signup", func(c *echo.Context) error {
		var signup peers.Signup
		if err := c.Bind(&signup); err != nil {
			return err
		}
		if err := c.Validate(&signup); err != nil {
			return echo.ErrBadRequest.Wrap(err)
		}
		return c.JSON(http.StatusOK, &signup)
	})
	return e
}

func serveFiber(listener net.Listener) error {
	app := fiber.New(fiber.Config{StructValidator: peers.Validator{Rules: peers.Validate}})
	app.Get("/text", func(c fiber.Ctx) error { return c.SendString(peers.Greeting) })
	app.Get("/user/:id", func(c fiber.Ctx) error { return c.JSON(peers.Named(c.Params("id"))) })
	app.Post("/signup", func(c fiber.Ctx) error {
		var signup peers.Signup
		if err := c.Bind().Body(&signup); err != nil {
			return c.Status(fiber.StatusBadRequest).SendString(err.Error())
		}
		return c.JSON(&signup)
	})
	return app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
}

func muxServer() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /text", handText)
	mux.HandleFunc("GET /user/{id}", func(w http.ResponseWriter, r *http.Request) { handJSON(w, peers.Named(r.PathValue("id"))) })
	mux.HandleFunc("POST /signup", handSignup)
	return mux
}

func switchServer(w http.ResponseWriter, r *http.Request) {
	id, isUser := strings.CutPrefix(r.URL.Path, "/user/")
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/signup":
		handSignup(w, r)
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case r.URL.Path == "/text":
		handText(w, r)
	case isUser && id != "" && !strings.Contains(id, "/"):
		handJSON(w, peers.Named(id))
	default:
		http.NotFound(w, r)
	}
}

func handText(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, peers.Greeting)
}

func handSignup(w http.ResponseWriter, r *http.Request) {
	var signup peers.Signup
	err := json.NewDecoder(r.Body).Decode(&signup)
	if err == nil {
		err = peers.Validate.Struct(&signup)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	handJSON(w, &signup)
}

func handJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(v)
}
