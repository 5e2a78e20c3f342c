package http3_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	quic "github.com/quic-go/quic-go/http3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/autotls"
	"github.com/dram-go/dram/contrib/http3"
	"github.com/dram-go/dram/contrib/internal/certtest"
	"github.com/dram-go/dram/middleware"
	"github.com/dram-go/dram/render"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// running is an Engine that is served.
type running struct {
	engine   *dram.Engine
	config   *tls.Config
	tcp, udp net.Addr
	overTCP  *http.Client
	overUDP  *http.Client
	stop     context.CancelFunc
	ended    chan error
}

type contextKey struct{}

// serve serves routes with cfg, whose Addr and TLSConfig are set here if they are not.
func serve(t testing.TB, cfg http3.Config, routes func(*dram.Engine)) *running {
	t.Helper()
	authority := certtest.NewAuthority(t)
	cfg.Addr = cmp.Or(cfg.Addr, "127.0.0.1:0")
	if cfg.TLSConfig == nil {
		cfg.TLSConfig = &tls.Config{
			Certificates: []tls.Certificate{authority.KeyPair()},
			NextProtos:   []string{"h2", "http/1.1", "acme-tls/1"},
		}
	}
	engine, addrs := dram.New(), make(chan net.Addr, 2)
	engine.OnListen = func(addr net.Addr) { addrs <- addr }
	engine.ShutdownTimeout = time.Minute
	routes(engine)
	ctx, stop := context.WithCancel(context.WithValue(context.Background(), contextKey{}, "of Serve"))
	s := &running{engine: engine, config: cfg.TLSConfig, stop: stop, ended: make(chan error, 1)}
	go func() { s.ended <- http3.Serve(ctx, engine, cfg) }()
	t.Cleanup(stop)
	if !cfg.QUICOnly {
		s.tcp = s.addr(t, addrs)
	}
	s.udp = s.addr(t, addrs)
	client := &tls.Config{RootCAs: authority.Pool()}
	over := &http.Transport{TLSClientConfig: client, ForceAttemptHTTP2: true}
	t.Cleanup(over.CloseIdleConnections)
	under := &quic.Transport{TLSClientConfig: client.Clone()}
	t.Cleanup(func() { _ = under.Close() })
	s.overTCP, s.overUDP = &http.Client{Transport: over}, &http.Client{Transport: under}
	return s
}

func (s *running) addr(t testing.TB, addrs <-chan net.Addr) net.Addr {
	select {
	case addr := <-addrs:
		return addr
	case err := <-s.ended:
		require.NoError(t, err)
		return nil
	}
}

func fetch(t testing.TB, client *http.Client, addr net.Addr, path string) (*http.Response, string) {
	t.Helper()
	resp, err := client.Get("https://" + addr.String() + path)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

func hello(r *dram.Engine) {
	r.GET("/", func(c *dram.Context) {
		c.String(http.StatusOK, "%s %v %s", c.Request.Proto, c.Value(contextKey{}), c.ClientIP())
	})
}

func TestBothSides(t *testing.T) {
	s := serve(t, http3.Config{MaxAge: time.Hour}, hello)
	assert.Equal(t, s.tcp.(*net.TCPAddr).Port, s.udp.(*net.UDPAddr).Port)

	resp, body := fetch(t, s.overTCP, s.tcp, "/")
	assert.Equal(t, "HTTP/2.0 of Serve 127.0.0.1", body)
	assert.Equal(t, fmt.Sprintf(`h3=":%d"; ma=3600`, s.udp.(*net.UDPAddr).Port), resp.Header.Get("Alt-Svc"))

	resp, body = fetch(t, s.overUDP, s.udp, "/")
	assert.Equal(t, "HTTP/3.0 of Serve 127.0.0.1", body)
	assert.Empty(t, resp.Header.Get("Alt-Svc"))

	resp, _ = fetch(t, s.overTCP, s.tcp, "/no/such")
	assert.Equal(t, http.StatusNotFound, resp.StatusCode)
	assert.NotEmpty(t, resp.Header.Get("Alt-Svc"), "every answer announces it")

	s.stop()
	assert.NoError(t, <-s.ended)
}

// A handler that was written for HTTP/1.1 is answered over HTTP/3 as well: a client takes no
// answer with such fields.
func TestHeadersOfAConnectionAreLeftOut(t *testing.T) {
	s := serve(t, http3.Config{}, func(r *dram.Engine) {
		r.GET("/", func(c *dram.Context) {
			c.Header("Connection", "keep-alive")
			c.Header("Transfer-Encoding", "chunked")
			c.Header("Upgrade", "websocket")
			c.String(http.StatusOK, "events")
		})
	})
	resp, body := fetch(t, s.overUDP, s.udp, "/")
	assert.Equal(t, "events", body)
	assert.Empty(t, resp.TransferEncoding)
	s.stop()
	assert.NoError(t, <-s.ended)
}

func TestBodies(t *testing.T) {
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.Use(middleware.BodyLimit(middleware.BodyLimitConfig{Max: 1 << 20}))
		r.POST("/", func(c *dram.Context) {
			n, err := io.Copy(io.Discard, c.Request.Body)
			if err == nil {
				c.String(http.StatusOK, "%d", n)
			}
		})
		r.GET("/stream", func(c *dram.Context) {
			for range 3 {
				_, _ = c.Writer.WriteString("part ")
				c.Writer.Flush()
			}
		})
		r.GET("/hijack", func(c *dram.Context) {
			_, _, err := c.Writer.Hijack()
			c.String(http.StatusOK, "%v", err != nil)
		})
	})
	post := func(size int) *http.Response {
		resp, err := s.overUDP.Post("https://"+s.udp.String()+"/", "text/plain", strings.NewReader(strings.Repeat("x", size)))
		require.NoError(t, err)
		_ = resp.Body.Close()
		return resp
	}
	assert.Equal(t, http.StatusOK, post(1<<20).StatusCode)
	assert.Equal(t, http.StatusRequestEntityTooLarge, post(2<<20).StatusCode)
	_, body := fetch(t, s.overUDP, s.udp, "/stream")
	assert.Equal(t, "part part part ", body)
	_, body = fetch(t, s.overUDP, s.udp, "/hijack")
	assert.Equal(t, "true", body, "there is no connection to take")
}

// HTTP/3 says at the end of its stream whether a request has a body: a Cache took each GET for one with a body.
func TestAGETWithoutBodyHasNone(t *testing.T) {
	lengths := make(chan int64, 4)
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.Use(middleware.Cache(middleware.CacheConfig{}))
		r.GET("/", func(c *dram.Context) {
			lengths <- c.Request.ContentLength
			body, err := io.ReadAll(c.Request.Body)
			assert.NoError(t, err)
			c.Header("Cache-Control", "max-age=60")
			c.String(http.StatusOK, "got %q", body)
		})
	})
	_, body := fetch(t, s.overUDP, s.udp, "/")
	assert.Equal(t, `got ""`, body)
	resp, _ := fetch(t, s.overUDP, s.udp, "/")
	assert.NotEmpty(t, resp.Header.Get("Age"), "it is kept")
	assert.Zero(t, <-lengths)
	assert.Empty(t, lengths)

	req, err := http.NewRequest(http.MethodGet, "https://"+s.udp.String()+"/", io.MultiReader(strings.NewReader("a body")))
	require.NoError(t, err)
	resp, err = s.overUDP.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, `got "a body"`, string(text), "all of it")
	assert.EqualValues(t, -1, <-lengths)
}

func TestEndsGently(t *testing.T) {
	started, ending := make(chan struct{}), make(chan struct{})
	s := serve(t, http3.Config{}, func(r *dram.Engine) {
		r.GET("/slow", func(c *dram.Context) {
			close(started)
			<-ending
			c.String(http.StatusOK, "done %v", c.Err())
		})
		r.OnShutdown(func(context.Context) { close(ending) })
	})
	answer := make(chan string)
	go func() { _, body := fetch(t, s.overUDP, s.udp, "/slow"); answer <- body }()
	<-started
	s.stop()
	assert.Equal(t, "done <nil>", <-answer)
	assert.NoError(t, <-s.ended)
}

// An event stream and a job, over both protocols: the end waits for neither in vain.
func TestStreamsEndWithTheServer(t *testing.T) {
	for name, client := range map[string]func(*running) (*http.Client, net.Addr){
		"QUIC":   func(s *running) (*http.Client, net.Addr) { return s.overUDP, s.udp },
		"HTTP/2": func(s *running) (*http.Client, net.Addr) { return s.overTCP, s.tcp },
	} {
		t.Run(name, func(t *testing.T) {
			var done atomic.Bool
			s := serve(t, http3.Config{}, func(r *dram.Engine) {
				r.ShutdownTimeout = 0
				r.GET("/events", func(c *dram.Context) {
					c.Go(func(ctx context.Context) { time.Sleep(time.Millisecond); done.Store(ctx.Err() == nil) })
					dram.SSE(c, func(context.Context, string) (<-chan render.SSEvent, error) {
						first := make(chan render.SSEvent, 1)
						first <- render.SSEvent{Data: 1}
						return first, nil
					})
				})
			})
			over, addr := client(s)
			resp, err := over.Get("https://" + addr.String() + "/events")
			require.NoError(t, err)
			defer resp.Body.Close()
			s.stop()
			body, err := io.ReadAll(resp.Body)
			assert.NoError(t, err)
			assert.Equal(t, "data:1\n\n", string(body))
			assert.NoError(t, <-s.ended)
			assert.True(t, done.Load())
		})
	}
}

func TestCutsOff(t *testing.T) {
	started := make(chan struct{})
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.ShutdownTimeout = time.Millisecond
		r.GET("/stuck", func(c *dram.Context) { close(started); <-c.Done() })
	})
	go func() {
		if resp, err := s.overUDP.Get("https://" + s.udp.String() + "/stuck"); err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-started
	s.stop()
	err := <-s.ended
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "dram: contrib/http3: requests were cut off")
}

// TestHalfAnAnswerIsReset: whatever breaks off over HTTP/3, be it a server behind, a
// source or a handler, does not look whole.
func TestHalfAnAnswerIsReset(t *testing.T) {
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer behind.Close()
	broken := func(c *dram.Context) {
		half := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF))
		c.DataFromReader(http.StatusOK, -1, "text/plain", half, nil)
	}
	s := serve(t, http3.Config{}, func(r *dram.Engine) {
		r.Use(dram.RecoveryWithWriter(io.Discard))
		r.GET("/proxy", middleware.Proxy(middleware.ProxyConfig{Target: behind.URL}))
		r.GET("/reader", broken)
		r.GET("/compressed", middleware.Compress(middleware.CompressConfig{MinSize: 1}), broken)
		detach := func(c *dram.Context) { c.NextWith(nil, c.Request.WithContext(context.Background())) }
		r.GET("/detached", detach, broken)
		r.GET("/swapped", func(c *dram.Context) { c.Request = c.Request.WithContext(context.Background()) }, broken)
		origin, _ := url.Parse(behind.URL)
		reverse := httputil.NewSingleHostReverseProxy(origin)
		reverse.ErrorLog = log.New(io.Discard, "", 0)
		r.GET("/reverse", dram.WrapH(reverse))
		r.GET("/panic", func(c *dram.Context) {
			c.String(http.StatusOK, "half")
			c.Writer.Flush()
			panic("broken")
		})
	})
	for _, path := range []string{"/proxy", "/reader", "/compressed", "/panic", "/detached", "/swapped", "/reverse"} {
		res, err := s.overUDP.Get("https://" + s.udp.String() + path)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			_ = res.Body.Close()
		}
		assert.Error(t, err, path)
	}
}

// A client that closes its connection, or whose connection is idle for too long, has left, and is not
// what the program has ended a request for: metrics and logs would blame the server.
func TestAClientThatClosesItsConnectionHasLeft(t *testing.T) {
	for name, tt := range map[string]struct {
		begin  string
		status int
		want   string
	}{
		"before the answer": {"", 499, "Application error|context canceled"},
		"in the answer":     {"half", http.StatusOK, "the client has left"},
	} {
		t.Run(name, func(t *testing.T) {
			asked, arrived, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
			var status int
			var errs []string
			behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.begin != "" {
					_, _ = io.WriteString(w, tt.begin)
					_ = http.NewResponseController(w).Flush()
				}
				close(asked)
				<-r.Context().Done()
			}))
			defer behind.Close()
			s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
				r.GET("/", func(c *dram.Context) {
					defer close(left)
					defer func() { status, errs = c.Writer.Status(), c.Errors.Errors() }() // also of a write that fails, by which Proxy panics
					c.Next()
				}, middleware.Proxy(middleware.ProxyConfig{Target: behind.URL}))
			})
			go func() {
				if res, err := s.overUDP.Get("https://" + s.udp.String() + "/"); err == nil {
					close(arrived)
					_, _ = io.Copy(io.Discard, res.Body)
				}
			}()
			<-asked
			if tt.begin != "" {
				<-arrived
			}
			require.NoError(t, s.overUDP.Transport.(io.Closer).Close())
			<-left
			assert.Equal(t, tt.status, status)
			if tt.begin == "" {
				assert.Len(t, errs, 1)
			}
			for _, err := range errs { // none of a write
				assert.Regexp(t, tt.want, err)
			}
		})
	}
}

// The protocol of ACME's challenge (RFC 8737) is kept for TCP, and http/1.1 is spoken.
func TestProtocols(t *testing.T) {
	s := serve(t, http3.Config{}, hello)
	for _, tt := range []struct {
		offered []string
		want    string
	}{{[]string{"h2", "http/1.1"}, "h2"}, {[]string{"http/1.1"}, "http/1.1"}, {nil, ""}, {[]string{"acme-tls/1"}, "acme-tls/1"}} {
		conn, err := tls.Dial("tcp", s.tcp.String(), &tls.Config{InsecureSkipVerify: true, NextProtos: tt.offered})
		require.NoError(t, err, tt.offered)
		assert.Equal(t, tt.want, conn.ConnectionState().NegotiatedProtocol)
		_ = conn.Close()
	}
}

func TestRunErrors(t *testing.T) {
	engine := dram.New()
	assert.ErrorIs(t, http3.Run(engine, "127.0.0.1:0", "no.pem", "no.key"), os.ErrNotExist)
	done, cancel := context.WithCancel(context.Background())
	cancel()
	assert.NoError(t, http3.RunContext(done, dram.New(), "127.0.0.1:0", "no.pem", "no.key"))

	certFile, keyFile := certtest.NewAuthority(t).Files()
	assert.ErrorContains(t, http3.Run(engine, "no-address", certFile, keyFile), `write "no-address:8080"`)
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	assert.ErrorContains(t, http3.Run(engine, taken.LocalAddr().String(), certFile, keyFile), "in use")
}

func TestRunWithFiles(t *testing.T) {
	certFile, keyFile := certtest.NewAuthority(t).Files()
	ctx, stop := context.WithCancel(context.Background())
	engine := dram.New()
	engine.OnListen = func(addr net.Addr) {
		if addr.Network() == "udp" {
			stop()
		}
	}
	assert.NoError(t, http3.RunContext(ctx, engine, "127.0.0.1:0", certFile, keyFile))
}

func TestAltSvcLayer(t *testing.T) {
	r := dram.New()
	r.Use(http3.AltSvc(443, 0))
	r.GET("/", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	assert.Equal(t, `h3=":443"; ma=86400`, w.Header().Get("Alt-Svc"))
	assert.Panics(t, func() { http3.AltSvc(0, 0) })
	assert.Panics(t, func() { http3.AltSvc(443, -1) })
	assert.Panics(t, func() { http3.AltSvc(443, 86400) }, "nanoseconds")
}

func TestValidate(t *testing.T) {
	for name, cfg := range map[string]http3.Config{
		"no certificate":   {},
		"no key":           {CertFile: "cert.pem"},
		"both":             {CertFile: "cert.pem", KeyFile: "key.pem", TLSConfig: &tls.Config{}},
		"negative age":     {TLSConfig: &tls.Config{}, MaxAge: -1},
		"no unit":          {TLSConfig: &tls.Config{}, MaxAge: 86400},
		"negative headers": {TLSConfig: &tls.Config{}, MaxHeaderBytes: -1},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			assert.ErrorAs(t, http3.Serve(context.Background(), dram.New(), cfg), &fault)
		})
	}
}

func ExampleRunContext() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "over %s", c.Request.Proto) })
	ctx, stop := context.WithCancel(context.Background())
	stop() // a real program has signal.NotifyContext stop it
	fmt.Println(http3.RunContext(ctx, r, ":443", "cert.pem", "key.pem"))
	// Output: <nil>
}

// Certificates that renew themselves, for both sides.
func ExampleServe() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "over %s", c.Request.Proto) })
	manager, err := autotls.Config{Domains: []string{"example.com"}, CacheDir: "certificates"}.Manager()
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	stop() // a real program has signal.NotifyContext stop it
	fmt.Println(http3.Serve(ctx, r, http3.Config{TLSConfig: manager.TLSConfig()}))
	// Output: <nil>
}

func BenchmarkRequest(b *testing.B) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	s := serve(b, http3.Config{}, hello)
	for _, over := range []struct {
		name   string
		client *http.Client
		addr   net.Addr
	}{{"HTTP2", s.overTCP, s.tcp}, {"HTTP3", s.overUDP, s.udp}} {
		b.Run(over.name, func(b *testing.B) {
			fetch(b, over.client, over.addr, "/")
			b.ReportAllocs()
			for b.Loop() {
				fetch(b, over.client, over.addr, "/")
			}
		})
	}
}

// quic-go does not remove the temporary files of uploads, however the handler ends.
func TestUploadsLeaveNoTemporaryFiles(t *testing.T) {
	const form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n" + "of some length" + "\r\n--b--\r\n"
	for name, end := range map[string]func(c *dram.Context){
		"an answer": func(c *dram.Context) { c.Status(http.StatusNoContent) },
		"an abort":  func(*dram.Context) { panic(http.ErrAbortHandler) },
		"a panic":   func(*dram.Context) { panic("of the test") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("TMPDIR", dir)
			s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
				r.MaxMultipartMemory = 1
				r.POST("/", func(c *dram.Context) {
					_, err := c.FormFile("file")
					assert.NoError(t, err)
					stored, err := os.ReadDir(dir)
					assert.NoError(t, err)
					assert.Len(t, stored, 1)
					end(c)
				})
			})
			resp, err := s.overUDP.Post("https://"+s.udp.String(), "multipart/form-data; boundary=b", strings.NewReader(form))
			if err == nil {
				_ = resp.Body.Close()
			}
			s.stop()
			require.NoError(t, <-s.ended)
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}
