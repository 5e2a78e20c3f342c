package middleware_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExamplePprof() {
	r := dram.New()
	r.Use(middleware.Pprof(middleware.PprofConfig{})) // for programs on this machine

	for _, peer := range []string{"127.0.0.1:5000", "198.51.100.7:5000"} {
		req := httptest.NewRequest(http.MethodGet, "http://localhost/debug/pprof/heap", nil)
		req.RemoteAddr = peer
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(w.Code)
	}
	// Output:
	// 200
	// 403
}

func TestPprofIsForThisMachine(t *testing.T) {
	r := withLayers(middleware.Pprof(middleware.PprofConfig{}))
	local := from("127.0.0.1:1")
	cases := []struct {
		name, host string
		edits      []func(*http.Request)
		want       int
	}{
		{"loopback", "127.0.0.1:8080", []func(*http.Request){local}, 200},
		{"by name", "localhost:8080", []func(*http.Request){local}, 200},
		{"IPv6", "[::1]:8080", []func(*http.Request){from("[::1]:1")}, 200},
		{"IPv4 in IPv6", "localhost", []func(*http.Request){from("[::ffff:127.0.0.1]:1")}, 200},
		{"another peer", "localhost", []func(*http.Request){from("192.0.2.1:1")}, 403},
		{"another peer that claims to be local", "localhost", []func(*http.Request){from("192.0.2.1:1"), header("X-Forwarded-For", "127.0.0.1")}, 403},
		{"no peer", "localhost", []func(*http.Request){from("@")}, 403},
		{"DNS rebinding", "evil.example", []func(*http.Request){local}, 403},
		{"DNS rebinding, alike", "localhost.evil.example", []func(*http.Request){local}, 403},
		{"a proxy on this machine", "localhost", []func(*http.Request){local, header("X-Forwarded-For", "198.51.100.1")}, 403},
		{"a proxy with Forwarded", "localhost", []func(*http.Request){local, header("Forwarded", "for=x")}, 403},
		{"a proxy with X-Real-IP", "localhost", []func(*http.Request){local, header("X-Real-IP", "127.0.0.1")}, 403},
		{"a page of the web", "localhost", []func(*http.Request){local, header("Sec-Fetch-Site", "cross-site")}, 403},
		{"typed into a browser", "localhost", []func(*http.Request){local, header("Sec-Fetch-Site", "none")}, 200},
		{"a proxy with Via", "localhost", []func(*http.Request){local, header("Via", "1.1 x")}, 403},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			edits := append(tc.edits, func(req *http.Request) { req.Host = tc.host })
			assert.Equal(t, tc.want, get(r, "/debug/pprof/cmdline", edits...).Code)
		})
	}
}

func TestPprofProfiles(t *testing.T) {
	r := withLayers(middleware.Pprof(middleware.PprofConfig{Prefix: "/prof", Guard: always}))
	for _, name := range []string{"heap", "allocs", "goroutine", "threadcreate", "block", "mutex", "profile?seconds=0.01", "heap?gc=1"} {
		w := get(r, "/prof/"+name)
		require.Equal(t, 200, w.Code, name)
		_, err := gzip.NewReader(w.Body) // profiles are protocol buffers in gzip
		assert.NoError(t, err, name)
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	}
	recorded := get(r, "/prof/trace?seconds=0.01").Header()
	assert.Equal(t, "application/octet-stream", recorded.Get("Content-Type"))
	assert.Equal(t, `attachment; filename="profile"`, recorded.Get("Content-Disposition"))
	assert.Equal(t, strings.Join(os.Args, "\x00"), get(r, "/prof/cmdline").Body.String())
	heap, text := get(r, "/prof/heap").Header(), get(r, "/prof/heap?debug=1").Header()
	assert.Equal(t, "application/octet-stream", heap.Get("Content-Type"))
	assert.Equal(t, `attachment; filename="heap"`, heap.Get("Content-Disposition"))
	assert.Equal(t, "text/plain; charset=utf-8", text.Get("Content-Type"))
	assert.Empty(t, text.Get("Content-Disposition"), "it is shown")
	assert.Regexp(t, `(?s)<ul>\n<li><a href="/prof/allocs\?debug=1">.*\n</ul>\n$`, get(r, "/prof").Body.String())
	assert.Contains(t, get(r, "/prof").Body.String(), `<a href="/prof/heap?debug=1">`)
	assert.Contains(t, get(r, "/prof/").Body.String(), `<a href="/prof/heap?debug=1">`)
	assert.Contains(t, get(r, "/prof/goroutine?debug=2").Body.String(), "TestPprofProfiles")
	assert.Contains(t, get(r, "/prof/trace?seconds=0.01").Body.String(), "go 1.")
	assert.Equal(t, 404, get(r, "/prof/none").Code)
	assert.Equal(t, 404, get(r, "/profile").Code, "not below the prefix")
	for _, seconds := range []string{"", "0", "-1", "x", "NaN", "1e9", "Inf"} {
		assert.Equal(t, 400, get(r, "/prof/profile?seconds="+seconds).Code, seconds)
	}
}

func TestPprofRunsOneRecordingAndEndsWithTheClient(t *testing.T) {
	server := httptest.NewServer(withLayers(middleware.Pprof(middleware.PprofConfig{})))
	defer server.Close()
	first, err := server.Client().Get(server.URL + "/debug/pprof/trace?seconds=300")
	require.NoError(t, err) // the header is there, so it is running
	second, err := server.Client().Get(server.URL + "/debug/pprof/trace?seconds=0.1")
	require.NoError(t, err)
	defer second.Body.Close()
	assert.Equal(t, http.StatusConflict, second.StatusCode)
	assert.Empty(t, second.Header.Get("Content-Disposition"), "it is not a profile")
	body, _ := io.ReadAll(second.Body)
	assert.Contains(t, string(body), "another recording")
	_ = first.Body.Close()
	server.Close() // waits for the handler
}

// Importing the package must not expose profiles on the default mux.
func TestNothingIsRegisteredOnTheDefaultMux(t *testing.T) {
	w := httptest.NewRecorder()
	http.DefaultServeMux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil))
	assert.Equal(t, http.StatusNotFound, w.Code)
}

func TestPprofCollectsGarbageBeforeAHeapProfile(t *testing.T) {
	r := withLayers(middleware.Pprof(middleware.PprofConfig{Guard: always}))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w := get(r, "/debug/pprof/heap?gc=1&debug=1")
	runtime.ReadMemStats(&after)
	assert.Equal(t, 200, w.Code)
	assert.Greater(t, after.NumForcedGC, before.NumForcedGC)
	get(r, "/debug/pprof/heap?debug=1")
	get(r, "/debug/pprof/goroutine?gc=1&debug=1")
	runtime.ReadMemStats(&before)
	assert.Equal(t, after.NumForcedGC, before.NumForcedGC)
}
