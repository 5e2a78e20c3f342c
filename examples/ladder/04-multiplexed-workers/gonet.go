//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/dram-go/dram/examples/internal/address"
	"github.com/dram-go/dram/examples/ladder/internal/least"
)

// serveGo is the same model with Go's net. The code waits in Read as rung 1's does,
// but only the goroutine waits; below it, symbol by symbol, is rung 3 (GOROOT/src):
//
//	loop.New, epoll_create1    runtime/netpoll_epoll.go#netpollinit
//	add, EPOLL_CTL_ADD         runtime/netpoll_epoll.go#netpollopen, once per socket: it
//	                           watches both directions, edge-triggered (EPOLLET)
//	epoll_wait                 runtime/netpoll_epoll.go#netpoll, called by any thread that
//	                           has nothing to run (runtime/proc.go#findRunnable), and now
//	                           and then by runtime/proc.go#sysmon: that is worker per CPU
//	conn, its state            runtime/netpoll.go#pollDesc, and the goroutine's stack
//	read, EAGAIN               internal/poll/fd_unix.go#FD.Read tries read(2), and on EAGAIN
//	                           parks the goroutine: runtime/netpoll.go#netpollblock
//	ready                      runtime/netpoll.go#netpollready makes it runnable again
//	timers, the last argument  runtime/time.go#timers, and netpoll's argument delay; a
//	of epoll_wait              deadline is runtime/netpoll.go#netpollDeadline
//
// What it costs is the goroutine: 2 KiB of stack and more where calls are deep.
func serveGo(addr string, idle time.Duration, most int) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return address.Wrong(addr, err)
	}
	fmt.Println("listening on http://" + address.Reachable(listener.Addr().String()))
	free := make(chan struct{}, most)
	for {
		free <- struct{}{} // waits when as many as may be are at work
		conn, err := listener.Accept()
		if err != nil {
			<-free
			if least.Passing(err) {
				continue
			}
			return err
		}
		go func() {
			defer func() { <-free }()
			defer conn.Close() // the answer is written, or nobody is there to read it
			talk(conn.(*net.TCPConn), idle)
		}()
	}
}

// talk serves one connection; its deadlines are what rung 1's timeouts are.
func talk(conn *net.TCPConn, idle time.Duration) {
	now := time.Now()
	_ = conn.SetReadDeadline(now.Add(idle)) // fails on a closed connection, as Read then does
	_ = conn.SetWriteDeadline(now.Add(2*idle + time.Second))
	least.Serve(goConn{conn}, idle)
}

// A goConn is net's connection with the one call whose time is not a deadline.
type goConn struct{ *net.TCPConn }

func (c goConn) CloseWrite(within time.Duration) error {
	return errors.Join(c.TCPConn.CloseWrite(), c.SetReadDeadline(time.Now().Add(within)))
}
