// What the tests share: a headless Chromium and servers of several origins.

package browsertest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// browser starts a Chromium of its own for the test, with an empty profile.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on the PATH: install it (Debian: apt-get install chromium) to run this test")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("proxy-server", "direct://"),
	)
	ctx, cancelTime := context.WithTimeout(context.Background(), 90*time.Second)
	ctx, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // ends the browser and waits for it
		cancelTab()
		cancelAllocator()
		cancelTime()
	})
	require.NoError(t, chromedp.Do(ctx)) // starts it
	return ctx
}

// site is a server with two origins, which to browsers are two sites.
type site struct {
	name    string // http://localhost:port
	address string // http://127.0.0.1:port
}

// serve serves h on loopback until the test ends.
func serve(t *testing.T, h http.Handler) site {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return site{name: strings.Replace(server.URL, "127.0.0.1", "localhost", 1), address: server.URL}
}

// pages returns an engine that serves an empty page at every path.
func pages() *dram.Engine {
	r := dram.New()
	r.GET("/*path", page("<title>a page</title>"))
	return r
}

// page returns a handler that serves a page.
func page(html string) dram.HandlerFunc {
	return func(c *dram.Context) {
		c.Data(http.StatusOK, "text/html; charset=utf-8", []byte("<!doctype html>"+html))
	}
}

// visit goes to a page and runs script there, which may be a promise; it
// returns its text.
func visit(t *testing.T, ctx context.Context, url, script string) string {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(url)))
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	return text
}

// leave runs script in the page that is open, and waits for the page to which
// it leads.
func leave(t *testing.T, ctx context.Context, script string) {
	t.Helper()
	_, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](script))
	require.NoError(t, err)
}
