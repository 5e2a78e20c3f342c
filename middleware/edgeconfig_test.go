package middleware_test

import (
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func TestWrongConfigurationsOfBodiesAndGateways(t *testing.T) {
	r := dram.New()
	files := fstest.MapFS{"index.html": {}}
	rule := func(rule middleware.RewriteRule) middleware.RewriteConfig {
		return middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{rule}}
	}
	directives := func(d middleware.CacheDirectives) middleware.CacheControlConfig {
		return middleware.CacheControlConfig{Directives: d}
	}
	redirects := func(hosts ...string) middleware.RedirectsConfig {
		return middleware.RedirectsConfig{Hosts: hosts, HTTPS: true}
	}
	cases := []wrong{
		wrongOf("breaker: none", "Breaker", middleware.CircuitBreakerConfig{}, middleware.CircuitBreaker),
		wrongOf("breaker: two", "Breaker", middleware.CircuitBreakerConfig{Breaker: &breaker{}, For: func(*dram.Context) middleware.Breaker { return nil }}, middleware.CircuitBreaker),
		wrongOf("breaker: negative time", "RetryAfter", middleware.CircuitBreakerConfig{Breaker: &breaker{}, RetryAfter: -1}, middleware.CircuitBreaker),
		wrongOf("cache: public and private", "Public", directives(middleware.CacheDirectives{Public: true, Private: true}), middleware.CacheControl),
		wrongOf("cache: shared but private", "SMaxAge", directives(middleware.CacheDirectives{SMaxAge: time.Minute, Private: true}), middleware.CacheControl),
		wrongOf("cache: stored or not", "NoStore", directives(middleware.CacheDirectives{NoStore: true, MaxAge: time.Minute}), middleware.CacheControl),
		wrongOf("cache: immutable for no time", "Immutable", directives(middleware.CacheDirectives{Immutable: true}), middleware.CacheControl),
		wrongOf("cache: half a second", "MaxAge", directives(middleware.CacheDirectives{MaxAge: 500 * time.Millisecond}), middleware.CacheControl),
		wrongOf("compress: no encoder", "Encodings", middleware.CompressConfig{Encodings: []middleware.Encoding{{Name: "br"}}}, middleware.Compress),
		wrongOf("compress: name", "Encodings", middleware.CompressConfig{Encodings: []middleware.Encoding{{Name: "b r", New: deflated().New}}}, middleware.Compress),
		wrongOf("compress: twice", "Encodings", middleware.CompressConfig{Encodings: []middleware.Encoding{middleware.Gzip(1), middleware.Gzip(2)}}, middleware.Compress),
		wrongOf("compress: negative size", "MinSize", middleware.CompressConfig{MinSize: -1}, middleware.Compress),
		wrongOf("compress: type", "Types", middleware.CompressConfig{Types: []string{"json"}}, middleware.Compress),
		wrongOf("compress: skipped type", "SkipTypes", middleware.CompressConfig{SkipTypes: []string{"Image/PNG"}}, middleware.Compress),
		wrongOf("decompress: name", "Decodings", middleware.DecompressConfig{Decodings: map[string]middleware.Decoding{"GZIP": nil}}, middleware.Decompress),
		wrongOf("decompress: negative", "MaxSize", middleware.DecompressConfig{MaxRatio: -1}, middleware.Decompress),
		wrongOf("etag: negative buffer", "MaxBuffer", middleware.ETagConfig{MaxBuffer: -1}, middleware.ETag),
		wrongOf("override: no engine", "Engine", middleware.MethodOverrideConfig{}, middleware.MethodOverride),
		wrongOf("override: header", "Header", middleware.MethodOverrideConfig{Engine: r, Header: "a b"}, middleware.MethodOverride),
		wrongOf("override: to GET", "Methods", middleware.MethodOverrideConfig{Engine: r, Methods: []string{"GET"}}, middleware.MethodOverride),
		wrongOf("override: lower case", "Methods", middleware.MethodOverrideConfig{Engine: r, Methods: []string{"put"}}, middleware.MethodOverride),
		wrongOf("pprof: prefix", "Prefix", middleware.PprofConfig{Prefix: "/prof/"}, middleware.Pprof),
		wrongOf("proxy: no target", "Target", middleware.ProxyConfig{}, middleware.Proxy),
		wrongOf("proxy: no scheme", "Target", middleware.ProxyConfig{Target: "localhost:8080"}, middleware.Proxy),
		wrongOf("proxy: password", "Target", middleware.ProxyConfig{Target: "http://u:p@localhost"}, middleware.Proxy),
		wrongOf("proxy: prefix", "StripPrefix", middleware.ProxyConfig{Target: "http://localhost", StripPrefix: "/api/"}, middleware.Proxy),
		wrongOf("redirects: no hosts", "Hosts", middleware.RedirectsConfig{HTTPS: true}, middleware.Redirects),
		wrongOf("redirects: URL", "Hosts", redirects("https://example.com"), middleware.Redirects),
		wrongOf("redirects: wildcard", "Hosts", redirects("*.example.com"), middleware.Redirects),
		wrongOf("redirects: port", "Hosts", redirects("example.com:80"), middleware.Redirects),
		wrongOf("redirects: nothing to do", "HTTPS", middleware.RedirectsConfig{Hosts: []string{"example.com"}}, middleware.Redirects),
		wrongOf("redirects: the name to leave", "Hosts", middleware.RedirectsConfig{Hosts: []string{"www.example.com"}, WWW: middleware.RemoveWWW}, middleware.Redirects),
		wrongOf("redirects: the name to leave, of the other", "Hosts", middleware.RedirectsConfig{Hosts: []string{"example.com"}, WWW: middleware.AddWWW}, middleware.Redirects),
		wrongOf("redirects: port of https", "HTTPSPort", middleware.RedirectsConfig{Hosts: []string{"example.com"}, HTTPS: true, HTTPSPort: 1 << 16}, middleware.Redirects),
		wrongOf("redirects: status", "Status", middleware.RedirectsConfig{Hosts: []string{"example.com"}, HTTPS: true, Status: 200}, middleware.Redirects),
		wrongOf("rewrite: no engine", "Engine", middleware.RewriteConfig{}, middleware.Rewrite),
		wrongOf("rewrite: no rules", "Rules", middleware.RewriteConfig{Engine: r}, middleware.Rewrite),
		wrongOf("rewrite: from nowhere", "Rules", rule(middleware.RewriteRule{To: "/a"}), middleware.Rewrite),
		wrongOf("rewrite: two sources", "Rules", rule(middleware.RewriteRule{Path: "/b", Pattern: regexp.MustCompile("/c"), To: "/a"}), middleware.Rewrite),
		wrongOf("rewrite: relative", "Rules", rule(middleware.RewriteRule{Path: "/a", To: "b"}), middleware.Rewrite),
		wrongOf("rewrite: no rest", "Rules", rule(middleware.RewriteRule{Path: "/a", To: "/b/*"}), middleware.Rewrite),
		wrongOf("rewrite: query", "Rules", rule(middleware.RewriteRule{Path: "/a", To: "/b?%zz"}), middleware.Rewrite),
		wrongOf("spa: nothing", "Root", middleware.SPAConfig{}, middleware.SPA),
		wrongOf("spa: no page", "Index", middleware.SPAConfig{FS: files, Index: "-"}, middleware.SPA),
		wrongOf("spa: relative path", "Exclude", middleware.SPAConfig{FS: files, Exclude: []string{"api"}}, middleware.SPA),
		wrongOf("split: none", "Variants", middleware.SplitConfig{}, middleware.Split),
		wrongOf("split: no name", "Variants", middleware.SplitConfig{Variants: []middleware.SplitVariant{{Weight: 1}}}, middleware.Split),
		wrongOf("split: negative", "Variants", middleware.SplitConfig{Variants: []middleware.SplitVariant{variant("a", -1)}}, middleware.Split),
		wrongOf("split: header", "Header", middleware.SplitConfig{Variants: []middleware.SplitVariant{variant("a", 1)}, Header: "a b"}, middleware.Split),
		wrongOf("split: nothing to allow", "AllowHeader", middleware.SplitConfig{Variants: []middleware.SplitVariant{variant("a", 1)}, AllowHeader: always}, middleware.Split),
		wrongOf("static: nothing", "Root", middleware.StaticConfig{}, middleware.Static),
		wrongOf("static: both", "Root", middleware.StaticConfig{Root: ".", FS: files}, middleware.Static),
		wrongOf("static: no directory", "Root", middleware.StaticConfig{Root: "static.go"}, middleware.Static),
		wrongOf("static: prefix", "Prefix", middleware.StaticConfig{FS: files, Prefix: "/a/*"}, middleware.Static),
		wrongOf("static: relative prefix", "Prefix", middleware.StaticConfig{FS: files, Prefix: "a"}, middleware.Static),
		wrongOf("static: index", "Index", middleware.StaticConfig{FS: files, Index: "a/b"}, middleware.Static),
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var fault *middleware.ConfigError
			require.ErrorAs(t, tc.cfg.Validate(), &fault)
			assert.Equal(t, tc.field, fault.Field)
			assert.PanicsWithError(t, fault.Error(), tc.build)
		})
	}
	assert.Panics(t, func() { middleware.Gzip(10) })
}
