package h1_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/h1"
)

// This file restarts a server within its process; as a new process, in restart_unix_test.go.

// TestAttackRestart: a listener passed on to a new server, while the old one
// shuts down, loses no request.
func TestAttackRestart(t *testing.T) {
	rounds := 3
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := ln.Addr().String()
	type running struct {
		srv    *h1.Server
		served chan error
	}
	start := func(ln net.Listener, round int) running {
		r := running{&h1.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Millisecond)
			fmt.Fprint(w, round)
		}), ErrorLog: log.New(io.Discard, "", 0)}, make(chan error, 1)}
		go func() { r.served <- r.srv.Serve(ln) }()
		return r
	}

	stop, answered := make(chan bool), make(chan int, 1)
	var clients sync.WaitGroup
	var mu sync.Mutex
	byRound := map[string]int{}
	for range 8 {
		clients.Go(func() {
			client := http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}
			defer client.CloseIdleConnections()
			for {
				select {
				case <-stop:
					return
				default:
				}
				res, err := client.Get("http://" + addr)
				if !assert.NoError(t, err) {
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if !assert.NoError(t, err) {
					return
				}
				mu.Lock()
				byRound[string(body)]++
				mu.Unlock()
				select {
				case answered <- 1:
				default:
				}
			}
		})
	}
	old := start(ln, 0)
	for round := 1; round <= rounds; round++ {
		for range 50 {
			<-answered
		}
		file, err := ln.(*net.TCPListener).File()
		require.NoError(t, err)
		inherited, err := net.FileListener(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		next := start(inherited, round)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		require.NoError(t, old.srv.Shutdown(ctx))
		cancel()
		require.ErrorIs(t, <-old.served, http.ErrServerClosed)
		old, ln = next, inherited
	}
	for range 50 {
		<-answered
	}
	close(stop)
	clients.Wait()
	require.NoError(t, old.srv.Close())
	assert.Len(t, byRound, rounds+1, "each server answered some")
}
