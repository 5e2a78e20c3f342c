package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The pages in a headless Chromium, named "chromium" on the PATH. With DRAM_TEST_SCREENSHOTS, a
// directory, pictures of them are kept there; with DRAM_TEST_AXE, the file axe.min.js of npm's
// axe-core, its rules of accessibility are checked as well.

// browser starts a Chromium with an empty profile.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on the PATH: install it (Debian: apt-get install chromium) to run this test")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("proxy-server", "direct://"))
	ctx, cancelTime := context.WithTimeout(context.Background(), 90*time.Second)
	ctx, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancelTab()
		cancelAllocator()
		cancelTime()
	})
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

// run runs a script that may be a promise, and returns its text.
func run(t *testing.T, ctx context.Context, script string) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	return text
}

// becomes waits until a script yields a text.
func becomes(t *testing.T, ctx context.Context, want, script string) {
	t.Helper()
	got := ""
	assert.Eventually(t, func() bool {
		got, _ = chromedp.Run(ctx, chromedp.Evaluate[string](script)) // between two pages there is none to ask
		return strings.Contains(got, want)
	}, 10*time.Second, 50*time.Millisecond, "%s", want)
	assert.Contains(t, got, want)
}

// press presses keys that lead to another page, and waits for it.
func press(t *testing.T, ctx context.Context, keys string) {
	t.Helper()
	run(t, ctx, `document.body.dataset.page = "old"`)
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(keys)))
	becomes(t, ctx, "complete", `document.body?.dataset.page ?? document.readyState`)
}

// shoot keeps a picture at a width, dark or light, and checks that nothing is wider than the page,
// and what axe says.
func shoot(t *testing.T, ctx context.Context, name string, width int64, scheme string) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)))
	require.NoError(t, chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, at *chromedp.Target) error {
		_, err := cdp.Call(ctx, at, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})))
	assert.Equal(t, "true", run(t, ctx, `String(document.documentElement.scrollWidth <= innerWidth)`), "%s at %d", name, width)
	if axe := os.Getenv("DRAM_TEST_AXE"); axe != "" {
		source, err := os.ReadFile(axe)
		require.NoError(t, err)
		assert.Empty(t, run(t, ctx, string(source)+`;axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | ")).join("\n"))`), "%s at %d, %s", name, width, scheme)
	}
	if dir := os.Getenv("DRAM_TEST_SCREENSHOTS"); dir != "" {
		picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o644))
	}
}

func TestTheAdminPageInABrowser(t *testing.T) {
	ctx := browser(t)
	g, _ := start(t, watched, answer("1"), answer("2"))
	o := operate(t, g)
	for range 30 {
		get(g, "/books/1")
	}
	get(g, "/books/%3Cimg%20src=x%20onerror=alert(1)%3E", "User-Agent: odd")

	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(o.at+"/")))
	shoot(t, ctx, "log-in", 420, "light")
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(o.url)))
	assert.Equal(t, "/", run(t, ctx, `location.pathname + location.search`), "the token is not in the address")
	becomes(t, ctx, "live", `document.getElementById("live").textContent`)
	assert.Contains(t, run(t, ctx, `document.getElementById("decisions").innerText`), "<img src=x onerror=alert(1)>")
	for _, width := range []int64{390, 1280} {
		shoot(t, ctx, "admin", width, "light")
		shoot(t, ctx, "admin", width, "dark")
	}

	// What an operator is about to write stays, while the page goes on.
	run(t, ctx, `document.querySelector("[name=weight]").value = "7"; document.querySelector("[name=weight]").focus(); ""`)
	get(g, "/books/2", "User-Agent: odd")
	becomes(t, ctx, "/books/2", `document.getElementById("decisions").innerText`)
	assert.Equal(t, "7", run(t, ctx, `document.activeElement.value`))

	// By keyboard: the field sets the weight, the button drains.
	press(t, ctx, "\t\r")
	becomes(t, ctx, "7", `[...document.querySelectorAll("[id$=-weight]")].map(e => e.textContent).join(" ")`)
	run(t, ctx, `document.querySelector(".drain").focus(); ""`)
	press(t, ctx, "\r")
	becomes(t, ctx, "drained", `document.querySelector("[id$=-health]")?.textContent ?? ""`)
	becomes(t, ctx, "none block", `[".drain", ".back"].map(s => getComputedStyle(document.querySelector(s)).display).join(" ")`)

	require.NoError(t, g.Use([]byte(string(g.Text())+"# more\n")))
	becomes(t, ctx, "the file has changed", `document.getElementById("live").textContent`)
}

// A browser does the work of a challenge by itself, and has the page that it asked for.
func TestAChallengeInABrowser(t *testing.T) {
	ctx := browser(t)
	g, _ := start(t, strings.Replace(watched, "{score: 90, when: agent == 'odd'}", "{score: 60, when: 'true'}", 1),
		func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("<title>in</title>")) },
		func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("<title>in</title>")) })
	server := httptest.NewServer(g)
	defer server.Close()
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/books/1")))
	becomes(t, ctx, "in", `document.title`)
	assert.Contains(t, run(t, ctx, `document.cookie`), "gateway-pass=")

	// Without cookies it says so; so that the page is there to be looked at.
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(strings.Replace(server.URL, "127.0.0.1", "localhost", 1)+"/none")))
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := get(g, "/books/1", "Accept: text/html").Body.String()
		_, _ = w.Write([]byte(strings.ReplaceAll(body, `"use strict";`, `"use strict"; throw 0;`)))
	}))
	defer page.Close()
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(page.URL)))
	shoot(t, ctx, "challenge", 390, "dark")
}
