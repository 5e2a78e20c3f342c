package dramtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

// Each thing that a layer can do by NextAnswer keeps the contract.
func TestWhatLayersCanDoKeepsTheContract(t *testing.T) {
	t.Run("nothing", func(t *testing.T) { Layer(t) })
	for _, o := range others() {
		t.Run(o.name, func(t *testing.T) { o.Check(t, o.layer) })
	}
	for name, d := range map[string]struct {
		decide func(dram.Answer)
		Contract
	}{"pass": {pass, Contract{}}, "Through": {through, Contract{Encodes: true}}, "Tee": {tee, Contract{Keeps: true}}} {
		for _, limit := range []int{1, 100, 1 << 20} {
			t.Run(fmt.Sprintf("Hold(%d) and %s", limit, name), func(t *testing.T) {
				d.check(t, nil, deciding(holding(limit, d.decide)))
			})
		}
	}
	replace := func(a dram.Answer) {
		a.Replace(func(c *dram.Context) { c.String(http.StatusGone, "another answer") })
	}
	for _, limit := range []int{0, 1, 100, 1 << 20} {
		t.Run("Replace", func(t *testing.T) {
			decide := replace
			if limit > 0 {
				decide = holding(limit, replace)
			}
			Contract{Status: http.StatusGone, Replaces: true}.check(t, nil, deciding(decide))
		})
	}
	t.Run("SetStatus", func(t *testing.T) {
		Contract{Status: http.StatusNonAuthoritativeInfo}.check(t, nil, deciding(func(a dram.Answer) { a.SetStatus(http.StatusNonAuthoritativeInfo) }))
	})
}

// lossy is a writer that embeds the Context's, and gets one thing wrong.
type lossy struct {
	dram.ResponseWriter
	flush, size, ok bool
}

func (w *lossy) Flush() {
	if !w.flush {
		w.ResponseWriter.Flush()
	}
}

func (w *lossy) Size() int {
	if w.size {
		return 0
	}
	return w.ResponseWriter.Size()
}

func (w *lossy) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	if w.ok {
		return len(p), nil
	}
	return n, err
}

func (w *lossy) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func losing(w lossy) dram.HandlerFunc {
	return func(c *dram.Context) {
		w := w
		w.ResponseWriter = c.Writer
		c.Writer = &w
		c.Next()
	}
}

// A layer that breaks the contract is found, and it is said where.
func TestLayersThatBreakTheContract(t *testing.T) {
	foreign := Contract{NoUnwrap: true}
	for name, tc := range map[string]struct {
		contract Contract
		layer    dram.HandlerFunc
		want     string
	}{
		"a status": {Contract{}, func(c *dram.Context) { c.Next(); c.Status(http.StatusTeapot) },
			"alone, GET, the script \"nothing\": status 418, want 200"},
		"a body of its own": {Contract{}, func(c *dram.Context) { c.Next(); c.String(200, "more") },
			"alone, GET, the script \"nothing\": body \"more\", want \"\""},
		"a refusal": {Contract{}, func(c *dram.Context) { c.AbortWithStatus(401) },
			"the layer lets no handler run: describe by Contract.Options a request that it lets pass, as in dramtest.Contract{Options: "},
		"a panic that goes nowhere": {Contract{}, func(c *dram.Context) { defer func() { _ = recover() }(); c.Next() },
			"alone, a panic: the answer looks whole: 200 \"\""},
		"a flush": {foreign, losing(lossy{flush: true}),
			"the script \"flush first\": the handler sees of its writer\nflushed: status 202, size -1, written false\n"},
		"a size": {foreign, losing(lossy{size: true}),
			"alone, GET, the script \"nothing\": the handler sees of its writer\nend: status 200, size 0, written false\nwant\nend: status 200, size -1, written false"},
		"a client that is gone": {foreign, losing(lossy{ok: true}), "a write to a client that is gone returns <nil>"},
		"a file":                {Contract{}, deciding(through), "a file of the type image/png does not come to the server as such"},
		"HEAD": {Contract{}, func(c *dram.Context) {
			if c.Request.Method == "HEAD" {
				c.AbortWithStatus(204)
			}
		}, "alone, HEAD, the script \"nothing\": status 204, want 200"},
		"a coding": {Contract{}, func(c *dram.Context) { c.Header("Content-Encoding", "zstd") },
			"alone, GET, the script \"header now, then body\": body \"not whole: the Content-Encoding is zstd\", want \"short\""},
		"the writer of the next request": {Contract{}, func() dram.HandlerFunc {
			var kept dram.ResponseWriter
			return func(c *dram.Context) {
				if kept == nil {
					kept = &lossy{ResponseWriter: c.Writer}
				}
				c.Writer = kept
			}
		}(), "a panic: dram: the Context of GET /script/:index was used after its handler returned"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &found{TB: t}
			f.run(func() { tc.contract.Check(f, tc.layer) })
			assert.Contains(t, f.text.String(), tc.want)
		})
	}
}

// A refusal is a contract as well, of a layer under which no handler runs; and a layer that asks for a token has its contract looked at with one.
func TestLayersThatRefuse(t *testing.T) {
	closed := func(c *dram.Context) { c.AbortWithStatus(http.StatusServiceUnavailable) }
	Contract{Status: http.StatusServiceUnavailable, Replaces: true}.check(t, nil, closed)
	asking := func(c *dram.Context) {
		if c.GetHeader("Authorization") == "" {
			c.AbortWithStatus(http.StatusUnauthorized)
		}
	}
	Contract{Options: []Option{Bearer("a")}}.check(t, nil, asking)

	f := &found{TB: t}
	f.run(func() { Layer(f, asking, nil) })
	assert.Equal(t, "dramtest: the layer 2 is nil\n", f.text.String())
	f = &found{TB: t}
	f.run(func() { Layer(f, asking) })
	assert.Contains(t, f.text.String(), "< HTTP/1.1 401 Unauthorized")
	assert.NotContains(t, f.text.String(), "breaks the contract")
}

// found is a test whose faults are looked at.
type found struct {
	testing.TB
	text strings.Builder
}

func (f *found) Errorf(format string, args ...any) { fmt.Fprintf(&f.text, format+"\n", args...) }
func (f *found) Fatal(args ...any)                 { fmt.Fprintln(&f.text, args...); runtime.Goexit() }
func (f *found) Fatalf(format string, args ...any) { f.Fatal(fmt.Sprintf(format, args...)) }

func (f *found) run(check func()) {
	done := make(chan struct{})
	go func() { defer close(done); check() }()
	<-done
}

// To a handler the writer of a Copy looks like any other, but takes nothing.
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
