package e2e

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The servers run in the test's own process, and end with it.
func TestEveryServerAnswersEveryRow(t *testing.T) {
	site := Site{Dir: t.TempDir()}
	require.NoError(t, site.WriteFiles())
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			go func() { _ = s.serve(listener, site) }()
			url := "http://" + listener.Addr().String()
			for _, r := range allRows() {
				require.Eventually(t, func() bool { return r.check(url) == nil }, 10*time.Second, 10*time.Millisecond,
					"%s: %v", r.name, r.check(url))
			}
			wrong := row{method: "POST", path: "/signup", body: `{"name":"Gordon"}`}
			assert.ErrorContains(t, wrong.check(url), "status 400", "a server that binds must validate")
		})
	}
}

func TestParseWrk(t *testing.T) {
	const report = `Running 1s test @ http://127.0.0.1:8080/text
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   632.52us    1.02ms  22.83ms   96.87%
    Req/Sec    61.25k     5.02k   69.47k    72.73%
  Latency Distribution
     50%  498.00us
     75%  557.00us
     90%  710.00us
     99%    5.12ms
  67063 requests in 1.10s, 8.44MB read
  Non-2xx or 3xx responses: 3
Requests/sec:  60981.85
Transfer/sec:      7.68MB
`
	l, err := parseWrk(report)
	require.NoError(t, err)
	assert.Equal(t, load{requests: 67063, perSecond: 60981.85, p99: 5120 * time.Microsecond, errors: 3}, l)

	_, err = parseWrk("unable to connect")
	assert.ErrorContains(t, err, "no requests")
}

func TestParseStat(t *testing.T) {
	stat := "4242 (a (b) c) S 1 4242 4242 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 7 0 1 1 1"
	took, err := parseStat([]byte(stat))
	require.NoError(t, err)
	assert.Equal(t, 3*time.Second, took)

	_, err = parseStat([]byte("4242 (x) S"))
	assert.Error(t, err)
}

func TestSummarizeComparesWithinARound(t *testing.T) {
	running := []*process{{server: server{name: "dram"}}, {server: server{name: "gin"}}}
	result := summarize("text", running, [][]sample{
		{{200, 1, 10}, {100, 3, 12}, {300, 2, 11}},
		{{100, 1, 10}, {50, 1, 10}, {100, 1, 10}},
	})
	assert.Equal(t, Cell{Server: "dram", PerSecond: 200, Ratio: 2, P99: 2, CPU: 11}, result.Cells[0])
	assert.Equal(t, 1.0, result.Cells[1].Ratio)
}
