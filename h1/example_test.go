package h1_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/h1"
)

// The server of a program is changed by one line: engine.Run() becomes
//
//	log.Fatal((&h1.Server{Handler: engine}).Run())
func ExampleServer_RunContext() {
	engine := dram.New()
	engine.GET("/hello/:name", func(c *dram.Context) { c.String(http.StatusOK, "hello %s", c.Param("name")) })
	ctx, stop := context.WithCancel(context.Background())
	engine.OnListen = func(addr net.Addr) {
		go func() {
			defer stop()
			fmt.Println(get("http://" + addr.String() + "/hello/gopher"))
		}()
	}
	srv := h1.Server{Handler: engine}
	fmt.Println(srv.RunContext(ctx, "127.0.0.1:0"))
	// Output:
	// hello gopher
	// <nil>
}

// Any listener will do: one of crypto/tls, of dram.InheritedListeners, of a Unix socket.
func ExampleServer_RunListenerContext() {
	engine := dram.New()
	engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "over a Unix socket") })
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	listener, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		defer stop()
		conn, err := net.Dial("unix", listener.Addr().String())
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
		answer, _ := io.ReadAll(conn)
		fmt.Println(string(answer[bytes.Index(answer, []byte("\r\n\r\n"))+4:]))
	}()
	srv := h1.Server{Handler: engine}
	fmt.Println(srv.RunListenerContext(ctx, listener))
	// Output:
	// over a Unix socket
	// <nil>
}

// A Server serves any http.Handler on any listener.
func ExampleServer() {
	srv := h1.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method, " ", r.URL.Path) })}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	served := make(chan error)
	go func() { served <- srv.Serve(listener) }()
	fmt.Println(get("http://" + listener.Addr().String() + "/any"))
	_ = srv.Shutdown(context.Background())
	fmt.Println(<-served)
	// Output:
	// GET /any
	// http: Server closed
}

func get(url string) string {
	res, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return string(body)
}
