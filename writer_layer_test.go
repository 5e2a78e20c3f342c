package dram_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// How all writers look to a handler stands in package dramtest (Layer). This file is
// what a layer sees of NextAnswer.

// looking is an engine with one layer that calls NextAnswer.
func looking(look func(dram.Answer), handler dram.HandlerFunc) (r *dram.Engine, whole *bool) {
	r, whole = dram.New(), new(bool)
	r.Use(func(c *dram.Context) { *whole = c.NextAnswer(nil, look) })
	r.GET("/", handler)
	return r, whole
}

func TestNextAnswerAsksOnceAndBeforeTheHeader(t *testing.T) {
	for name, tc := range map[string]struct {
		handler dram.HandlerFunc
		status  int
		given   bool
	}{
		"a body":       {func(c *dram.Context) { c.String(201, "a"); c.String(202, "b") }, 201, true},
		"nothing":      {func(*dram.Context) {}, 200, false},
		"a status":     {func(c *dram.Context) { c.Status(204) }, 204, true},
		"a header now": {func(c *dram.Context) { c.AbortWithStatus(403) }, 403, true},
		"a flush":      {func(c *dram.Context) { c.Writer.Flush(); c.String(200, "a") }, 200, true},
		"a reader":     {func(c *dram.Context) { _, _ = io.Copy(c.Writer, strings.NewReader("a")) }, 200, true},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			r, whole := looking(func(a dram.Answer) {
				asked++
				assert.Equal(t, tc.status, a.Status())
				assert.Equal(t, tc.given, a.Given())
				a.Header().Set("X-Look", "1")
			}, tc.handler)
			w := serve(r, "GET", "/")
			assert.Equal(t, 1, asked)
			assert.True(t, *whole)
			assert.Equal(t, tc.status, w.Code)
			assert.Equal(t, "1", w.Header().Get("X-Look"))
			assert.Equal(t, name == "a flush", w.Flushed)
		})
	}
}

func TestNextAnswerTellsWhetherTheAnswerIsWhole(t *testing.T) {
	for name, tc := range map[string]struct {
		handler dram.HandlerFunc
		whole   bool
	}{
		"whole":             {func(c *dram.Context) { c.String(200, "whole") }, true},
		"a length":          {func(c *dram.Context) { c.Header("Content-Length", "4"); c.String(200, "four") }, true},
		"shorter":           {func(c *dram.Context) { c.Header("Content-Length", "5"); c.String(200, "four") }, false},
		"a length, no body": {func(c *dram.Context) { c.Header("Content-Length", "5"); c.Status(304) }, true},
		"breaks": {func(c *dram.Context) {
			c.DataFromReader(200, -1, "a/b", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrNoProgress)), nil)
		}, false},
		"fails at once": {func(c *dram.Context) { c.DataFromReader(200, -1, "a/b", iotest.ErrReader(io.ErrNoProgress), nil) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			r, whole := looking(func(dram.Answer) {}, tc.handler)
			serve(r, "GET", "/")
			assert.Equal(t, tc.whole, *whole)
		})
	}
}

func TestHoldEndsWithTheBodyOrItsLimitOrAFlush(t *testing.T) {
	for name, tc := range map[string]struct {
		handler dram.HandlerFunc
		begin   string
		whole   bool
	}{
		"short":         {func(c *dram.Context) { c.String(200, "ab"); c.String(200, "cd") }, "abcd", true},
		"at the limit":  {func(c *dram.Context) { c.String(200, "abcde") }, "abcde", true},
		"beyond it":     {func(c *dram.Context) { c.String(200, "abc"); c.String(200, "def") }, "abc", false},
		"long at once":  {func(c *dram.Context) { c.String(200, "abcdef") }, "abcdef", false},
		"flushed":       {func(c *dram.Context) { c.String(200, "ab"); c.Writer.Flush() }, "ab", false},
		"without":       {func(c *dram.Context) { c.Status(204) }, "", true},
		"a long reader": {func(c *dram.Context) { _, _ = io.Copy(c.Writer, struct{ io.Reader }{strings.NewReader("abcdefgh")}) }, "abcdef", false},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			r, _ := looking(func(a dram.Answer) {
				a.Hold(5, func(_ dram.Answer, begin []byte, whole bool) {
					asked++
					assert.Equal(t, tc.begin, string(begin))
					assert.Equal(t, tc.whole, whole)
				})
			}, tc.handler)
			serve(r, "GET", "/")
			assert.Equal(t, 1, asked)
		})
	}
}

func TestTeeIsWholeWithoutTheClient(t *testing.T) {
	var kept bytes.Buffer
	r, whole := looking(func(a dram.Answer) { a.Tee(&kept) }, func(c *dram.Context) {
		for range 3 {
			_, err := c.Writer.WriteString("part.")
			assert.NoError(t, err)
		}
	})
	r.ServeHTTP(goneClient{httptest.NewRecorder()}, httptest.NewRequest("GET", "/", nil))
	assert.Equal(t, "part.part.part.", kept.String())
	assert.True(t, *whole)
}

// goneClient takes no byte.
type goneClient struct{ http.ResponseWriter }

func (goneClient) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestThroughSaysThatTheBytesAreOthers(t *testing.T) {
	r, _ := looking(func(a dram.Answer) { a.Through(upper{a.Out()}) }, func(c *dram.Context) {
		for name, value := range map[string]string{"Content-Length": "4", "Accept-Ranges": "bytes", "ETag": `"1"`} {
			c.Header(name, value)
		}
		c.String(200, "body")
	})
	w := serve(r, "GET", "/")
	assert.Equal(t, "BODY", w.Body.String())
	assert.Equal(t, `W/"1"`, w.Header().Get("Etag"))
	assert.NotContains(t, w.Header(), "Content-Length")
	assert.NotContains(t, w.Header(), "Accept-Ranges")
}

func TestReplaceDropsTheBodyAndKeepsHijackAway(t *testing.T) {
	replace := func(a dram.Answer) { a.Replace(func(c *dram.Context) { c.String(503, "instead") }) }
	r, whole := looking(replace, func(c *dram.Context) {
		_, _, err := c.Writer.Hijack()
		assert.ErrorContains(t, err, "answered in place")
		n, err := c.Writer.WriteString("dropped")
		assert.Equal(t, 7, n)
		assert.NoError(t, err)
	})
	w := serve(r, "GET", "/")
	assert.Equal(t, 503, w.Code)
	assert.Equal(t, "instead", w.Body.String())
	assert.True(t, *whole)
}

func TestOnStreamIsCalledForStreamsOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		handler dram.HandlerFunc
		streams int
	}{
		"text":    {func(c *dram.Context) { c.String(200, "a") }, 0},
		"flushed": {func(c *dram.Context) { c.String(200, "a"); c.Writer.Flush(); c.Writer.Flush() }, 1},
		"a reader": {func(c *dram.Context) {
			c.DataFromReader(200, 2, "a/b", iotest.OneByteReader(strings.NewReader("ab")), nil)
		}, 1},
		"hijacked": {func(c *dram.Context) { _, _, _ = c.Writer.Hijack() }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			streams := 0
			r, _ := looking(func(a dram.Answer) { a.OnStream(func() { streams++ }) }, tc.handler)
			serve(r, "GET", "/")
			assert.Equal(t, tc.streams, streams)
		})
	}
}

func TestTeeEndedByOnStreamLetsFilesGoBySendfile(t *testing.T) {
	var copied strings.Builder
	r, whole := looking(func(a dram.Answer) {
		a.Tee(&copied)
		a.OnStream(func() { a.Tee(nil) })
	}, func(c *dram.Context) {
		n, err := io.Copy(c.Writer, struct{ io.Reader }{strings.NewReader("ab")})
		assert.NoError(t, err)
		assert.EqualValues(t, 2, n)
		assert.Equal(t, 2, c.Writer.Size())
	})
	under := &readerFromWriter{countingWriter: countingWriter{header: http.Header{}}}
	r.ServeHTTP(under, httptest.NewRequest(http.MethodGet, "/", nil))
	assert.True(t, *whole)
	assert.NotNil(t, under.from)
	assert.Empty(t, copied.String())
}

func TestWhatIsCopiedIsHeldAsWhatIsWritten(t *testing.T) {
	for text, passed := range map[string]bool{"": false, "abcd": false, "abcde": false, "abcdef": true, "abcdefgh": true} {
		held, early := "", false
		r, whole := looking(func(a dram.Answer) {
			a.Hold(5, func(_ dram.Answer, begin []byte, whole bool) { held, early = string(begin), !whole })
		}, func(c *dram.Context) {
			n, err := io.Copy(c.Writer, struct{ io.Reader }{strings.NewReader(text)})
			assert.NoError(t, err)
			assert.EqualValues(t, len(text), n)
		})
		assert.Equal(t, text, serve(r, "GET", "/").Body.String())
		assert.True(t, *whole)
		assert.Equal(t, passed, early, text)
		assert.Equal(t, text[:min(len(text), 6)], held[:min(len(held), 6)])
	}
}

// The header of the answer that came in place is not out yet when a layer outside
// holds it back: the layers inside must not go on changing it.
func TestReplaceKeepsItsHeaderFromTheLayersInside(t *testing.T) {
	r := dram.New()
	r.Use(
		func(c *dram.Context) {
			c.NextAnswer(nil, func(a dram.Answer) { a.Hold(1000, func(dram.Answer, []byte, bool) {}) })
		},
		func(c *dram.Context) {
			c.NextAnswer(nil, func(a dram.Answer) {
				a.Replace(func(c *dram.Context) { c.String(503, "instead") })
			})
		})
	r.GET("/", func(c *dram.Context) {
		c.Header("X-Before", "1")
		c.String(200, "dropped")
		c.Header("Content-Encoding", "gzip")
		assert.Equal(t, "1", c.Writer.Header().Get("X-Before"))
		c.String(200, "dropped")
	})
	w := serve(r, "GET", "/")
	assert.Equal(t, "instead", w.Body.String())
	assert.Empty(t, w.Header().Get("Content-Encoding"))
	assert.Equal(t, "1", w.Header().Get("X-Before"))
}

// The header was sent on purpose, so the layer has looked, and holds the body.
func TestAHijackThatFailsLeavesTheBodyToTheLayer(t *testing.T) {
	var status int
	r, whole := looking(func(a dram.Answer) {
		a.Hold(1, func(a dram.Answer, _ []byte, _ bool) { status = a.Status() })
	}, func(c *dram.Context) {
		c.Writer.WriteHeaderNow()
		_, _, err := c.Writer.Hijack() // httptest's recorder cannot
		assert.ErrorIs(t, err, http.ErrNotSupported)
		c.String(200, "body")
	})
	assert.Equal(t, "body", serve(r, "GET", "/").Body.String())
	assert.Equal(t, 200, status)
	assert.True(t, *whole)
}

// flushCounter gives its encoder's flushes a number.
type flushCounter struct {
	io.WriteCloser
	flushes int
}

func (c *flushCounter) Flush() error { c.flushes++; return nil }

func TestFlushReachesTheEncoderOfALayer(t *testing.T) {
	var encoder *flushCounter
	r, _ := looking(func(a dram.Answer) {
		encoder = &flushCounter{WriteCloser: upper{a.Out()}}
		a.Through(encoder)
	}, func(c *dram.Context) { c.String(200, "a"); c.Writer.Flush() })
	assert.Equal(t, "A", serve(r, "GET", "/").Body.String())
	assert.Equal(t, 1, encoder.flushes)
}

// endMark is an encoder that ends the body with "!".
type endMark struct{ io.Writer }

func (e endMark) Close() error { _, err := e.Write([]byte("!")); return err }

func TestAnEncoderEndsAnEmptyBodyAndHasTheLengthThatHEADTells(t *testing.T) {
	for text, want := range map[string]string{"": "!", "text": "text!"} {
		r, _ := looking(func(a dram.Answer) { a.Through(endMark{a.Out()}) }, func(c *dram.Context) { c.String(200, "%s", text) })
		assert.Equal(t, want, serve(r, "GET", "/").Body.String())
		if text != "" {
			assert.Equal(t, strconv.Itoa(len(want)), serve(r, "HEAD", "/").Header().Get("Content-Length"))
		}
		r.HEAD("/", func(c *dram.Context) { c.Writer.WriteHeaderNow() })
		assert.Empty(t, serve(r, "HEAD", "/").Body.String(), "a handler that answers HEAD by itself")
	}
}

func TestWhatIsCopiedGoesWhereWhatIsWrittenGoes(t *testing.T) {
	var copied strings.Builder
	replace := func(a dram.Answer) { a.Replace(func(c *dram.Context) { c.String(200, "other") }) }
	for name, tc := range map[string]struct {
		look         func(dram.Answer)
		want, copied string
	}{
		"encoded":               {func(a dram.Answer) { a.Through(endMark{a.Out()}) }, "text!", ""},
		"copied":                {func(a dram.Answer) { a.Tee(&copied) }, "text", "text"},
		"replaced":              {replace, "other", ""},
		"encoded, and replaced": {func(a dram.Answer) { a.Through(endMark{a.Out()}); replace(a) }, "other", ""},
	} {
		for way, handler := range map[string]dram.HandlerFunc{
			"copied":  func(c *dram.Context) { _, _ = io.Copy(c.Writer, struct{ io.Reader }{strings.NewReader("text")}) },
			"written": func(c *dram.Context) { c.String(200, "text") },
		} {
			copied.Reset()
			r, _ := looking(tc.look, handler)
			assert.Equal(t, tc.want, serve(r, "GET", "/").Body.String(), "%s, %s", name, way)
			assert.Equal(t, tc.copied, copied.String(), "%s, %s", name, way)
		}
	}
}

func TestAStatusInPlaceOfAnAnswerIsSentAtOnce(t *testing.T) {
	var outside dram.ResponseWriter
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		outside = c.Writer
		c.NextAnswer(nil, func(a dram.Answer) { a.Replace(func(c *dram.Context) { c.Status(403) }) })
	}, func(c *dram.Context) {
		c.String(200, "text")
		assert.True(t, outside.Written())
	})
	assert.Equal(t, 403, serve(r, "GET", "/").Code)
}

func TestHeaderOfALayersWriterGoesOutWhenItIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		look func(dram.Answer)
		sent []int
	}{
		"passing": {nil, []int{403}},
		"held":    {func(a dram.Answer) { a.Hold(10, func(dram.Answer, []byte, bool) {}) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			under := &countingWriter{header: http.Header{}}
			r := dram.New()
			r.Use(func(c *dram.Context) {
				c.NextAnswer(nil, tc.look)
				assert.True(t, c.Writer.Written())
				assert.Equal(t, []int{403}, under.codes)
			})
			r.GET("/", func(c *dram.Context) {
				c.AbortWithStatus(403)
				assert.Equal(t, tc.sent, under.codes)
			})
			r.ServeHTTP(under, httptest.NewRequest(http.MethodGet, "/", nil))
		})
	}
}

func TestAConnectionTakenOverInsideOfALayerIsAnAnswer(t *testing.T) {
	r, whole := looking(nil, func(c *dram.Context) {
		conn, _, err := c.Writer.Hijack()
		require.NoError(t, err)
		defer conn.Close()
		assert.True(t, c.Writer.Written())
		assert.Equal(t, 0, c.Writer.Size())
		_, _ = io.WriteString(conn, "HTTP/1.1 299 Mine\r\nContent-Length: 0\r\n\r\n")
	})
	served := make(chan struct{}) // which a server does not wait for when its connection was taken over
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		defer close(served)
		r.ServeHTTP(w, req)
	}))
	defer server.Close()
	res, err := http.Get(server.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, 299, res.StatusCode)
	<-served
	assert.True(t, *whole)
}

// A layer that refuses must not let the answer inside through because its own breaks.
func TestAReplacedAnswerStaysReplacedWhenTheOtherOneBreaks(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) { // holds the answer, so that nothing was sent when it breaks
		c.NextAnswer(nil, func(a dram.Answer) { a.Hold(1000, func(dram.Answer, []byte, bool) {}) })
	}, func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) {
			a.Replace(func(c *dram.Context) { c.DataFromReader(403, 50, "text/plain", strings.NewReader("short"), nil) })
		})
	})
	r.GET("/", func(c *dram.Context) {
		c.String(200, "secret")
		c.String(200, " and more")
	})
	r.GET("/hijack", func(c *dram.Context) {
		_, _, err := c.Writer.Hijack()
		assert.Error(t, err)
	})
	server := httptest.NewServer(r)
	defer server.Close()
	for _, path := range []string{"/", "/hijack"} {
		res, err := http.Get(server.URL + path)
		require.NoError(t, err)
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		assert.Equal(t, 500, res.StatusCode, path)
		assert.Empty(t, string(body), path)
	}
}

// What the layers inside go on writing is dropped, so it cannot break the answer that
// a layer gave in its place.
func TestAReplacedAnswerIsNotCut(t *testing.T) {
	for name, handler := range map[string]dram.HandlerFunc{
		"breaks": func(c *dram.Context) {
			c.DataFromReader(200, -1, "a/b", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrNoProgress)), nil)
		},
		"shorter": func(c *dram.Context) { c.Header("Content-Length", "5"); c.String(200, "four") },
		"copied": func(c *dram.Context) {
			_, _ = io.Copy(c.Writer, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrNoProgress)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, whole := looking(func(a dram.Answer) {
				a.Replace(func(c *dram.Context) { c.String(403, "instead") })
			}, handler)
			server := httptest.NewServer(r)
			defer server.Close()
			res, err := http.Get(server.URL)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, 403, res.StatusCode)
			assert.Equal(t, "instead", string(body))
			assert.True(t, *whole)
		})
	}
}
