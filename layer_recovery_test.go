package dram_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recovering is an engine with a Recovery that logs into the buffer, and one route.
func recovering(handler dram.HandlerFunc, recovery ...dram.RecoveryFunc) (*dram.Engine, *bytes.Buffer) {
	var out bytes.Buffer
	engine := dram.New()
	engine.Use(dram.RecoveryWithWriter(&out, recovery...))
	engine.GET("/panic", handler)
	return engine, &out
}

func panicking(*dram.Context) { panic("boom") }

func TestRecoveryAnswers500(t *testing.T) {
	engine, out := recovering(panicking)
	w := serve(engine, "GET", "/panic")
	assert.Equal(t, 500, w.Code)
	assert.Empty(t, w.Body.String())
	log := out.String()
	assert.Regexp(t, `^\[Recovery\] \d{4}/\d\d/\d\d - \d\d:\d\d:\d\d panic recovered: GET "/panic"`+"\nboom\n", log)
	assert.Contains(t, log, "github.com/dram-go/dram_test.panicking\n\t")
	assert.Contains(t, log, "layer_recovery_test.go:")
	first := strings.Split(log, "\n")[2]
	assert.Equal(t, "github.com/dram-go/dram_test.panicking", first, "the stack begins where the panic was")
}

func TestRecoveryStackOfARuntimeError(t *testing.T) {
	engine, out := recovering(func(*dram.Context) {
		var entries map[string]int
		count(entries)
	})
	assert.Equal(t, 500, serve(engine, "GET", "/panic").Code)
	assert.Contains(t, out.String(), "assignment to entry in nil map\ngithub.com/dram-go/dram_test.count\n")
}

//go:noinline
func count(entries map[string]int) { entries["x"]++ }

func TestRecoveryOfNilPanics(t *testing.T) {
	engine, out := recovering(func(*dram.Context) { panic(nil) })
	assert.Equal(t, 500, serve(engine, "GET", "/panic").Code)
	assert.Contains(t, out.String(), "panic called with nil argument")
}

func TestRecoveryKeepsTheLayersOutsideGoing(t *testing.T) {
	var seen []string
	engine := dram.New()
	engine.Use(func(c *dram.Context) {
		c.Next()
		seen = append(seen, fmt.Sprint(c.Writer.Status()), c.Errors.String())
	}, dram.RecoveryWithWriter(nil))
	engine.GET("/", panicking, func(*dram.Context) { seen = append(seen, "never") })
	serve(engine, "GET", "/")
	assert.Equal(t, []string{"500", "Error #01: dram: recovered from panic: boom\n"}, seen)
}

func TestRecoveryKeepsAnErrorFindable(t *testing.T) {
	sentinel := errors.New("sentinel")
	var got error
	engine := dram.New()
	engine.Use(func(c *dram.Context) { c.Next(); got = c.Errors.Last() }, dram.RecoveryWithWriter(nil))
	engine.GET("/", func(*dram.Context) { panic(fmt.Errorf("wrapped: %w", sentinel)) })
	serve(engine, "GET", "/")
	assert.ErrorIs(t, got, sentinel)
}

func TestRecoveryMasksSecrets(t *testing.T) {
	secrets := []string{
		"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Auth-Token",
		"X-Csrf-Token", "X-Xsrf-Token", "Api-Key", "X-Amz-Security-Token", "X-Hub-Signature", "X-Session-Id", "Client-Secret",
	}
	for _, mode := range []string{dram.DebugMode, dram.ReleaseMode, dram.TestMode} {
		t.Run(mode, func(t *testing.T) {
			captureWriter(t)
			inMode(t, mode)
			engine, out := recovering(panicking)
			req := httptest.NewRequest("GET", "/panic?q=1", nil)
			req.Header.Set("User-Agent", "probe\n[Recovery] forged")
			for _, name := range secrets {
				req.Header[name] = []string{"s3cret", "s3cret"}
			}
			engine.ServeHTTP(httptest.NewRecorder(), req)
			log := out.String()
			assert.NotContains(t, log, "s3cret")
			if mode != dram.DebugMode {
				assert.NotContains(t, log, "User-Agent", "the request is dumped in debug mode only")
				return
			}
			assert.Contains(t, log, "GET /panic?q=1 HTTP/1.1\nHost: example.com\n")
			assert.Contains(t, log, `User-Agent: probe\n[Recovery] forged`)
			for _, name := range secrets {
				assert.Contains(t, log, name+": *\n")
			}
		})
	}
}

func TestRecoveryLogCannotBeForged(t *testing.T) {
	engine, out := recovering(func(*dram.Context) { panic("x\n[Recovery] forged\x1b[2J") })
	serve(engine, "GET", "/panic")
	assert.Equal(t, 1, strings.Count(out.String(), "\n[Recovery]")+1, out.String())
	assert.NotContains(t, out.String(), "\x1b")
}

func TestRecoveryOfAGoneClient(t *testing.T) {
	for name, err := range map[string]error{
		"EPIPE":              syscall.EPIPE,
		"ECONNRESET":         syscall.ECONNRESET,
		"of net":             &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)},
		"wrapped":            fmt.Errorf("flush: %w", &net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.ECONNRESET)}),
		"joined with others": errors.Join(io.EOF, syscall.EPIPE),
	} {
		t.Run(name, func(t *testing.T) {
			var after *dram.Context
			var recorded error
			var out bytes.Buffer
			called := false
			engine := dram.New()
			engine.Use(func(c *dram.Context) {
				c.Next()
				after, recorded = c, c.Errors.Last().Err
				assert.True(t, c.IsAborted())
				assert.False(t, c.Writer.Written(), "no status")
			}, dram.RecoveryWithWriter(&out, func(*dram.Context, any) { called = true }))
			engine.GET("/panic", func(*dram.Context) { panic(err) })
			left, leave := context.WithCancel(context.Background())
			leave()
			engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/panic", nil).WithContext(left))
			require.NotNil(t, after)
			assert.Equal(t, err, recorded)
			assert.False(t, called)
			assert.Contains(t, out.String(), "client gone")
			assert.NotContains(t, out.String(), ".go:", "no stack")
		})
	}
}

// A connection to a database, or to another server, says nothing of the client.
func TestRecoveryOfAnotherConnectionThanTheClients(t *testing.T) {
	for name, tt := range map[string]struct {
		handler dram.HandlerFunc
		want    int
	}{
		"reset by a database": {func(*dram.Context) { panic(syscall.ECONNRESET) }, 500},
		"broken pipe to a database": {func(*dram.Context) {
			panic(fmt.Errorf("query: %w", &net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EPIPE)}))
		}, 500},
		"inside a layer that ends its own context": {func(c *dram.Context) {
			ctx, cancel := context.WithCancel(c.Request.Context())
			defer cancel()
			c.Request = c.Request.WithContext(ctx)
			panic(syscall.ECONNRESET)
		}, 500},
		"after a status": {func(c *dram.Context) { c.Status(201); panic(syscall.EPIPE) }, 500},
	} {
		t.Run(name, func(t *testing.T) {
			engine, out := recovering(tt.handler)
			assert.Equal(t, tt.want, serve(engine, "GET", "/panic").Code)
			assert.NotContains(t, out.String(), "client gone")
		})
	}
}

// A deadline of the program's says nothing of the client either.
func TestRecoveryOfAConnectionThatADeadlineEnded(t *testing.T) {
	engine, _ := recovering(func(*dram.Context) { panic(syscall.ECONNRESET) })
	late, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, httptest.NewRequest("GET", "/panic", nil).WithContext(late))
	assert.Equal(t, 500, w.Code)
}

func TestAnInvalidStatusPanicsInTheHandler(t *testing.T) {
	for _, code := range []int{1, 99, 1000} {
		engine, _ := recovering(func(c *dram.Context) { c.Status(code) })
		assert.Equal(t, 500, serve(engine, "GET", "/panic").Code, code)
	}
}

// A write of this answer that failed does.
func TestRecoveryOfAClientThatCannotBeWrittenTo(t *testing.T) {
	engine, out := recovering(func(c *dram.Context) {
		_, err := c.Writer.WriteString("x")
		panic(err)
	})
	engine.ServeHTTP(brokenWriter{http.Header{}}, httptest.NewRequest("GET", "/panic", nil))
	assert.Contains(t, out.String(), "client gone")
}

type brokenWriter struct{ header http.Header }

func (w brokenWriter) Header() http.Header       { return w.header }
func (w brokenWriter) WriteHeader(int)           {}
func (w brokenWriter) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestRecoveryPassesAbortHandlerOn(t *testing.T) {
	for name, value := range map[string]any{"itself": http.ErrAbortHandler, "wrapped": fmt.Errorf("x: %w", http.ErrAbortHandler)} {
		t.Run(name, func(t *testing.T) {
			engine, out := recovering(func(*dram.Context) { panic(value) })
			assert.PanicsWithValue(t, http.ErrAbortHandler, func() { serve(engine, "GET", "/panic") })
			assert.Empty(t, out.String())
		})
	}
}

func TestAPanicIsNo200IfCustomRecoveryOnlyLogs(t *testing.T) {
	captureWriter(t)
	engine := dram.New()
	engine.Use(dram.CustomRecovery(func(*dram.Context, any) {}))
	engine.GET("/", panicking)
	assert.Equal(t, 500, serve(engine, "GET", "/").Code)
}

func TestCustomRecovery(t *testing.T) {
	handle := func(c *dram.Context, err any) { c.AbortWithStatusJSON(503, dram.H{"saw": err}) }
	out := captureWriter(t)
	for name, layer := range map[string]dram.HandlerFunc{
		"CustomRecovery":           dram.CustomRecovery(handle),
		"CustomRecoveryWithWriter": dram.CustomRecoveryWithWriter(out, handle),
		"RecoveryWithWriter":       dram.RecoveryWithWriter(out, handle),
	} {
		t.Run(name, func(t *testing.T) {
			out.Reset()
			engine := dram.New()
			engine.Use(layer)
			engine.GET("/", panicking)
			w := serve(engine, "GET", "/")
			assert.Equal(t, 503, w.Code)
			assert.JSONEq(t, `{"saw":"boom"}`, w.Body.String())
			assert.Contains(t, out.String(), "panic recovered")
		})
	}
}

func TestRecoveryWritesToDefaultErrorWriter(t *testing.T) {
	out := captureWriter(t)
	dram.DefaultWriter = io.Discard
	engine := dram.New()
	engine.Use(dram.Recovery())
	engine.GET("/", panicking)
	serve(engine, "GET", "/")
	assert.Contains(t, out.String(), "panic recovered")
}

func TestRecoveryWithoutWriterIsSilent(t *testing.T) {
	out := captureWriter(t)
	engine := dram.New()
	engine.Use(dram.RecoveryWithWriter(nil, nil))
	engine.GET("/", panicking)
	engine.GET("/gone", func(*dram.Context) { panic(syscall.EPIPE) })
	assert.Equal(t, 500, serve(engine, "GET", "/").Code)
	assert.NotPanics(t, func() { serve(engine, "GET", "/gone") })
	assert.Empty(t, out.String())
}

func TestRecoveryClearsWhatWasSaidOfTheBody(t *testing.T) {
	engine, _ := recovering(func(c *dram.Context) {
		for _, name := range []string{"Content-Length", "Content-Encoding", "ETag", "Last-Modified", "Cache-Control"} {
			c.Header(name, "100")
		}
		c.Header("X-Request-ID", "7")
		panic("boom")
	})
	w := serve(engine, "GET", "/panic")
	assert.Equal(t, http.Header{"X-Request-Id": {"7"}}, w.Header())
}

func TestRecoveryKeepsACookiePrivate(t *testing.T) {
	engine, _ := recovering(func(c *dram.Context) {
		c.Header("Cache-Control", "public, max-age=60")
		c.SetCookie("id", "7", 0, "", "", true, true)
		panic("boom")
	})
	w := serve(engine, "GET", "/panic")
	assert.NotEmpty(t, w.Header().Get("Set-Cookie"))
	assert.Equal(t, "private, no-cache", w.Header().Get("Cache-Control"))
}

func TestRecoveryKeepsAnErrorThatWasSent(t *testing.T) {
	engine, _ := recovering(func(c *dram.Context) {
		c.AbortWithStatus(400)
		panic("boom")
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	res, err := http.Get(server.URL + "/panic")
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, 400, res.StatusCode)
}

// bufferingWriter keeps back what the layers inside write.
type bufferingWriter struct {
	dram.ResponseWriter
	body bytes.Buffer
}

func (w *bufferingWriter) Write(p []byte) (int, error) { return w.body.Write(p) }
func (w *bufferingWriter) WriteHeader(int)             {}
func (w *bufferingWriter) WriteHeaderNow()             {}
func (w *bufferingWriter) Written() bool               { return w.body.Len() > 0 }

func TestRecoveryTakesOffTheWritersOfLayersInside(t *testing.T) {
	engine := dram.New()
	engine.Use(dram.RecoveryWithWriter(nil), func(c *dram.Context) {
		buffering := &bufferingWriter{ResponseWriter: c.Writer}
		c.Writer = buffering
		c.Next()
		c.Writer = buffering.ResponseWriter
		_, _ = c.Writer.Write(buffering.body.Bytes())
	})
	engine.GET("/", func(c *dram.Context) { c.String(200, "half"); panic("boom") })
	w := serve(engine, "GET", "/")
	assert.Equal(t, 500, w.Code)
	assert.Empty(t, w.Body.String())
}

// halfWritten are handlers that panic when the response has begun.
var halfWritten = map[string]dram.HandlerFunc{
	"flushed body":  func(c *dram.Context) { c.String(200, "half"); c.Writer.Flush(); panic("boom") },
	"buffered body": func(c *dram.Context) { c.String(200, "half"); panic("boom") },
	"header only":   func(c *dram.Context) { c.Status(200); c.Writer.Flush(); panic("boom") },
	"of an error":   func(c *dram.Context) { c.String(400, "half"); c.Writer.Flush(); panic("boom") },
	"shorter than said": func(c *dram.Context) {
		c.Header("Content-Length", "100")
		c.String(200, "half")
		c.Writer.Flush()
		panic("boom")
	},
}

// A response that has begun must not look complete, over any protocol.
func TestRecoveryCutsAResponseThatHasBegun(t *testing.T) {
	for protocol, newServer := range map[string]func(http.Handler) *httptest.Server{"HTTP/1.1": httptest.NewServer, "HTTP/2": newHTTP2Server} {
		for name, handler := range halfWritten {
			t.Run(protocol+" "+name, func(t *testing.T) {
				after := make(chan int, 1)
				engine := dram.New()
				engine.Use(func(c *dram.Context) { c.Next(); after <- c.Writer.Status() },
					dram.RecoveryWithWriter(nil, func(c *dram.Context, _ any) { c.JSON(500, dram.H{"late": true}) }))
				engine.GET("/", handler)
				server := newServer(engine)
				defer server.Close()
				res, err := server.Client().Get(server.URL)
				if err == nil {
					assert.Equal(t, protocol, strings.Replace(res.Proto, "/2.0", "/2", 1))
					var body []byte
					body, err = io.ReadAll(res.Body)
					res.Body.Close()
					assert.NotContains(t, string(body), "late")
				}
				assert.Error(t, err, "the client must see that something is missing")
				assert.NotZero(t, <-after, "the layers outside go on")
			})
		}
	}
}

func newHTTP2Server(h http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	server.StartTLS()
	return server
}

// Outer hides all that a net/http writer can do but to write.
type plainWriter struct{ http.ResponseWriter }

func TestRecoveryCutsBehindAWriterWithoutDeadlines(t *testing.T) {
	engine, _ := recovering(func(c *dram.Context) { c.String(200, "half"); panic("boom") })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		engine.ServeHTTP(plainWriter{w}, r)
	}))
	defer server.Close()
	res, err := http.Get(server.URL + "/panic")
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	assert.Error(t, err)

	w := serve(engine, "GET", "/panic")
	assert.Equal(t, "half", w.Body.String(), "without a server there is nothing to cut")
}

// A whole response whose handler panics afterwards does not harm the next one
// on the connection.
func TestRecoveryLeavesTheConnectionUsable(t *testing.T) {
	engine, _ := recovering(func(c *dram.Context) {
		c.Header("Content-Length", "5")
		c.String(200, "whole")
		c.Writer.Flush()
		panic("boom")
	})
	engine.GET("/next", func(c *dram.Context) { c.String(200, "next") })
	server := httptest.NewUnstartedServer(engine)
	var conns atomic.Int32
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	for range 3 {
		res, err := http.Get(server.URL + "/panic")
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, "whole", string(body))
		res, err = http.Get(server.URL + "/next")
		require.NoError(t, err)
		body, err = io.ReadAll(res.Body)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, "next", string(body))
	}
	assert.EqualValues(t, 1, conns.Load(), "one connection serves them all")
}

func TestRecoveryLeavesAHijackedConnectionAlone(t *testing.T) {
	written := make(chan error, 1)
	engine, _ := recovering(func(c *dram.Context) {
		conn, _, err := c.Writer.Hijack()
		if err != nil {
			return
		}
		over := c.Request.Context().Done()
		go func() {
			<-over // the handler has panicked and is over
			_, err := conn.Write([]byte("still here"))
			written <- err
			conn.Close()
		}()
		panic("boom")
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /panic HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	text, err := io.ReadAll(bufio.NewReader(conn))
	require.NoError(t, err)
	assert.NoError(t, <-written)
	assert.Equal(t, "still here", string(text))
}
