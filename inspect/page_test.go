package inspect_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
)

func TestRoutesAreFound(t *testing.T) {
	r := dram.New()
	r.Use(outer)
	r.GET("/books/:id", denies, answers)
	r.POST("/loans", answers)
	r.Host("api.example.com").GET("/v1/<b>", answers)
	s := serve(t, r, inspect.Config{}).open()
	page := s.page("routes")
	for _, want := range []string{"3 routes", "/books/:id", "/v1/&lt;b&gt;", "api.example.com", "page_test.go:", "inspect_test.answers", "3 layers"} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, page, "/debug/dram/*", "the pages' own routes")
	page = s.page("routes?q=POST+loans")
	assert.Contains(t, page, "1 of 3 routes")
	assert.NotContains(t, page, "/books/:id")
	assert.Contains(t, s.page("routes?q=%3Cscript%3E"), "&lt;script&gt;")
	assert.Contains(t, s.page("routes?q=denies"), "1 of 3 routes")
}

func TestRoutesThatNeverMatchAreMarked(t *testing.T) {
	r := dram.New()
	r.Any("/a/*p", answers)
	r.GET("/a/", answers)
	r.GET("/a/:x", answers)
	r.GET("/a/:x/*q", answers)
	r.Match([]string{"get"}, "/lower", answers)
	s := serve(t, r, inspect.Config{}).open()
	page := s.page("routes?q=shadowed")
	assert.Contains(t, page, "shadowed by GET /a/, GET /a/:x, GET /a/:x/*q")
	assert.Contains(t, page, "2 of 13 routes", "that of GET, and that of HEAD, which GET answers")
	assert.Contains(t, s.page("routes?q=upper+case"), "1 of 13 routes")
}

func TestTheTreeDoesNotCountThePages(t *testing.T) {
	r := dram.New()
	r.GET("/books", answers)
	r.GET("/debug/vars", answers)
	s := serve(t, r, inspect.Config{}).open()
	page := s.page("tree")
	assert.Contains(t, page, "[2]")
	assert.NotContains(t, page, "[3]")
	assert.NotContains(t, page, "[4]")
	assert.NotContains(t, page, "*page")
	assert.NotContains(t, page, "<h2>POST")
	page = s.page("tree?path=/debug/vars")
	assert.Less(t, strings.Index(page, "In words"), strings.Index(page, "<svg"))
}

func TestAThousandRoutesAreOnePage(t *testing.T) {
	r := dram.New()
	r.Use(outer, beside)
	for i := range 1000 {
		r.GET(fmt.Sprintf("/section%d/:id", i), answers)
	}
	s := serve(t, r, inspect.Config{}).open()
	assert.Contains(t, s.page("routes"), "1000 routes")
}

// formToken is what the form of a request's page has.
func (s *site) formToken(id uint64) string {
	_, rest, _ := strings.Cut(s.page(fmt.Sprint("requests/", id)), `name="t" value="`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// What is sent again is what the page shows: a path is not resolved as a reference is, so that no other route gets it.
func TestAttackTryAgainSendsThePathAsItCame(t *testing.T) {
	var got []string
	r := dram.New()
	r.NoRoute(func(c *dram.Context) { got = append(got, c.Request.RequestURI) })
	r.GET("/7", func(*dram.Context) { t.Error("another request was sent") })
	r.GET("/y", func(*dram.Context) { t.Error("another request was sent") })
	s := serve(t, r, inspect.Config{}).open()
	for _, target := range []string{"//users/7?x=1", "/x/../y", "/x/./y", "///", "//", "/a%2Fb/%2e%2e/c", "/a//b?c=//d"} {
		got = nil
		conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", target)
		require.NoError(t, err)
		_, err = io.ReadAll(conn)
		require.NoError(t, err)
		id := s.last().ID
		s.ask("POST", fmt.Sprintf("/debug/dram/requests/%d/again", id), "t="+s.formToken(id))
		assert.Equal(t, []string{target, target}, got)
	}
}

// Anybody may have sent a DELETE, without a right to it: with the developer's cookies it is sent after a second look only.
func TestAttackADeleteIsNotSentAgainByOneClick(t *testing.T) {
	ran := 0
	r := dram.New()
	r.Any("/users/:id", func(*dram.Context) { ran++ })
	s := serve(t, r, inspect.Config{}).open()
	for method, want := range map[string]int{
		"GET": http.StatusSeeOther, "HEAD": http.StatusSeeOther, "OPTIONS": http.StatusSeeOther,
		"DELETE": http.StatusConflict, "PUT": http.StatusConflict, "PATCH": http.StatusConflict, "POST": http.StatusConflict,
	} {
		s.ask(method, "/users/7", "")
		id, before := s.last().ID, ran
		form := "t=" + s.formToken(id)
		assert.Equal(t, want, s.ask("POST", fmt.Sprintf("/debug/dram/requests/%d/again", id), form).StatusCode, method)
		assert.Equal(t, want == http.StatusSeeOther, ran > before, method)
		assert.Equal(t, want == http.StatusConflict, strings.Contains(s.page(fmt.Sprint("requests/", id)), `name="sure"`), method)
	}
}

func TestARequestIsSentAgain(t *testing.T) {
	var got []string
	r := dram.New()
	handle := func(c *dram.Context) {
		body, _ := c.GetRawData()
		got = append(got, fmt.Sprint(c.Request.Method, " ", c.Request.URL, " ", c.GetHeader("X-A"), c.GetHeader("Authorization"), " ", c.GetHeader("Cookie"), " ", string(body)))
	}
	r.GET("/a", handle)
	r.POST("/b", handle)
	r.GET("/panic", panics)
	s := serve(t, r, inspect.Config{}).open()
	again := func(id uint64, form string) *http.Response {
		return s.ask("POST", fmt.Sprintf("/debug/dram/requests/%d/again", id), form, "Cookie", s.cookie+"; app=1")
	}
	s.ask("GET", "/a?x=%2F", "", "X-A", "1", "Authorization", "Bearer s", "Cookie", "")
	id := s.last().ID
	token := s.formToken(id)
	require.NotEmpty(t, token)
	res := again(id, "t="+token)
	assert.Equal(t, http.StatusSeeOther, res.StatusCode)
	assert.Equal(t, fmt.Sprint("../", id+1), res.Header.Get("Location"))
	assert.Equal(t, "GET /a?x=%2F 1 app=1 ", got[1], "without the secret, and with the browser's cookies but the pages' own")

	assert.Equal(t, http.StatusForbidden, again(id, "t=").StatusCode, "without the token of the page")
	assert.Equal(t, http.StatusForbidden, again(id, "t="+strings.Repeat("0", len(token))).StatusCode)
	assert.Equal(t, http.StatusForbidden, s.ask("POST", fmt.Sprintf("/debug/dram/requests/%d/again", id), "t="+token, "Sec-Fetch-Site", "cross-site").StatusCode)
	assert.Equal(t, http.StatusNotFound, again(999, "t="+token).StatusCode)
	assert.Len(t, got, 2)

	s.ask("POST", "/b", "one=1")
	id = s.last().ID
	assert.Equal(t, http.StatusConflict, again(id, "t="+token).StatusCode, "it may do twice what it did once")
	assert.Len(t, got, 3)
	assert.Equal(t, http.StatusSeeOther, again(id, "t="+token+"&sure=yes&body=two%3D2").StatusCode)
	assert.True(t, strings.HasSuffix(got[3], "two=2"), got[3])

	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	_, err := http.Get(s.server.URL + "/panic")
	assert.Error(t, err)
	rec := s.last()
	assert.Equal(t, "/panic", rec.Route)
	assert.Equal(t, http.StatusSeeOther, again(rec.ID, "t="+token).StatusCode, "a panic ends nothing but the request")
	assert.True(t, s.last().Layers[0].Panicked)
}

func TestFilesOfARequest(t *testing.T) {
	r := dram.New()
	r.Use(outer)
	r.GET("/it's", answers)
	s := serve(t, r, inspect.Config{}).open()
	s.ask("GET", "/it's?a=1&token=x", "", "X-Quote", "a'b")
	id := s.last().ID
	var trace struct {
		TraceEvents []struct {
			Name, Ph string
			Ts, Dur  float64
		}
	}
	require.NoError(t, json.Unmarshal([]byte(s.page(fmt.Sprint("requests/", id, "/trace"))), &trace))
	require.GreaterOrEqual(t, len(trace.TraceEvents), 3)
	assert.Equal(t, "inspect_test.answers", trace.TraceEvents[2].Name)
	assert.Equal(t, "X", trace.TraceEvents[2].Ph)
	assert.Positive(t, trace.TraceEvents[2].Dur)
	page := strings.NewReplacer("&#39;", "'", "&amp;", "&", "&#34;", `"`).Replace(s.page(fmt.Sprint("requests/", id)))
	assert.Contains(t, page, `it'\''s?a=1&token=*'`)
	assert.Contains(t, page, `-H 'X-Quote: a'\''b'`)
	assert.Contains(t, page, `Server-Timing: l0;desc="inspect_test.outer";dur=`)
	assert.Equal(t, http.StatusNotFound, s.ask("GET", "/debug/dram/requests/1/none", "").StatusCode)
	assert.Equal(t, http.StatusNotFound, s.ask("GET", "/debug/dram/requests/x", "").StatusCode)
}

// nextEvent reads one from a stream.
func nextEvent(t *testing.T, in *bufio.Scanner) (data struct {
	Rows     string
	Total    uint64
	InFlight int64
}) {
	t.Helper()
	for in.Scan() {
		if text, ok := strings.CutPrefix(in.Text(), "data:"); ok {
			require.NoError(t, json.Unmarshal([]byte(text), &data))
			return data
		}
	}
	require.Fail(t, "the stream has ended")
	return data
}

func TestRequestsComeLive(t *testing.T) {
	s := serve(t, hello(), inspect.Config{}).open()
	s.ask("GET", "/?before", "")
	res := s.ask("GET", "/debug/dram/events?after=1&q=", "")
	assert.Contains(t, res.Header.Get("Content-Type"), "text/event-stream")
	in := bufio.NewScanner(res.Body)
	in.Buffer(nil, 1<<20)
	assert.Empty(t, nextEvent(t, in).Rows, "what the page has")
	for i := range 100 {
		s.ask("GET", fmt.Sprint("/?n=", i), "")
	}
	total, rows := uint64(1), 0
	for deadline := time.Now().Add(10 * time.Second); total < 101 && time.Now().Before(deadline); {
		event := nextEvent(t, in)
		assert.LessOrEqual(t, strings.Count(event.Rows, "<tr>"), 50, "however many there are")
		total, rows = event.Total, rows+strings.Count(event.Rows, "<tr>")
	}
	assert.EqualValues(t, 101, total)
	assert.LessOrEqual(t, rows, 100)
}

func TestASlowRequestLeavesATrace(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { time.Sleep(2 * time.Millisecond) })
	s := serve(t, r, inspect.Config{Slow: time.Millisecond}).open()
	t.Cleanup(func() { require.NoError(t, r.Shutdown(context.Background())) })
	s.ask("GET", "/", "")
	require.Eventually(t, func() bool { return strings.Contains(s.page("runtime"), "runtime/trace/1") }, 10*time.Second, 10*time.Millisecond)
	data := s.page("runtime/trace/1")
	assert.True(t, strings.HasPrefix(data, "go 1."), "%.20q", data)
}

func TestTheRuntimeIsShown(t *testing.T) {
	s := serve(t, hello(), inspect.Config{}).open()
	page := s.page("runtime")
	for _, want := range []string{"Goroutines", "Heap", "Connections", "Config.Slow"} {
		assert.Contains(t, page, want)
	}
	assert.Contains(t, s.page("runtime/goroutines"), "goroutine profile:")
	assert.Equal(t, http.StatusNotFound, s.ask("GET", "/debug/dram/runtime/heap", "").StatusCode)
	if pprof.Lookup("goroutineleak") == nil {
		assert.Contains(t, page, "with Go 1.27")
		assert.Equal(t, http.StatusNotFound, s.ask("GET", "/debug/dram/runtime/leaks", "").StatusCode)
	} else {
		assert.Contains(t, page, "runtime/leaks")
		assert.Contains(t, s.page("runtime/leaks"), "goroutineleak profile:")
	}
}

func TestRunPrintsTheAddressOnceItListens(t *testing.T) {
	r, out := hello(), new(output)
	require.NoError(t, inspect.Mount(r, inspect.Config{Out: out}))
	listener, err := net.Listen("tcp", ":0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended, listens := make(chan error), make(chan struct{})
	r.OnListen = func(net.Addr) { close(listens) }
	go func() { ended <- r.RunListenerContext(ctx, listener) }()
	<-listens
	at := fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	require.Eventually(t, func() bool { return strings.Contains(out.String(), at+"/debug/dram/") }, 10*time.Second, time.Millisecond)

	s := &site{t: t, engine: r, out: out, server: &httptest.Server{URL: at}}
	s.open()
	assert.Regexp(t, `[1-9] active`, s.page("runtime"))
	assert.Equal(t, 2, strings.Count(out.String(), "?token="), "and the next one when it was opened")
	stop()
	assert.NoError(t, <-ended)
}

// In debug mode what Lint finds is printed with the address, once.
func TestFindingsArePrintedInDebugMode(t *testing.T) {
	defer dram.SetMode(dram.TestMode)
	dram.SetMode(dram.DebugMode)
	dram.DefaultWriter = io.Discard
	defer func() { dram.DefaultWriter = os.Stdout }()
	r := dram.New()
	r.Use(beside, beside)
	r.GET("/", answers)
	s := serve(t, r, inspect.Config{})
	s.ask("GET", "/", "")
	s.ask("GET", "/", "")
	assert.Equal(t, 1, strings.Count(s.out.String(), "[WARNING]"), s.out)
	assert.Contains(t, s.out.String(), "layer-twice")
}

// curl makes several addresses of [1-3] and {a,b}, unless it is told not to.
func TestACopiedLineAsksForTheSameAddress(t *testing.T) {
	program, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not here")
	}
	r := dram.New()
	r.NoRoute(beside)
	s := serve(t, r, inspect.Config{}).open()
	for _, target := range []string{"/q?user[name]=x&ids[]=1", "/q?a={b,c}", "/b/[1-3]", "/b/{a,b}/../c", "/b/it's?q=$HOME`id`"} {
		req := &http.Request{Method: "GET", URL: &url.URL{Scheme: "http", Host: s.server.Listener.Addr().String(), Opaque: target}, Header: http.Header{}}
		res, err := transport.RoundTrip(req)
		require.NoError(t, err)
		_ = res.Body.Close()
		before := s.last()
		_, line, _ := strings.Cut(html.UnescapeString(s.page(fmt.Sprint("requests/", before.ID))), "data-copy>")
		line, _, _ = strings.Cut(line, "</pre>")
		out, err := exec.Command("sh", "-c", strings.Replace(line, "curl", program+" -s", 1)).CombinedOutput()
		require.NoError(t, err, "%s: %s", line, out)
		after := s.last()
		assert.Equal(t, before.ID+1, after.ID, target)
		assert.Equal(t, before.Path+"?"+before.Query, after.Path+"?"+after.Query)
	}
}

func TestWhatIsKeptIsSaid(t *testing.T) {
	count := func(s *site) string {
		_, text, _ := strings.Cut(s.page("requests"), `id="count">`)
		text, _, _ = strings.Cut(text, "<")
		return text
	}
	s := serve(t, hello(), inspect.Config{Requests: 250}).open()
	assert.Equal(t, "0 so far, 0 running · the last 250 are kept", count(s))
	for range 260 {
		s.ask("GET", "/", "")
	}
	s.last()
	assert.Equal(t, "260 so far, 0 running · the last 250 are kept, and the last 200 shown", count(s))

	s = serve(t, hello(), inspect.Config{Bytes: 8000}).open()
	for range 20 {
		s.ask("GET", "/", "")
	}
	s.last()
	assert.Regexp(t, `^20 so far, 0 running · the last \d are kept, which take \d\.\d KiB of 7\.8 KiB$`, count(s))
	s.ask("GET", "/?"+strings.Repeat("x", 8000), "")
	s.last()
	assert.Contains(t, count(s), "1 larger than all may be (Config.Bytes), and not kept")

	s = serve(t, hello(), inspect.Config{Bytes: 1}).open()
	assert.Contains(t, s.page("requests"), "No request has come in so far.")
	s.ask("GET", "/", "")
	require.Eventually(t, func() bool { return strings.HasPrefix(count(s), "1 so far, 0 running") }, 10*time.Second, time.Millisecond)
	assert.Contains(t, s.page("requests"), "No request is kept.")
}

// A browser has six connections for all tabs: of many tabs the last ones are live.
func TestManyTabsLeaveConnections(t *testing.T) {
	s := serve(t, hello(), inspect.Config{}).open()
	var streams []*bufio.Scanner
	for range 5 {
		streams = append(streams, bufio.NewScanner(s.ask("GET", "/debug/dram/events?after=0", "").Body))
		nextEvent(t, streams[len(streams)-1])
	}
	for i, in := range streams {
		if i >= 2 {
			break
		}
		var text []string
		for in.Scan() { // to its end
			text = append(text, in.Text())
		}
		assert.Contains(t, strings.Join(text, "\n"), "event:moved", i)
	}
	s.ask("GET", "/", "")
	for _, in := range streams[2:] {
		assert.EqualValues(t, 1, nextEvent(t, in).Total)
	}
}

// Browsers end the lines of a form by "\r\n".
func TestABodyIsSentAsItWasWritten(t *testing.T) {
	var got []string
	r := dram.New()
	r.POST("/", func(c *dram.Context) {
		body, err := c.GetRawData()
		assert.NoError(t, err)
		got = append(got, string(body)+c.GetHeader("Content-Encoding"))
	})
	s := serve(t, r, inspect.Config{}).open()
	for media, want := range map[string]string{"text/plain": "a\nb", "multipart/mixed; boundary=x": "a\r\nb"} {
		got = nil
		s.ask("POST", "/", "zipped", "Content-Type", media, "Content-Encoding", "gzip")
		id := s.last().ID
		_, token, _ := strings.Cut(s.page(fmt.Sprint("requests/", id)), `name="t" value="`)
		token, _, _ = strings.Cut(token, `"`)
		res := s.ask("POST", fmt.Sprintf("/debug/dram/requests/%d/again", id), url.Values{"t": {token}, "sure": {"yes"}, "body": {"a\r\nb"}}.Encode())
		assert.Equal(t, http.StatusSeeOther, res.StatusCode)
		assert.Equal(t, []string{"zippedgzip", want}, got)
	}
}

func TestAPageThatIsNotThereLeadsToTheOthers(t *testing.T) {
	s := serve(t, hello(), inspect.Config{}).open()
	for _, path := range []string{"none", "requests/1", "requests/x/json", "runtime/none", "runtime/trace/1"} {
		res := s.ask("GET", "/debug/dram/"+path, "")
		assert.Equal(t, http.StatusNotFound, res.StatusCode)
		page := text(t, res)
		assert.Contains(t, page, `aria-label="Pages"`, path)
		assert.Contains(t, page, "<h1>Not Found</h1>", path)
	}
	assert.Contains(t, s.page("runtime/goroutines"), `aria-current="page">Runtime`)
}
