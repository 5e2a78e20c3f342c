package cachetest

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// ours starts Cache in front of Proxy.
func ours(t *testing.T, origin string, cfg middleware.CacheConfig) (addr string) {
	dram.SetMode(dram.ReleaseMode)
	r := dram.New()
	r.Use(middleware.Cache(cfg))
	proxy := middleware.Proxy(middleware.ProxyConfig{Target: "http://" + origin})
	r.NoRoute(proxy)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// nginx starts nginx as a cache, as the suite configures it.
func nginx(t *testing.T, origin string) (addr string) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Skip("nginx is not on the PATH")
		}
	}
	dir, addr := t.TempDir(), freeAddr(t)
	conf := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(conf, fmt.Appendf(nil, `
		daemon off; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log;
		events { worker_connections 1024; }
		http {
			access_log off;
			client_body_temp_path %[1]s/body; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
			proxy_cache_path %[1]s/cache levels=1:2 keys_zone=suite:8m max_size=1000m inactive=600m;
			proxy_temp_path %[1]s/temp;
			server {
				listen %[2]s;
				location / { proxy_pass http://%[3]s; proxy_cache suite; proxy_cache_revalidate on; }
			}
		}`, dir, addr, origin), 0o600))
	server := exec.Command(path, "-c", conf, "-p", dir)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	await(t, addr)
	return addr
}

func TestSuite(t *testing.T) {
	dir := suite(t)
	for _, tt := range []struct {
		name string
		of   func(t *testing.T, origin string) string
	}{
		{"dram", func(t *testing.T, origin string) string { return ours(t, origin, middleware.CacheConfig{}) }},
		{"dram, all allowed", func(t *testing.T, origin string) string {
			return ours(t, origin, middleware.CacheConfig{Cookies: true, SetCookie: true, Authorized: true})
		}},
		{"nginx", nginx},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			results := runTwice(t, dir, tt.of(t, origin(t, dir)))
			counts, ids := judge(results)
			for _, kind := range []string{"required", "optimal", "check"} {
				t.Logf("%s: %s: %v", tt.name, kind, counts[kind])
			}
			for _, r := range results {
				if ids[r.ID] != passed {
					t.Logf("%-14s %-9s %s: %s", ids[r.ID], r.Kind, r.ID, r.Why)
				}
			}
			assert.Greater(t, len(results), 300)
		})
	}
}
