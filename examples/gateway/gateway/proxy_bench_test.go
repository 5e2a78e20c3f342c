package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/gateway"
)

// BenchmarkProxy passes 1 KB on, with a server behind and a log that nobody reads; ReverseProxy of
// net/http with the same server is in examples/gateway/figures.
func BenchmarkProxy(b *testing.B) {
	page := bytes.Repeat([]byte("x"), 1024)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) }))
	defer server.Close()
	for name, fields := range map[string]string{"plain": "", "retry": ", retry: {times: 2, per_try: 1s}"} {
		b.Run(name, func(b *testing.B) {
			text := fmt.Sprintf("upstreams: {books: {servers: [{url: %q}]}}\nroutes: [{path: /books, to: books%s}]", server.URL, fields)
			g, err := gateway.New("gateway.yaml", []byte(text), gateway.Options{Log: slog.New(slog.NewJSONHandler(io.Discard, nil))})
			require.NoError(b, err)
			defer g.Close()
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				g.ServeHTTP(w, httptest.NewRequest("GET", "/books", nil))
				if w.Body.Len() != len(page) {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}
