package e2e

import (
	"bufio"
	"bytes"
	"context"
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

// named is the environment variable that makes this program a server: SERVER of ROW.
const named = "DRAM_BENCH_SERVER"

func TestMain(m *testing.M) {
	if server, name, ok := strings.Cut(os.Getenv(named), " of "); ok {
		fmt.Fprintln(os.Stderr, serveAlone(server, row(name)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// connections is how many of them wrk keeps busy.
const connections = 32

// BenchmarkEndToEnd/ROW/SERVER loads each server, a process on a processor, from another one.
func BenchmarkEndToEnd(b *testing.B) {
	if _, err := exec.LookPath("wrk"); err != nil {
		fmt.Fprintln(os.Stderr, "wrk is not installed (apt-get install wrk): what was measured end to end before stays")
		b.SkipNow()
	}
	serverCPU, clientCPU := pin.Two()
	for _, name := range loads {
		b.Run(name, func(b *testing.B) {
			r := row(name)
			turn.Each(b, servers, strings.Clone, func(b *testing.B, server string) {
				p := start(b, server, name, serverCPU)
				for range 2000 { // it is warm before its time counts
					require.NoError(b, check(r, r.Requests[0], p.url))
				}
				for range b.N {
					load(b, r.Requests[0], p, clientCPU)
				}
			})
		})
	}
}

// load has wrk send requests for a round.
func load(b *testing.B, r rows.Request, p process, cpu int) {
	script := filepath.Join(b.TempDir(), "request.lua")
	lua := fmt.Sprintf("wrk.method = %q\nwrk.headers[\"Content-Type\"] = %q\nwrk.body = [[%s]]\n", r.Method, r.ContentType, r.Body)
	require.NoError(b, os.WriteFile(script, []byte(lua), 0o644))
	args := []string{"-t1", fmt.Sprint("-c", connections), "-d", fmt.Sprintf("%.0fs", max(1, turn.Round.Seconds())), "--latency"}
	if r.Body != "" {
		args = append(args, "-s", script)
	}
	ctx, cancel := context.WithTimeout(b.Context(), *turn.Round+20*time.Second)
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
	b.ReportMetric(float64(report.p99.Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64((pin.Time(p.pid)-before).Nanoseconds())/1000/report.requests, "cpu-us/req")
}

// check asks a server once, and has the row judge the answer.
func check(r rows.Row, request rows.Request, url string) error {
	ask, err := http.NewRequest(request.Method, url+request.Target, strings.NewReader(request.Body))
	if err != nil {
		return err
	}
	ask.Header.Set("Content-Type", request.ContentType)
	got, err := http.DefaultClient.Do(ask)
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
	return request.Check(r.App, answer)
}

// process is a server that runs as a process of its own.
type process struct {
	url string
	pid int
}

// start starts a server, which ends with the benchmark.
func start(b *testing.B, name, row string, cpu int) process {
	self, err := os.Executable()
	require.NoError(b, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), named+"="+name+" of "+row, "GOMAXPROCS=1")
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
	require.NoError(b, err, "%s did not start", name)
	return process{"http://" + strings.TrimSpace(addr), cmd.Process.Pid}
}

// report is what wrk says of a round.
type report struct {
	requests, perSecond float64
	p99                 time.Duration
	errors              int // answers other than 2xx and 3xx
}

func parseWrk(text string) (r report, err error) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case err != nil:
		case len(fields) == 2 && fields[0] == "99%":
			r.p99, err = time.ParseDuration(fields[1])
		case len(fields) == 2 && fields[0] == "Requests/sec:":
			r.perSecond, err = strconv.ParseFloat(fields[1], 64)
		case len(fields) > 3 && fields[1] == "requests" && fields[2] == "in":
			r.requests, err = strconv.ParseFloat(fields[0], 64)
		case len(fields) == 5 && fields[0] == "Non-2xx":
			r.errors, err = strconv.Atoi(fields[4])
		}
	}
	if err != nil || r.requests == 0 || r.perSecond == 0 {
		err = fmt.Errorf("not a report of wrk (%v): %q", err, text)
	}
	return r, err
}

// The servers run in the test's own process, and end with it.
func TestEveryServerAnswersEveryRow(t *testing.T) {
	for _, name := range loads {
		for _, server := range servers {
			t.Run(name+"/"+server, func(t *testing.T) {
				r := row(name)
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				go func() { _ = serve(listener, server, r) }()
				url := "http://" + listener.Addr().String()
				require.NoError(t, check(r, r.Requests[0], url))
				if r.App.Work.Binds() {
					assert.NoError(t, check(r, r.Requests[0].Broken(), url), "a server that binds must validate")
				}
			})
		}
	}
}

func TestParseWrk(t *testing.T) {
	r, err := parseWrk(`Running 1s test @ http://127.0.0.1:8080/text
    Latency   632.52us    1.02ms  22.83ms   96.87%
     99%    5.12ms
  67063 requests in 1.10s, 8.44MB read
  Non-2xx or 3xx responses: 3
Requests/sec:  60981.85
`)
	require.NoError(t, err)
	assert.Equal(t, report{requests: 67063, perSecond: 60981.85, p99: 5120 * time.Microsecond, errors: 3}, r)
	_, err = parseWrk("unable to connect")
	assert.Error(t, err)
}
