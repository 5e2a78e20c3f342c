package matrixtest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// This file is the contract of all writers: to a handler they look alike, whatever
// is between it and the server.

// script is a handler that reports the state of its writer after each step.
type script struct {
	name  string
	steps func(c *dram.Context, say func(format string, args ...any))
	// powers says that the outcome depends on what the server's writer can do, which
	// some middleware hides.
	powers bool
}

var scripts = []script{
	{name: "nothing", steps: func(*dram.Context, func(string, ...any)) {}},
	{name: "status only", steps: func(c *dram.Context, _ func(string, ...any)) { c.Status(http.StatusTeapot) }},
	{name: "status again", steps: func(c *dram.Context, say func(string, ...any)) {
		c.Status(http.StatusTeapot)
		say("once")
		c.Status(0)
		c.Status(-1)
		c.Status(http.StatusConflict)
	}},
	{name: "abort with status", steps: func(c *dram.Context, _ func(string, ...any)) { c.AbortWithStatus(http.StatusBadGateway) }},
	{name: "no content", steps: func(c *dram.Context, _ func(string, ...any)) { c.AbortWithStatus(http.StatusNoContent) }},
	{name: "header now, then body", steps: func(c *dram.Context, say func(string, ...any)) {
		c.Status(http.StatusAccepted)
		c.Writer.WriteHeaderNow()
		say("now")
		c.Writer.WriteHeaderNow()
		c.Status(http.StatusTeapot)
		say("too late")
		_, err := c.Writer.WriteString("short")
		say("written %v", err)
	}},
	{name: "short write", steps: func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.Write([]byte("short"))
		say("%d %v", n, err)
		c.Status(http.StatusTeapot)
		say("too late")
	}},
	{name: "long write", steps: func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.Write([]byte(hugeText))
		say("%d %v", n, err)
	}},
	{name: "many writes", steps: func(c *dram.Context, say func(string, ...any)) {
		for i := range 500 {
			if i%2 == 0 {
				_, _ = c.Writer.WriteString("short")
			} else {
				_, _ = c.Writer.Write([]byte("short"))
			}
		}
		say("done")
		n, err := c.Writer.WriteString(hugeText)
		say("%d %v", n, err)
		n, err = c.Writer.WriteString("short")
		say("%d %v", n, err)
	}},
	{name: "empty write", steps: func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.Write(nil)
		say("%d %v", n, err)
	}},
	{name: "copy", steps: func(c *dram.Context, say func(string, ...any)) {
		n, err := io.Copy(c.Writer, io.LimitReader(strings.NewReader(hugeText), 80_000))
		say("%d %v", n, err)
		n, err = io.Copy(c.Writer, io.LimitReader(strings.NewReader(hugeText), 10))
		say("%d %v", n, err)
	}},
	{name: "flush first", steps: func(c *dram.Context, say func(string, ...any)) {
		c.Status(http.StatusAccepted)
		c.Writer.Flush()
		say("flushed")
		_, _ = c.Writer.WriteString("short")
		say("written")
	}},
	{name: "flush between", steps: func(c *dram.Context, say func(string, ...any)) {
		_, _ = c.Writer.WriteString("short")
		c.Writer.Flush()
		say("flushed")
		_, _ = c.Writer.WriteString(hugeText)
		c.Writer.Flush()
		say("flushed again")
	}},
	{name: "flush by controller", powers: true, steps: func(c *dram.Context, say func(string, ...any)) {
		_, _ = c.Writer.WriteString("short")
		say("%v", http.NewResponseController(c.Writer).Flush())
	}},
	{name: "deadline by controller", powers: true, steps: func(c *dram.Context, say func(string, ...any)) {
		say("%v", http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(time.Hour)))
	}},
	{name: "early hints", steps: func(c *dram.Context, say func(string, ...any)) {
		c.Writer.WriteHeader(http.StatusEarlyHints)
		say("hints")
		c.String(http.StatusOK, "%s", hugeText)
	}},
	{name: "hijack too late", steps: func(c *dram.Context, say func(string, ...any)) {
		_, _ = c.Writer.WriteString("short")
		_, _, err := c.Writer.Hijack()
		say("%v", err != nil)
	}},
	{name: "with length", steps: func(c *dram.Context, _ func(string, ...any)) {
		c.Data(http.StatusOK, "text/plain", []byte(hugeText))
	}},
	{name: "json", steps: func(c *dram.Context, _ func(string, ...any)) { c.JSON(http.StatusOK, dram.H{"a": hugeText}) }},
	{name: "error", steps: func(c *dram.Context, _ func(string, ...any)) {
		c.String(http.StatusInternalServerError, hugeText)
	}},
	{name: "own etag", steps: func(c *dram.Context, _ func(string, ...any)) {
		c.Header("ETag", `W/"own"`)
		c.String(http.StatusOK, hugeText)
	}},
	{name: "range", steps: func(c *dram.Context, _ func(string, ...any)) {
		c.Header("Content-Range", "bytes 0-4/10")
		c.String(http.StatusPartialContent, "short")
	}},
	{name: "notifier", powers: true, steps: func(c *dram.Context, say func(string, ...any)) {
		say("%v", c.Writer.CloseNotify() == nil) //nolint:staticcheck // part of the interface
		say("%v", c.Writer.Pusher() == nil)
	}},
}

// identity is an encoder that changes nothing.
type identity struct{ io.Writer }

func (identity) Close() error { return nil }

// deciding returns a layer that calls NextAnswer with a decision.
func deciding(name string, look func(dram.Answer)) layer {
	return set("NextAnswer: "+name, func(c *dram.Context) { c.NextAnswer(nil, look) })
}

// holding returns a decision that comes with the beginning of the body.
func holding(limit int, decide func(dram.Answer)) func(dram.Answer) {
	return func(a dram.Answer) { a.Hold(limit, func(a dram.Answer, _ []byte, _ bool) { decide(a) }) }
}

func pass(dram.Answer)      {}
func through(a dram.Answer) { a.Through(identity{a.Out()}) }
func tee(a dram.Answer)     { a.Tee(io.Discard) }
func replace(a dram.Answer) {
	a.Replace(func(c *dram.Context) { c.String(http.StatusGone, "another answer") })
}

// decisions returns what a layer may decide by NextAnswer.
func decisions() (all []layer) {
	for name, decide := range map[string]func(dram.Answer){"pass": pass, "Through": through, "Tee": tee, "Replace": replace} {
		e := effect{}
		if name == "Replace" {
			e.replaces = http.StatusGone
		}
		all = append(all, deciding(name, decide).with(e))
		for _, limit := range []int{1, 100, 1 << 20} {
			all = append(all, deciding(fmt.Sprintf("Hold %d, %s", limit, name), holding(limit, decide)).with(e))
		}
	}
	return append(all,
		deciding("SetStatus", func(a dram.Answer) { a.SetStatus(http.StatusNonAuthoritativeInfo) }).with(effect{restates: 203}),
		deciding("OnStream", func(a dram.Answer) { a.OnStream(func() {}) }),
		deciding("all", func(a dram.Answer) {
			a.OnStream(func() {})
			a.Tee(io.Discard)
			holding(10, through)(a)
		}),
	)
}

// flusherOnly is a middleware's writer that can flush, and nothing else.
type flusherOnly struct{ http.ResponseWriter }

func (w flusherOnly) Flush() { w.ResponseWriter.(http.Flusher).Flush() }

// none stands for the absence of a layer.
var none = layer{name: "the Context's own", of: func(*stack) []dram.HandlerFunc { return nil }}

// everyWriter returns each layer that has a writer of its own, or may have.
func everyWriter() []layer {
	root, ours, contrib := rooms()
	all := append([]layer{none}, decisions()...)
	all = append(all, wrap("Wrap(Flush only)", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(flusherOnly{w}, r) })
	}, effect{opaque: true}))
	for _, l := range slices.Concat(root, ours, contrib) {
		if l.refuses == 0 && !l.reroutes {
			all = append(all, l)
		}
	}
	return all
}

// seen is what a client and the handler see.
type seen struct {
	status           int
	body, transcript string
}

// perform has a script answer a request through layers.
func perform(t *testing.T, s script, method string, l layer) seen {
	t.Helper()
	var transcript strings.Builder
	st := &stack{engine: dram.New(), limit: time.Minute}
	st.engine.Use(l.of(st)...)
	st.engine.GET("/", func(c *dram.Context) {
		say := func(format string, args ...any) {
			fmt.Fprintf(&transcript, format, args...)
			if l.replaces == 0 && l.restates == 0 { // else a layer has changed it
				fmt.Fprintf(&transcript, ": %d", c.Writer.Status())
			}
			fmt.Fprintf(&transcript, " %d %v\n", c.Writer.Size(), c.Writer.Written())
		}
		s.steps(c, say)
		say("end")
	})
	lab := newLab()
	defer lab.close()
	lab.current.Store(st)
	got := lab.send(true, method, 0, func(r *http.Request) { r.URL.Path = "/" })
	require.NoError(t, got.err)
	require.NoError(t, got.decode)
	<-st.last.Load().done
	text := got.body
	if len(text) > 100 { // what differs must stay readable
		text = fmt.Sprintf("%d bytes, %x", len(text), sha256.Sum256([]byte(text)))
	}
	return seen{got.status, text, transcript.String()}
}

func TestToAHandlerAllWritersLookAlike(t *testing.T) {
	for _, l := range everyWriter() {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, s := range scripts {
				if s.powers && (l.opaque || strings.HasPrefix(l.name, "embedded")) { // which have no Unwrap
					continue
				}
				t.Run(l.name+", "+method+", "+s.name, func(t *testing.T) {
					want := perform(t, s, http.MethodGet, none.with(l.effect))
					got := perform(t, s, method, l)
					if l.restates != 0 {
						want.status = l.restates
					}
					if l.replaces != 0 {
						want.status, want.body, got.body = l.replaces, "", ""
					}
					if method == http.MethodHead {
						want.body = ""
					}
					if l.encodes && l.name != "Wrap(gzip)" { // its Size is that of what it has written
						want.transcript, got.transcript = "", ""
					}
					assert.Equal(t, want, got)
				})
			}
		}
	}
}

func TestTheWriterOfACopyTakesNothing(t *testing.T) {
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			r := dram.New()
			r.GET("/", func(c *dram.Context) {
				cp := c.Copy()
				assert.NotPanics(t, func() { s.steps(cp, func(string, ...any) {}) })
				_, err := cp.Writer.Write([]byte("x"))
				assert.ErrorIs(t, err, dram.ErrDetached)
				assert.False(t, c.Writer.Written())
				c.String(http.StatusCreated, "the answer")
			})
			w := httptest.NewRecorder()
			r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			assert.Equal(t, http.StatusCreated, w.Code)
			assert.Equal(t, "the answer", w.Body.String())
		})
	}
}

// deadWriter is a connection whose client is gone.
type deadWriter struct{ http.ResponseWriter }

var errDead = errors.New("the client is gone")

func (deadWriter) Write([]byte) (int, error) { return 0, errDead }

func TestAWriteThatFailsIsReportedToTheHandler(t *testing.T) {
	for _, l := range everyWriter() {
		if l.buffers || l.replaces != 0 || tees(l) { // what is written goes somewhere else
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			st := &stack{engine: dram.New(), limit: time.Minute}
			st.engine.Use(l.of(st)...)
			st.engine.GET("/", func(c *dram.Context) {
				c.Header("Content-Type", "text/plain")
				var err error
				for range 100 {
					if _, err = c.Writer.WriteString(hugeText); err != nil {
						break
					}
				}
				assert.ErrorIs(t, err, errDead)
			})
			st.engine.ServeHTTP(deadWriter{httptest.NewRecorder()}, permitted(httptest.NewRequest("GET", "http://127.0.0.1/", nil)))
		})
	}
}

// tees reports whether a layer of decisions wants the body for itself.
func tees(l layer) bool { return strings.HasSuffix(l.name, "Tee") || l.name == "NextAnswer: all" }

// copiedTo records whether a body came by ReadFrom, as files for sendfile do.
type copiedTo struct {
	http.ResponseWriter
	copied bool
}

func (w *copiedTo) ReadFrom(src io.Reader) (int64, error) {
	w.copied = true
	return io.Copy(w.ResponseWriter, src)
}

func TestABodyThatPassesIsCopiedByTheServer(t *testing.T) {
	for _, l := range everyWriter() {
		if tees(l) || strings.HasSuffix(l.name, "Through") || l.opaque || l.encodes || l.replaces != 0 || l.name == "embedded" {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			st := &stack{engine: dram.New(), limit: time.Minute}
			st.engine.Use(l.of(st)...)
			image := strings.Repeat(hugeText, 20)
			st.engine.GET("/", func(c *dram.Context) {
				c.DataFromReader(http.StatusOK, int64(len(image)), "image/png", io.LimitReader(strings.NewReader(image), 1<<30), nil)
			})
			w := &copiedTo{ResponseWriter: httptest.NewRecorder()}
			st.engine.ServeHTTP(w, permitted(httptest.NewRequest("GET", "http://127.0.0.1/", nil)))
			assert.True(t, w.copied)
		})
	}
}
