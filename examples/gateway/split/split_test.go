package split_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/split"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// parse is the split of a file.
func parse(t *testing.T, text string) *config.Split {
	file, err := config.Parse("gateway.yaml", []byte(`
upstreams: {books: {servers: [{url: http://127.0.0.1:1, version: v1}, {url: http://127.0.0.1:2, version: v2}, {url: http://127.0.0.1:3, version: v3}]}}
routes: [{path: /, to: books, split: `+text+`}]
`))
	require.NoError(t, err)
	return file.Routes[0].Split
}

func newSplit(t *testing.T, text string) *split.Split {
	return split.New("/", parse(t, text), nil, slog.New(slog.DiscardHandler))
}

// asking returns a function that returns the version that a request gets.
func asking(s *split.Split) func(edit func(*http.Request)) (version string) {
	var version string
	r := dram.New()
	r.GET("/", s.Layer, func(c *dram.Context) { version = split.VersionOf(c) })
	return func(edit func(*http.Request)) string {
		req := httptest.NewRequest("GET", "/", nil)
		edit(req)
		r.ServeHTTP(httptest.NewRecorder(), req)
		return version
	}
}

// from is a request of the i-th client.
func from(i int) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = fmt.Sprintf("10.0.%d.%d:1", i/256, i%256) }
}

// shares are how 10,000 clients are split.
func shares(s *split.Split) map[string]float64 {
	got := make(map[string]float64)
	asked := asking(s)
	for i := range 10_000 {
		got[asked(from(i))] += 1.0 / 10_000
	}
	return got
}

func TestShares(t *testing.T) {
	for _, sticky := range []string{"none", "address", "user"} {
		got := shares(newSplit(t, "{shares: {v1: 90%, v2: 10%, v3: 0}, sticky: "+sticky+"}"))
		assert.InDelta(t, 0.9, got["v1"], 0.02, sticky)
		assert.InDelta(t, 0.1, got["v2"], 0.02, sticky)
		assert.Zero(t, got["v3"], sticky)
	}
}

func TestAHeaderOrACookieChooses(t *testing.T) {
	s := newSplit(t, "{shares: {v1: 100%, v2: 0}, header: X-Version, cookie: version}")
	asked := asking(s)
	header := func(v string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("X-Version", v) }
	}
	cookie := func(v string) func(*http.Request) {
		return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "version", Value: v}) }
	}
	assert.Equal(t, "v2", asked(header("v2")))
	assert.Equal(t, "v2", asked(cookie("v2")))
	assert.Equal(t, "v1", asked(header("v3")), "it has no part in the split")
	assert.Equal(t, "v1", asked(cookie("v3")))
	assert.Equal(t, "v1", asked(from(1)))
}

// A client that has the new version keeps it while the share grows, and so does a gateway beside.
func TestAClientStaysWithItsVersion(t *testing.T) {
	text := "{shares: {v1: 95%, v2: 5%}, sticky: address, ramp: {version: v2, steps: [100%]}}"
	s, beside := newSplit(t, text), newSplit(t, text)
	here, there := asking(s), asking(beside)
	had := make(map[int]bool)
	for _, share := range []float64{0.05, 0.25, 0.5, 1} {
		require.NoError(t, s.Set(share, "test"))
		require.NoError(t, beside.Set(share, "test"))
		for i := range 2000 {
			version := here(from(i))
			assert.Equal(t, version, there(from(i)))
			assert.False(t, had[i] && version != "v2")
			had[i] = had[i] || version == "v2"
		}
	}
	assert.Len(t, had, 2000)
}

// A user stays with a version, from wherever.
func TestAUserStaysWithAVersion(t *testing.T) {
	s := newSplit(t, "{shares: {v1: 50%, v2: 50%}}")
	seen := make(map[string]bool)
	r := dram.New()
	user := func(c *dram.Context) { c.Set(dram.AuthUserKey, c.GetHeader("User")) }
	r.GET("/", user, s.Layer, func(c *dram.Context) { seen[c.GetHeader("User")+" "+split.VersionOf(c)] = true })
	for i := range 400 {
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("User", fmt.Sprint(i%20))
		from(i)(req)
		r.ServeHTTP(httptest.NewRecorder(), req)
	}
	assert.Len(t, seen, 20)
}
