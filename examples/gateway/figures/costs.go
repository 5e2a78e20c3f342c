//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// peer is a proxy of the same work: HTTP/1.1 with keep-alive on both sides, X-Forwarded headers, and an
// access log that nobody reads.
type peer struct {
	name  string
	start func(addr, to string) *process
}

var peers = []peer{
	{"nginx", nginx},
	{"gateway", func(_, to string) *process {
		return serve("0", fmt.Sprintf("upstreams: {books: {servers: [{url: 'http://%s'}]}}\nroutes: [{path: /, to: books}]\n", to)).process
	}},
	{"httputil.ReverseProxy, without a log", func(addr, to string) *process { return self("0", "bare", addr, to) }},
}

var caddy = peer{"Caddy", func(addr, to string) *process {
	return start("0", addr, "caddy", "reverse-proxy", "--access-log", "--from", "http://:"+port(addr), "--to", to)
}}

// nginx starts nginx as one process, which does what a worker does.
func nginx(addr, to string) *process {
	file := filepath.Join(dir, "nginx.conf")
	must(os.WriteFile(file, fmt.Appendf(nil, `
		daemon off; master_process off; pid %[1]s/pid; error_log stderr; worker_rlimit_nofile 20000;
		events { worker_connections 10000; }
		http {
			access_log /dev/null; keepalive_requests 1000000; keepalive_timeout 300s;
			client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
			upstream books { server %[3]s; keepalive 256; keepalive_requests 1000000; }
			server { listen %[2]s; location / {
				proxy_pass http://books; proxy_http_version 1.1; proxy_set_header Connection "";
				proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Proto $scheme;
			} }
		}`, dir, addr, to), 0o600))
	return start("0", addr, "nginx", "-e", "stderr", "-c", file)
}

func compare() {
	fmt.Printf("32 clients, a server and the clients on other CPUs than the proxy; medians of three rounds, in turn.\n" +
		"\"At most\" is without a pause, where the clients may be the slower side: what compares is the time of a CPU. The\ntimes are those at 1,600 requests a second.\n\n")
	all := fmt.Sprintf("0-%d", runtime.NumCPU()-1)
	pin(strings.Replace(all, "0", "1", 1))
	defer pin(all)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(1, runtime.NumCPU()-1)))
	service := self("1", "backend", free())
	var rate, cpu, half, most [4][]float64 // of each peer
	for range 3 {
		for i, peer := range peers {
			p := peer.start(free(), service.addr)
			clients := load{to: []string{p.addr}, method: "GET", clients: 32}
			clients.lasting(a(2*time.Second, time.Second))
			before, _ := p.used()
			began := time.Now()
			s := clients.lasting(a(10*time.Second, time.Second))
			took, n := time.Since(began), float64(len(s.took))
			after, _ := p.used()
			clients.every = 20 * time.Millisecond
			calm := clients.lasting(a(8*time.Second, time.Second))
			if s.status[200]+calm.status[200] != len(s.took)+len(calm.took) {
				panic(fmt.Sprint(peer.name, " answers with ", s.status, calm.status))
			}
			rate[i], cpu[i] = append(rate[i], n/took.Seconds()), append(cpu[i], (after-before).Seconds()*1e6/n)
			half[i], most[i] = append(half[i], calm.within(0.5).Seconds()*1e3), append(most[i], calm.within(0.99).Seconds()*1e3)
			p.kill()
		}
	}
	head("", "CPU per request", "to nginx", "requests a second at most", "to nginx", "50%", "99%")
	for i, peer := range peers {
		row(peer.name, fmt.Sprintf("%.0f µs", at(cpu[i], 0.5)), fmt.Sprintf("%.2f", at(cpu[i], 0.5)/at(cpu[0], 0.5)),
			int(at(rate[i], 0.5)), fmt.Sprintf("%.2f", at(rate[i], 0.5)/at(rate[0], 0.5)),
			fmt.Sprintf("%.2f ms", at(half[i], 0.5)), fmt.Sprintf("%.2f ms", at(most[i], 0.5)))
	}
}

// pin keeps this program, and what it starts, on some CPUs.
func pin(cpus string) { run("taskset", "-apc", cpus, fmt.Sprint(os.Getpid())) }

func idle() {
	n := a(5000, 1000)
	service := self("", "backend", free())
	fmt.Printf("%d connections, each of which has sent one request.\n\n", n)
	head("", "without any", "for each 1,000")
	for _, peer := range peers {
		p := peer.start(free(), service.addr)
		load{to: []string{p.addr}, method: "GET", clients: 8, most: 1000}.during(nil)
		time.Sleep(a(5*time.Second, time.Second))
		_, before := p.used()
		clients := make([]client, n)
		for i := range clients {
			clients[i].addr = p.addr
			if clients[i].ask([]byte("GET / HTTP/1.1\r\nHost: gateway\r\n\r\n")) != 200 {
				panic(peer.name + " does not answer")
			}
		}
		time.Sleep(a(5*time.Second, time.Second))
		_, after := p.used()
		row(peer.name, mega(before), mega((after-before)*1000/n))
		for i := range clients {
			clients[i].close()
		}
		p.kill()
	}
}

func routes() {
	service := self("", "backend", free())
	file := func(n int) string {
		var text strings.Builder
		fmt.Fprintf(&text, "upstreams:\n")
		for i := range 100 {
			fmt.Fprintf(&text, "  u%d: {servers: [{url: 'http://%s'}]}\n", i, service.addr)
		}
		fmt.Fprintf(&text, "routes:\n")
		for i := range 1000 {
			fmt.Fprintf(&text, "  - {path: '/r%d/:id', to: u%d, retry: {times: 2}, limit: {rate: %d/min}}\n", i, i%100, 1000+n)
		}
		return text.String()
	}
	g := serve("", file(0))
	var reload, check []time.Duration
	for n := range a(15, 5) {
		reload = append(reload, g.put(file(n+1)))
		began := time.Now()
		run(program, "check", g.file)
		check = append(check, time.Since(began))
	}
	_, memory := g.used()
	head("", "median", "longest")
	row("reload (PUT /file)", at(reload, 0.5), at(reload, 1))
	row("gateway check, with its start", at(check, 0.5), at(check, 1))
	fmt.Printf("\nThe gateway has %s then.\n", mega(memory))
}
