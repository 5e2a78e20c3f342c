//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is what clients send, each over a connection of its own, and waiting for the answer. Nothing is
// sent twice, as http.Client would.
type load struct {
	to           []string // one address for each client, in turn
	method, body string
	header       string        // lines
	clients      int           // how many
	every        time.Duration // between the requests of one; 0 sends the next one at once
	most         int           // requests of one; 0 is as many as there is time for
}

// sum is what came of a load.
type sum struct {
	mu     sync.Mutex
	status map[int]int // 0 is without an answer
	took   []time.Duration
}

func (s *sum) add(status int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status[status]++
	s.took = append(s.took, took)
}

// failed is how many requests had no answer or one of a failure, and of how many.
func (s *sum) failed() string {
	n := 0
	for status, times := range s.status {
		if status == 0 || status >= 500 {
			n += times
		}
	}
	return fmt.Sprintf("%d of %d", n, len(s.took))
}

// within is how long a part of them took at most.
func (s *sum) within(part float64) time.Duration { return at(s.took, part) }

// at is what a part of the values is not above.
func at[T int | float64 | time.Duration](values []T, part float64) T {
	slices.Sort(values)
	return values[max(int(part*float64(len(values))+0.5)-1, 0)]
}

// during sends while do runs, or if it is nil, until each client has sent its most.
func (l load) during(do func()) *sum {
	s := &sum{status: make(map[int]int)}
	text := fmt.Appendf(nil, "%s / HTTP/1.1\r\nHost: gateway\r\nContent-Length: %d\r\n%s\r\n%s", l.method, len(l.body), l.header, l.body)
	var over atomic.Bool
	var clients sync.WaitGroup
	for i := range l.clients {
		clients.Go(func() {
			c := &client{addr: l.to[i%len(l.to)]}
			defer c.close()
			time.Sleep(l.every * time.Duration(i) / time.Duration(l.clients)) // not all at one time
			for n := 0; !over.Load() && (l.most == 0 || n < l.most); n++ {
				began := time.Now()
				status := c.ask(text)
				s.add(status, time.Since(began))
				time.Sleep(l.every - time.Since(began))
			}
		})
	}
	if do != nil {
		do()
		over.Store(true)
	}
	clients.Wait()
	return s
}

func (l load) lasting(d time.Duration) *sum { return l.during(func() { time.Sleep(d) }) }

// client has a connection, or will have one when it needs one.
type client struct {
	addr string
	conn net.Conn
	in   *bufio.Reader
}

func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// ask returns the status of the answer, 0 without a whole one.
func (c *client) ask(text []byte) (status int) {
	defer func() {
		if status == 0 {
			c.close()
		}
	}()
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.addr)
		if err != nil {
			return 0
		}
		c.conn, c.in = conn, bufio.NewReader(conn)
	}
	_ = c.conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := c.conn.Write(text); err != nil {
		return 0
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0
	}
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || resp.StatusCode == http.StatusOK && n != kilobyte {
		return 0
	}
	return resp.StatusCode
}
