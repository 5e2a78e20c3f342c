package cachetest

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/nginxtest"
	"github.com/dram-go/dram/internal/freeport"
	"github.com/dram-go/dram/middleware"
)

// ours starts Cache in front of Proxy.
func ours(t *testing.T, origin string, cfg middleware.CacheConfig) (addr string) {
	r := dram.New()
	r.Use(middleware.Cache(cfg))
	r.NoRoute(middleware.Proxy(middleware.ProxyConfig{Target: "http://" + origin}))
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// nginx starts nginx as a cache, as the suite configures it.
func nginx(t *testing.T, origin string) (addr string) {
	addr = freeport.Addr(t)
	nginxtest.Start(t, fmt.Sprintf(`
		access_log off;
		proxy_cache_path cache levels=1:2 keys_zone=suite:8m max_size=1000m inactive=600m;
		server {
			listen %[1]s;
			location / { proxy_pass http://%[2]s; proxy_cache suite; proxy_cache_revalidate on; }
		}`, addr, origin), addr)
	await(t, addr)
	return addr
}

// known are the tests of the kind "required" that Cache fails, since it follows RFC 9111 where the
// suite does not: of a list in Age the first value counts, and what is not a number is
// ignored (section 5.1); the suite wants both taken for stale.
var known = []string{
	"age-parse-nonnumeric", "age-parse-negative", "age-parse-float", "age-parse-prefix-twoline", "age-parse-dup-0",
	"age-parse-dup-0-twoline", "age-parse-dup-old", "age-parse-parameter", "age-parse-numeric-parameter",
}

var withNginx = flag.Bool("nginx", false, "run the suite against nginx too")

func TestSuite(t *testing.T) {
	dir := suite(t)
	for _, tt := range []struct {
		name     string
		of       func(t *testing.T, origin string) string
		required int // that pass, at least
		optimal  int
	}{
		{"dram", func(t *testing.T, origin string) string { return ours(t, origin, middleware.CacheConfig{}) }, 137, 57},
		{"dram, all allowed", func(t *testing.T, origin string) string {
			return ours(t, origin, middleware.CacheConfig{Cookies: true, SetCookie: true, Authorized: true})
		}, 139, 62},
		{"nginx", nginx, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if t.Parallel(); tt.required == 0 && !*withNginx {
				t.Skip("-nginx is not set")
			}
			results := runTwice(t, dir, tt.of(t, origin(t, dir)))
			counts, ids := judge(results)
			for _, kind := range []string{"required", "optimal", "check"} {
				t.Logf("%s: %s: %v", tt.name, kind, counts[kind])
			}
			for _, r := range results {
				if ids[r.ID] != passed {
					t.Logf("%-14s %-9s %s: %s", ids[r.ID], r.Kind, r.ID, r.Why)
				}
				if tt.required > 0 && ids[r.ID] == failed && r.Kind == "required" {
					assert.Contains(t, known, r.ID, r.Why)
				}
			}
			assert.GreaterOrEqual(t, counts["required"][passed], tt.required)
			assert.GreaterOrEqual(t, counts["optimal"][passed], tt.optimal)
		})
	}
}
