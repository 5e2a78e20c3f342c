package dram_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dram-go/dram"
)

// BenchmarkLayers is a request through one of the layers and an empty handler.
func BenchmarkLayers(b *testing.B) {
	mode := dram.Mode()
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(mode)
	pass := func(next http.Handler) http.Handler { return next }
	for _, layer := range []struct {
		name    string
		handler dram.HandlerFunc
	}{
		{"none", nil},
		{"Logger", dram.LoggerWithWriter(io.Discard)},
		{"LoggerWithSlog", dram.LoggerWithSlog(slog.New(slog.NewTextHandler(io.Discard, nil)))},
		{"LoggerWithSlog disabled", dram.LoggerWithSlog(slog.New(slog.DiscardHandler))},
		{"Recovery", dram.RecoveryWithWriter(io.Discard)},
		{"BasicAuth", dram.BasicAuth(dram.Accounts{"ann": "x"})},
		{"WrapMiddleware", dram.WrapMiddleware(pass)},
		{"ClientIP", func(c *dram.Context) { c.ClientIP() }},
	} {
		b.Run(layer.name, func(b *testing.B) {
			engine := dram.New()
			if layer.handler != nil {
				engine.Use(layer.handler)
			}
			engine.GET("/x", target)
			w, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil)
			req.SetBasicAuth("ann", "x")
			b.ReportAllocs()
			for b.Loop() {
				engine.ServeHTTP(w, req)
			}
		})
	}
}
