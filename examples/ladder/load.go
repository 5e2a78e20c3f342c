package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A load is what measure does to each rung.
type load struct {
	clients int           // that send one request after the other
	idle    int           // that connect and say nothing
	time    time.Duration // of one run
	runs    int           // without and with the idle ones
	settle  time.Duration // after the idle ones have been accepted
}

var (
	fullLoad  = load{clients: 16, idle: 1000, time: 500 * time.Millisecond, runs: 3, settle: 500 * time.Millisecond}
	shortLoad = load{clients: 4, idle: 40, time: 200 * time.Millisecond, runs: 1, settle: 100 * time.Millisecond}
)

// rate is the slowest and the fastest of the load's runs: what is less than their distance
// is noise. It says so if requests failed.
func (l load) rate(addr string) string {
	slowest, fastest, failures := math.Inf(1), 0.0, int64(0)
	for range l.runs {
		rate, failed := l.perSecond(addr)
		slowest, fastest = min(slowest, rate), max(fastest, rate)
		failures += failed
	}
	text := fmt.Sprintf("%.0f–%.0f", slowest, fastest)
	if failures > 0 {
		text += fmt.Sprintf(" (%d failed)", failures)
	}
	return text
}

// perSecond has the clients send GET / for the time of a run, each on one connection
// for as long as the server keeps it. It returns how many answers came in a second, and
// how many requests failed before the time was over.
func (l load) perSecond(addr string) (rate float64, failed int64) {
	var answered, wrong atomic.Int64
	var clients sync.WaitGroup
	end := time.Now().Add(l.time)
	for range l.clients {
		clients.Go(func() {
			for time.Now().Before(end) {
				n, err := requests(addr, end)
				answered.Add(n)
				if err != nil && time.Now().Before(end) {
					wrong.Add(1)
					time.Sleep(time.Millisecond) // a server that refuses is not measured by that
				}
			}
		})
	}
	clients.Wait()
	return float64(answered.Load()) / l.time.Seconds(), wrong.Load()
}

// requests sends GET / on one connection until the server closes it, or to the end.
func requests(addr string, end time.Time) (answered int64, err error) {
	conn, err := net.DialTimeout("tcp", addr, time.Until(end))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(end); err != nil {
		return 0, err
	}
	from := bufio.NewReader(conn)
	for time.Now().Before(end) {
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+addr+"\r\n\r\n"); err != nil {
			return answered, err
		}
		answer, err := http.ReadResponse(from, nil)
		if err != nil {
			return answered, err
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return answered, err
		}
		answered++
		if answer.Close {
			break
		}
	}
	return answered, nil
}

// connect opens n connections that say nothing; those that are open are returned with
// the error.
func connect(addr string, n int) (conns []net.Conn, err error) {
	for range n {
		conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
		if err != nil {
			return conns, err
		}
		conns = append(conns, conn)
	}
	return conns, nil
}
