package main

import (
	"log/slog"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// useLayers puts the layers around all routes, from the outside in.
func (a *app) useLayers(r *dram.Engine) {
	r.Use(
		middleware.RequestID(middleware.RequestIDConfig{}), // first: all that is written about a request names it
		middleware.Health(middleware.HealthConfig{}),       // probes come often: nothing logs or counts them
		middleware.Readiness(middleware.ReadinessConfig{}),
		middleware.AccessLog(middleware.AccessLogConfig{}), // sees the status of every answer
		dram.Recovery(), // a panic further in is a 500
		middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: "default-src 'self'"}),
		middleware.Skip(middleware.RouteIs("/api/events"), middleware.Concurrency(middleware.ConcurrencyConfig{Max: 200, Queue: 100})),
		middleware.CSRF(middleware.CSRFConfig{}), // forms of other sites' pages
		middleware.BodyLimit(middleware.BodyLimitConfig{}),
		middleware.Skip(middleware.RouteIs("/api/events"), middleware.Timeout(middleware.TimeoutConfig{After: 10 * time.Second})),
		slow(time.Second),
	)
}

// slow is a layer of our own: it logs requests that take longer than some time.
func slow(limit time.Duration) dram.HandlerFunc {
	return func(c *dram.Context) {
		begin := time.Now()
		c.Next() // all that is inside: further layers, the handler
		if took := time.Since(begin); took > limit {
			slog.Warn("slow", "route", c.FullPath(), "took", took, "request", middleware.RequestIDFrom(c))
		}
	}
}
