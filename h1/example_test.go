package h1_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"

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
