package dram_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// h2cTransport speaks HTTP/2 without TLS, and nothing else.
func h2cTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Transport{Protocols: protocols}
}

func TestRunServesH2C(t *testing.T) {
	engine := helloEngine()
	engine.UseH2C = true
	r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
	url := "http://" + r.addr.String()
	assert.Equal(t, "HTTP/2.0 127.0.0.1", get(t, h2cTransport(), url))
	assert.Equal(t, "HTTP/1.1 127.0.0.1", get(t, &http.Transport{}, url))
}

func TestRunDoesNotServeH2CUnasked(t *testing.T) {
	engine := helloEngine()
	r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
	transport := h2cTransport()
	defer transport.CloseIdleConnections()
	_, err := (&http.Client{Transport: transport, Timeout: patience}).Get("http://" + r.addr.String())
	assert.Error(t, err)
}

func TestHandlerIsTheEngine(t *testing.T) {
	engine := dram.New()
	assert.Same(t, engine, engine.Handler())
	engine.UseH2C = true
	assert.NotSame(t, engine, engine.Handler())
}

// mounted serves a handler as a program of its own does, with HTTP/1.1 only.
func mounted(t *testing.T, handler http.Handler) (url string, server *http.Server) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server = &http.Server{
		Handler: handler,
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, ctxKey{}, "of the connection")
		},
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), server
}

func TestHandlerServesH2CInAServerOfTheProgram(t *testing.T) {
	engine := helloEngine()
	engine.UseH2C = true
	engine.POST("/echo", func(c *dram.Context) {
		body, err := c.GetRawData()
		assert.NoError(t, err)
		c.String(200, "%s %v %d", c.Request.Proto, c.Value(ctxKey{}), len(body))
	})
	url, server := mounted(t, engine.Handler())
	assert.Equal(t, "HTTP/1.1 127.0.0.1", get(t, &http.Transport{}, url))
	assert.Equal(t, "HTTP/2.0 127.0.0.1", get(t, h2cTransport(), url))

	client := &http.Client{Transport: h2cTransport(), Timeout: patience}
	for range 3 { // on one connection
		res, err := client.Post(url+"/echo", "text/plain", strings.NewReader(strings.Repeat("x", 1<<18)))
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, "HTTP/2.0 of the connection 262144", string(body))
	}
	client.CloseIdleConnections()
	assert.NoError(t, server.Shutdown(context.Background()))
}

func TestHandlerTakesOnlyThePrefaceForOne(t *testing.T) {
	engine := dram.New()
	engine.UseH2C = true
	handler := engine.Handler()
	for name, change := range map[string]func(*http.Request){
		"HTTP/1.1":     func(r *http.Request) { r.ProtoMajor = 1 },
		"a path":       func(r *http.Request) { r.RequestURI = "/" },
		"headers":      func(r *http.Request) { r.Header.Set("A", "b") },
		"another verb": func(r *http.Request) { r.Method = "GET" },
	} {
		t.Run(name, func(t *testing.T) {
			req := prefaceRequest()
			change(req)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, req)
			assert.Equal(t, 404, w.Code)
		})
	}
	out := captureWriter(t)
	for mode, said := range map[string]bool{dram.DebugMode: true, dram.ReleaseMode: false} {
		inMode(t, mode)
		engine := dram.New()
		engine.UseH2C = true
		out.Reset()
		w := httptest.NewRecorder()
		engine.Handler().ServeHTTP(w, prefaceRequest())
		assert.Equal(t, http.StatusHTTPVersionNotSupported, w.Code, "the writer cannot be hijacked")
		assert.Equal(t, said, strings.Contains(out.String(), "[DRAM-debug] [ERROR] "), mode)
	}
}

func prefaceRequest() *http.Request {
	req := httptest.NewRequest("PRI", "/", nil)
	req.RequestURI, req.ProtoMajor, req.ProtoMinor, req.Proto = "*", 2, 0, "HTTP/2.0"
	return req
}

func TestHandlerSurvivesAWrongPreface(t *testing.T) {
	engine := helloEngine()
	engine.UseH2C = true
	url, _ := mounted(t, engine.Handler())
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	answer, _ := io.ReadAll(conn)
	assert.NotContains(t, string(answer), "200 OK")
	assert.Equal(t, "HTTP/2.0 127.0.0.1", get(t, h2cTransport(), url))
}

// A request of HTTP/2 and later is in parts, which a line of HTTP/1.1 could not hold: another server
// that they are sent on to, or a line of a log, would say something else.
func TestPartsThatFitNoLineAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*http.Request)
		ok     bool
	}{
		"as it should be":            {func(*http.Request) {}, true},
		"a method with a space":      {func(r *http.Request) { r.Method = "GET / HTTP/1.1" }, false},
		"no method":                  {func(r *http.Request) { r.Method = "" }, false},
		"a query with a space":       {func(r *http.Request) { r.RequestURI = "/?a HTTP/1.1" }, false},
		"a target of another host":   {func(r *http.Request) { r.RequestURI = "http://b/" }, false},
		"a target without a slash":   {func(r *http.Request) { r.RequestURI = "a" }, false},
		"a target that is not known": {func(r *http.Request) { r.RequestURI = "" }, true},
		"the target of OPTIONS":      {func(r *http.Request) { r.Method, r.RequestURI = "OPTIONS", "*" }, true},
		"the target of CONNECT":      {func(r *http.Request) { r.Method, r.RequestURI = "CONNECT", "a:80" }, true},
		"a host with a space":        {func(r *http.Request) { r.Host = "a b" }, false},
		"a host with a path":         {func(r *http.Request) { r.Host = "evil.test/.example.com" }, false},
		"a host with a port":         {func(r *http.Request) { r.Host = "[::1]:80" }, true},
		"no host":                    {func(r *http.Request) { r.Host = "" }, true},
		"another Host":               {func(r *http.Request) { r.Header.Set("Host", "b") }, false},
		"the same Host":              {func(r *http.Request) { r.Header.Set("Host", "EXAMPLE.com") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, major := range []int{1, 2, 3} {
				seen := false
				r := dram.New()
				r.Use(func(c *dram.Context) { seen = true })
				req := httptest.NewRequest("GET", "/", nil)
				req.ProtoMajor = major
				tt.change(req)
				w := httptest.NewRecorder()
				r.ServeHTTP(w, req)
				assert.Equal(t, tt.ok || major == 1, seen)
				assert.Equal(t, !seen, w.Code == 400)
			}
		})
	}
}
