//go:build linux

package main

import (
	"fmt"
	"strings"
	"syscall"
	"time"
)

// upstream is an upstream of some servers.
func upstream(fields string, servers ...*process) string {
	var list []string
	for i, s := range servers {
		list = append(list, fmt.Sprintf("{url: %q, version: v%d}", "http://"+s.addr, i+1))
	}
	return "upstreams: {books: {servers: [" + strings.Join(list, ", ") + "]" + fields + "}}\n"
}

const (
	careful = ", health: {path: /readyz, every: 500ms, within: 500ms, fails: 2}, eject: {after: 3, for: 2s, most: 50%}"
	retried = "routes: [{path: /, to: books, retry: {times: 2, per_try: 1s}}]\n"
)

// faults are what happens to a server.
var faults = []struct {
	name string
	do   func(s *process, lasts time.Duration)
}{
	{"none", func(_ *process, lasts time.Duration) { time.Sleep(lasts) }},
	{"killed, and back", down},
	{"stopped (SIGSTOP), and continued", func(s *process, lasts time.Duration) {
		must(s.Process.Signal(syscall.SIGSTOP))
		time.Sleep(lasts)
		must(s.Process.Signal(syscall.SIGCONT))
	}},
	{"slow: 300 ms", func(s *process, lasts time.Duration) {
		s.set(300, 0)
		time.Sleep(lasts)
		s.set(20, 0)
	}},
	{"flaps: killed and back each second", func(s *process, lasts time.Duration) {
		for range lasts / (2 * time.Second) {
			down(s, time.Second)
			time.Sleep(time.Second)
		}
	}},
}

// down kills a server, and starts it again.
func down(s *process, lasts time.Duration) {
	s.kill()
	time.Sleep(lasts)
	*s = *self("", "backend", s.addr)
	s.set(20, 0)
}

func failures() {
	fmt.Printf("Of three servers, which take 20 ms, one fails. 160 clients; two retries, 1 s per try; active and passive checks. A POST without\nan Idempotency-Key is sent once.\n\n")
	head("fault", "GET failed", "99%", "slowest", "POST with a key failed", "POST failed")
	for _, fault := range faults {
		servers := []*process{self("", "backend", free()), self("", "backend", free()), self("", "backend", free())}
		for _, s := range servers {
			s.set(20, 0)
		}
		g := serve("", upstream(careful, servers...)+retried)
		get := load{to: []string{g.addr}, clients: 100, every: 50 * time.Millisecond, method: "GET"}
		post := load{to: get.to, clients: 30, every: get.every, method: "POST", body: "body"}
		keyed := post
		keyed.header = "Idempotency-Key: 1\r\n"
		var gets, posts, keyeds *sum
		gets = get.during(func() {
			posts = post.during(func() {
				keyeds = keyed.during(func() {
					time.Sleep(a(2*time.Second, time.Second))
					fault.do(servers[0], a(10*time.Second, 2*time.Second))
					time.Sleep(a(4*time.Second, time.Second))
				})
			})
		})
		row(fault.name, gets.failed(), gets.within(0.99), gets.within(1), keyeds.failed(), posts.failed())
		killAll()
	}
}

func reloads() {
	one, two := self("", "backend", free()), self("", "backend", free())
	file := func(n int) string { // each one has another upstream, and another route
		return upstream(fmt.Sprintf(", slow_start: %dms", n+1), one, two) + strings.Replace(retried, "1s", fmt.Sprintf("%dms", 1000+n), 1)
	}
	g := serve("", file(0))
	clients := load{to: []string{g.addr}, clients: 16, every: 5 * time.Millisecond, method: "GET"}
	clients.lasting(2 * time.Second)
	head("", "goroutines", "heap", "resident")
	seen := func(when string) {
		time.Sleep(a(5*time.Second, 2*time.Second))
		_, resident := g.used()
		row(when, int(g.metric("go_goroutines")), mega(g.metric("go_memstats_heap_inuse_bytes")), mega(resident))
	}
	seen("before")
	var took []time.Duration
	for round := range 2 {
		s := clients.during(func() {
			for n := range a(50, 10) {
				took = append(took, g.put(file(1+n+100*round)))
				time.Sleep(100 * time.Millisecond)
			}
		})
		seen(fmt.Sprintf("after %d reloads, failed: %s", len(took), s.failed()))
	}
	fmt.Printf("\nA reload took %v, the longest %v.\n", at(took, 0.5).Round(10*time.Microsecond), at(took, 1).Round(10*time.Microsecond))
}

func shared() {
	address, limit := free(), 500
	redis := func() *process {
		return start("", address, "redis-server", "--port", port(address), "--save", "", "--appendonly", "no")
	}
	service := self("", "backend", free())
	fmt.Printf("Two gateways, a limit of %d an hour, three times as many sent to both.\n\n", limit)
	head("without_store", "let through", "slowest", "Redis killed", "slowest", "2 s after it is back", "slowest")
	for _, mode := range []string{"memory", "open", "closed"} {
		r := redis()
		file := upstream("", service) + fmt.Sprintf("redis: {addr: %q}\n", address) +
			fmt.Sprintf("routes: [{path: /, to: books, limit: {rate: %d/h, by: 'header:X-Who', store: redis, without_store: %s}}]\n", limit, mode)
		both := []string{serve("", file).addr, serve("", file).addr}
		cells := []any{mode}
		for phase, before := range []func(){func() {}, r.kill, func() { r = redis(); time.Sleep(2 * time.Second) }} {
			before()
			s := load{to: both, method: "GET", header: fmt.Sprintf("X-Who: %s%d\r\n", mode, phase), clients: 20, most: 3 * limit / 20}.during(nil)
			cells = append(cells, s.status[200], s.within(1))
		}
		row(cells...)
		r.kill()
	}
}

func canaries() {
	fmt.Printf("Half of 400 requests a second go to v2, whose bounds are 5%% errors and 99%% within 100 ms.\n\n")
	head("v2", "taken back after", "failed", "slowest")
	for _, is := range []struct {
		name       string
		ms, status int
		retry      string
	}{
		{"answers 500", 0, 500, ""}, {"answers 500, retries", 0, 500, ", retry: {times: 2}"}, {"takes 300 ms", 300, 0, ""},
	} {
		good, bad := self("", "backend", free()), self("", "backend", free())
		g := serve("", upstream("", good, bad)+"routes: [{path: /, to: books"+is.retry+
			", split: {shares: {v1: 50%, v2: 50%}, sticky: none, ramp: {version: v2, steps: [50%, 100%], abort: {errors: 5%, p99: 100ms}}}}]\n")
		var after time.Duration
		s := load{to: []string{g.addr}, method: "GET", clients: 20, every: 50 * time.Millisecond}.during(func() {
			time.Sleep(2 * time.Second)
			bad.set(is.ms, is.status)
			began, until := time.Now(), time.Time{}
			for until.IsZero() && time.Since(began) < time.Minute {
				time.Sleep(200 * time.Millisecond)
				until = g.aborted()
			}
			after = until.Sub(began)
			time.Sleep(time.Second)
		})
		row(is.name, after, s.failed(), s.within(1))
		killAll()
	}
}
