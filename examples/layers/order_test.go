package main

// This file proves that the order matters: it has the same layers stand the other
// way round, and shows what is lost.

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/casbin"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/contrib/prometheus"
	"github.com/dram-go/dram/middleware"
)

// pair is two layers, the outer one first, and what becomes visible of their
// order.
type pair struct {
	outer, inner dram.HandlerFunc
	handler      dram.HandlerFunc
	observe      func(t *testing.T, s *running) string
}

func TestTheOrderMatters(t *testing.T) {
	for _, tc := range []struct {
		name         string
		make         func() pair
		right, wrong string
	}{
		{"probes answer any host: Health outside HostAllowlist", healthAndHost, "200", "421"},
		{"the log tells what panicked: AccessLog outside Recovery", logAndRecovery, "logged", "not logged"},
		{"pages can read a refusal: CORS outside RateLimit", corsAndLimit, "429 https://app.example", "429 "},
		{"preflights cost nothing: CORS outside RateLimit", preflightAndLimit, "204 204", "204 429"},
		{"users have budgets of their own: jwt outside RateLimit", userAndLimit, "200 429 200", "200 429 429"},
		{"refusals are counted as such: metrics outside BodyLimit", metricsAndBody, "413", "200"},
		{"a tag names the version: Compress outside ETag", compressAndTag, "304", "200"},
		{"permissions know the user: BasicAuth outside casbin", loginAndPermissions, "204", "403"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := tc.make()
			assert.Equal(t, tc.right, p.observe(t, layered(t, p.handler, p.outer, p.inner)), "in the right order")
			p = tc.make() // layers remember
			assert.Equal(t, tc.wrong, p.observe(t, layered(t, p.handler, p.inner, p.outer)), "the other way round")
		})
	}
}

// layered serves handler inside two layers, at /.
func layered(t *testing.T, handler, outer, inner dram.HandlerFunc) *running {
	t.Helper()
	r := dram.New()
	r.Use(outer, inner)
	r.Any("/", handler)
	bound, ended := make(chan string, 1), make(chan error, 1)
	r.OnListen = func(addr net.Addr) { bound <- "http://" + addr.String() }
	stop, cancel := context.WithCancel(context.Background())
	go func() { ended <- r.RunContext(stop, "127.0.0.1:0") }()
	t.Cleanup(func() {
		cancel()
		client.CloseIdleConnections()
		assert.NoError(t, <-ended)
	})
	return &running{base: <-bound}
}

func noContent(c *dram.Context) { c.Status(http.StatusNoContent) }

// status is the number of a status line.
func status(a answer) string { return strings.Fields(a.Status)[0] }

func healthAndHost() pair {
	return pair{
		outer: middleware.Health(middleware.HealthConfig{}),
		inner: middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"notes.example"}}), handler: noContent,
		observe: func(t *testing.T, s *running) string { return status(s.send(t, "GET", "/livez", "")) },
	}
}

func logAndRecovery() pair {
	log := new(lockedBuffer)
	return pair{
		outer: middleware.AccessLog(middleware.AccessLogConfig{Logger: slog.New(slog.NewJSONHandler(log, nil))}),
		inner: dram.RecoveryWithWriter(io.Discard), handler: func(*dram.Context) { panic("out of whisky") },
		observe: func(t *testing.T, s *running) string {
			require.Equal(t, "500", status(s.send(t, "GET", "/", "")))
			if strings.Contains(log.line(t, `"status":500`), "out of whisky") {
				return "logged"
			}
			return "not logged"
		},
	}
}

func corsAndLimit() pair {
	return pair{
		outer: middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{appOrigin}}),
		inner: middleware.RateLimit(middleware.RateLimitConfig{Limit: 1}), handler: noContent,
		observe: func(t *testing.T, s *running) string {
			s.send(t, "GET", "/", "")
			a := s.send(t, "GET", "/", "", with("Origin", appOrigin))
			return status(a) + " " + a.Header.Get("Access-Control-Allow-Origin")
		},
	}
}

func preflightAndLimit() pair {
	p := corsAndLimit()
	p.observe = func(t *testing.T, s *running) string {
		asked := status(s.send(t, "OPTIONS", "/", "", preflight(appOrigin, "POST", "")))
		return asked + " " + status(s.send(t, "POST", "/", "", with("Origin", appOrigin)))
	}
	return p
}

func userAndLimit() pair {
	return pair{
		outer: jwt.Auth(jwt.Config{Algorithm: "HS256", Key: []byte(jwtKey), Issuer: issuer, Audience: audience}),
		inner: middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Key: middleware.ByUser}), handler: func(*dram.Context) {},
		observe: func(t *testing.T, s *running) string {
			var seen []string
			for _, user := range []string{"ada", "ada", "bob"} {
				seen = append(seen, status(s.send(t, "GET", "/", "", asUser(user))))
			}
			return strings.Join(seen, " ")
		},
	}
}

func metricsAndBody() pair {
	metrics := prometheus.New(prometheus.Config{})
	return pair{
		outer: metrics.Layer(), inner: middleware.BodyLimit(middleware.BodyLimitConfig{Max: 1}),
		handler: func(c *dram.Context) { _, _ = io.Copy(io.Discard, c.Request.Body) },
		observe: func(t *testing.T, s *running) string {
			require.Equal(t, "413", status(s.send(t, "POST", "/", "xx")))
			return countedCode(t, metrics)
		},
	}
}

// countedCode is the status under which the one request was counted, once it is.
func countedCode(t *testing.T, metrics *prometheus.Metrics) (code string) {
	t.Helper()
	require.Eventually(t, func() bool {
		families, err := metrics.Registry().Gather()
		require.NoError(t, err)
		for _, family := range families {
			if family.GetName() == "http_requests_total" {
				code = family.GetMetric()[0].GetLabel()[0].GetValue()
			}
		}
		return code != ""
	}, 10*time.Second, time.Millisecond)
	return code
}

func compressAndTag() pair {
	return pair{
		outer: middleware.Compress(middleware.CompressConfig{MinSize: 1}), inner: middleware.ETag(middleware.ETagConfig{}),
		handler: func(c *dram.Context) { c.String(http.StatusOK, "%s", strings.Repeat("word ", 100)) },
		observe: func(t *testing.T, s *running) string {
			plain := s.send(t, "GET", "/", "").Header.Get("ETag") // kept, and asked about by gzip
			return status(s.send(t, "GET", "/", "", with("Accept-Encoding", "gzip"), with("If-None-Match", plain)))
		},
	}
}

func loginAndPermissions() pair {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, "p, operator, /, GET")
	if err != nil {
		panic(err)
	}
	return pair{
		outer: middleware.BasicAuth(middleware.BasicAuthConfig{Verify: (&service{cfg: testConfig()}).verify}),
		inner: casbin.Authorize(casbin.Config{Enforcer: enforcer}), handler: noContent,
		observe: func(t *testing.T, s *running) string { return status(s.send(t, "GET", "/", "", asAccount("operator"))) },
	}
}
