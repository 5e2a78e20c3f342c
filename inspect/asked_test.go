package inspect

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/observe"
)

// record returns what is kept of the request that an engine serves.
func record(t *testing.T, r *dram.Engine, req *http.Request) (kept *request, answer *httptest.ResponseRecorder) {
	t.Helper()
	m, err := mount(r, Config{Out: io.Discard})
	require.NoError(t, err)
	m.recorder.ends = func(_ *dram.Context, rec *request) { kept = rec }
	answer = httptest.NewRecorder()
	r.ServeHTTP(answer, req)
	require.NotNil(t, kept)
	return kept, answer
}

// said returns the texts of the events of one kind.
func (rec *request) said(of kind) (all []string) {
	for _, e := range rec.events {
		if e.kind == of {
			all = append(all, e.text)
		}
	}
	return all
}

// oddError is an error whose text is code of the program.
type oddError func() string

func (e oddError) Error() string { return e() }

type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

// The text of an error is asked for by inspect alone: whatever it does, the answer is what it is without.
func TestAttackAnErrorWhoseTextPanicsOrAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		err  func(c *dram.Context) error
		want string
	}{
		"a typed nil": {func(*dram.Context) error { return (*nilError)(nil) }, "its text cannot be had: panic: runtime error: invalid memory address"},
		"sends the header": {func(c *dram.Context) error {
			return oddError(func() string { c.Writer.WriteHeaderNow(); return "sent" })
		}, "sent"},
		"adds another": {func(c *dram.Context) error { return oddError(func() string { _ = c.Error(io.EOF); return "more" }) }, "more"},
		"binds": {func(c *dram.Context) error {
			return oddError(func() string { _ = c.ShouldBindQuery(&struct{ N int }{}); return "bound" })
		}, "bound"},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.GET("/", func(c *dram.Context) { _ = c.Error(tt.err(c)); c.Status(http.StatusTeapot); c.Next() }, func(c *dram.Context) { c.String(c.Writer.Status(), "fine") })
			rec, answer := record(t, r, httptest.NewRequest("GET", "/?N=x", nil))
			assert.Equal(t, http.StatusTeapot, answer.Code)
			assert.Equal(t, "fine", answer.Body.String())
			if said := rec.said(kindError); assert.NotEmpty(t, said) {
				assert.Contains(t, said[0], tt.want)
			}
		})
	}
}

// A binding fails with an error of the program as well.
func TestAttackABindingWhoseErrorPanics(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		(&recorder{}).NotBound(c, (*nilError)(nil))
		c.String(http.StatusOK, "fine")
	})
	rec, answer := record(t, r, httptest.NewRequest("GET", "/", nil))
	assert.Equal(t, "fine", answer.Body.String())
	assert.Contains(t, rec.said(kindNotBound)[0], "its text cannot be had")
}

// What looking costs is the time of no layer.
func TestLookingTakesTheTimeOfNoLayer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := dram.New()
		r.GET("/", func(c *dram.Context) {
			_ = c.Error(oddError(func() string { time.Sleep(time.Minute); return "slow" }))
			time.Sleep(time.Second)
			c.Next()
		}, func(*dram.Context) {})
		rec, _ := record(t, r, httptest.NewRequest("GET", "/", nil))
		assert.Equal(t, time.Second, rec.took)
		assert.Equal(t, time.Second, rec.layers[0].end-rec.layers[0].start)
	})
}

func TestAStackTakesTheTimeOfNoLayer(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		defer func() {
			_ = recover()
			assert.Positive(t, (*observe.Note(c)).(*strand).paused)
		}()
		c.Next()
	}, func(*dram.Context) { panic("no luck") })
	record(t, r, httptest.NewRequest("GET", "/", nil))
}

// A clock that was stopped in another goroutine does not go back.
func TestTheTimeOfARequestDoesNotGoBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := exchange{request: &request{at: time.Now()}}
		resume := x.pause()
		time.Sleep(time.Minute)
		before := x.now()
		resume()
		assert.Equal(t, before, x.now())
		time.Sleep(2 * time.Minute)
		assert.Equal(t, 2*time.Minute, x.now())
	})
}

// What redirects has the whole address, and so it is counted, however a request has come to it.
func TestAttackARedirectInsideARequestIsCounted(t *testing.T) {
	for _, path := range []string{"/moved", "/a/b/"} {
		r := dram.New()
		r.GET("/a/:b", func(*dram.Context) {})
		r.GET("/moved", func(c *dram.Context) {
			c.Request.URL.Path = "/a/" + strings.Repeat("p", 1<<20) + "/"
			r.HandleContext(c)
		})
		req := httptest.NewRequest("GET", path, nil)
		if path != "/moved" {
			req.URL.Path = "/a/" + strings.Repeat("p", 1<<20) + "/"
		}
		rec, _ := record(t, r, req)
		assert.Greater(t, rec.bytes, 1<<20, path)
	}
}

// "Most" of the time is more than a half of it.
func TestMostOfTheTimeIsMoreThanAHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := func(*dram.Context) { time.Sleep(time.Second) }
		for most, layers := range map[bool][]dram.HandlerFunc{true: {wait}, false: {wait, wait}} {
			r := dram.New()
			r.GET("/", layers...)
			rec, _ := record(t, r, httptest.NewRequest("GET", "/", nil))
			assert.Equal(t, most, strings.Contains(strings.Join(rec.view("").glance(), " "), "Most of the time, 1 s of 1 s"))
		}
	})
}
