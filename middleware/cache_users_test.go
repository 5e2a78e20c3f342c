// Whose answers Cache keeps, and whose it does not.

package middleware_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// One user's answer never reaches another, whichever way a layer finds out whose request it is, and
// whether that layer is inside or outside of the cache.
func TestCacheLeaksNoUsersAnswer(t *testing.T) {
	verify := func(c *dram.Context, key string) (bool, error) { c.Set(dram.AuthUserKey, key); return true, nil }
	layers := map[string]dram.HandlerFunc{
		"root BasicAuth": dram.BasicAuth(dram.Accounts{"ann": "ann", "bob": "bob"}),
		"BasicAuth": middleware.BasicAuth(middleware.BasicAuthConfig{Verify: func(_ *dram.Context, user, password string) (bool, error) {
			return user == password, nil
		}}),
		"KeyAuth by a header of its own": middleware.KeyAuth(middleware.KeyAuthConfig{Verify: verify, Extract: middleware.FromHeader("X-Api-Key")}),
		"a certificate":                  func(c *dram.Context) { c.Set(dram.AuthUserKey, c.GetHeader("X-Api-Key")) },
	}
	as := func(user string) func(*http.Request) {
		return func(req *http.Request) {
			req.SetBasicAuth(user, user)
			req.Header.Set("X-Api-Key", user)
		}
	}
	for name, layer := range layers {
		for _, order := range []string{"inside", "outside"} {
			t.Run(name+" "+order, func(t *testing.T) {
				r := dram.New()
				chain := []dram.HandlerFunc{middleware.Cache(middleware.CacheConfig{}), layer}
				if order == "outside" {
					chain[0], chain[1] = chain[1], chain[0]
				}
				r.Use(chain...)
				r.GET("/", func(c *dram.Context) {
					saying("Cache-Control: public, max-age=60")(c)
					c.String(200, "of %s", middleware.ByUser(c))
				})
				assert.Equal(t, "of ann", get(r, "/", as("ann")).Body.String())
				assert.Equal(t, "of bob", get(r, "/", as("bob")).Body.String())
				if !strings.HasPrefix(name, "a cert") {
					assert.Equal(t, 401, get(r, "/").Code)
				}
			})
		}
	}
}

// Keys that are nobody's: what is kept is given to those who have one.
func TestCacheInsideKeyAuthAsksForTheKey(t *testing.T) {
	o := dram.New()
	o.Use(middleware.KeyAuth(middleware.KeyAuthConfig{Verify: middleware.StaticKeys("k1", "k2"), Extract: middleware.FromHeader("X-Api-Key")}),
		middleware.Cache(middleware.CacheConfig{}))
	runs := 0
	o.GET("/", func(c *dram.Context) { runs++; saying(maxAge)(c); c.String(200, "secret") })
	for _, key := range []string{"k1", "k2"} {
		assert.Equal(t, "secret", get(o, "/", with("X-Api-Key: "+key)).Body.String())
	}
	assert.Equal(t, 1, runs)
	assert.Equal(t, 401, get(o, "/").Code)
	assert.Equal(t, 401, get(o, "/", with("X-Api-Key: k3")).Code)
}

// What the configuration has to say, and what the answer (RFC 9111 section 3.5).
func TestCacheKeepsUsersAnswersIfBothSaySo(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg     middleware.CacheConfig
		request string
		control string
		kept    bool
	}{
		"Authorization":                  {middleware.CacheConfig{}, "Authorization: x", "public, max-age=60", false},
		"Authorization, said, public":    {middleware.CacheConfig{Authorized: true}, "Authorization: x", "public, max-age=60", true},
		"Authorization, said, s-maxage":  {middleware.CacheConfig{Authorized: true}, "Authorization: x", "s-maxage=60", true},
		"Authorization, said, must":      {middleware.CacheConfig{Authorized: true}, "Authorization: x", "must-revalidate, max-age=60", true},
		"Authorization, said, not there": {middleware.CacheConfig{Authorized: true}, "Authorization: x", "max-age=60", false},
		"Cookie":                         {middleware.CacheConfig{Authorized: true, SetCookie: true}, "Cookie: x", "public, max-age=60", false},
		"Cookie, said":                   {middleware.CacheConfig{Cookies: true}, "Cookie: x", "max-age=60", true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newCached(tc.cfg, saying("Cache-Control: "+tc.control))
			get(o, "/", with(tc.request))
			get(o, "/")
			get(o, "/", with(tc.request))
			assert.Equal(t, tc.kept, o.runs == 1)
		})
	}
}

// A cookie that a layer outside sets belongs to one client, also where cookies are kept.
func TestCacheKeepsNoCookieOfALayerOutside(t *testing.T) {
	r, n := dram.New(), 0
	r.Use(func(c *dram.Context) { n++; c.SetCookie("id", fmt.Sprint(n), 0, "", "", false, true) },
		middleware.Cache(middleware.CacheConfig{SetCookie: true}))
	r.GET("/", func(c *dram.Context) {
		saying(maxAge)(c)
		c.SetCookie("theme", "dark", 0, "", "", false, false)
		c.String(200, "hello")
	})
	get(r, "/")
	second := strings.Join(get(r, "/").Header()["Set-Cookie"], " ")
	assert.Contains(t, second, "id=2")
	assert.NotContains(t, second, "id=1")
}

// The cookie of a 304 is for the client that has asked.
func TestCacheKeepsNoCookieOfA304(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
			saying(maxAge, `Etag: "a"`)(c)
			if c.GetHeader("If-None-Match") != "" {
				c.SetCookie("id", "ann", 0, "", "", false, true)
				c.AbortWithStatus(304)
			}
		})
		get(o, "/")
		time.Sleep(61 * time.Second)
		first := get(o, "/").Result().Header
		assert.Contains(t, first.Get("Set-Cookie"), "id=ann")
		assert.Contains(t, first.Get("Cache-Control"), "private", "for caches in front of this one")
		second := get(o, "/").Result().Header
		assert.Empty(t, second.Get("Set-Cookie"))
		assert.Equal(t, "max-age=60", second.Get("Cache-Control"))
		assert.Equal(t, 2, o.runs)
	})
}

// Whom a layer lets pass without saying who it is, is a user all the same, and so is who has a certificate.
func TestCacheKeepsNothingOfUsersWithoutAName(t *testing.T) {
	keyAuth := middleware.KeyAuth(middleware.KeyAuthConfig{Verify: middleware.StaticKeys("k1"), Extract: middleware.FromHeader("X-Api-Key")})
	proxyAuth := dram.BasicAuthForProxy(dram.Accounts{"ann": "ann"}, "")
	certificate := func(req *http.Request) {
		req.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}
	}
	for name, tc := range map[string]struct {
		guard dram.HandlerFunc
		show  func(*http.Request)
	}{
		"a key":             {keyAuth, with("X-Api-Key: k1")},
		"a user of a proxy": {proxyAuth, with("Proxy-Authorization: Basic YW5uOmFubg==")},
		"a certificate": {func(c *dram.Context) {
			if c.Request.TLS == nil {
				c.AbortWithStatus(401)
			}
		}, certificate},
	} {
		t.Run(name, func(t *testing.T) {
			r, runs := dram.New(), 0
			r.Use(middleware.Cache(middleware.CacheConfig{}))
			r.Group("/", tc.guard).GET("/", func(c *dram.Context) {
				runs++
				saying("Cache-Control: public, max-age=60")(c)
				c.String(200, "secret")
			})
			assert.Equal(t, "secret", get(r, "/", tc.show).Body.String())
			assert.NotContains(t, get(r, "/").Body.String(), "secret")
			assert.Equal(t, "secret", get(r, "/", tc.show).Body.String())
			assert.Equal(t, 2, runs)
		})
	}
}

// The layer that asks for the key may be that of another route, or of another Engine.
func TestCacheKeepsNothingOfKeysThatAreAskedForElsewhere(t *testing.T) {
	keys := middleware.KeyAuth(middleware.KeyAuthConfig{Extract: middleware.FromHeader("X-Key"), Verify: middleware.StaticKeys("k1")})
	greet := func(c *dram.Context) {
		c.Header("Cache-Control", "max-age=60")
		c.String(200, "hello %s", c.GetHeader("X-Key"))
	}
	for name, build := range map[string]func(*dram.Engine){
		"HandleContext": func(r *dram.Engine) {
			r.GET("/a", func(c *dram.Context) { c.Request.URL.Path = "/b"; r.HandleContext(c) })
			r.GET("/b", keys, greet)
		},
		"an Engine inside": func(r *dram.Engine) {
			inner := dram.New()
			inner.GET("/a", keys, greet)
			r.GET("/a", dram.WrapH(inner))
		},
	} {
		r := dram.New()
		r.Use(middleware.Cache(middleware.CacheConfig{}))
		build(r)
		assert.Equal(t, "hello k1", get(r, "/a", header("X-Key", "k1")).Body.String(), name)
		assert.Equal(t, 401, get(r, "/a").Code, name)
	}
}
