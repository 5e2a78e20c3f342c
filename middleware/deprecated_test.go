package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleDeprecated() {
	calls := 0
	count := func(*dram.Context) { calls++ } // a metric with the client as its label, say
	r := dram.New()
	v1 := r.Group("/v1", count, middleware.Deprecated(middleware.DeprecatedConfig{
		Since:         time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC),
		Sunset:        time.Date(2026, time.December, 31, 0, 0, 0, 0, time.UTC),
		Documentation: "https://example.com/moving-to-v2",
		Successor:     "/v2",
	}))
	v1.GET("/users", func(c *dram.Context) { c.String(http.StatusOK, "ann") })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/users", nil))
	for _, name := range []string{"Deprecation", "Sunset", "Link"} {
		for _, value := range w.Header()[name] {
			fmt.Printf("%s: %s\n", name, value)
		}
	}
	fmt.Println(w.Body, calls)
	// Output:
	// Deprecation: @1772323200
	// Sunset: Thu, 31 Dec 2026 00:00:00 GMT
	// Link: <https://example.com/moving-to-v2>; rel="deprecation"
	// Link: </v2>; rel="successor-version"
	// ann 1
}

var (
	since   = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	sunset  = since.AddDate(1, 0, 0)
	retired = middleware.DeprecatedConfig{Since: since, Sunset: sunset, Documentation: "/why", SunsetPolicy: "/policy", Successor: "/v2"}
)

const (
	linkWhy    = `</why>; rel="deprecation"`
	linkPolicy = `</policy>; rel="sunset"`
	linkNext   = `</v2>; rel="successor-version"`
)

// assertRetired fails unless the header says what retired does, after these links.
func assertRetired(t *testing.T, h http.Header, links ...string) {
	t.Helper()
	assert.Equal(t, []string{"@1772323200"}, h["Deprecation"])
	assert.Equal(t, []string{"Mon, 01 Mar 2027 00:00:00 GMT"}, h["Sunset"])
	assert.ElementsMatch(t, append(links, linkWhy, linkPolicy, linkNext), h["Link"])
}

func TestDeprecatedOnEveryAnswer(t *testing.T) {
	const other = "</page/2>; rel=next"
	cases := map[string]struct {
		handler dram.HandlerFunc
		links   []string
	}{
		"of a handler":              {func(c *dram.Context) { c.String(http.StatusOK, "ok") }, nil},
		"without one":               {func(*dram.Context) {}, nil},
		"refusals":                  {func(c *dram.Context) { middleware.WriteProblem(c, middleware.Problem{Status: http.StatusForbidden}) }, nil},
		"panics":                    {func(*dram.Context) { panic("sick") }, nil},
		"panics with links set":     {func(c *dram.Context) { c.Writer.Header().Add("Link", other); panic("sick") }, []string{other}},
		"with links beside":         {func(c *dram.Context) { c.Writer.Header().Add("Link", other); c.Status(http.StatusNoContent) }, []string{other}},
		"with links set":            {func(c *dram.Context) { c.Header("Link", other); c.String(http.StatusOK, "ok") }, []string{other}},
		"with its own link as well": {func(c *dram.Context) { c.Header("Link", linkNext); c.String(http.StatusOK, "ok") }, nil},
		"streams":                   {func(c *dram.Context) { c.Header("Link", other); c.Writer.Flush() }, []string{other}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(dram.RecoveryWithWriter(nil))
			r.GET("/", middleware.Deprecated(retired), tc.handler)
			assertRetired(t, get(r, "/").Header(), tc.links...)
			assertRetired(t, get(r, "/").Header(), tc.links...) // the values are shared
		})
	}
}

func TestDeprecatedKeepsLinksOfLayersOutside(t *testing.T) {
	outside := func(c *dram.Context) { c.Writer.Header().Add("Link", "</a.css>; rel=preload") }
	w := get(withLayers(outside, middleware.Deprecated(retired)), "/")
	assertRetired(t, w.Header(), "</a.css>; rel=preload")
}

// TestDeprecatedSharesNothingThatAHandlerMayChange: what one appends, the next does not see.
func TestDeprecatedSharesNothingThatAHandlerMayChange(t *testing.T) {
	r := dram.New()
	r.GET("/", middleware.Deprecated(retired), func(c *dram.Context) {
		c.Writer.Header().Add("Link", c.Query("link"))
	})
	get(r, "/?link=a")
	assertRetired(t, get(r, "/?link=b").Header(), "b")
}

func TestDeprecatedSendsWhatIsConfiguredOnly(t *testing.T) {
	w := get(withLayers(middleware.Deprecated(middleware.DeprecatedConfig{Since: since.In(time.FixedZone("", 3600)).Add(time.Millisecond)})), "/")
	assert.Equal(t, []string{"@1772323200"}, w.Header()["Deprecation"])
	assert.NotContains(t, w.Header(), "Sunset")
	assert.NotContains(t, w.Header(), "Link")
	assert.Equal(t, "ok", w.Body.String())
}

func TestDeprecatedOfARouteInsideThatOfItsGroup(t *testing.T) {
	r := dram.New()
	group := r.Group("/", middleware.Deprecated(retired))
	group.GET("/", middleware.Deprecated(middleware.DeprecatedConfig{Since: since.Add(-time.Hour), Successor: "/v2/things"}), func(*dram.Context) {})
	h := get(r, "/").Header()
	assert.Equal(t, []string{"@1772319600"}, h["Deprecation"])
	assert.Equal(t, []string{"Mon, 01 Mar 2027 00:00:00 GMT"}, h["Sunset"])
	assert.ElementsMatch(t, []string{linkWhy, linkPolicy, linkNext, `</v2/things>; rel="successor-version"`}, h["Link"])
}

func TestDeprecatedIsGoneFromSunsetOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := retired
		cfg.Since, cfg.Sunset = time.Now(), time.Now().Add(time.Hour)
		cfg.Gone = true
		r := withLayers(middleware.Deprecated(cfg))
		time.Sleep(time.Hour - time.Nanosecond)
		assert.Equal(t, http.StatusOK, get(r, "/").Code)
		time.Sleep(time.Nanosecond)
		w := get(r, "/")
		assert.Equal(t, http.StatusGone, problemIn(t, w).Status)
		assert.Contains(t, w.Header()["Link"], linkNext)
		assert.Equal(t, []string{"Sat, 01 Jan 2000 01:00:00 GMT"}, w.Header()["Sunset"])

		cfg.Gone = false
		assert.Equal(t, http.StatusOK, get(withLayers(middleware.Deprecated(cfg)), "/").Code, "unless it is asked for")
	})
}

func TestDeprecatedLinksGoBelowThePrefix(t *testing.T) {
	r := dram.New()
	require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"})) // httptest's
	r.GET("/v1", middleware.Deprecated(middleware.DeprecatedConfig{Since: time.Unix(1, 0), Successor: "/v2/x", Documentation: "https://docs.example/v1"}), func(c *dram.Context) {})
	assert.Equal(t, []string{`<https://docs.example/v1>; rel="deprecation"`, `</app/v2/x>; rel="successor-version"`}, get(r, "/v1", header("X-Forwarded-Prefix", "/app")).Header()["Link"])
	assert.Equal(t, []string{`<https://docs.example/v1>; rel="deprecation"`, `</v2/x>; rel="successor-version"`}, get(r, "/v1").Header()["Link"])
}

func TestDeprecatedMayEndWhenItBegins(t *testing.T) {
	assert.NoError(t, middleware.DeprecatedConfig{Since: since, Sunset: since}.Validate())
}
