package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// variant returns a variant that answers with its name.
func variant(name string, weight int) middleware.SplitVariant {
	return middleware.SplitVariant{Name: name, Weight: weight, Handler: func(c *dram.Context) {
		c.String(http.StatusOK, "%s", name)
	}}
}

func ExampleSplit() {
	r := dram.New()
	r.Any("/*path", middleware.Split(middleware.SplitConfig{
		Variants: []middleware.SplitVariant{variant("canary", 5), variant("stable", 95)}, // each a Proxy, say
		Key:      middleware.ByHeader("X-User"),
		Header:   "X-Variant",
	}))

	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header.Set("X-Variant", "canary")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println(w.Body)
	// Output: canary
}

// way returns the variant that a split gives a user.
func way(r *dram.Engine, user string, edits ...func(*http.Request)) string {
	return get(r, "/", append(edits, header("X-User", user))...).Body.String()
}

func TestSplit(t *testing.T) {
	split := func(salt string, variants ...middleware.SplitVariant) *dram.Engine {
		return withLayers(middleware.Split(middleware.SplitConfig{Variants: variants, Key: middleware.ByHeader("X-User"), Salt: salt}))
	}
	five := split("", variant("canary", 5), variant("stable", 95))
	ten := split("", variant("canary", 10), variant("stable", 90))
	salted := split("x", variant("canary", 5), variant("stable", 95))
	canaries, grown, elsewhere := 0, 0, 0
	const users = 10_000
	for i := range users {
		user := strconv.Itoa(i)
		first := way(five, user)
		if i < 100 {
			assert.Equal(t, first, way(five, user), "a user keeps the same variant")
		}
		if first == "canary" {
			canaries++
			assert.Equal(t, "canary", way(ten, user), "and when the canary grows")
			if way(salted, user) == "canary" {
				elsewhere++
			}
		}
		if way(ten, user) == "canary" {
			grown++
		}
	}
	// The keys are fixed, so these numbers are as well.
	assert.InDelta(t, users/20, canaries, users/100)
	assert.InDelta(t, users/10, grown, users/100)
	assert.Less(t, elsewhere, canaries/4, "salt deals anew")
}

func TestSplitByChanceAndToTheEdges(t *testing.T) {
	r := withLayers(middleware.Split(middleware.SplitConfig{Variants: []middleware.SplitVariant{variant("never", 0), variant("always", 1), variant("off", 0)}}))
	for range 100 {
		assert.Equal(t, "always", get(r, "/").Body.String())
	}
	both := withLayers(middleware.Split(middleware.SplitConfig{Variants: []middleware.SplitVariant{variant("a", 1), variant("b", 1)}, Key: middleware.ByHeader("X-User")}))
	got := map[string]int{}
	for range 200 { // without a key; a fair coin shows one side only once in 2^199
		got[way(both, "")]++
	}
	assert.Len(t, got, 2)
}

func TestSplitByHeader(t *testing.T) {
	cfg := middleware.SplitConfig{
		Variants: []middleware.SplitVariant{variant("stable", 1), variant("next", 0)}, Header: "X-Variant",
		AllowHeader: func(c *dram.Context) bool { return c.GetHeader("X-User") == "tester" },
	}
	r := withLayers(middleware.Split(cfg))
	next := header("X-Variant", "next")
	assert.Equal(t, "next", way(r, "tester", next))
	assert.Equal(t, "stable", way(r, "anybody", next))
	assert.Equal(t, "stable", way(r, "tester", header("X-Variant", "none")))
	cfg.Header, cfg.AllowHeader = "", nil
	assert.Equal(t, "stable", way(withLayers(middleware.Split(cfg)), "tester", next), "no header counts unless it is named")
}

// Who names a variant must not choose it for all who get what a cache has kept.
func TestSplitByHeaderPoisonsNoCache(t *testing.T) {
	cached := func(cfg middleware.SplitConfig) *dram.Engine {
		cfg.Header, cfg.Variants = "X-Variant", []middleware.SplitVariant{variant("stable", 1), variant("next", 0)}
		return withLayers(middleware.Cache(middleware.CacheConfig{}), func(c *dram.Context) {
			c.Header("Cache-Control", "max-age=60")
		}, middleware.Split(cfg))
	}
	next := header("X-Variant", "next")
	r := cached(middleware.SplitConfig{})
	w := get(r, "/", next)
	assert.Equal(t, "next", w.Body.String())
	assert.Equal(t, []string{"X-Variant"}, w.Header()["Vary"])
	assert.Equal(t, "stable", get(r, "/").Body.String())

	r = cached(middleware.SplitConfig{AllowHeader: func(c *dram.Context) bool { return c.GetHeader("X-User") == "tester" }})
	assert.Equal(t, "next", way(r, "tester", next))
	assert.Equal(t, "stable", way(r, "anybody", next), "not what a tester got")
}

func TestSplitStoresTheVariant(t *testing.T) {
	var chosen string
	r := withLayers(func(c *dram.Context) {
		c.Next()
		chosen = c.GetString(middleware.SplitVariantKey)
	}, middleware.Split(middleware.SplitConfig{Variants: []middleware.SplitVariant{{Name: "here", Weight: 1}}}))
	assert.Equal(t, "ok", get(r, "/").Body.String(), "a variant without a handler goes on along the chain")
	assert.Equal(t, "here", chosen)
}

// A Cache in front would give all clients the variant of the first.
func TestACacheAroundSplitKeepsNoVariant(t *testing.T) {
	share := func(weight int) string {
		split := middleware.Split(middleware.SplitConfig{
			Key: func(c *dram.Context) string { return c.GetHeader("X-User") },
			Variants: []middleware.SplitVariant{
				{Name: "canary", Weight: weight, Handler: func(c *dram.Context) { c.String(http.StatusOK, "c") }},
				{Name: "stable", Weight: 1},
			},
		})
		public := func(c *dram.Context) { c.Header("Cache-Control", "public, max-age=60") }
		r := dram.New()
		r.Use(middleware.Cache(middleware.CacheConfig{}), public, split)
		r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "s") })
		var got string
		for i := range 40 {
			got += get(r, "/", header("X-User", strconv.Itoa(i))).Body.String()
		}
		return got
	}
	assert.Contains(t, share(1), "c")
	assert.Contains(t, share(1), "s")
	assert.Equal(t, strings.Repeat("s", 40), share(0))
}
