package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// server serves the site on a listener with a framework's own means.
type server struct {
	name   string
	module string
	serve  func(net.Listener, Site) error
}

// servers are the frameworks, dram first. The handwritten one is net/http with a
// switch over the path, the least that a program can do.
var servers = []server{
	{"dram", "github.com/dram-go/dram", serveDram},
	{"gin", "github.com/gin-gonic/gin", serveGin},
	{"echo", "github.com/labstack/echo/v5", serveEcho},
	{"chi", "github.com/go-chi/chi/v5", serveChi},
	{"httprouter", "github.com/julienschmidt/httprouter", serveHTTPRouter},
	{"bunrouter", "github.com/uptrace/bunrouter", serveBunRouter},
	{"ServeMux", "", serveServeMux},
	{"net/http switch", "", serveSwitch},
	{"fiber", "github.com/gofiber/fiber/v3", serveFiber},
	{"hertz", "github.com/cloudwego/hertz", serveHertz},
}

// Modules are the modules of all servers.
func Modules() []string {
	var paths []string
	for _, s := range servers {
		if s.module != "" {
			paths = append(paths, s.module)
		}
	}
	return paths
}

// Serve serves as the named server on a free port of 127.0.0.1, which it prints,
// until its standard input ends.
func Serve(name, dir string) error {
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
		return s.serve(listener, Site{Dir: dir})
	}
	return fmt.Errorf("no server %q", name)
}

// serveHandler serves whatever is an http.Handler in the same way: with the
// timeouts that a server on the internet needs, which cost each of them the same.
func serveHandler(listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 120 * time.Second}
	return server.Serve(listener)
}
