package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/dram-go/dram"
)

// This file shows how a request comes to an Engine: the stacks of a server that listens,
// that waits for a connection, and that answers a request.

func init() {
	blocks["listen-stack"] = listenStack
	blocks["accept-stack"] = acceptStack
	blocks["serve-stack"] = serveStack
}

// listenStack is where net.Listen is between the system calls setsockopt and bind.
func listenStack() string {
	var stack string
	config := net.ListenConfig{Control: func(_, _ string, _ syscall.RawConn) error {
		stack = ownStack()
		return nil
	}}
	config.SetMultipathTCP(false) // not every kernel has it
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	_ = listener.Close()
	return fenced("text", listed(between(calls(stack), "ListenConfig.Listen", "netFD.listenStream")))
}

// serving runs an Engine while something is done with its URL.
func serving(engine *dram.Engine, do func(url string)) {
	addr, ended := make(chan net.Addr, 1), make(chan error, 1)
	engine.OnListen = func(a net.Addr) { addr <- a }
	go func() { ended <- engine.Run("127.0.0.1:0") }()
	select {
	case a := <-addr:
		do("http://" + a.String())
	case err := <-ended:
		panic(err)
	}
	_ = engine.Shutdown(context.Background())
	<-ended
}

// acceptStack is a server that waits for connections: the goroutine of Run, and the one of
// the listener.
func acceptStack() string {
	var run, accept string
	serving(dram.New(), func(string) {
		for until := time.Now().Add(10 * time.Second); run == "" || accept == ""; time.Sleep(time.Millisecond) {
			for _, stack := range goroutines() {
				switch {
				case strings.Contains(stack, ".(*Engine).Run("):
					run = stack
				case strings.Contains(stack, "(*entrance).Accept") && strings.Contains(stack, "pollWait"):
					accept = stack
				}
			}
			if time.Now().After(until) {
				panic("the server does not come to wait for connections")
			}
		}
	})
	return fenced("text", "the goroutine of Run\n"+indented(listed(between(calls(run), "Engine.Run", "")))+
		"the goroutine of the listener\n"+indented(listed(between(calls(accept), "group.serve", ""))))
}

// serveStack is what is around a handler.
func serveStack() string {
	engine := dram.New()
	engine.Use(func(c *dram.Context) { c.Next() })
	var stack string
	engine.GET("/", func(*dram.Context) { stack = ownStack() })
	serving(engine, func(url string) {
		resp, err := http.Get(url)
		if err != nil {
			panic(err)
		}
		_ = resp.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return fenced("text", listed(between(calls(stack), "Server.Serve", ""), "your layer", "your handler"))
}
