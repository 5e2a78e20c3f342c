package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/pin"
	"github.com/dram-go/dram/benchmarks/rows"
	"github.com/dram-go/dram/benchmarks/turn"
)

// named is the environment variable that makes this program a server: SERVER of LOAD.
const named = "DRAM_BENCH_SERVER"

func TestMain(m *testing.M) {
	if server, name, ok := strings.Cut(os.Getenv(named), " of "); ok {
		fmt.Fprintln(os.Stderr, serveAlone(server, loads()[name]))
		os.Exit(1)
	}
	os.Exit(inFolder(m.Run))
}

// inFolder has a folder with the file that is served for the working directory, which the servers inherit.
func inFolder(run func() int) int {
	dir, err := os.MkdirTemp("", "dram-e2e-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = errors.Join(os.Chdir(dir), os.WriteFile(fileName, []byte(file), 0o644))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// BenchmarkEndToEnd/ROW/SERVER loads each framework's server with 32 connections.
func BenchmarkEndToEnd(b *testing.B) {
	for _, name := range frameworkLoads {
		each(b, name, name, frameworks, setup{1, 32})
	}
}

// BenchmarkSite/LOAD,CPUS,CONNECTIONS/SERVER loads the servers of one site.
func BenchmarkSite(b *testing.B) {
	connections := []int{32, 512}
	if *turn.Quick {
		connections = connections[:1]
	}
	for _, name := range []string{"text", "JSON", "POST", "file", "page"} {
		for _, cpus := range []int{1, 2} {
			for _, n := range connections {
				each(b, fmt.Sprintf("%s, %d CPU, %d connections", name, cpus, n), name, sites, setup{cpus, n})
			}
		}
	}
}

// setup is how a load is put on: with one processor for the server, wrk has another one; with two they share both.
type setup struct{ cpus, connections int }

func each(b *testing.B, row, name string, servers []string, s setup) {
	if _, err := exec.LookPath("wrk"); err != nil {
		fmt.Fprintln(os.Stderr, "wrk is not installed (apt-get install wrk): what was measured end to end before stays")
		b.SkipNow()
	}
	serverCPU, clientCPU := pin.Two()
	if s.cpus > 1 {
		serverCPU, clientCPU = -1, -1
	}
	l := loads()[name]
	b.Run(row, func(b *testing.B) {
		turn.Each(b, servers, strings.Clone, func(b *testing.B, server string) {
			p := start(b, server, name, s.cpus, serverCPU)
			for range 200 { // it is warm before its time counts
				require.NoError(b, check(l, l.Request, p.url))
			}
			for range b.N {
				put(b, l.Request, p, clientCPU, s.connections)
			}
		})
	})
}

// put has wrk send requests for a second.
func put(b *testing.B, r rows.Request, p process, cpu, connections int) {
	args := []string{"-t1", fmt.Sprint("-c", connections), "-d1s", "--latency"}
	if r.Body != "" {
		script := filepath.Join(b.TempDir(), "request.lua")
		lua := fmt.Sprintf("wrk.method = %q\nwrk.headers[\"Content-Type\"] = %q\nwrk.body = [[%s]]\n", r.Method, r.ContentType, r.Body)
		require.NoError(b, os.WriteFile(script, []byte(lua), 0o644))
		args = append(args, "-s", script)
	}
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "wrk", append(args, p.url+r.Target)...)
	var out bytes.Buffer
	cmd.Stdout = &out
	before := pin.Time(p.pid)
	require.NoError(b, pin.Start(cmd, cpu))
	require.NoError(b, cmd.Wait())
	report, err := parseWrk(out.String())
	require.NoError(b, err)
	require.Zero(b, report.errors, "answers that were errors")
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(report.perSecond, "req/s")
	b.ReportMetric(float64(report.p50.Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(report.p99.Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64((pin.Time(p.pid)-before).Nanoseconds())/1000/report.requests, "cpu-us/req")
	b.ReportMetric(float64(pin.Peak(p.pid)), "peak-B")
}

func ask(r rows.Request, url string) (*http.Response, error) {
	request, err := http.NewRequest(r.Method, url+r.Target, strings.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", r.ContentType)
	return http.DefaultClient.Do(request)
}

// check asks a server once, and has the load judge the answer.
func check(l load, r rows.Request, url string) error {
	got, err := ask(r, url)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	answer := httptest.NewRecorder()
	maps.Copy(answer.Header(), got.Header)
	answer.WriteHeader(got.StatusCode)
	if _, err := answer.Body.ReadFrom(got.Body); err != nil {
		return err
	}
	return l.check(r, answer)
}

// process is a server that runs as a process of its own.
type process struct {
	url string
	pid int
}

// start starts a server, which ends with the benchmark.
func start(b *testing.B, server, load string, cpus, cpu int) process {
	self, err := os.Executable()
	require.NoError(b, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), named+"="+server+" of "+load, fmt.Sprint("GOMAXPROCS=", cpus))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(b, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, pin.Start(cmd, cpu))
	b.Cleanup(func() {
		_ = stdin.Close()
		force := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		defer force.Stop()
		_ = cmd.Wait() // how it ended does not matter
	})
	addr, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(b, err, "%s did not start", server)
	return process{"http://" + strings.TrimSpace(addr), cmd.Process.Pid}
}

// report is what wrk says of a round.
type report struct {
	requests, perSecond float64
	p50, p99            time.Duration
	errors              int // answers other than 2xx and 3xx, and connections that failed
}

func parseWrk(text string) (r report, err error) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case err != nil:
		case len(fields) == 2 && fields[0] == "50%":
			r.p50, err = time.ParseDuration(fields[1])
		case len(fields) == 2 && fields[0] == "99%":
			r.p99, err = time.ParseDuration(fields[1])
		case len(fields) == 2 && fields[0] == "Requests/sec:":
			r.perSecond, err = strconv.ParseFloat(fields[1], 64)
		case len(fields) > 3 && fields[1] == "requests" && fields[2] == "in":
			r.requests, err = strconv.ParseFloat(fields[0], 64)
		case len(fields) == 5 && fields[0] == "Non-2xx":
			r.errors, err = strconv.Atoi(fields[4])
		case strings.HasPrefix(line, "  Socket errors:"):
			r.errors++
		}
	}
	if err != nil || r.requests == 0 || r.perSecond == 0 {
		err = fmt.Errorf("not a report of wrk (%v): %q", err, text)
	}
	return r, err
}

// The servers run in the test's own process, and end with it.
func TestEveryServerAnswersEveryLoad(t *testing.T) {
	for name, l := range loads() {
		servers := frameworks
		if l.app.Routes == nil {
			servers = sites
		}
		for _, server := range servers {
			t.Run(name+"/"+server, func(t *testing.T) {
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				go func() { _ = serve(listener, server, l) }()
				url := "http://" + listener.Addr().String()
				require.NoError(t, check(l, l.Request, url))
				if l.Body != "" && server != "floor" {
					assert.NoError(t, check(l, l.Broken(), url), "a server that binds must validate")
				}
			})
		}
	}
}

func TestParseWrk(t *testing.T) {
	r, err := parseWrk(`Running 1s test @ http://127.0.0.1:8080/text
    Latency   632.52us    1.02ms  22.83ms   96.87%
     50%  401.00us
     99%    5.12ms
  67063 requests in 1.10s, 8.44MB read
  Non-2xx or 3xx responses: 3
Requests/sec:  60981.85
`)
	require.NoError(t, err)
	assert.Equal(t, report{requests: 67063, perSecond: 60981.85, p50: 401 * time.Microsecond, p99: 5120 * time.Microsecond, errors: 3}, r)
	_, err = parseWrk("unable to connect")
	assert.Error(t, err)
}
