package dram_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

func guard(*dram.Context) {}

type guardian struct{ _ int }

func (g *guardian) guard(*dram.Context) {}

func TestWarningOfAGuardBesideAnHTTPHandler(t *testing.T) {
	inMode(t, dram.DebugMode)
	server := http.FileServer(http.Dir("."))
	cases := []struct {
		name  string
		warns int
		set   func(r *dram.Engine)
	}{
		{"a file server beside a guarded group", 1, func(r *dram.Engine) {
			r.Group("/admin", guard).GET("/*f", target)
			r.GET("/*f", dram.WrapH(server))
		}},
		{"the other way round", 1, func(r *dram.Engine) {
			r.GET("/*f", dram.WrapF(server.ServeHTTP))
			g := r.Group("/admin", guard)
			g.GET("/a", target)
			g.GET("/b", target)
		}},
		{"of all methods", 1, func(r *dram.Engine) {
			r.Group("/admin", guard).Any("/*f", target)
			r.Any("/*f", dram.WrapH(server))
		}},
		{"below a prefix", 1, func(r *dram.Engine) {
			r.GET("/files/admin/x", guard, target)
			r.GET("/files/*f", dram.WrapH(server))
		}},
		{"two catch-alls", 2, func(r *dram.Engine) {
			r.GET("/a/x", guard, target)
			r.GET("/b/x", guard, target)
			r.GET("/a/*f", dram.WrapH(server))
			r.GET("/b/*f", dram.WrapH(server))
		}},
		{"on NoRoute", 1, func(r *dram.Engine) {
			r.NoRoute(dram.WrapH(server))
			g := r.Group("/admin", guard)
			g.GET("/a", target)
			g.POST("/b", target)
		}},
		{"on NoRoute, registered last", 1, func(r *dram.Engine) {
			g := r.Group("/admin", guard)
			g.GET("/a", target)
			g.POST("/b", target)
			r.NoRoute(dram.WrapF(server.ServeHTTP))
		}},
		{"on NoRoute, no longer", 0, func(r *dram.Engine) {
			r.NoRoute(dram.WrapH(server))
			r.NoRoute(target)
			r.GET("/admin/a", guard, target)
		}},
		{"on NoRoute, behind the engine's guard", 0, func(r *dram.Engine) {
			r.NoRoute(dram.WrapH(server))
			r.Use(guard)
			r.GET("/admin/a", target)
		}},
		{"on NoRoute, without a guard", 0, func(r *dram.Engine) {
			r.NoRoute(dram.WrapH(server))
			r.GET("/a", target)
		}},
		{"both have accounts, each its own", 1, func(r *dram.Engine) {
			r.GET("/admin/*f", dram.BasicAuth(dram.Accounts{"root": "a"}), target)
			r.GET("/*f", dram.BasicAuth(dram.Accounts{"ada": "b"}), dram.WrapH(server))
		}},
		{"two file servers, each with its own accounts", 1, func(r *dram.Engine) {
			r.GET("/*f", dram.BasicAuth(dram.Accounts{"ada": "b"}), dram.WrapH(server))
			r.GET("/admin/*f", dram.BasicAuth(dram.Accounts{"root": "a"}), dram.WrapH(server))
		}},
		{"both have the same accounts", 0, func(r *dram.Engine) {
			accounts := dram.BasicAuth(dram.Accounts{"root": "a"})
			r.GET("/admin/*f", accounts, target)
			r.GET("/*f", accounts, dram.WrapH(server))
		}},
		{"both have a method of one value", 0, func(r *dram.Engine) {
			var s guardian
			r.GET("/admin/*f", s.guard, target)
			r.GET("/*f", s.guard, dram.WrapH(server))
		}},
		{"the guard is the engine's", 0, func(r *dram.Engine) {
			r.Use(guard)
			r.GET("/admin/*f", target)
			r.GET("/*f", dram.WrapH(server))
		}},
		{"the catch-all is guarded as well", 0, func(r *dram.Engine) {
			r.GET("/admin/*f", guard, target)
			r.GET("/*f", guard, dram.WrapH(server))
		}},
		{"no guard", 0, func(r *dram.Engine) {
			r.GET("/admin/*f", target)
			r.GET("/*f", dram.WrapH(server))
		}},
		{"elsewhere", 0, func(r *dram.Engine) {
			r.GET("/admin/*f", guard, target)
			r.GET("/files/*f", dram.WrapH(server))
		}},
		{"of another method", 0, func(r *dram.Engine) {
			r.POST("/admin/*f", guard, target)
			r.GET("/*f", dram.WrapH(server))
		}},
		{"one path only", 0, func(r *dram.Engine) {
			r.GET("/admin/*f", guard, target)
			r.GET("/metrics", dram.WrapH(server))
		}},
		{"dram's own files", 0, func(r *dram.Engine) {
			r.GET("/admin/*f", guard, target)
			r.Static("/", ".")
		}},
		{"paths are cleaned before the router sees them", 0, func(r *dram.Engine) {
			r.RemoveExtraSlash = true
			r.GET("/admin/*f", guard, target)
			r.GET("/*f", dram.WrapH(server))
		}},
		{"paths are cleaned, but not those with escapes", 1, func(r *dram.Engine) {
			r.RemoveExtraSlash, r.UseRawPath = true, true
			r.GET("/admin", guard, target)
			r.GET("/*f", dram.WrapH(server))
		}},
		{"paths are cleaned, but not those as they were sent", 1, func(r *dram.Engine) {
			r.RemoveExtraSlash, r.UseEscapedPath = true, true
			r.GET("/admin", guard, target)
			r.GET("/*f", dram.WrapH(server))
		}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			out := captureWriter(t)
			tc.set(dram.New())
			var lines []string
			for line := range strings.Lines(out.String()) {
				if strings.Contains(line, "CleanPath") {
					lines = append(lines, line)
				}
			}
			assert.Len(t, lines, tc.warns)
		})
	}
}

func TestWarningOfAGuardBesideNoRouteNamesBoth(t *testing.T) {
	inMode(t, dram.DebugMode)
	out := captureWriter(t)
	r := dram.New()
	r.NoRoute(dram.WrapH(http.NotFoundHandler()))
	r.POST("/admin/a", guard, target)
	assert.Regexp(t, `\[WARNING\] NoRoute \(.*routergroup_beside_test\.go:\d+\) is an http\.Handler, .* as //admin/a a request gets past the layers of POST /admin/a \(`, out.String())
}

func TestWarningOfAGuardNamesBothRoutes(t *testing.T) {
	inMode(t, dram.DebugMode)
	out := captureWriter(t)
	r := dram.New()
	r.GET("/admin/*f", guard, target)
	out.Reset()
	r.GET("/*any", dram.WrapH(http.NotFoundHandler()))
	assert.Regexp(t, `(?m)^\[DRAM-debug\] \[WARNING\] GET /\*any \(.*routergroup_beside_test\.go:\d+\) is an http\.Handler, which may clean paths: `+
		`as //admin/f a request gets past the layers of GET /admin/\*f \(.*routergroup_beside_test\.go:\d+\): use middleware\.CleanPath before both, or Static for files$`, out.String())
}
