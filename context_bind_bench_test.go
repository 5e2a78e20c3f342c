package dram_test

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dram-go/dram"
)

// BenchmarkShouldBindJSON is a small body, with the limit of the Engine and without.
func BenchmarkShouldBindJSON(b *testing.B) {
	const text = `{"name":"Ann","age":7}`
	for name, limit := range map[string]int64{"limited": 0, "unlimited": -1} {
		b.Run(name, func(b *testing.B) {
			c, r := dram.CreateTestContext(httptest.NewRecorder())
			r.MaxBodyMemory = limit
			reader := strings.NewReader(text)
			c.Request = httptest.NewRequest("POST", "/", nil)
			c.Request.Body, c.Request.ContentLength = io.NopCloser(reader), int64(len(text))
			b.ReportAllocs()
			for b.Loop() {
				reader.Reset(text)
				var p person
				if err := c.ShouldBindJSON(&p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
