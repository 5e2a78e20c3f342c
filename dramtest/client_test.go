package dramtest_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
)

func TestWhatARequestSays(t *testing.T) {
	for name, tc := range map[string]struct {
		options []dramtest.Option
		want    string
	}{
		"a page of the same origin": {nil, `{"method": "POST", "host": "example.com", "scheme": "https", "from": "192.0.2.1",
			"header": {"Origin": "https://example.com", "Sec-Fetch-Site": "same-origin"}}`},
		"of another one":    {[]dramtest.Option{dramtest.CrossSite("https://evil.example")}, `{"header": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}}`},
		"query":             {[]dramtest.Option{dramtest.Query("a", "1 2", "b", "é")}, `{"query": {"in": "path", "a": "1 2", "b": "é"}}`},
		"header":            {[]dramtest.Option{dramtest.Header("x-a", "1"), dramtest.Header("Host", "shop.example.com")}, `{"host": "shop.example.com", "header": {"X-A": "1"}}`},
		"no origin":         {[]dramtest.Option{dramtest.NoHeader("origin")}, `{"header": {"Sec-Fetch-Site": "same-origin", "User-Agent": "…", "Content-Length": "0"}}`},
		"bearer":            {[]dramtest.Option{dramtest.Bearer("t")}, `{"header": {"Authorization": "Bearer t"}}`},
		"basic":             {[]dramtest.Option{dramtest.BasicAuth("a", "b")}, `{"header": {"Authorization": "Basic YTpi"}}`},
		"cookie":            {[]dramtest.Option{dramtest.Cookie("a", "b")}, `{"header": {"Cookie": "a=b"}}`},
		"json":              {[]dramtest.Option{dramtest.JSON(dram.H{"a": 1})}, `{"body": "{\"a\":1}", "header": {"Content-Type": "application/json"}}`},
		"json as it stands": {[]dramtest.Option{dramtest.JSON(`[1`)}, `{"body": "[1"}`},
		"form":              {[]dramtest.Option{dramtest.Form("a", "1", "a", "2&3")}, `{"body": "a=1&a=2%263", "header": {"Content-Type": "application/x-www-form-urlencoded"}}`},
		"text":              {[]dramtest.Option{dramtest.Text("hi")}, `{"body": "hi", "header": {"Content-Type": "text/plain; charset=utf-8"}}`},
		"from":              {[]dramtest.Option{dramtest.From("203.0.113.7")}, `{"from": "203.0.113.7"}`},
		"from IPv6":         {[]dramtest.Option{dramtest.From("2001:db8::1")}, `{"from": "2001:db8::1"}`},
		"from with a port":  {[]dramtest.Option{dramtest.From("[2001:db8::1]:99")}, `{"from": "2001:db8::1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			app := dramtest.New(t, routes())
			res := app.POST("/echo?in=path", tc.options...).Want(200).JSON(tc.want)
			if name == "no origin" {
				assert.NotContains(t, res.Text(), "Origin")
			}
			assert.NotContains(t, res.Text(), "Dramtest")
		})
	}
}

func TestWrongOptions(t *testing.T) {
	for want, option := range map[string]dramtest.Option{
		`dramtest: Form: "a" has no value: write names and values by turns`:  dramtest.Form("a"),
		`dramtest: Query: "c" has no value: write names and values by turns`: dramtest.Query("a", "b", "c"),
		`dramtest: JSON: json: unsupported type: chan int`:                   dramtest.JSON(make(chan int)),
	} {
		assert.Equal(t, want+"\n", failure(func(t testing.TB) { dramtest.New(t, routes()).POST("/echo", option) }))
	}
	assert.Contains(t, failure(func(t testing.TB) { dramtest.New(t, routes()).GET("/%zz") }), "dramtest: GET /%zz: the target cannot be read: parse")
	assert.Contains(t, failure(func(t testing.TB) { dramtest.New(t, routes()).GET("text") }), `dramtest: GET text: the target is neither a path nor a URL: write "/text", or all of https://host/path`)
	for _, option := range []dramtest.Option{dramtest.Header("X-Trace", "a\r\nb"), dramtest.Header("X Trace", "a"), dramtest.Bearer("token\n")} {
		assert.Contains(t, failure(func(t testing.TB) { dramtest.New(t, routes()).GET("/echo", option) }), "dramtest: GET /echo: no client can send the header")
	}
	assert.Contains(t, failure(func(t testing.TB) { dramtest.New(t, nil) }), "the handler is nil: pass an Engine")
}

// A path is sent as it is written: it is not cleaned, and not taken for a host.
func TestPathsAreSentAsTheyStand(t *testing.T) {
	r := dram.New()
	r.NoRoute(func(c *dram.Context) { c.String(200, "%s %s", c.Request.Host, c.Request.RequestURI) })
	over(t, r, func(t *testing.T, app *dramtest.Client) {
		for _, path := range []string{"//evil.example/x", "/a/../b", "/a/./b", "/%2e%2e/%41", "/a//b?q=//c"} {
			assert.Contains(t, app.GET(path).Text(), " "+path)
		}
		app.GET("https://shop.example.com//x?y").Want(200).Body("shop.example.com //x?y")
	})
}

// The answer comes even if the handler does not read the body.
func TestABodyThatIsNotRead(t *testing.T) {
	r := dram.New()
	r.POST("/", func(c *dram.Context) { c.String(413, "too much") })
	over(t, r, func(t *testing.T, app *dramtest.Client) {
		app.POST("/", dramtest.Body("a/b", make([]byte, 4<<20))).Want(413).Body("too much")
	})
}

func TestMethods(t *testing.T) {
	app := dramtest.New(t, routes())
	for method, send := range map[string]func(string, ...dramtest.Option) *dramtest.Response{
		"GET": app.GET, "POST": app.POST, "PUT": app.PUT, "PATCH": app.PATCH, "DELETE": app.DELETE, "OPTIONS": app.OPTIONS,
	} {
		send("/echo").Want(200).JSON(dram.H{"method": method})
	}
	app.HEAD("/text").Want(200).Body("").Header("Content-Length", "6")
	app.QUERY("/echo").Want(404)
}

func TestFollowKeepsMethodAndBody(t *testing.T) {
	app := dramtest.New(t, routes())
	app.POST("/again", dramtest.Text("kept")).Want(307).Follow().Want(200).JSON(`{"method": "POST", "body": "kept"}`)
}

func TestCookiesAreKept(t *testing.T) {
	app := dramtest.New(t, library())
	app.POST("/login", dramtest.Form("name", "anna")).Want(303)
	app.GET("/books/1").Want(200)
	app.GET("/books/1", dramtest.NoCookies()).Want(401)
	t.Run("in a subtest", func(t *testing.T) { app.In(t).GET("/books/1").Want(200) })
	app.GET("https://other.example/books/1").Want(401) // another host has none
	app.GET("http://example.com/books/1").Want(401)    // the cookie is Secure
	over := app.Served(t)
	over.GET("/books/1").Want(401)
}

func TestAUserLogsInOnce(t *testing.T) {
	var logins atomic.Int64
	r := library()
	app := dramtest.New(t, r)
	dramtest.LogIn(app, func(c *dramtest.Client, user User) {
		logins.Add(1)
		c.POST("/login", dramtest.Form("name", user.Name)).Want(303)
	})
	for range 2 {
		app.As(User{"anna"}).GET("/books/1").Want(200)
		t.Run("in a subtest", func(t *testing.T) { app.In(t).As(User{"berta"}).GET("/books/1").Want(200) })
	}
	assert.Equal(t, int64(2), logins.Load())
	app.Served(t).As(User{"anna"}).GET("/books/1").Want(200)
	assert.Equal(t, int64(3), logins.Load())
	assert.Equal(t, "dramtest: As: how a string logs in is not known: call dramtest.LogIn(app, func(c *dramtest.Client, user string) { … }) first\n",
		failure(func(t testing.TB) { dramtest.New(t, r).As("anna") }))
}

// Subtests that run at once and ask for the same user wait for one log-in.
func TestAUserLogsInOnceForParallelSubtests(t *testing.T) {
	var logins atomic.Int64
	app := dramtest.New(t, library())
	dramtest.LogIn(app, func(c *dramtest.Client, user User) {
		logins.Add(1)
		c.POST("/login", dramtest.Form("name", user.Name)).Want(303)
	})
	t.Run("all", func(t *testing.T) {
		for range 8 {
			t.Run("one", func(t *testing.T) {
				t.Parallel()
				app.In(t).As(User{"anna"}).GET("/books/1").Want(200)
			})
		}
	})
	assert.Equal(t, int64(1), logins.Load())
}

// What a server does with an answer is seen as it is, in process too.
func TestAnswersAreThoseOfAServer(t *testing.T) {
	r := dram.New()
	r.GET("/hints", func(c *dram.Context) {
		c.Header("Link", "</a.css>; rel=preload")
		c.Writer.WriteHeader(http.StatusEarlyHints)
		c.String(200, "ok")
	})
	r.GET("/trailer", func(c *dram.Context) {
		c.Header("Trailer", "X-Sum")
		c.String(200, "ok")
		c.Header("X-Sum", "abc")
	})
	r.GET("/gzip", func(c *dram.Context) {
		c.Header("Content-Encoding", "gzip")
		zip := gzip.NewWriter(c.Writer)
		_, _ = zip.Write([]byte(`{"a": 1}`))
		_ = zip.Close()
	})
	r.GET("/cut", func(c *dram.Context) { panic(http.ErrAbortHandler) })
	r.GET("/large", func(c *dram.Context) { c.String(200, strings.Repeat("x", 1<<20)) })
	over(t, r, func(t *testing.T, app *dramtest.Client) {
		hint := app.GET("/hints").Want(200).Hints()
		assert.Equal(t, []dramtest.Hint{{103, http.Header{"Link": {"</a.css>; rel=preload"}}}}, hint)
		assert.Equal(t, "abc", app.GET("/trailer").Want(200).HTTP().Trailer.Get("X-Sum"))
		res := app.GET("/gzip", dramtest.Header("Accept-Encoding", "gzip")).JSON(`{"a": 1}`)
		assert.Equal(t, "\x1f\x8b", string(res.Raw()[:2]))
		app.GET("/cut").Cut()
		assert.Len(t, app.GET("/large").Text(), 1<<20)
		assert.Len(t, app.HEAD("/large").Header("Content-Length", "1048576").Text(), 0)
	})
}

func TestABodyThatIsNotOfItsCoding(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.Header("Content-Encoding", "gzip"); c.String(200, "text") })
	got := failure(func(t testing.TB) { dramtest.New(t, r).GET("/").Body("text") })
	assert.Contains(t, got, "GET /: the Content-Encoding is gzip, the body is not: unexpected EOF\n")
	assert.Contains(t, got, "< text\n")
}

// net/http's client sends a request again if a connection that was kept broke off.
func TestARequestReachesTheHandlerOnce(t *testing.T) {
	var ran atomic.Int64
	r := dram.New()
	r.GET("/ok", func(c *dram.Context) { c.String(200, "ok") })
	r.GET("/cut", func(c *dram.Context) { ran.Add(1); panic(http.ErrAbortHandler) })
	app := dramtest.New(t, r)
	app.GET("/ok").Want(200)
	app.GET("/cut").Cut()
	assert.Equal(t, int64(1), ran.Load())
}

func TestARequestIsDoneWhenTheHandlerIs(t *testing.T) {
	after := false
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.Header("Content-Length", "2")
		c.String(200, "ok")
		c.Writer.Flush() // the client has all
		time.Sleep(10 * time.Millisecond)
		after = true
	})
	dramtest.New(t, r).GET("/").Want(200)
	assert.True(t, after)
}

func TestInABubble(t *testing.T) {
	r := dram.New()
	r.GET("/slow", func(c *dram.Context) {
		select {
		case <-time.After(5 * time.Second):
			c.String(200, "slow")
		case <-c.Request.Context().Done():
		}
	})
	r.GET("/never", func(c *dram.Context) { <-c.Request.Context().Done() })
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		app := dramtest.New(t, r)
		app.GET("/slow").Want(200)
		assert.Equal(t, 5*time.Second, time.Since(begin))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		app.GET("/slow", dramtest.WithContext(ctx)).Cut()
	})
	synctest.Test(t, func(t *testing.T) {
		got := failure(func(t testing.TB) { dramtest.New(t, r).GET("/never") })
		assert.Equal(t, "dramtest: GET /never: no answer after 10s", firstLine(got))
		assert.Contains(t, got, "\nstands at\n# labels: ")
		assert.Contains(t, got, "dramtest_test.TestInABubble.func")
		assert.NotContains(t, got, "dramtest.recorder.Handle")
	})
}

// What takes longer than the patience says which part of it is missing.
func TestLateAnswers(t *testing.T) {
	r := dram.New()
	r.GET("/endless", func(c *dram.Context) {
		for c.Request.Context().Err() == nil {
			_, _ = c.Writer.WriteString("x")
			c.Writer.Flush()
			pause(c, time.Second)
		}
	})
	r.GET("/goes-on", func(c *dram.Context) {
		c.Header("Content-Length", "2")
		_, _ = c.Writer.WriteString("ok")
		c.Writer.Flush()
		<-c.Request.Context().Done()
	})
	r.GET("/minute", func(c *dram.Context) {
		pause(c, time.Minute)
		c.String(200, "at last")
	})
	for target, want := range map[string]string{
		"/endless": "the answer has no end after 10s: if it is a stream, say so by the option dramtest.Streaming()",
		"/goes-on": "the answer is whole, but its handler has not returned after 10s",
		"/minute":  "no answer after 10s",
	} {
		synctest.Test(t, func(t *testing.T) {
			got := failure(func(t testing.TB) { dramtest.New(t, r).GET(target) })
			assert.Contains(t, got, "\nstands at\n# labels: ")
			assert.Equal(t, "dramtest: GET "+target+": "+want, firstLine(got))
		})
	}
	synctest.Test(t, func(t *testing.T) {
		dramtest.New(t, r).GET("/minute", dramtest.Patience(2*time.Minute)).Want(200).Body("at last")
	})
}

func TestVisit(t *testing.T) {
	r := dram.New()
	echo := func(c *dram.Context) {
		c.String(200, "%s %s %v", c.FullHost()+c.FullPath(), c.Request.URL.Path, c.Params)
	}
	r.GET("/a/:id/b/*rest", echo)
	r.GET("/v:version", echo)
	r.GET("/v1", echo)
	r.GET(`/jobs/:id/run\:now`, echo)
	r.Host("{tenant}.example.org").POST("/:id", echo)
	var asked []string
	dramtest.EachRoute(t, r, func(route dram.RouteInfo, c *dramtest.Client) {
		res := c.Visit(route, dramtest.Param("rest", "/x/y"), dramtest.Param("version", "2")).Want(200).Route(route.Host + route.Path)
		asked = append(asked, res.Text())
	})
	assert.Equal(t, []string{
		"/a/:id/b/*rest /a/1/b/x/y [{id 1} {rest /x/y}]", "/v:version /v2 [{version 2}]", "/v1 /v1 []", "/jobs/:id/run:now /jobs/1/run:now [{id 1}]",
		"{tenant}.example.org/:id /1 [{id 1} {tenant 1}]",
	}, asked)
	got := failure(func(t testing.TB) { dramtest.New(t, r).Visit(r.Routes()[1]) })
	assert.Equal(t, "dramtest: GET /v1: the route /v:version was meant: set its params by dramtest.Param", firstLine(got))
}

func TestContext(t *testing.T) {
	c, answer := dramtest.Context(t, "POST", "/a/b?q=1", dramtest.Param("b", "2"), dramtest.Param("a", "1"), dramtest.JSON(`{"x": 1}`), dramtest.From("203.0.113.7"))
	func(c *dram.Context) {
		body, err := c.GetRawData()
		assert.NoError(t, err)
		c.Error(fmt.Errorf("a fault"))
		c.JSON(http.StatusAccepted, dram.H{"params": c.Param("a") + c.Param("b"), "q": c.Query("q"), "body": string(body), "from": c.ClientIP()})
	}(c)
	answer().Want(202).JSON(`{"params": "12", "q": "1", "body": "{\"x\": 1}", "from": "203.0.113.7"}`).Errors("a fault")
	got := failure(func(t testing.TB) {
		c, answer := dramtest.Context(t, "GET", "/")
		c.Status(204)
		answer().Want(200)
	})
	assert.Equal(t, "dramtest: GET /: status 204, want 200", firstLine(got))
}

func TestAReleaseEngineIsPoisoned(t *testing.T) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	var kept *dram.Context
	r := dram.New()
	r.GET("/", func(c *dram.Context) { kept = c })
	dramtest.New(t, r).GET("/").Want(200)
	assert.PanicsWithValue(t, "dram: the Context of GET / was used after its handler returned: give a goroutine c.Copy(), or the values it needs", func() { kept.Get("x") })
}

func BenchmarkInProcess(b *testing.B) {
	app := dramtest.New(b, routes())
	for b.Loop() {
		app.GET("/text").Want(200)
	}
}
