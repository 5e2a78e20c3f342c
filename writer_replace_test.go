package dram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

// What a client is sent when layers and handlers do something in an odd order: the tests
// say what broke.

// got is what a client has of an answer.
func got(t *testing.T, r http.Handler) string {
	t.Helper()
	server := httptest.NewServer(r)
	defer server.Close()
	res, err := http.Get(server.URL)
	if err != nil {
		return "nothing"
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	text := fmt.Sprint(res.StatusCode, " ", string(body))
	if err != nil {
		text += ", cut"
	}
	return text
}

func TestAReplacedAnswerStaysReplaced(t *testing.T) {
	forbid := func(c *dram.Context) { c.String(403, "forbidden") }
	for name, look := range map[string]func(a dram.Answer){
		"held":           func(a dram.Answer) { a.Hold(1024, func(dram.Answer, []byte, bool) {}) },
		"held, passed":   func(a dram.Answer) { a.Hold(1, func(a dram.Answer, _ []byte, _ bool) { a.SetStatus(200) }) },
		"encoded":        func(a dram.Answer) { a.Through(&breaking{a.Out(), 99}) },
		"replaced":       func(a dram.Answer) { a.Replace(func(c *dram.Context) { c.String(500, "again") }) },
		"given a status": func(a dram.Answer) { a.SetStatus(200) },
		"copied":         func(a dram.Answer) { a.Tee(brokenAfter(0)) },
	} {
		t.Run(name, func(t *testing.T) {
			ran := 0
			r, _ := looking(func(a dram.Answer) { a.Replace(forbid); look(a) }, func(c *dram.Context) {
				ran++
				c.String(200, "the secret")
				c.Writer.Flush()
				_, _ = c.Writer.WriteString("more of it")
			})
			assert.Equal(t, "403 forbidden", got(t, r))
			assert.Equal(t, 1, ran)
		})
	}
}

// toRead is a reader that fails where nobody should read on.
func toRead(n int64) io.Reader {
	return io.MultiReader(io.LimitReader(zeros{}, n), iotest.ErrReader(errors.New("it was read on")))
}

// What a layer has answered arrives when the handlers have returned: those that go on for ever are told.
func TestAnAnswerInPlaceOfOneWithoutEndArrives(t *testing.T) {
	for name, handler := range map[string]dram.HandlerFunc{
		"a stream": func(c *dram.Context) {
			c.Stream(func(w io.Writer) bool { _, _ = io.WriteString(w, "x"); return true })
		},
		"events": func(c *dram.Context) {
			dram.SSE(c, func(context.Context, string) (iter.Seq[render.SSEvent], error) {
				return func(yield func(render.SSEvent) bool) {
					for yield(render.SSEvent{Data: "x"}) {
					}
				}, nil
			})
		},
		"a reader": func(c *dram.Context) { c.DataFromReader(200, -1, "text/plain", toRead(1<<20), nil) },
		"an encoder's reader": func(c *dram.Context) {
			c.NextAnswer(nil, func(a dram.Answer) { a.Through(upper{a.Out()}) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			var noted []*dram.Error
			r := dram.New()
			r.Use(func(c *dram.Context) { c.Next(); noted = c.Errors })
			r.Use(func(c *dram.Context) {
				c.NextAnswer(nil, func(a dram.Answer) { a.Replace(func(c *dram.Context) { c.String(503, "no") }) })
			})
			r.GET("/", handler, func(c *dram.Context) {
				if !c.Writer.Written() {
					c.DataFromReader(200, -1, "text/plain", toRead(1<<20), nil)
				}
			})
			assert.Equal(t, "503 no", got(t, r))
			assert.Empty(t, noted, "nothing has failed")
		})
	}
}

func TestALayerInsideStillGetsItsCopyOfAReplacedStream(t *testing.T) {
	var copied bytes.Buffer
	r := dram.New()
	r.Use(
		func(c *dram.Context) {
			c.NextAnswer(nil, func(a dram.Answer) { a.Replace(func(c *dram.Context) { c.String(503, "no") }) })
		},
		func(c *dram.Context) { c.NextAnswer(nil, func(a dram.Answer) { a.Tee(&copied) }) },
	)
	r.GET("/", func(c *dram.Context) {
		c.Stream(func(w io.Writer) bool { _, _ = io.WriteString(w, "x"); return copied.Len() < 3 })
	})
	assert.Equal(t, "503 no", got(t, r))
	assert.Equal(t, "xxx", copied.String())
}

func TestNextInsideReplaceRunsNothingTwice(t *testing.T) {
	for name, inside := range map[string]dram.HandlerFunc{
		"plain": func(*dram.Context) {},
		"behind a writer of its own": dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(struct{ http.ResponseWriter }{w}, r) })
		}),
	} {
		t.Run(name, func(t *testing.T) {
			ran := 0
			r := dram.New()
			r.Use(func(c *dram.Context) {
				c.NextAnswer(nil, func(a dram.Answer) {
					a.Replace(func(c *dram.Context) { c.Next(); c.String(403, "no") })
				})
			}, inside)
			r.GET("/", func(c *dram.Context) { ran++; c.String(200, "x") })
			assert.Equal(t, "403 no", got(t, r))
			assert.Equal(t, 1, ran)
		})
	}
}

func TestAPanicInReplaceIsA500(t *testing.T) {
	recovery := dram.RecoveryWithWriter(io.Discard)
	layer := func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) { a.Replace(func(*dram.Context) { panic("in OnError") }) })
	}
	for name, layers := range map[string][]dram.HandlerFunc{
		"Recovery inside": {layer, recovery}, "outside": {recovery, layer}, "both": {recovery, layer, recovery},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(layers...)
			r.GET("/", func(c *dram.Context) { c.String(200, "x") })
			assert.Equal(t, "500 ", got(t, r))
		})
	}
}

// brokenAfter is a writer that takes so many writes.
func brokenAfter(n int) io.Writer { return &breaking{left: n} }

type breaking struct {
	under io.Writer
	left  int
}

func (b *breaking) Write(p []byte) (int, error) {
	if b.left--; b.left < 0 {
		return 0, errors.New("broken")
	}
	if b.under != nil {
		return b.under.Write(p)
	}
	return len(p), nil
}

func (b *breaking) Close() error { return nil }

func TestAnEncoderThatFailsIsNotAWholeAnswer(t *testing.T) {
	long := strings.Repeat("x", 5000)
	rows := func(c *dram.Context) { // which does not look at errors
		for i := range 3 {
			_, _ = fmt.Fprint(c.Writer, i, long)
		}
	}
	text := func(c *dram.Context) { c.String(200, "text") }
	for name, tc := range map[string]struct {
		look    func(dram.Answer)
		handler dram.HandlerFunc
		want    string
	}{
		"a copy, in the middle":     {func(a dram.Answer) { a.Tee(brokenAfter(1)) }, rows, "cut"},
		"a copy, at once":           {func(a dram.Answer) { a.Tee(brokenAfter(0)) }, text, "500 "},
		"an encoder, in the middle": {func(a dram.Answer) { a.Through(&breaking{a.Out(), 1}) }, rows, "cut"},
		"an encoder, at once":       {func(a dram.Answer) { a.Through(&breaking{a.Out(), 0}) }, text, "500 "},
		"an encoder of what is held": {func(a dram.Answer) {
			a.Hold(100, func(a dram.Answer, _ []byte, _ bool) { a.Through(&breaking{a.Out(), 0}) })
		}, text, "500 "},
	} {
		t.Run(name, func(t *testing.T) {
			var statuses []int
			r, whole := looking(func(a dram.Answer) {
				if statuses = append(statuses, a.Status()); a.Status() == 200 {
					tc.look(a)
				}
			}, tc.handler)
			answer := got(t, r)
			assert.True(t, strings.HasSuffix(answer, tc.want), "%.60q", answer)
			if tc.want == "cut" {
				assert.False(t, *whole)
			} else {
				assert.Equal(t, []int{200, 500}, statuses, "the layer looks at the 500, too")
			}
		})
	}
}

func TestAStatusWithoutABodyIsAnAnswer(t *testing.T) {
	for _, status := range []int{204, 304} {
		for name, handler := range map[string]dram.HandlerFunc{
			"String": func(c *dram.Context) { c.String(200, "x") },
			"JSON":   func(c *dram.Context) { c.JSON(200, 1) },
			"Data":   func(c *dram.Context) { c.Data(200, "a/b", []byte("x")) },
			"Writer": func(c *dram.Context) { _, _ = c.Writer.WriteString("x") },
			"reader": func(c *dram.Context) { c.DataFromReader(200, 1, "a/b", strings.NewReader("x"), nil) },
			"copy":   func(c *dram.Context) { _, _ = io.Copy(c.Writer, strings.NewReader("x")) },
			"event":  func(c *dram.Context) { c.SSEvent("a", "b") },
			"XML":    func(c *dram.Context) { c.XML(200, dram.H{}) },
		} {
			t.Run(fmt.Sprint(status, " ", name), func(t *testing.T) {
				var copied bytes.Buffer
				r, whole := looking(func(a dram.Answer) { a.SetStatus(status); a.Tee(&copied) }, handler)
				assert.Equal(t, fmt.Sprint(status, " "), got(t, r))
				assert.True(t, *whole)
				assert.Empty(t, copied.String())
			})
		}
	}
	for name, handler := range map[string]dram.HandlerFunc{
		"String": func(c *dram.Context) { c.String(-1, "x") }, "JSON": func(c *dram.Context) { c.JSON(-1, 1) },
		"Data": func(c *dram.Context) { c.Data(-1, "a/b", []byte("x")) }, "event": func(c *dram.Context) { c.SSEvent("a", "b") },
	} {
		r := dram.New()
		r.GET("/", func(c *dram.Context) { c.Status(204); handler(c) })
		assert.Equal(t, "204 ", got(t, r), "the status that is there, %s", name)
	}
}

// halfClosed sends a request, closes its side, and returns what comes.
func halfClosed(t *testing.T, r http.Handler) string {
	t.Helper()
	server := httptest.NewServer(r)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	time.Sleep(20 * time.Millisecond)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	all, _ := io.ReadAll(conn)
	return string(all)
}

func TestAStreamThatEndsBeforeItsEndIsCut(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		part := 0
		c.Stream(func(w io.Writer) bool {
			part++
			_, _ = fmt.Fprintf(w, "part %d of 50;", part)
			time.Sleep(5 * time.Millisecond)
			return part < 50
		})
	})
	answer := halfClosed(t, r)
	assert.Contains(t, answer, "part 1 of 50")
	assert.NotContains(t, answer, "part 50 of 50")
	assert.NotContains(t, answer, "\r\n0\r\n\r\n", "chunks that end are a whole answer")
}

func TestAClientThatOnlyHalfLeftGetsNo200(t *testing.T) {
	for name, handler := range map[string]dram.HandlerFunc{
		"nothing written": func(c *dram.Context) { <-c.Request.Context().Done(); panic(syscall.ECONNRESET) },
		"half written": func(c *dram.Context) {
			c.Header("Content-Type", "text/plain")
			_, _ = c.Writer.WriteString("half")
			<-c.Request.Context().Done()
			panic(syscall.ECONNRESET)
		},
	} {
		t.Run(name, func(t *testing.T) {
			whole := true
			r := dram.New()
			r.Use(func(c *dram.Context) {
				status := 0
				whole = c.NextAnswer(nil, func(a dram.Answer) { status = a.Status() })
				whole = whole && status == 200
			}, dram.RecoveryWithWriter(io.Discard))
			r.GET("/", handler)
			answer := halfClosed(t, r)
			assert.False(t, strings.HasPrefix(answer, "HTTP/1.1 200") && strings.HasSuffix(answer, "\r\n0\r\n\r\n"), answer)
			assert.NotContains(t, answer, "200 OK\r\nContent-Length", answer)
			assert.False(t, whole, "no layer may keep it")
		})
	}
}

func TestFilesOfAFormThatComesTooLateAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ended := make(chan struct{})
	r := dram.New()
	r.MaxMultipartMemory = 1
	r.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Second, "late") }))
	r.POST("/", func(c *dram.Context) {
		defer close(ended)
		_, err := c.MultipartForm()
		assert.NoError(t, err)
		<-c.Request.Context().Done()
		time.Sleep(20 * time.Millisecond)
	})
	server := httptest.NewServer(r)
	defer server.Close()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("f", "a.bin")
	require.NoError(t, err)
	_, _ = file.Write(make([]byte, 200<<10))
	require.NoError(t, form.Close())
	res, err := http.Post(server.URL, form.FormDataContentType(), &body)
	require.NoError(t, err)
	res.Body.Close()
	assert.Equal(t, 503, res.StatusCode)
	<-ended
	assert.Eventually(t, func() bool {
		left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "multipart-*"))
		return len(left) == 0
	}, 5*time.Second, time.Millisecond)
}

func TestAllowNamesHEADWhereGETAnswersIt(t *testing.T) {
	for name, register := range map[string]func(*dram.Engine){
		"GET":            func(r *dram.Engine) { r.GET("/a", ok) },
		"HEAD before it": func(r *dram.Engine) { r.HEAD("/a", ok); r.GET("/a", ok) },
		"HEAD behind it": func(r *dram.Engine) { r.GET("/a", ok); r.HEAD("/:x", ok) },
	} {
		r := dram.New()
		r.HandleMethodNotAllowed = true
		register(r)
		assert.Equal(t, "GET, HEAD", serve(r, "POST", "/a").Header().Get("Allow"), name)
	}
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.HEAD("/a", ok)
	assert.Equal(t, "HEAD", serve(r, "POST", "/a").Header().Get("Allow"))
}

// A layer whose context ends when it returns does not end that of the layers outside, whoever
// has asked for it inside, and nobody finds Done closed and Err nil.
func TestALayersContextEndsForNobodyOutside(t *testing.T) {
	type key struct{}
	for name, before := range map[string]bool{"asked outside, too": true, "asked inside only": false} {
		t.Run(name, func(t *testing.T) {
			var late context.Context
			var cancel context.CancelFunc
			r := dram.New()
			r.Use(func(c *dram.Context) {
				if before {
					_ = c.Done()
				}
				c.Next()
				require.NoError(t, c.Err())
				_, has := c.Deadline()
				assert.False(t, has)
				derived, cancel := context.WithCancel(c)
				defer cancel()
				assert.NoError(t, derived.Err())
				select {
				case <-c.Done():
					t.Error("it has ended")
				case <-time.After(5 * time.Millisecond):
				}
			}, func(c *dram.Context) {
				ctx, cancel := context.WithTimeout(c.Request.Context(), time.Hour)
				defer cancel()
				c.NextWith(nil, c.Request.WithContext(context.WithValue(ctx, key{}, 1)))
			})
			r.GET("/", func(c *dram.Context) {
				_, has := c.Deadline()
				assert.True(t, has)
				late, cancel = context.WithCancel(c)
				assert.Equal(t, 1, late.Value(key{}))
			})
			ctx, end := context.WithCancel(context.Background())
			r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
			require.NoError(t, late.Err())
			end()
			<-late.Done()
			assert.ErrorIs(t, late.Err(), context.Canceled)
			cancel()
		})
	}
}
