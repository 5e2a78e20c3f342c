package dram_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

// misuse is a use of dram that its documentation forbids, or that cannot be meant. It works, or
// something tells: what is printed, what it panics with, the error that it returns, or the answer.
// debug and release are regular expressions of all that is seen in these modes, release that of
// debug if it is empty; "§" is a position in this file. See docs/reliability.md.
//
// What a Context is that is kept too long, in debug mode, is in pool_poison_test.go, and what is
// told of mistakes in debug mode in mistakes_test.go.
type misuse struct {
	name           string
	do             func(r *dram.Engine) (seen string)
	debug, release string
}

func TestMisuseWorksOrIsTold(t *testing.T) {
	for group, misuses := range map[string][]misuse{"late": lateMisuses, "layers": layerMisuses, "answers": answerMisuses, "body": bodyMisuses, "copies": copyMisuses, "serving": servingMisuses} {
		for _, m := range misuses {
			for mode, want := range map[string]string{dram.DebugMode: m.debug, dram.ReleaseMode: cmp.Or(m.release, m.debug)} {
				t.Run(group+"/"+m.name+"/"+mode, func(t *testing.T) {
					inMode(t, mode)
					assert.Regexp(t, "(?s)"+strings.ReplaceAll(want, "§", `misuse_test.go:\d+`), seen(t, m))
				})
			}
		}
	}
}

// seen returns all that is seen of a misuse, without the lines of routes and modes.
func seen(t *testing.T, m misuse) (all string) {
	out := captureWriter(t)
	r := dram.New()
	out.Reset()
	defer func() {
		if panicked := recover(); panicked != nil {
			all = fmt.Sprint("panic: ", panicked)
		}
		var told strings.Builder
		for line := range strings.Lines(out.String()) {
			if !strings.Contains(line, " --> ") {
				told.WriteString(line)
			}
		}
		all = told.String() + all
	}()
	return m.do(r)
}

// answered is the answer to a request, as its client sees it.
func answered(r http.Handler, method, target, body string) string {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	res := w.Result()
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", res.StatusCode, strings.Join(append(res.Header["X-Late"], res.Header["Location"]...), " "), w.Body))
}

// by answers GET / by handlers.
func by(r *dram.Engine, handlers ...dram.HandlerFunc) string {
	r.GET("/", handlers...)
	return answered(r, "GET", "/", "")
}

// posted answers POST / with the form a=b by a handler.
func posted(r *dram.Engine, handler dram.HandlerFunc) string {
	r.POST("/", handler)
	return answered(r, "POST", "/", "a=b")
}

// wired is the answer of a handler over a connection, and that to the next request. All that the handlers
// and the layers around them do has been done when it returns.
func wired(r *dram.Engine, handler dram.HandlerFunc) string {
	r.GET("/", handler)
	r.GET("/next", func(c *dram.Context) { c.String(200, "next") })
	var serving sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		serving.Add(1)
		defer serving.Done()
		r.ServeHTTP(w, req)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	defer serving.Wait()
	all := ""
	for _, path := range []string{"/", "/next"} {
		res, err := server.Client().Get(server.URL + path)
		if err != nil {
			all += "error: " + err.Error() + "\n"
			continue
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		all += fmt.Sprintln(res.StatusCode, string(body), err)
	}
	return all
}

// hijacked answers by hand, and has what comes then say what happens.
func hijacked(r *dram.Engine, then func(c *dram.Context) string) string {
	told := make(chan string, 1)
	answer := wired(r, func(c *dram.Context) {
		defer close(told)
		conn, _, err := c.Writer.Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 299 Raw\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
		told <- then(c)
	})
	return answer + <-told
}

// late is what a use of a Context returns when its handler has. Another request has come before.
func late(r *dram.Engine, use func(c *dram.Context) string) string {
	var kept *dram.Context
	r.GET("/late/:id", func(c *dram.Context) { kept = c; c.Set("k", "v"); c.String(200, "a") })
	answered(r, "GET", "/late/7", "")
	return use(kept)
}

func said(values ...any) string { return strings.TrimSuffix(fmt.Sprintln(values...), "\n") }

func noEvents(context.Context, string) (chan render.SSEvent, error) {
	events := make(chan render.SSEvent, 1)
	events <- render.SSEvent{Data: "x"}
	close(events)
	return events, nil
}

const poisoned = `panic: dram: the Context of GET /late/:id was used after its handler returned: give a goroutine c.Copy\(\), or the values it needs`

// In release mode what is read is that of the request, until the Context serves another one.
var lateMisuses = []misuse{
	{"a param is read", func(r *dram.Engine) string { return late(r, func(c *dram.Context) string { return c.Param("id") }) }, poisoned, `^7$`},
	{"a value is set", func(r *dram.Engine) string {
		return late(r, func(c *dram.Context) string { c.Set("late", 1); return answered(r, "GET", "/late/8", "") })
	}, poisoned, `^200  a$`},
	{"JSON", func(r *dram.Engine) string {
		return late(r, func(c *dram.Context) string { c.JSON(200, 1); return said(c.Errors) })
	}, poisoned, `dram: Context used after its handler returned`},
	{"an event", func(r *dram.Engine) string {
		return late(r, func(c *dram.Context) string { c.SSEvent("a", 1); return said(c.Errors) })
	}, poisoned, `dram: Context used after its handler returned`},
	{"SSE", func(r *dram.Engine) string {
		return late(r, func(c *dram.Context) string { dram.SSE(c, noEvents); return said(c.Errors) })
	}, poisoned, `dram: Context used after its handler returned`},
	{"Next", func(r *dram.Engine) string {
		return late(r, func(c *dram.Context) string { c.Next(); return answered(r, "GET", "/late/8", "") })
	}, poisoned, `^200  a$`},
	{"Abort", func(r *dram.Engine) string {
		return late(r, func(c *dram.Context) string { c.Abort(); return answered(r, "GET", "/late/8", "") })
	}, poisoned, `^200  a$`},
	{"HandleContext", func(r *dram.Engine) string {
		return late(r, func(c *dram.Context) string { r.HandleContext(c); return answered(r, "GET", "/late/8", "") })
	}, poisoned, `^200  a$`},
	{"the Request itself", func(r *dram.Engine) string {
		var req *http.Request
		by(r, func(c *dram.Context) { req = c.Request })
		return req.URL.Path
	}, `^/$`, ""},
	{"the body of the Request", func(r *dram.Engine) string {
		var req *http.Request
		r.POST("/", func(c *dram.Context) { req = c.Request })
		server := httptest.NewServer(r)
		defer server.Close()
		res, err := http.Post(server.URL, "text/plain", strings.NewReader("body"))
		if err != nil {
			return err.Error()
		}
		res.Body.Close()
		_, err = io.ReadAll(req.Body)
		return err.Error()
	}, `http: invalid Read on closed Body`, ""},
	{"Keys", func(r *dram.Engine) string {
		var keys map[any]any
		by(r, func(c *dram.Context) { c.Set("k", c.Query("q")); keys = c.Keys })
		answered(r, "GET", "/?q=other", "")
		return said(len(keys))
	}, `^1$`, ""},
	{"the values of a Query", func(r *dram.Engine) string {
		var values []string
		r.GET("/", func(c *dram.Context) {
			if values == nil {
				values = c.QueryArray("q")
			}
		})
		answered(r, "GET", "/?q=own", "")
		answered(r, "GET", "/?q=other", "")
		return said(values)
	}, `^\[own\]$`, ""},
	{"an Answer", func(r *dram.Engine) string {
		var kept dram.Answer
		by(r, func(c *dram.Context) { c.NextAnswer(nil, func(a dram.Answer) { kept = a }) }, func(c *dram.Context) { c.String(200, "a") })
		kept.SetStatus(500)
		return ""
	}, `panic: dram: an Answer was used after its NextAnswer has returned: use it in the function that it was passed to`, ""},
	{"an Answer, in the next request", func(r *dram.Engine) string {
		var kept *dram.Answer
		r.GET("/", func(c *dram.Context) {
			c.NextAnswer(nil, func(a dram.Answer) {
				if kept == nil {
					kept = &a
				}
				kept.Replace(func(c *dram.Context) { c.String(500, "late") })
			})
		}, func(c *dram.Context) { c.String(200, "a") })
		answered(r, "GET", "/", "")
		return answered(r, "GET", "/", "")
	}, `panic: dram: an Answer was used after`, ""},
}

var layerMisuses = []misuse{
	{"the writer is not put back", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.Writer = &embedded{c.Writer}; c.Next() }, func(c *dram.Context) { c.String(200, said(c.Writer.Written())) }) + answered(r, "GET", "/", "")
	}, `^200  false200  false$`, ""},
	{"the request is not put back", func(r *dram.Engine) string {
		r.Use(dram.Logger(), dram.RecoveryWithWriter(nil))
		return by(r, func(c *dram.Context) {
			ctx, cancel := context.WithCancel(c.Request.Context())
			defer cancel()
			c.Request = c.Request.WithContext(ctx)
			c.Next()
		}, func(c *dram.Context) { c.String(200, "a") })
	}, `\| 200 \|.*200  a$`, ""},
	{"the writer is nil", func(r *dram.Engine) string {
		r.Use(dram.Logger(), dram.Recovery())
		return by(r, func(c *dram.Context) { c.Writer = nil; c.Next() }, func(c *dram.Context) { c.String(200, "a") })
	}, `panic recovered: GET "/".*nil pointer dereference.*§.*500$`, ""},
	{"the writer is left nil", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.String(200, "a"); c.Writer = nil })
	}, `^200  a$`, ""},
	{"the request is nil", func(r *dram.Engine) string {
		r.Use(dram.Logger(), dram.Recovery())
		return by(r, func(c *dram.Context) { c.Request = nil; c.Next() }, func(c *dram.Context) { c.String(200, c.ClientIP()) })
	}, `panic recovered: GET "/".*nil pointer dereference.*§.*500$`, ""},
	{"the request is left nil", func(r *dram.Engine) string {
		r.Use(dram.Logger(), dram.LoggerWithSlog(slog.New(slog.NewTextHandler(io.Discard, nil))), dram.Recovery())
		return by(r, func(c *dram.Context) { c.String(200, "a"); c.Request = nil })
	}, `\| 200 \|.*200  a$`, ""},
	{"the request is left nil, without layers", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.String(200, "a"); c.Request = nil })
	}, `^200  a$`, ""},
	{"the request has no URL", func(r *dram.Engine) string {
		r.Use(dram.Logger(), dram.Recovery())
		return by(r, func(c *dram.Context) { c.Request = &http.Request{}; c.Next() }, func(c *dram.Context) { _ = c.Request.URL.Path })
	}, `panic recovered: GET "/".*nil pointer dereference.*§.*\| 500 \|.*GET +"/".*500$`, ""},
	{"the request's URL is set to nil", func(r *dram.Engine) string {
		r.Use(dram.Logger(), dram.Recovery())
		return by(r, func(c *dram.Context) { c.Request.URL = nil; c.Next() }, func(c *dram.Context) { _ = c.Request.URL.Path })
	}, `panic recovered: GET "/".*nil pointer dereference.*§.*\| 500 \|.*GET +"/".*500$`, ""},
	{"the request is left without a URL, and there is no route", func(r *dram.Engine) string {
		r.NoRoute(func(c *dram.Context) { c.Request = &http.Request{}; c.String(404, "a") })
		return answered(r, "GET", "/", "")
	}, `^404  a$`, ""},
	{"the request's context is made of the Context", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.Request = c.Request.WithContext(c); c.Next() }, func(c *dram.Context) { c.Value("x") })
	}, `panic: dram: the context of c.Request was made of the Context, which answers from it: make it of c.Request.Context\(\)`, ""},
	{"Params are nil", func(r *dram.Engine) string {
		r.GET("/x/:id", func(c *dram.Context) { c.Params = nil; c.String(200, c.Param("id")) })
		return answered(r, "GET", "/x/7", "")
	}, `^200$`, ""},
	{"Next twice", func(r *dram.Engine) string {
		n := 0
		return by(r, func(c *dram.Context) { c.Next(); c.Next() }, func(c *dram.Context) { n++; c.String(200, said(n)) })
	}, `^200  1$`, ""},
	{"NextAnswer twice", func(r *dram.Engine) string {
		n := 0
		look := func(dram.Answer) { n++ }
		return by(r, func(c *dram.Context) { c.NextAnswer(nil, look); c.NextAnswer(nil, look) }, func(c *dram.Context) { c.String(200, "a") }) + said(n)
	}, `^200  a1$`, ""},
	{"a Fork run twice", func(r *dram.Engine) string {
		n := 0
		return by(r, func(c *dram.Context) {
			run := c.Fork()
			for range 2 {
				run(httptest.NewRecorder(), c.Request.Clone(context.Background()), func(*dram.Context) { n++ })
			}
			c.Abort()
		}, target) + said(n)
	}, `^2001$`, ""},
	{"no Next", func(r *dram.Engine) string { return by(r, layer, func(c *dram.Context) { c.String(200, "a") }) }, `^200  a$`, ""},
	{"Next in the last handler", func(r *dram.Engine) string { return by(r, func(c *dram.Context) { c.Next(); c.String(200, "a") }) }, `^200  a$`, ""},
	{"Next behind Abort", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.AbortWithStatus(403); c.Next() }, func(c *dram.Context) { c.String(200, "a") })
	}, `^403$`, ""},
	{"a refusal without Abort", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.String(401, "no") }, func(c *dram.Context) { c.String(200, "secret") })
	}, `status code 401 with 200: GET / \(§\) ` + again + `401  nosecret$`, `^401  nosecret$`},
	{"Abort behind an answer", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.String(200, "a"); c.Abort() }, func(c *dram.Context) { c.String(200, "b") })
	}, `^200  a$`, ""},
	{"Next in a goroutine that is waited for", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) {
			var inside sync.WaitGroup
			inside.Go(c.Next)
			inside.Wait()
		}, func(c *dram.Context) { c.String(200, "a") })
	}, `^200  a$`, ""},
	{"Next in a goroutine that comes too late", func(r *dram.Engine) string {
		over, told := make(chan bool), make(chan string)
		answer := by(r, func(c *dram.Context) {
			go func() {
				defer func() { told <- said("panic:", recover()) }()
				<-over
				c.Next()
			}()
		}, func(c *dram.Context) { c.String(200, "a") })
		close(over)
		return answer + " " + <-told
	}, `^200  a panic: dram: the Context of GET / was used after its handler returned`, `^200  a panic: <nil>$`},
	{"a panic in a deferred function", func(r *dram.Engine) string {
		r.Use(dram.Recovery())
		return wired(r, func(*dram.Context) { defer func() { panic("second") }(); panic("first") })
	}, `panic recovered: GET "/".*second.*500 .*200 next`, ""},
	{"a panic in a deferred function, behind the answer", func(r *dram.Engine) string {
		r.Use(dram.Recovery())
		return wired(r, func(c *dram.Context) { defer panic("late"); c.String(200, "a"); c.Writer.Flush() })
	}, `panic recovered: GET "/".*late.*unexpected EOF.*200 next`, ""},
	{"a handler that ends its goroutine", func(r *dram.Engine) string {
		r.Use(dram.Recovery())
		return wired(r, func(c *dram.Context) { c.String(200, "a"); runtime.Goexit() })
	}, `error: .*EOF\n200 next`, ""},
	{"Replace with nil", func(r *dram.Engine) string {
		r.Use(dram.Recovery())
		return by(r, func(c *dram.Context) { c.NextAnswer(nil, func(a dram.Answer) { a.Replace(nil) }) }, func(c *dram.Context) { c.String(200, "a") })
	}, `panic recovered: GET "/".*nil pointer.*§.*500$`, ""},
	{"Hold with nil", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.NextAnswer(nil, func(a dram.Answer) { a.Hold(10, nil) }) }, func(c *dram.Context) { c.String(200, "a") })
	}, `^200  a$`, ""},
	{"Try of nil", func(*dram.Engine) string { dram.Try(nil); return "" }, `panic: dram: Try: the function is nil: pass one`, ""},
	{"Fail with nil", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.Fail(nil); c.String(200, said(c.IsAborted())) })
	}, `^200  false$`, ""},
	{"nil events", func(r *dram.Engine) string {
		r.Use(dram.Logger())
		return by(r, func(c *dram.Context) {
			dram.SSE(c, func(context.Context, string) (chan render.SSEvent, error) { return nil, nil })
		})
	}, `dram: SSE: the events are nil: return an error with them.*500 .*Internal Server Error`, ""},
	{"a nil reader", func(r *dram.Engine) string {
		r.Use(dram.Logger())
		return by(r, func(c *dram.Context) { c.DataFromReader(200, 3, "a/b", nil, nil) })
	}, `render.Reader has no Reader to copy from; set its Reader field.*500$`, ""},
	{"HandleContext of another Engine", func(r *dram.Engine) string {
		other := dram.New()
		other.GET("/", func(c *dram.Context) { c.String(200, "other") })
		return by(r, other.HandleContext)
	}, `200  other$`, ""},
}

const again = `was answered at §, and again at §; return after the first answer.*`

// In release mode a second answer is what it is with net/http: the first one's status and header,
// and its bytes behind the first one's.
var answerMisuses = []misuse{
	{"a status twice", func(r *dram.Engine) string { return by(r, func(c *dram.Context) { c.Status(201); c.Status(202) }) }, `^202$`, ""},
	{"a status behind the body", func(r *dram.Engine) string { return by(r, func(c *dram.Context) { c.String(200, "a"); c.Status(500) }) },
		`status code 200 with 500: GET / \(§\) ` + again + `200  a$`, `^200  a$`},
	{"a body behind JSON", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.JSON(200, 1); c.String(200, "a") })
	},
		again + `200  1a$`, `^200  1a$`},
	{"an error behind the body", func(r *dram.Engine) string {
		return wired(r, func(c *dram.Context) { c.String(200, "a"); c.Writer.Flush(); c.Fail(errors.New("broken")) })
	}, `Fail, behind the first byte, cuts the answer at §: broken.*200 a unexpected EOF.*200 next`, `200 a unexpected EOF.*200 next`},
	{"a header behind the body", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.String(200, "a"); c.Header("X-Late", "1") })
	}, `the header X-Late \(§\) comes after the answer has begun \(at §\), and is not sent.*200  a$`, `^200  a$`},
	{"a header behind the body, of net/http", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.String(200, "a"); c.Writer.Header().Set("X-Late", "1") })
	}, `^200  a$`, ""},
	{"a redirect behind the body", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.String(200, "a"); c.Redirect(302, "/b") })
	},
		`status code 200 with 302: GET / \(§\) ` + again + `200  a<a href="/b">`, `^200  a<a href="/b">`},
	{"a body behind a redirect", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.Redirect(302, "/b"); c.String(200, "a") })
	},
		`status code 302 with 200: GET / \(§\) ` + again + `302 /b .*a$`, `^302 /b .*a$`},
	{"a file behind the body", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.String(200, "a"); c.File("go.mod") })
	},
		`status code 200 with 200: GET / \(§\) ` + again + `200  amodule`, `^200  amodule`},
	{"events behind JSON", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.JSON(200, 1); dram.SSE(c, noEvents) })
	},
		`status code 200 with 200: GET / \(§\) ` + again + `200  1data:x`, `^200  1data:x`},
	{"JSON behind events", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { dram.SSE(c, noEvents); c.JSON(200, 1) })
	},
		`^200  data:x\n\n1$`, ""},
	{"a body of a status without one", func(r *dram.Engine) string {
		return wired(r, func(c *dram.Context) { c.Status(204); _, err := c.Writer.WriteString("a"); c.Error(err) })
	}, `^204  <nil>\n200 next`, ""},
	{"less than the Content-Length", func(r *dram.Engine) string {
		return wired(r, func(c *dram.Context) { c.Header("Content-Length", "10"); c.String(200, "a") })
	}, `200 a unexpected EOF\n200 next`, ""},
	{"more than the Content-Length", func(r *dram.Engine) string {
		r.Use(dram.Logger())
		return wired(r, func(c *dram.Context) { c.Header("Content-Length", "1"); c.String(200, "abc") })
	}, `http: wrote more than the declared Content-Length.*200 next`, ""},
	{"Hijack behind the body", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) {
			c.String(200, "a")
			_, _, err := c.Writer.Hijack()
			c.Error(err)
			c.String(200, err.Error())
		})
	}, `dram: response body already written: hijack before the first Write`, ""},
	{"JSON behind Hijack", func(r *dram.Engine) string {
		return hijacked(r, func(c *dram.Context) string { c.JSON(200, 1); return said(c.IsAborted(), c.Errors) })
	}, `299 ok <nil>\n200 next <nil>\ntrue Error #01: http: connection has been hijacked`, ""},
	{"Write behind Hijack", func(r *dram.Engine) string {
		return hijacked(r, func(c *dram.Context) string { return said(c.Writer.WriteString("x")) })
	}, `299 ok <nil>\n200 next <nil>\n0 http: connection has been hijacked`, ""},
	{"Hijack twice", func(r *dram.Engine) string {
		return hijacked(r, func(c *dram.Context) string { _, _, err := c.Writer.Hijack(); return err.Error() })
	}, `299 ok <nil>\n200 next <nil>\nhttp: connection has been hijacked`, ""},
	{"an event behind Hijack", func(r *dram.Engine) string {
		return hijacked(r, func(c *dram.Context) string { c.SSEvent("a", 1); return said(c.Errors) })
	}, `299 ok <nil>\n200 next <nil>\nError #01: http: connection has been hijacked`, ""},
	{"a panic behind Hijack", func(r *dram.Engine) string {
		r.Use(dram.Recovery())
		return hijacked(r, func(*dram.Context) string { panic("late") })
	}, `panic recovered.*late.*299 ok <nil>\n200 next <nil>\n$`, ""},
}

var bodyMisuses = []misuse{
	{"GetRawData twice", func(r *dram.Engine) string {
		return posted(r, func(c *dram.Context) {
			first, _ := c.GetRawData()
			second, err := c.GetRawData()
			c.String(200, "%q %q %v", first, second, err)
		})
	}, `GetRawData at §: the body was read before, by a layer or another Bind.*200  "a=b" "" <nil>$`, `^200  "a=b" "" <nil>$`},
	{"PostForm behind GetRawData", func(r *dram.Engine) string {
		return posted(r, func(c *dram.Context) { _, _ = c.GetRawData(); c.String(200, "%q", c.PostForm("a")) })
	}, `the body was read before, by a layer or another Bind.*200  ""$`, `^200  ""$`},
	{"Bind behind PostForm", func(r *dram.Engine) string {
		return posted(r, func(c *dram.Context) {
			var in struct {
				A string `form:"a"`
			}
			_ = c.PostForm("a")
			c.String(200, "%v %v", c.ShouldBind(&in), in.A)
		})
	}, `^200  <nil> b$`, ""},
	{"ShouldBind behind GetRawData", func(r *dram.Engine) string {
		return posted(r, func(c *dram.Context) {
			_, _ = c.GetRawData()
			c.String(200, c.ShouldBind(&struct{ A string }{}).Error())
		})
	}, `dram: form body: must not be empty .*: the body was read before, by a layer or another Bind; decode it with Context.ShouldBindBodyWith each time`, ""},
}

const isDetached = `dram: the copy of a Context cannot write a response: answer in the handler`

var copyMisuses = []misuse{
	{"JSON", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { cp := c.Copy(); cp.JSON(500, 1); c.String(200, said(cp.Errors)) })
	}, `200  Error #01: ` + isDetached, ""},
	{"Write", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.String(200, said(c.Copy().Writer.WriteString("x"))) })
	}, `200  0 ` + isDetached, ""},
	{"SSE", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { cp := c.Copy(); dram.SSE(cp, noEvents); c.String(200, said(cp.Errors)) })
	}, `200  Error #01: ` + isDetached, ""},
	{"Hijack", func(r *dram.Engine) string {
		return wired(r, func(c *dram.Context) { _, _, err := c.Copy().Writer.Hijack(); c.String(200, err.Error()) })
	}, `200 feature not supported`, ""},
	{"Next", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) { c.Copy().Next() }, func(c *dram.Context) { c.String(200, "a") })
	}, `^200  a$`, ""},
	{"Abort, Status, Header, Set", func(r *dram.Engine) string {
		return by(r, func(c *dram.Context) {
			cp := c.Copy()
			cp.Abort()
			cp.Status(500)
			cp.Header("X-Late", "1")
			cp.Set("k", 1)
		}, func(c *dram.Context) { c.String(200, said(c.Keys)) })
	}, `^200  map\[\]$`, ""},
	{"a Copy of a Copy, later", func(r *dram.Engine) string {
		var cp *dram.Context
		by(r, func(c *dram.Context) { c.Set("k", "v"); cp = c.Copy().Copy() })
		answered(r, "GET", "/", "")
		return said(cp.GetString("k"), cp.FullPath(), cp.Request.URL, cp.Err(), cp.ClientIP())
	}, `^v / / <nil> 192.0.2.1$`, ""},
}

const lateChange = ` \(§\) comes after the first request: one that comes at the same time reads what is being changed, which may end the program; call it before, or make another Engine and exchange the two\n`

// What is registered while an Engine serves holds for the requests that come when it is done.
var servingMisuses = []misuse{
	{"a route", func(r *dram.Engine) string {
		by(r, target)
		r.GET("/x/:a/:b/:c", func(c *dram.Context) { c.String(200, c.Param("c")) })
		return answered(r, "GET", "/x/1/2/3", "")
	}, `\[WARNING\] GET '/x/:a/:b/:c'` + lateChange + `200  3$`, ""},
	{"a route of a group", func(r *dram.Engine) string {
		by(r, target)
		r.Group("/v1").GET("/x", func(c *dram.Context) { c.String(200, "x") })
		return answered(r, "GET", "/v1/x", "")
	}, `\[WARNING\] GET '/v1/x'` + lateChange + `200  x$`, ""},
	{"a route of a host", func(r *dram.Engine) string {
		by(r, target)
		r.Host("example.com").GET("/x", func(c *dram.Context) { c.String(200, "x") })
		return answered(r, "GET", "/x", "")
	}, `\[WARNING\] Host 'example.com'` + lateChange + `200  x$`, ""},
	{"a layer", func(r *dram.Engine) string {
		by(r, target)
		r.Use(func(c *dram.Context) { c.Header("X-Late", "1") })
		return answered(r, "GET", "/", "") + " " + answered(r, "GET", "/none", "")
	}, `\[WARNING\] Use of '/'` + lateChange + `.*Use \(§\) comes after a route.*200 404 1 404 page not found$`, `\[WARNING\] Use of '/'` + lateChange + `200 404 1 404 page not found$`},
	{"NoRoute", func(r *dram.Engine) string {
		by(r, target)
		r.NoRoute(func(c *dram.Context) { c.String(404, "mine") })
		return answered(r, "GET", "/none", "")
	}, `\[WARNING\] NoRoute of '/'` + lateChange + `404  mine$`, ""},
	{"NoMethod", func(r *dram.Engine) string { by(r, target); r.NoMethod(target); return "" }, `\[WARNING\] NoMethod of '/'` + lateChange, ""},
	{"OnError", func(r *dram.Engine) string {
		by(r, target)
		r.OnError(func(c *dram.Context, _ error) { c.String(404, "mine") })
		return answered(r, "GET", "/none", "")
	}, `\[WARNING\] OnError of '/'` + lateChange + `404  mine$`, ""},
	{"SetTrustedProxies", func(r *dram.Engine) string { by(r, target); return said(r.SetTrustedProxies(nil)) }, `\[WARNING\] SetTrustedProxies of '/'` + lateChange + `<nil>$`, ""},
	{"SetHTMLTemplate", func(r *dram.Engine) string {
		by(r, target)
		r.SetHTMLTemplate(template.Must(template.New("page").Parse("late")))
		r.GET("/page", func(c *dram.Context) { c.HTML(200, "page", nil) })
		return answered(r, "GET", "/page", "")
	}, `\[WARNING\] SetHTMLTemplate of '/'` + lateChange + `200  late$`, ""},
	{"twice is said once", func(r *dram.Engine) string { by(r, target); r.GET("/a", target); r.GET("/b", target); return "" },
		`^[^\n]*GET '/a'` + lateChange + `$`, ""},
	{"SetMode", func(r *dram.Engine) string {
		by(r, target)
		mode := dram.Mode()
		defer dram.SetMode(mode)
		dram.SetMode(dram.TestMode)
		return late(r, func(c *dram.Context) string { return c.Param("id") })
	}, poisoned, `7$`},
}

// embedded is a layer's writer as Gin's users write it.
type embedded struct{ dram.ResponseWriter }

// A handler may read and store in goroutines that it waits for; this is for the race detector.
func TestGoroutinesOfAHandlerMayShareItsContext(t *testing.T) {
	for _, mode := range []string{dram.DebugMode, dram.ReleaseMode} {
		inMode(t, mode)
		captureWriter(t)
		r := dram.New()
		r.POST("/:id", func(c *dram.Context) {
			var all sync.WaitGroup
			for i := range 8 {
				all.Go(func() {
					c.Set(i, i)
					_, _ = c.Get(i)
					_ = c.Query("q") + c.PostForm("a") + c.Param("id") + c.GetHeader("X") + c.ClientIP()
					_ = c.Value("x")
					_ = c.Copy().Err()
				})
			}
			all.Wait()
			c.String(200, said(len(c.Keys)))
		})
		assert.Equal(t, "200  8", answered(r, "POST", "/7?q=1", "a=b"))
	}
}
