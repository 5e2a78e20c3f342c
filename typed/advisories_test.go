package typed_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// net/http, GO-2026-6609 (CVE-2026-78667): a document that is asked for in very many parts.
func TestGO_2026_6609_TheDocumentInVeryManyParts(t *testing.T) {
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "t", Version: "1"})
	api.Spec("/openapi.json")
	for ranges, want := range map[string]int{"0-0": 206, strings.Repeat("0-0,", 100) + "0-0": 200} {
		req := httptest.NewRequest("GET", "/openapi.json", nil)
		req.Header.Set("Range", "bytes="+ranges)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, want, w.Code)
	}
}
