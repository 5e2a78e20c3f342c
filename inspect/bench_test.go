package inspect_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
)

// What a request costs more when inspect is mounted: three layers and a handler, a browser's header.
func BenchmarkRequest(b *testing.B) {
	for name, mounted := range map[string]bool{"plain": false, "mounted": true} {
		b.Run(name, func(b *testing.B) {
			r := dram.New()
			r.Use(dram.RecoveryWithWriter(nil), outer, outer)
			r.GET("/books/:id", func(c *dram.Context) { c.String(http.StatusOK, "book") })
			if mounted {
				require.NoError(b, inspect.Mount(r, inspect.Config{Out: io.Discard}))
			}
			req := httptest.NewRequest("GET", "/books/7?page=2", nil)
			for name, value := range map[string]string{
				"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
				"Accept":     "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Accept-Language": "en", "Accept-Encoding": "gzip, br",
				"Cookie": "session=0123456789abcdef", "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
			} {
				req.Header.Set(name, value)
			}
			b.ReportAllocs()
			for b.Loop() {
				w := &discard{header: http.Header{}}
				r.ServeHTTP(w, req)
			}
		})
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header       { return d.header }
func (*discard) Write(p []byte) (int, error) { return len(p), nil }
func (*discard) WriteHeader(int)             {}
