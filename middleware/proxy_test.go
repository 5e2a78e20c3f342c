package middleware_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleProxy() {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fmt.Fprintf(w, "%s for %s", req.URL.Path, req.Header.Get("X-Forwarded-For"))
	}))
	defer upstream.Close()

	r := dram.New()
	r.Any("/api/*path", middleware.Proxy(middleware.ProxyConfig{Target: upstream.URL + "/v2", StripPrefix: "/api"}))

	req := httptest.NewRequest(http.MethodGet, "/api/users", nil) // of 192.0.2.1
	req.Header.Set("X-Forwarded-For", "10.0.0.1")                 // which it only claims
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println(w.Body)
	// Output: /v2/users for 192.0.2.1
}

// upstream starts a server behind the proxy.
func upstream(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server
}

// proxied returns an engine that passes everything on.
func proxied(cfg middleware.ProxyConfig, layers ...dram.HandlerFunc) *dram.Engine {
	r := dram.New()
	r.Use(layers...)
	r.Any("/*path", middleware.Proxy(cfg))
	return r
}

// A vulnerability of many gateways: what a client says about its address is not
// trusted, in any spelling, and the client cannot remove what the proxy says.
func TestForwardedHeadersSpoofedThroughProxy(t *testing.T) {
	var got http.Header
	server := upstream(t, func(_ http.ResponseWriter, req *http.Request) { got = req.Header })
	r := proxied(middleware.ProxyConfig{Target: server.URL, Rewrite: func(_ *dram.Context, out *http.Request) { out.Header.Set("X-User", "gopher") }})
	spoofed := http.Header{
		"X-Forwarded-For": {"10.0.0.1", "10.0.0.2"}, "X-Forwarded-Host": {"evil.example"}, "X-Forwarded-Proto": {"https"},
		"X-Forwarded-Port": {"1"}, "X-Forwarded-Prefix": {"/x"}, "X-Forwarded-Server": {"x"}, "X-Forwarded-Ssl": {"on"},
		"X_forwarded_for": {"10.0.0.3"}, "X-Forwarded_for": {"10.0.0.4"}, "Forwarded": {"for=10.0.0.5"}, "X-Real-Ip": {"10.0.0.6"}, "X_real_ip": {"10.0.0.7"},
		"True-Client-Ip": {"10.0.0.8"}, "X-Original-Url": {"/admin"}, "X-Rewrite-Url": {"/admin"}, "Proxy": {"http://evil.example"},
		"Connection": {"X-Forwarded-For, X-Forwarded-Proto, X-User, Keep-Alive"}, "X-User": {"root"}, "Keep-Alive": {"x"}, "Te": {"gzip"},
		"Proxy-Authorization": {"Basic x"}, "Trailer": {"X"}, "X-Mine": {"kept"},
	}
	get(r, "http://front.example:8080/", func(req *http.Request) { req.Header = spoofed.Clone() })
	want := http.Header{
		"X-Forwarded-For": {"192.0.2.1"}, "X-Real-Ip": {"192.0.2.1"}, "X-Forwarded-Host": {"front.example:8080"}, "X-Forwarded-Proto": {"http"},
		"X-User": {"gopher"}, "X-Mine": {"kept"},
	}
	assert.Equal(t, want, got)

	require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"}))
	get(r, "/", header("X-Forwarded-For", "203.0.113.7, 198.51.100.9"))
	assert.Equal(t, []string{"198.51.100.9"}, got["X-Forwarded-For"], "a trusted proxy's word is passed on, the rest is not")
}

func TestProxyPassesRequestAndAnswer(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		w.Header().Set("X-Got", req.Method+" "+string(body)+" "+req.Header.Get("Accept-Encoding"))
		w.Header().Set("Connection", "X-Hop")
		w.Header().Set("X-Hop", "1")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	var status, size int
	var aborted bool
	r := proxied(middleware.ProxyConfig{
		Target:         server.URL,
		ModifyResponse: func(res *http.Response) error { res.Header.Set("X-Modified", "1"); return nil },
	}, func(c *dram.Context) {
		c.Next()
		status, size, aborted = c.Writer.Status(), c.Writer.Size(), c.IsAborted()
	})
	w := send(r, http.MethodPatch, "/", "tea", header("Accept-Encoding", "br"))
	assert.Equal(t, http.StatusTeapot, w.Code)
	assert.Equal(t, "short and stout", w.Body.String())
	assert.Equal(t, "PATCH tea br", w.Header().Get("X-Got"))
	assert.Empty(t, w.Header().Get("X-Hop"))
	assert.Len(t, w.Header().Values("Set-Cookie"), 2)
	assert.Equal(t, "1", w.Header().Get("X-Modified"))
	assert.Equal(t, []any{http.StatusTeapot, 15, true}, []any{status, size, aborted})
}

// lateTransport fails like a server that does not answer.
type lateTransport struct{ err error }

func (tr lateTransport) RoundTrip(*http.Request) (*http.Response, error) { return nil, tr.err }

// Two answers to one question: browsers refuse a page with two
// Access-Control-Allow-Origin, and take two policies together.
func TestProxySetsNoHeaderTwice(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Vary", "Accept")
		w.Header().Set("X-Own", "kept")
	})
	layer := func(c *dram.Context) {
		c.Header("Access-Control-Allow-Origin", "https://app.example.com")
		c.Header("Vary", "Origin")
	}
	got := get(proxied(middleware.ProxyConfig{Target: server.URL}, middleware.Secure(middleware.SecureConfig{}), layer), "/").Header()
	assert.Equal(t, []string{"nosniff"}, got["X-Content-Type-Options"])
	assert.Equal(t, []string{"https://app.example.com"}, got["Access-Control-Allow-Origin"], "what the layer outside says")
	assert.Equal(t, []string{"Origin", "Accept"}, got["Vary"], "a list of both")
	assert.Equal(t, "kept", got.Get("X-Own"))
}

// The server allows its own page credentials, and the layer another origin to read: the two together
// would give that origin both.
func TestProxyMixesNoTwoPermissionsOfCORS(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "https://admin.example.com")
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Access-Control-Expose-Headers", "X-Secret")
	})
	r := proxied(middleware.ProxyConfig{Target: server.URL}, middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://partner.example.com"}}))
	got := get(r, "/", header("Origin", "https://partner.example.com")).Header()
	assert.Equal(t, "https://partner.example.com", got.Get("Access-Control-Allow-Origin"))
	assert.Empty(t, got["Access-Control-Allow-Credentials"])
	assert.Empty(t, got["Access-Control-Expose-Headers"])
	assert.Equal(t, "true", get(r, "/").Header().Get("Access-Control-Allow-Credentials"), "where no layer has spoken, the server's word stands")
}

func TestProxyErrors(t *testing.T) {
	const gone = "http://127.0.0.1:1" // a port that no system gives to those who ask for any
	alive := upstream(t, func(_ http.ResponseWriter, req *http.Request) { _, _ = io.Copy(io.Discard, req.Body) })
	cases := []struct {
		name   string
		cfg    middleware.ProxyConfig
		layers []dram.HandlerFunc
		want   int
	}{
		{"nobody listens", middleware.ProxyConfig{Target: gone}, nil, 502},
		{"late", middleware.ProxyConfig{Target: gone, Transport: lateTransport{context.DeadlineExceeded}}, nil, 504},
		{"late by the transport", middleware.ProxyConfig{Target: gone, Transport: lateTransport{&net.DNSError{IsTimeout: true}}}, nil, 504},
		{"canceled", middleware.ProxyConfig{Target: gone, Transport: lateTransport{context.Canceled}}, nil, 502},
		{"the answer is refused", middleware.ProxyConfig{Target: alive.URL, ModifyResponse: func(*http.Response) error { return errors.New("no") }}, nil, 502},
		{"the body is too large", middleware.ProxyConfig{Target: alive.URL}, []dram.HandlerFunc{middleware.BodyLimit(middleware.BodyLimitConfig{Max: 1})}, 413},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var recorded error
			layers := append([]dram.HandlerFunc{func(c *dram.Context) {
				c.Next()
				recorded = c.Errors.Last()
			}}, tc.layers...)
			w := send(proxied(tc.cfg, layers...), http.MethodPost, "/", "body", chunked)
			assert.Equal(t, tc.want, problemIn(t, w).Status)
			assert.Error(t, recorded)
			assert.NotContains(t, w.Body.String(), "127.0.0.1", "the client is told nothing of the inner network")
		})
	}
	own := proxied(middleware.ProxyConfig{Target: gone, OnError: func(c *dram.Context, p middleware.Problem) { c.String(p.Status, "mine") }})
	assert.Equal(t, "mine", get(own, "/").Body.String())
}

func TestProxyDeadline(t *testing.T) {
	release := make(chan struct{})
	server := upstream(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	r := proxied(middleware.ProxyConfig{Target: server.URL}, middleware.Timeout(middleware.TimeoutConfig{After: 20 * time.Millisecond}))
	assert.Equal(t, http.StatusGatewayTimeout, get(r, "/").Code)
}

func TestProxyWhoseClientIsGone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	server := upstream(t, func(_ http.ResponseWriter, req *http.Request) {
		cancel()
		<-req.Context().Done()
	})
	var status int
	r := proxied(middleware.ProxyConfig{Target: server.URL}, func(c *dram.Context) {
		c.Next()
		status = c.Writer.Status()
		assert.ErrorIs(t, c.Errors.Last(), context.Canceled)
	})
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
	assert.Equal(t, 499, status, "the server behind has done nothing wrong")
}

// A program that ends a request for a reason of its own says so, and does not blame the client, who is still there.
func TestProxyOfARequestThatTheProgramEnds(t *testing.T) {
	reason := errors.New("this server ends")
	for name, word := range map[string]func(context.Context) error{"HTTP/1.1": context.Cause, "HTTP/2": context.Context.Err} {
		t.Run(name, func(t *testing.T) {
			ctx, end := context.WithCancelCause(t.Context())
			ends := transport(func(req *http.Request) (*http.Response, error) {
				end(reason)
				return nil, word(req.Context())
			})
			var got []*dram.Error
			w := httptest.NewRecorder()
			proxied(middleware.ProxyConfig{Target: "http://a", Transport: ends}, func(c *dram.Context) {
				c.Next()
				got = c.Errors
			}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
			assert.Equal(t, http.StatusServiceUnavailable, w.Code)
			require.Len(t, got, 1)
			assert.ErrorIs(t, got[0], reason)
		})
	}
}

// Nor if it is the client's body that is waited for then.
func TestProxyOfAnUploadThatTheProgramEnds(t *testing.T) {
	ctx, end := context.WithCancelCause(t.Context())
	upload, client := io.Pipe()
	go func() {
		_, _ = client.Write([]byte("a"))
		end(errors.New("this server ends"))
		client.CloseWithError(os.ErrDeadlineExceeded) // as a read deadline has it
	}()
	reads := transport(func(req *http.Request) (*http.Response, error) {
		_, err := io.ReadAll(req.Body)
		return nil, err
	})
	w := httptest.NewRecorder()
	proxied(middleware.ProxyConfig{Target: "http://a", Transport: reads}).ServeHTTP(w, httptest.NewRequest("PUT", "/", upload).WithContext(ctx))
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
}

func TestProxyStreams(t *testing.T) {
	next := make(chan struct{})
	server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range 3 {
			_, _ = io.WriteString(w, "data:tick\n\n")
			w.(http.Flusher).Flush()
			<-next
		}
	})
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL}, middleware.Compress(middleware.CompressConfig{})))
	defer front.Close()
	res, err := front.Client().Get(front.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	for range 3 {
		event := make([]byte, len("data:tick\n\n"))
		_, err := io.ReadFull(res.Body, event)
		require.NoError(t, err)
		assert.Equal(t, "data:tick\n\n", string(event))
		next <- struct{}{}
	}
}

func TestProxyEndsEventStreamsWithTheServer(t *testing.T) {
	gone := make(chan struct{})
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data:tick\n\ndata:ha")
		w.(http.Flusher).Flush()
		<-req.Context().Done()
		close(gone)
	})
	r := proxied(middleware.ProxyConfig{Target: server.URL})
	r.ShutdownTimeout = 0
	listening, ended := make(chan net.Addr, 1), make(chan error, 1)
	r.OnListen = func(addr net.Addr) { listening <- addr }
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { ended <- r.RunContext(ctx, "127.0.0.1:0") }()
	res, err := http.Get("http://" + (<-listening).String())
	require.NoError(t, err)
	defer res.Body.Close()
	_, err = io.ReadFull(res.Body, make([]byte, len("data:tick\n\ndata:ha")))
	require.NoError(t, err)
	stop()
	rest, err := io.ReadAll(res.Body)
	assert.NoError(t, err, "in order")
	assert.Empty(t, rest)
	assert.NoError(t, <-ended)
	<-gone
}

// Otherwise nothing ends them before the program does: the server does not wait for them.
func TestProxyEndsUpgradedConnectionsWithTheServer(t *testing.T) {
	gone := make(chan struct{})
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer close(gone)
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
	})
	r := proxied(middleware.ProxyConfig{Target: server.URL})
	front := httptest.NewServer(r)
	defer front.Close()
	req, _ := http.NewRequest("GET", front.URL, nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 101, res.StatusCode)
	assert.NoError(t, r.Shutdown(t.Context()))
	_, err = io.ReadAll(res.Body)
	assert.NoError(t, err)
	<-gone
}

// An upgrade goes through, with layers around it that hold bodies back. What is
// upgraded to does not matter to a proxy: WebSocket's frames are bytes like these.
func TestProxyUpgrades(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Upgrade") != "websocket" || req.Header.Get("Connection") != "Upgrade" {
			w.WriteHeader(http.StatusUpgradeRequired)
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString("echo " + line)
		_ = rw.Flush()
	})
	statuses := make(chan int, 1)
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL}, func(c *dram.Context) {
		c.Next()
		statuses <- c.Writer.Status()
	}, middleware.Compress(middleware.CompressConfig{}), middleware.ETag(middleware.ETagConfig{}), middleware.NoCache()))
	defer front.Close()
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAccept-Encoding: gzip\r\n\r\n")
	reader := bufio.NewReader(conn)
	res, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, res.StatusCode)
	assert.Equal(t, "x", res.Header.Get("Sec-WebSocket-Accept"))
	_, _ = io.WriteString(conn, "hello\n")
	line, err := reader.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "echo hello\n", line)
	_ = conn.Close()
	assert.Equal(t, http.StatusSwitchingProtocols, <-statuses, "the log says what happened")
}

// A server that switches though nobody asked, or to another protocol, is not followed. What it holds its connection for
// does not come: the connection is closed, or each such answer costs one for ever.
func TestProxyClosesTheConnectionOfARefusedSwitch(t *testing.T) {
	for name, header := range map[string]http.Header{
		"unasked":          {},
		"another protocol": {"Connection": {"Upgrade"}, "Upgrade": {"websocket"}},
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan error, 1)
			server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n")
				_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
				_, err = io.Copy(io.Discard, conn)
				closed <- err
			})
			req := httptest.NewRequest("GET", "/", nil)
			req.Header = header
			w := httptest.NewRecorder()
			proxied(middleware.ProxyConfig{Target: server.URL}).ServeHTTP(w, req)
			assert.Equal(t, http.StatusBadGateway, w.Code)
			assert.NoError(t, <-closed)
		})
	}
}

// A server that breaks off must not look like one that has finished.
func TestProxyPassesABrokenAnswerOnAsBroken(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL}, dram.RecoveryWithWriter(nil), middleware.Compress(middleware.CompressConfig{})))
	defer front.Close()
	res, err := front.Client().Get(front.URL)
	if err == nil {
		defer res.Body.Close()
		_, err = io.ReadAll(res.Body)
	}
	assert.Error(t, err)
}
