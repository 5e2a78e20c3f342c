package httphandler_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/httphandler"
)

// serve runs handler on rung 05's server and returns its URL.
func serve(t *testing.T, handler http.Handler) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- httphandler.Serve(ln, handler) }()
	t.Cleanup(func() {
		_ = ln.Close()
		assert.ErrorIs(t, <-ended, net.ErrClosed)
	})
	return "http://" + ln.Addr().String()
}

// look answers with all that it sees of a request.
func look(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	fmt.Fprintln(w, r.Method, r.URL, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host)
	fmt.Fprintln(w, r.Header, r.ContentLength, r.TransferEncoding, r.Close, string(body), err)
}

// The same handler behind net/http's server and behind this one is the same to a client.
func TestLikeNetHTTP(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/look/", look)
	mux.HandleFunc("/html", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<p>hello") })
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 5000)) })
	mux.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/same", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "httphandler.go") })
	mux.HandleFunc("/length", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "hello")
	})
	mux.HandleFunc("/flush", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "data: 1\n\n")
	})
	theirs := httptest.NewServer(mux)
	defer theirs.Close()
	ours := serve(t, mux)

	tests := map[string]struct {
		method, path string
		body         io.Reader
		header       http.Header
	}{
		"a query":         {"GET", "/look/a%20b%2Fc?d=e+f", nil, http.Header{"A": {"b", "c"}}},
		"a length":        {"POST", "/look/", strings.NewReader("hello"), nil},
		"chunks":          {"POST", "/look/", io.MultiReader(strings.NewReader("hello")), nil},
		"an empty body":   {"PUT", "/look/", http.NoBody, nil},
		"no path":         {"GET", "", nil, nil},
		"a redirect":      {"GET", "/look", nil, nil},
		"a type by look":  {"GET", "/html", nil, nil},
		"much":            {"GET", "/long", nil, nil},
		"HEAD":            {"HEAD", "/html", nil, nil},
		"204":             {"GET", "/none", nil, nil},
		"304":             {"GET", "/same", nil, nil},
		"a file":          {"GET", "/file", nil, nil},
		"a range":         {"GET", "/file", nil, http.Header{"Range": {"bytes=3-10"}}},
		"HEAD of a file":  {"HEAD", "/file", nil, nil},
		"a stream":        {"GET", "/flush", nil, nil},
		"HEAD, stream":    {"HEAD", "/flush", nil, nil},
		"declared":        {"GET", "/length", nil, nil},
		"HEAD, declared":  {"HEAD", "/length", nil, nil},
		"Expect":          {"POST", "/look/", strings.NewReader("hello"), http.Header{"Expect": {"100-continue"}}},
		"Connection":      {"GET", "/look/", nil, http.Header{"Connection": {"close"}}},
		"a missing route": {"GET", "/nothing", nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var answers []string
			for _, url := range []string{theirs.URL, ours} {
				if seeker, ok := tt.body.(io.Seeker); ok {
					_, _ = seeker.Seek(0, io.SeekStart)
				} else if tt.body != nil && tt.body != http.NoBody {
					tt.body = io.MultiReader(strings.NewReader("hello"))
				}
				req, err := http.NewRequest(tt.method, url+tt.path, tt.body)
				require.NoError(t, err)
				req.Host = "example.com"
				if tt.header != nil {
					req.Header = tt.header
				}
				res, err := http.DefaultTransport.RoundTrip(req)
				require.NoError(t, err)
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				_ = res.Body.Close()
				res.Header.Del("Date")
				answers = append(answers, fmt.Sprintln(res.Status, res.Header, res.ContentLength, res.TransferEncoding, res.Close, string(body)))
			}
			assert.Equal(t, answers[0], answers[1])
		})
	}
}

// What a handler flushes arrives before it writes more.
func TestFlush(t *testing.T) {
	next := make(chan string)
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for piece := range next {
			_, _ = io.WriteString(w, piece)
			assert.NoError(t, http.NewResponseController(w).Flush())
		}
	}))
	go func() { next <- "one" }()
	res, err := http.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	for _, piece := range []string{"one", "two", "three"} {
		if piece != "one" {
			next <- piece
		}
		got := make([]byte, len(piece))
		_, err := io.ReadFull(res.Body, got)
		require.NoError(t, err)
		assert.Equal(t, piece, string(got))
	}
	close(next)
	rest, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Empty(t, rest)
}

func TestDisconnect(t *testing.T) {
	ended := make(chan error, 1)
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		ended <- r.Context().Err()
	}))
	res, err := http.Get(url)
	require.NoError(t, err)
	_ = res.Body.Close()
	assert.Error(t, <-ended)
}

// An answer that a panic breaks off does not look whole.
func TestPanicCuts(t *testing.T) {
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	res, err := http.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	_, err = io.ReadAll(res.Body)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
}
