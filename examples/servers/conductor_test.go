package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// conductorEnv tells a process that a server has started who its conductor is.
const conductorEnv = "DRAM_SERVERS_CONDUCTOR"

// conductor is told where the handlers are, be they in this process or in another one, and
// lets them go on.
type conductor struct {
	url     string
	between chan string   // a handler is between two pieces; its process's connection
	resume  chan struct{} // it may go on
	left    chan string   // a handler has learned, so, that its client has left
	dead    chan string   // a process has ended, or closed its connection
}

func newConductor(t *testing.T) *conductor {
	c := &conductor{
		between: make(chan string), resume: make(chan struct{}),
		left: make(chan string, 1), dead: make(chan string, 1000),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/between", func(_ http.ResponseWriter, req *http.Request) {
		c.between <- req.RemoteAddr
		select {
		case <-c.resume:
		case <-req.Context().Done():
		}
	})
	mux.HandleFunc("/left", func(_ http.ResponseWriter, req *http.Request) { c.left <- req.FormValue("how") })
	server := httptest.NewUnstartedServer(mux)
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			c.dead <- conn.RemoteAddr().String()
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// conducted are the steps of a handler that has a conductor.
func conducted(at string) steps {
	client := &http.Client{Transport: new(http.Transport)} // keeps its connection while the process lives
	tell := func(what string) {
		if res, err := client.Get(at + what); err == nil {
			_ = res.Body.Close()
		}
	}
	return steps{
		between: func() { tell("/between") },
		tick:    5 * time.Millisecond,
		left:    func(how string) { tell("/left?how=" + url.QueryEscape(how)) },
	}
}
