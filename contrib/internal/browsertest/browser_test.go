package browsertest_test

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// fetching returns a script that fetches url and yields the answer, or "blocked".
func fetching(url, options string) string {
	return fmt.Sprintf(`fetch(%q, %s).then(async r => r.status + " " + await r.text() + " " + r.headers.get("X-Total")).catch(() => "blocked")`, url, options)
}

func TestCORSInABrowser(t *testing.T) {
	ctx := browser(t)
	friend, other := serve(t, pages()), serve(t, pages())
	var puts atomic.Int64
	r := dram.New()
	r.Use(middleware.CORS(middleware.CORSConfig{
		AllowOrigins: []string{friend.name}, AllowCredentials: true,
		AllowMethods: []string{"PUT"}, AllowHeaders: []string{"X-Key"}, ExposeHeaders: []string{"X-Total"},
	}))
	r.GET("/data", func(c *dram.Context) {
		c.Header("X-Total", "7")
		c.String(http.StatusOK, "secret")
	})
	r.PUT("/data", func(c *dram.Context) { puts.Add(1); c.String(http.StatusOK, "put") })
	public := dram.New()
	public.Use(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"*"}}))
	public.GET("/data", func(c *dram.Context) { c.String(http.StatusOK, "open") })
	api, open := serve(t, r).address, serve(t, public).address

	const put = `{method: "PUT", headers: {"X-Key": "1"}}`
	cases := []struct {
		name, page, url, options, want string
	}{
		{"friend reads", friend.name, api + "/data", `{}`, "200 secret 7"},
		{"friend reads with credentials", friend.name, api + "/data", `{credentials: "include"}`, "200 secret 7"},
		{"friend reads an error", friend.name, api + "/none", `{}`, "404 404 page not found null"},
		{"friend puts", friend.name, api + "/data", put, "200 put null"},
		{"friend sends another header", friend.name, api + "/data", `{headers: {"X-Other": "1"}}`, "blocked"},
		{"friend deletes", friend.name, api + "/data", `{method: "DELETE"}`, "blocked"},
		{"friend's other name", friend.address, api + "/data", `{}`, "blocked"},
		{"other origin reads", other.name, api + "/data", `{}`, "blocked"},
		{"other origin puts", other.name, api + "/data", put, "blocked"},
		{"other origin reads what is public", other.name, open + "/data", `{}`, "200 open null"},
		{"but not with credentials", other.name, open + "/data", `{credentials: "include"}`, "blocked"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, visit(t, ctx, tc.page, fetching(tc.url, tc.options)))
		})
	}
	assert.EqualValues(t, 1, puts.Load(), "what is not allowed is not even sent")
	t.Run("null origin of a sandboxed frame", func(t *testing.T) {
		frame := `<iframe sandbox="allow-scripts" srcdoc="` + html.EscapeString(`<script>`+fetching(api+"/data", "{}")+`.then(x => parent.postMessage(x, "*"))</script>`) + `"></iframe>`
		script := fmt.Sprintf(`new Promise(done => { onmessage = e => done(e.data); document.body.innerHTML = %q })`, frame)
		assert.Equal(t, "blocked", visit(t, ctx, friend.name, script))
	})
}

func TestCSRFInABrowser(t *testing.T) {
	ctx := browser(t)
	var transfers atomic.Int64
	r := dram.New()
	r.Use(middleware.CSRF(middleware.CSRFConfig{}))
	r.GET("/", page("<form method=post action=/transfer></form>"))
	r.POST("/transfer", func(c *dram.Context) {
		transfers.Add(1)
		page("done")(c)
	})
	bank := serve(t, r)
	evil := serve(t, pages())

	// submit submits the form of the current page and returns the text of the
	// page that follows.
	submit := func(t *testing.T) string {
		leave(t, ctx, `document.forms[0].submit()`)
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
		require.NoError(t, err)
		return text
	}
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(bank.address)))
	assert.Equal(t, "done", submit(t), "its own page")
	require.EqualValues(t, 1, transfers.Load())

	form := fmt.Sprintf(`document.body.innerHTML = "<form method=post action='%s/transfer'><input name=amount value=1></form>", ""`, bank.address)
	visit(t, ctx, evil.name, form)
	assert.Contains(t, submit(t), "another origin")

	answer := visit(t, ctx, evil.name, fmt.Sprintf(`fetch("%s/transfer", {method: "POST", mode: "no-cors", credentials: "include"}).then(r => r.type)`, bank.address))
	assert.Equal(t, "opaque", answer, "the request was sent")
	assert.EqualValues(t, 1, transfers.Load(), "no other page's request came through")
}

func TestCSPNonceInABrowser(t *testing.T) {
	ctx := browser(t)
	r := dram.New()
	r.Use(middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: "default-src 'self'; script-src {nonce}; frame-ancestors 'none'"}))
	r.GET("/", func(c *dram.Context) {
		page(fmt.Sprintf(`<title>none</title><body>
<script nonce=%q>document.title = "ours"; parent.postMessage("framed", "*")</script>
<script>document.title += " injected"</script>
<script nonce="guess">document.title += " guessed"</script>
<img src=x onerror="document.title += ' handler'">`, middleware.CSPNonce(c)))(c)
	})
	guarded, other := serve(t, r), serve(t, pages())
	for range 2 { // a new nonce each time
		assert.Equal(t, "ours", visit(t, ctx, guarded.address, `new Promise(done => setTimeout(() => done(document.title), 100))`))
	}
	framing := fmt.Sprintf(`new Promise(done => {
		onmessage = e => done(e.data);
		const frame = document.createElement("iframe");
		frame.onload = () => setTimeout(() => done("refused"), 200);
		frame.src = %q;
		document.body.append(frame);
	})`, guarded.address)
	assert.Equal(t, "refused", visit(t, ctx, other.name, framing), "a page of another origin cannot show it in a frame")
}

func TestCookiesSameSiteInABrowser(t *testing.T) {
	ctx := browser(t)
	var mu sync.Mutex
	seen := map[string]string{}
	r := dram.New()
	r.GET("/login", func(c *dram.Context) {
		for name, mode := range map[string]http.SameSite{"strict": http.SameSiteStrictMode, "lax": http.SameSiteLaxMode} {
			c.SetSameSite(mode)
			c.SetCookie(name, "1", 3600, "/", "", false, true)
		}
		page("in")(c)
	})
	see := func(c *dram.Context) {
		var names []string
		for _, cookie := range c.Request.Cookies() {
			names = append(names, cookie.Name)
		}
		mu.Lock()
		seen[c.Param("how")] = fmt.Sprint(len(names), " ", strings.Contains(fmt.Sprint(names), "lax"))
		mu.Unlock()
		page("seen")(c)
	}
	r.GET("/see/:how", see)
	r.POST("/see/:how", see)
	bank := serve(t, r)
	evil := serve(t, pages())

	assert.Equal(t, "", visit(t, ctx, bank.address+"/login", `document.cookie`), "HttpOnly hides them from scripts")
	visit(t, ctx, bank.address, fetching(bank.address+"/see/own", "{}"))
	visit(t, ctx, evil.name, fmt.Sprintf(`fetch("%s/see/fetched", {mode: "no-cors", credentials: "include"}).then(r => r.type)`, bank.address))
	for how, action := range map[string]string{
		"followed":  fmt.Sprintf(`location.href = "%s/see/followed"`, bank.address),
		"submitted": fmt.Sprintf(`document.body.innerHTML = "<form method=post action='%s/see/submitted'></form>"; document.forms[0].submit()`, bank.address),
	} {
		require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(evil.name)), how)
		leave(t, ctx, action)
	}
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, map[string]string{
		"own":       "2 true",  // both
		"fetched":   "0 false", // none, for a page of another site
		"followed":  "1 true",  // a link brings Lax
		"submitted": "0 false", // a form does not
	}, seen)
}
