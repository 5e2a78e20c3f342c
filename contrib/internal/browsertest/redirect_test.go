package browsertest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// below serves an engine as a proxy does that takes /app away.
func below(r http.Handler) http.HandlerFunc {
	inner := http.StripPrefix("/app", r)
	return func(w http.ResponseWriter, req *http.Request) {
		req.Header.Set("X-Forwarded-Prefix", "/app")
		inner.ServeHTTP(w, req)
	}
}

// What a client has sent to be led to leads no browser out of the prefix, as a redirect or as
// the address of a link.
func TestNoLocationLeavesThePrefixInABrowser(t *testing.T) {
	r := dram.New()
	require.NoError(t, r.SetTrustedProxies([]string{"127.0.0.1"}))
	r.GET("/a/b/go", func(c *dram.Context) { c.Redirect(http.StatusSeeOther, c.Query("to")) })
	r.GET("/a/b/url", func(c *dram.Context) { c.String(http.StatusOK, "%s", c.URL(c.Query("to"))) })
	r.NoRoute(page("<title>inside</title>"))
	at, ctx := serve(t, below(r)), browser(t)
	for _, to := range []string{
		"/x", "x", "../../../x", "/..", "/%2e%2e/x", "/.%2E/x", `/a\..\..\x`, `..\..\..\x`, "/\t/../x", "/.\t./x", "/a/..//evil.example",
		`/\evil.example`, `\\evil.example`, "//evil.example", "///evil.example", "/\t/evil.example", "\t//evil.example", " //evil.example",
		"h\tttps://evil.example", "/app/../x", "/app/%2e%2e/x", "/#/../../x", "/x?y=/../../z", "/%5cevil.example", "/%2fevil.example",
	} {
		query := "?to=" + url.QueryEscape(to)
		got := visit(t, ctx, at.name+"/app/a/b/go"+query, `document.title + " " + location.host + location.pathname`)
		assert.True(t, strings.HasPrefix(got, "inside "+strings.TrimPrefix(at.name, "http://")+"/app/"), "%q leads to %q", to, got)
		got = visit(t, ctx, at.name+"/app/a/b/url"+query, `new URL(document.body.innerText, location).href`)
		assert.True(t, strings.HasPrefix(got, at.name+"/app/"), "%q leads to %q", to, got)
	}
}
