//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dram-go/dram/examples/gateway/admin"
)

// process is a server.
type process struct {
	*exec.Cmd
	addr string
}

var running []*process

// start starts a server, on one CPU if pin is not "", and waits until it listens.
func start(pin, addr string, args ...string) *process {
	if pin != "" {
		args = append([]string{"taskset", "-c", pin, "env", "GOMAXPROCS=1"}, args...)
	}
	p := &process{exec.Command(args[0], args[1:]...), addr}
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := os.Create(filepath.Join(dir, "out "+addr))
	must(err)
	defer out.Close()
	p.Stderr = out
	must(p.Start())
	running = append(running, p)
	for range 1000 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return p
		}
		time.Sleep(10 * time.Millisecond)
	}
	text, _ := os.ReadFile(out.Name())
	panic(fmt.Sprintf("%v does not listen at %s: %s", args, addr, text))
}

func (p *process) kill() {
	_ = p.Process.Kill()
	_ = p.Wait()
}

func killAll() {
	for _, p := range running {
		p.kill()
	}
	running = nil
}

// used is the time that it has had of CPUs, and its memory in bytes.
func (p *process) used() (cpu time.Duration, memory int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	must(err)
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')'):])) // from its second on, counted from 0; see proc_pid_stat(5)
	var user, system, pages int
	_, err = fmt.Sscan(fields[12]+" "+fields[13]+" "+fields[22], &user, &system, &pages)
	must(err)
	return time.Duration(user+system) * time.Second / 100, pages * os.Getpagesize()
}

var lastPort = 20_000

// free is an address that nobody listens at, and that no connection of a client is going to take: these have
// ports from 32768 on (ip_local_port_range).
func free() string {
	for {
		lastPort++
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", lastPort))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr) // it is one of free
	return port
}

// self starts this program as a server.
func self(pin, as, addr string, args ...string) *process {
	name, err := os.Executable()
	must(err)
	return start(pin, addr, append([]string{name, as, addr}, args...)...)
}

const kilobyte = 1024

// backend answers with a kilobyte. /set changes how: ms=300 waits so long, status=500 fails.
func backend(addr string) error {
	var ms, status atomic.Int64
	page := bytes.Repeat([]byte("x"), kilobyte)
	http.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/set", func(_ http.ResponseWriter, r *http.Request) {
		var a, b int64
		_, _ = fmt.Sscan(r.FormValue("ms")+" "+r.FormValue("status"), &a, &b)
		ms.Store(a)
		status.Store(b)
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(time.Duration(ms.Load()) * time.Millisecond)
		if code := int(status.Load()); code > 0 {
			w.WriteHeader(code)
		}
		_, _ = w.Write(page)
	})
	return http.ListenAndServe(addr, nil)
}

// set changes how a backend answers.
func (p *process) set(ms, status int) {
	resp, err := http.Get(fmt.Sprintf("http://%s/set?ms=%d&status=%d", p.addr, ms, status))
	must(err)
	_ = resp.Body.Close()
}

// bare is what net/http has for a proxy.
func bare(addr, to string) error {
	return http.ListenAndServe(addr, &httputil.ReverseProxy{
		Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true},
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: to}); r.SetXForwarded() },
	})
}

// gateway is a gateway with its operators' address.
type gateway struct {
	*process
	operators, file, begin string
}

const token = "a token of these figures"

// serve starts a gateway with a file.
func serve(pin, text string) *gateway {
	addr, operators := free(), free()
	g := &gateway{operators: operators, begin: fmt.Sprintf("listen: {addr: %q}\nadmin: {addr: %q, token: env:TOKEN}\n", addr, operators)}
	g.file = filepath.Join(dir, "gateway "+addr)
	must(os.WriteFile(g.file, []byte(g.begin+text), 0o600))
	g.process = start(pin, addr, program, "run", g.file)
	return g
}

// ask asks as an operator. put puts another file in place.
func (g *gateway) ask(method, path, body string) string {
	req, err := http.NewRequest(method, "http://"+g.operators+path, strings.NewReader(body))
	must(err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("If-Match", "*")
	resp, err := http.DefaultClient.Do(req)
	must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(err)
	if resp.StatusCode >= 300 {
		panic(resp.Status + " " + string(text))
	}
	return string(text)
}

func (g *gateway) put(text string) time.Duration {
	began := time.Now()
	g.ask("PUT", "/file", g.begin+text)
	return time.Since(began)
}

// metric is one of Prometheus.
func (g *gateway) metric(name string) (value float64) {
	_, after, _ := strings.Cut(g.ask("GET", "/metrics", ""), "\n"+name+" ")
	_, err := fmt.Sscan(after, &value)
	must(err)
	return value
}

// aborted is when the last ramp was taken back; zero if it was not.
func (g *gateway) aborted() (at time.Time) {
	var state admin.State
	must(json.Unmarshal([]byte(g.ask("GET", "/state", "")), &state))
	for _, r := range state.Splits[0].Records {
		if r.To == 0 {
			at = r.At
		}
	}
	return at
}
