package dramtest_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
)

// fake is a test whose failure is looked at.
type fake struct {
	testing.TB // nil: what is not written here is not to be called

	mu       sync.Mutex
	text     strings.Builder
	cleanups []func()
	ctx      context.Context
}

func (f *fake) Helper()                  {}
func (f *fake) Context() context.Context { return f.ctx }
func (f *fake) Cleanup(cleanup func())   { f.cleanups = append(f.cleanups, cleanup) }
func (f *fake) Logf(string, ...any)      {}

func (f *fake) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fmt.Fprintf(&f.text, format+"\n", args...)
}

func (f *fake) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	if !strings.Contains(string(debug.Stack()), "dramtest_test.failure.") {
		f.Errorf("this failure has the line of another goroutine")
	}
	runtime.Goexit()
}

func (f *fake) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }

// failure runs a test, and returns what it prints when it fails; "" if it does not.
func failure(test func(t testing.TB)) string {
	ctx, cancel := context.WithCancel(context.Background())
	f := &fake{ctx: ctx}
	run := func(step func()) {
		done := make(chan struct{})
		go func() { defer close(done); step() }()
		<-done
	}
	run(func() { test(f) })
	cancel()
	for _, cleanup := range slices.Backward(f.cleanups) {
		run(cleanup)
	}
	return f.text.String()
}

// firstLine is the message of a failure.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// routes are the handlers that the tests ask.
func routes() *dram.Engine {
	r := dram.New()
	r.Use(outer)
	r.GET("/text", func(c *dram.Context) { c.String(http.StatusOK, "a text") })
	r.GET("/book/:id", func(c *dram.Context) {
		c.JSON(http.StatusOK, dram.H{"id": c.Param("id"), "title": "Momo", "pages": 304, "tags": []string{"a", "b"}, "author": dram.H{"name": "Ende"}})
	})
	r.POST("/books", bind)
	r.Any("/echo", echo)
	r.GET("/refused", refuse, func(c *dram.Context) { c.String(http.StatusOK, "secret") })
	r.GET("/redirect", func(c *dram.Context) { c.Redirect(http.StatusSeeOther, "/text") })
	r.POST("/again", func(c *dram.Context) { c.Redirect(http.StatusTemporaryRedirect, "/echo") })
	r.GET("/error", func(c *dram.Context) {
		c.Error(fmt.Errorf("the database is gone"))
		c.String(http.StatusInternalServerError, "no")
	})
	r.GET("/panic", func(*dram.Context) { panic("a mistake") })
	r.GET("/half", func(c *dram.Context) {
		c.Header("Content-Length", "100")
		c.String(http.StatusOK, "half")
	})
	return r
}

func outer(c *dram.Context)  { c.Next() }
func refuse(c *dram.Context) { c.AbortWithStatus(http.StatusForbidden) }

// pause waits, but not for a client that is gone.
func pause(c *dram.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-c.Request.Context().Done():
	}
}

func bind(c *dram.Context) {
	var book struct {
		ISBN  string `json:"isbn" binding:"required"`
		Title string `json:"title"`
		Parts []struct {
			Pages int `json:"pages" binding:"min=1"`
		} `json:"parts" binding:"dive"`
	}
	if err := c.ShouldBindJSON(&book); err != nil {
		c.WriteProblem(dram.ProblemOf(err))
		return
	}
	c.JSON(http.StatusCreated, book)
}

// echo says what it was asked.
func echo(c *dram.Context) {
	body, err := c.GetRawData()
	if err != nil {
		return
	}
	query := map[string]string{}
	for name := range c.Request.URL.Query() {
		query[name] = c.Query(name)
	}
	header := map[string]string{}
	for name := range c.Request.Header {
		header[name] = c.GetHeader(name)
	}
	c.JSON(http.StatusOK, dram.H{
		"method": c.Request.Method, "host": c.Request.Host, "scheme": c.Scheme(), "from": c.ClientIP(),
		"query": query, "header": header, "body": string(body),
	})
}

// over runs a test of a client in process, and over a socket.
func over(t *testing.T, engine *dram.Engine, test func(t *testing.T, app *dramtest.Client)) {
	t.Run("in process", func(t *testing.T) { test(t, dramtest.New(t, engine)) })
	t.Run("over a socket", func(t *testing.T) { test(t, dramtest.New(t, engine).Served(t)) })
}
