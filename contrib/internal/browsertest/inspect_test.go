package browsertest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
	"github.com/dram-go/dram/middleware"
)

// The pages of package inspect. With DRAM_TEST_SCREENSHOTS, a directory, pictures of them are kept
// there; with DRAM_TEST_AXE, the file axe.min.js of npm's axe-core, its rules of accessibility are
// checked as well.

// library is a program that is looked at.
func library() *dram.Engine {
	type loan struct {
		Reader string `json:"reader" binding:"required"`
		Days   int    `json:"days" binding:"min=1,max=60"`
	}
	r := dram.New()
	r.Use(middleware.RequestID(middleware.RequestIDConfig{}), dram.RecoveryWithWriter(nil), middleware.Secure(middleware.SecureConfig{}), middleware.Compress(middleware.CompressConfig{}))
	r.GET("/books", func(c *dram.Context) {
		time.Sleep(3 * time.Millisecond)
		c.String(http.StatusOK, "%s", strings.Repeat("a book, ", 500))
	})
	r.GET("/books/:id", func(c *dram.Context) { c.JSON(http.StatusOK, dram.H{"id": c.Param("id")}) })
	r.GET("/books/new", slowly, func(c *dram.Context) { c.String(http.StatusOK, "new") })
	r.GET("/broken", slowly, func(*dram.Context) { panic("the shelf is empty") })
	r.GET("/down", func(c *dram.Context) { c.Fail(errors.New("dial tcp 127.0.0.1:5432: connection refused")) })
	loans := r.Group("/loans", middleware.CSRF(middleware.CSRFConfig{}))
	loans.POST("", func(c *dram.Context) {
		if err := c.ShouldBindJSON(new(loan)); err != nil {
			c.Fail(err)
		}
	})
	loans.DELETE("/:id/*rest", func(*dram.Context) {})
	return r
}

func slowly(c *dram.Context) {
	time.Sleep(time.Millisecond)
	c.Next()
	time.Sleep(500 * time.Microsecond)
}

// inspected is a program with inspect, whose pages a browser has opened.
type inspected struct {
	t   *testing.T
	ctx context.Context
	at  string
	out *safeBuffer
	// pages is the path that all pages are below.
	pages string
}

type safeBuffer struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.String()
}

func inspectIn(t *testing.T, r *dram.Engine) *inspected {
	t.Helper()
	s := &inspected{t: t, ctx: browser(t), out: new(safeBuffer)}
	require.NoError(t, inspect.Mount(r, inspect.Config{Out: s.out}))
	server := httptest.NewServer(r)
	t.Cleanup(server.CloseClientConnections)
	s.at = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	s.send("GET", "/debug/dram", "")
	link := regexp.MustCompile(`http://localhost:\S+`).FindString(s.out.String())
	require.NotEmpty(t, link)
	require.NoError(t, chromedp.Do(s.ctx, chromedp.Navigate(link)))
	s.pages = strings.TrimSuffix(s.run(`location.pathname + location.search`), "requests") // without the token
	assert.Regexp(t, `^/debug/dram/\w+/$`, s.pages)
	return s
}

// send sends a request to the program.
func (s *inspected) send(method, path, body string, header ...string) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.at+path, strings.NewReader(body))
	require.NoError(s.t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Body.Close())
}

func (s *inspected) open(path string) {
	s.t.Helper()
	require.NoError(s.t, chromedp.Do(s.ctx, chromedp.Navigate(s.at+s.pages+path)))
}

func (s *inspected) run(script string) string {
	s.t.Helper()
	text, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	require.NoError(s.t, err)
	return text
}

// becomes waits until a script yields a text.
func (s *inspected) becomes(want, script string) {
	s.t.Helper()
	got := ""
	assert.Eventually(s.t, func() bool {
		got, _ = chromedp.Run(s.ctx, chromedp.Evaluate[string](script)) // between two pages there is none to ask
		return strings.Contains(got, want)
	}, 10*time.Second, 20*time.Millisecond, "%s", want)
	assert.Contains(s.t, got, want)
}

// look checks the page that is open, narrow and wide, light and dark: that nothing is wider than it,
// and what axe says. It keeps pictures.
func (s *inspected) look(name string) {
	s.t.Helper()
	for _, width := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			require.NoError(s.t, chromedp.Do(s.ctx, chromedp.EmulateViewport(width, 900)))
			require.NoError(s.t, chromedp.Do(s.ctx, chromedp.Func(func(ctx context.Context, at *chromedp.Target) error {
				_, err := cdp.Call(ctx, at, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
					{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
				}})
				return err
			})))
			assert.Equal(s.t, "true", s.run(`String(document.documentElement.scrollWidth <= innerWidth)`), "%s at %d", name, width)
			if axe := os.Getenv("DRAM_TEST_AXE"); axe != "" {
				source, err := os.ReadFile(axe)
				require.NoError(s.t, err)
				assert.Empty(s.t, s.run(string(source)+`;axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | ")).join("\n"))`), "%s at %d, %s", name, width, scheme)
			}
			if dir := os.Getenv("DRAM_TEST_SCREENSHOTS"); dir != "" {
				picture, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(100))
				require.NoError(s.t, err)
				require.NoError(s.t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o644))
			}
		}
	}
}

// layers are the rows of the onion: "name: what it did".
const layers = `[...document.querySelectorAll(".onion tbody tr")].map(r => r.querySelector("th").firstChild.textContent + ": " + [...r.querySelectorAll(".did > li > span:first-child, td[colspan]")].map(e => e.textContent).join(", ")).join("\n")`

func TestInspectInABrowser(t *testing.T) {
	s := inspectIn(t, library())
	s.becomes("Live", `document.getElementById("live").textContent`)
	s.look("requests-none")
	for range 4 {
		s.send("GET", "/books?page=2&token=hidden", "")
		s.send("GET", "/books/7", "")
	}
	s.send("GET", "/none", "")
	s.send("GET", "/down", "")
	s.send("POST", "/loans", `{"days": 90}`, "Content-Type", "application/json")
	s.send("GET", "/books/new", "")
	s.send("POST", "/loans", `{}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	s.send("GET", "/broken", "")
	s.becomes("/broken", `document.querySelector("#rows a").textContent`)
	assert.Equal(t, "14", s.run(`String(document.querySelectorAll("#rows tr").length)`), "each once")
	assert.NotContains(t, s.run(`document.body.innerText`), "hidden")
	s.look("requests")

	s.run(`document.querySelector("#rows a").focus(); ""`)
	s.send("GET", "/books/held", "")
	s.becomes("15 so far", `document.getElementById("count").textContent`)
	assert.Equal(t, "true 14", s.run(`document.activeElement.matches("#rows a") + " " + document.querySelectorAll("#rows tr").length`), "rows wait while the focus is in one")
	s.run(`document.activeElement.blur(); ""`)
	s.send("GET", "/books/8", "")
	s.becomes("/books/8 GET /books/held", `[...document.querySelectorAll("#rows a")].slice(0, 2).map(a => a.textContent).join(" ")`)

	s.send("GET", "/books/%3Cimg%20src=x%20onerror=alert(1)%3E", "")
	s.becomes("%3Cimg", `document.querySelector("#rows a").textContent`)
	assert.Equal(t, "0", s.run(`String(document.images.length)`))

	follow := func(text string) {
		t.Helper()
		s.open("requests")
		leave(t, s.ctx, fmt.Sprintf(`[...document.querySelectorAll("#rows a")].find(a => a.textContent.includes(%q)).click()`, text))
	}
	follow("POST /loans") // the newest: that of another site
	assert.Equal(t, strings.Join([]string{
		"middleware.RequestID: ", "dram.RecoveryWithWriter: ", "middleware.Secure: ",
		"middleware.Compress: sent the header, 403", // which has held it
		"middleware.CSRF: aborted, set 403", "browsertest_test.library (inspect_test.go): did not run",
	}, "\n"), regexp.MustCompile(`:\d+\)`).ReplaceAllString(s.run(layers), ")"))
	assert.Contains(t, s.run(`document.querySelector(".glance").innerText`), "403 was set by middleware.CSRF")
	s.look("request-aborted")

	follow("/broken")
	got := s.run(layers)
	assert.Contains(t, got, "dram.RecoveryWithWriter: recovered from the panic, ")
	assert.Contains(t, got, "browsertest_test.library: panicked: the shelf is empty")
	assert.Less(t, strings.Index(got, "RecoveryWithWriter"), strings.Index(got, "slowly"))
	assert.Less(t, strings.Index(got, "slowly"), strings.Index(got, "library"))
	s.look("request-panicked")

	s.open("requests?q=loans+400")
	leave(t, s.ctx, `document.querySelector("#rows a").click()`)
	assert.Contains(t, s.run(`document.querySelector(".did ul").innerText`), "reader")
	s.look("request-unbound")

	s.open("routes?method=GET&path=/books/new")
	s.look("routes")
	assert.Contains(t, s.run(`document.querySelector(".answer").innerText`), "route   GET /books/new")
	s.open("tree?path=/books/newest")
	assert.Equal(t, "/ b ooks / :id ", s.run(`[...document.querySelectorAll(".lit .label")].map(e => e.textContent.trim() + " ").join("")`), "the way of the path is lit")
	s.look("tree")
	s.open("runtime")
	s.look("runtime")
	s.open("lint")
	s.look("lint")
	assert.Equal(t, "[0,0,\"\"]", s.run(`JSON.stringify([localStorage.length, sessionStorage.length, document.cookie])`), "nothing is kept in the browser")
}

func TestInspectSendsARequestAgainFromTheKeyboard(t *testing.T) {
	s := inspectIn(t, library())
	s.send("GET", "/books/7", "")
	s.open("requests")
	leave(t, s.ctx, `document.querySelector("#rows a").click()`)
	before := s.run(`location.pathname`)
	s.run(`document.querySelector(".again button").focus(); ""`)
	require.NoError(t, chromedp.Do(s.ctx, chromedp.KeyEvent("\r")))
	s.becomes(s.pages+"requests/2", `location.pathname`)
	assert.NotEqual(t, before, s.run(`location.pathname`))
	assert.Contains(t, s.run(`document.querySelector("h1").innerText`), "/books/7")
}

func TestInspectInTwoTabs(t *testing.T) {
	s := inspectIn(t, library())
	ctx, cancel := chromedp.NewContext(s.ctx)
	defer cancel()
	other := *s
	other.ctx = ctx
	other.open("requests?q=new")
	s.becomes("Live", `document.getElementById("live").textContent`)
	other.becomes("Live", `document.getElementById("live").textContent`)
	s.send("GET", "/books/7", "")
	s.send("GET", "/books/new", "")
	s.becomes("2", `String(document.querySelectorAll("#rows tr").length)`)
	other.becomes("/books/new", `document.getElementById("rows").innerText`)
	assert.Equal(t, "1", other.run(`String(document.querySelectorAll("#rows tr").length)`), "what it searches for")
	s.run(`document.querySelector("main button[aria-pressed]").click(); ""`)
	s.send("GET", "/books", "")
	other.becomes("3 so far", `document.getElementById("count").textContent`)
	s.becomes("3 so far", `document.getElementById("count").textContent`)
	assert.Equal(t, "2", s.run(`String(document.querySelectorAll("#rows tr").length)`), "held")
	s.run(`document.querySelector("main button[aria-pressed]").click(); ""`)
	s.becomes("3", `String(document.querySelectorAll("#rows tr").length)`)
}

// However many requests come in, the page stays as long as it is, and goes on.
func TestInspectUnderAFlood(t *testing.T) {
	r := library()
	s := inspectIn(t, r)
	s.becomes("Live", `document.getElementById("live").textContent`)
	for range 20_000 {
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/books/7", nil))
	}
	s.becomes("20000 so far", `document.getElementById("count").textContent`)
	assert.Equal(t, "true", s.run(`String(document.querySelectorAll("#rows tr").length <= 200)`))
	s.send("GET", "/books/new", "")
	s.becomes("/books/new", `document.querySelector("#rows a").textContent`)
}

func TestAttackInspectFromAnotherPageInABrowser(t *testing.T) {
	s := inspectIn(t, library())
	other := serve(t, pages())
	for name, script := range map[string]string{
		"a fetch":         `fetch(%q, {credentials: "include"}).then(r => "read " + r.status).catch(() => "blocked")`,
		"an opaque fetch": `fetch(%q, {credentials: "include", mode: "no-cors"}).then(r => r.type === "opaque" ? "blocked" : "read").catch(() => "blocked")`,
		"an event stream": `new Promise(done => { const e = new EventSource(%q, {withCredentials: true}); e.onopen = () => done("read"); e.onerror = () => done("blocked"); })`,
		"a script":        `new Promise(done => { const s = document.createElement("script"); s.src = %q; s.onload = () => done("read"); s.onerror = () => done("blocked"); document.head.append(s); })`,
	} {
		for path := range map[string]bool{"requests": true, "events": true, "script.js": true} {
			for _, page := range []string{other.name, other.address} { // the same site at another port, and another one
				assert.Equal(t, "blocked", visit(t, s.ctx, page, fmt.Sprintf(script, s.at+s.pages+path)), "%s of %s from %s", name, path, page)
			}
		}
	}
}

// A browser has six connections to a server, for all tabs: the last three pages are live, the others when somebody comes back.
func TestInspectInManyTabs(t *testing.T) {
	s := inspectIn(t, library())
	s.becomes("Live", `document.getElementById("live").textContent`)
	for range 8 {
		tab, cancel := chromedp.NewContext(s.ctx)
		defer cancel()
		tab, cancel = context.WithTimeout(tab, 10*time.Second)
		defer cancel()
		require.NoError(t, chromedp.Do(tab, chromedp.Navigate(s.at+s.pages+"requests")))
	}
	s.becomes("Live in other tabs", `document.getElementById("live").textContent`)
	s.send("GET", "/books", "")
	s.run(`document.body.click(); ""`)
	s.becomes("1 so far", `document.getElementById("count").textContent`)
	s.becomes("/books", `document.getElementById("rows").innerText`)
}
