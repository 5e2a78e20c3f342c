package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/dram-go/dram/benchmarks/measure"
	"github.com/dram-go/dram/benchmarks/peers"
)

// Plan says how long to measure, and on which processors.
type Plan struct {
	Rounds               int
	Round                time.Duration // whole seconds, at least one
	ServerCPU, ClientCPU int
}

// Result is a row with its figures, by server.
type Result struct {
	Row   string `json:"row"`
	Cells []Cell `json:"cells"`
}

// Cell holds the medians over the rounds of one server.
type Cell struct {
	Server    string  `json:"server"`
	PerSecond float64 `json:"per_second"`
	Ratio     float64 `json:"ratio"`  // of PerSecond to gin's in the same round: more is better
	P99       float64 `json:"p99_ms"` // milliseconds
	CPU       float64 `json:"cpu_us"` // processor time of the server for one request, microseconds
}

// row is a request of the load, and the answer.
type row struct {
	name, method, path string
	body, want         string // want begins the answer
	size               int    // of the answer, if it is not want that tells
}

const signup = `{"name":"Gordon","email":"gordon@example.com","age":42,"score":3.5,"news":true,"tags":["peated","islay"]}`

func allRows() []row {
	return []row{
		{name: "text", method: "GET", path: "/text", want: peers.Greeting},
		{name: "JSON", method: "GET", path: "/user/42", want: `{"id":"42","name":"Gordon","email":"gordon@example.com"}`},
		{name: "bind + validate + echo", method: "POST", path: "/signup", body: signup, want: signup},
		{name: "file, 64 KB", method: "GET", path: "/static/64k.bin", want: "dramdram", size: smallFile},
		{name: "file, 1 MB", method: "GET", path: "/static/1m.bin", want: "dramdram", size: largeFile},
		{name: "page", method: "GET", path: "/page", want: "<!doctype html>\n<title>Single malts &amp; others</title>"},
	}
}

// Run starts all servers, checks their answers, and measures them in turn.
func Run(plan Plan, only *regexp.Regexp, log io.Writer) ([]Result, error) {
	if _, err := exec.LookPath("wrk"); err != nil {
		return nil, ErrNoWrk
	}
	dir, err := os.MkdirTemp("", "dram-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	site := Site{Dir: dir}
	if err := site.WriteFiles(); err != nil {
		return nil, err
	}
	script := filepath.Join(dir, "post.lua")
	lua := fmt.Sprintf("wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\nwrk.body = [[%s]]\n", signup)
	if err := os.WriteFile(script, []byte(lua), 0o644); err != nil {
		return nil, err
	}
	running, err := startAll(site, plan.ServerCPU)
	defer stopAll(running)
	if err != nil {
		return nil, err
	}
	var results []Result
	for _, r := range allRows() {
		if !only.MatchString(r.name) {
			continue
		}
		fmt.Fprintln(log, "end to end:", r.name)
		result, err := r.measure(running, script, plan)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

func startAll(site Site, cpu int) (running []*process, err error) {
	for _, s := range servers {
		p, err := start(s, site, cpu)
		if err != nil {
			return running, err
		}
		running = append(running, p)
	}
	return running, nil
}

func stopAll(running []*process) {
	for _, p := range running {
		p.stop()
	}
}

// measure loads each server once a round, in an order that is rotated. The first
// round warms up and does not count.
func (r row) measure(running []*process, script string, plan Plan) (Result, error) {
	for _, p := range running {
		if err := r.check(p.url); err != nil {
			return Result{}, fmt.Errorf("%s, row %s: %w", p.name, r.name, err)
		}
	}
	if r.body == "" {
		script = ""
	}
	samples := make([][]sample, len(running))
	for round := range plan.Rounds + 1 {
		for k := range running {
			i := (k + round) % len(running)
			s, err := r.sample(running[i], script, plan)
			if err != nil {
				return Result{}, fmt.Errorf("%s, row %s: %w", running[i].name, r.name, err)
			}
			if round > 0 {
				samples[i] = append(samples[i], s)
			}
		}
	}
	return summarize(r.name, running, samples), nil
}

// sample is one round of one server.
type sample struct{ perSecond, p99, cpu float64 }

func (r row) sample(p *process, script string, plan Plan) (sample, error) {
	before, err := p.cpuTime()
	if err != nil {
		return sample{}, err
	}
	l, err := runWrk(p.url+r.path, script, plan.Round, plan.ClientCPU)
	if err != nil {
		return sample{}, err
	}
	if l.errors > 0 {
		return sample{}, fmt.Errorf("%d answers were errors", l.errors)
	}
	after, err := p.cpuTime()
	return sample{
		perSecond: l.perSecond,
		p99:       float64(l.p99.Microseconds()) / 1000,
		cpu:       float64((after - before).Microseconds()) / l.requests,
	}, err
}

func summarize(name string, running []*process, samples [][]sample) Result {
	base := 0
	for i, p := range running {
		if p.name == "gin" {
			base = i
		}
	}
	result := Result{Row: name}
	for i, p := range running {
		var perSecond, ratio, p99, cpu []float64
		for round, s := range samples[i] {
			perSecond, p99, cpu = append(perSecond, s.perSecond), append(p99, s.p99), append(cpu, s.cpu)
			ratio = append(ratio, s.perSecond/samples[base][round].perSecond)
		}
		result.Cells = append(result.Cells, Cell{
			Server: p.name, PerSecond: measure.Median(perSecond), Ratio: measure.Median(ratio),
			P99: measure.Median(p99), CPU: measure.Median(cpu),
		})
	}
	return result
}

// check asks once, and compares the answer.
func (r row) check(url string) error {
	request, err := http.NewRequest(r.method, url+r.path, strings.NewReader(r.body))
	if err != nil {
		return err
	}
	if r.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	switch {
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("status %d: %.200s", answer.StatusCode, text)
	case !bytes.HasPrefix(text, []byte(r.want)):
		return fmt.Errorf("answer %.100q, want %q", text, r.want)
	case r.size > 0 && len(text) != r.size:
		return fmt.Errorf("%d bytes, want %d", len(text), r.size)
	case json.Valid([]byte(r.want)) && len(text) != len(r.want):
		return fmt.Errorf("answer %q, want %q", text, r.want)
	}
	return nil
}
