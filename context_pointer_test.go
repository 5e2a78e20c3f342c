package dram_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

type selfPointer *selfPointer

// Such a type never gets to what it points at: it is the program's fault, not a loop.
func TestAPointerToItselfIsReadFromNoText(t *testing.T) {
	type all struct {
		P []selfPointer `query:"p"`
	}
	type query struct {
		P selfPointer `form:"p"`
	}
	for path, tc := range map[string]struct {
		bind func(*dram.Context) error
		want int
	}{
		"/getter": {func(c *dram.Context) error { _, err := dram.QueryAs[selfPointer](c, "p"); return err }, 500},
		"/all":    {func(c *dram.Context) error { return c.ShouldBindAll(new(all)) }, 500},
		"/query":  {func(c *dram.Context) error { return c.ShouldBindQuery(new(query)) }, 400}, // as of each such type
		"/json":   {func(c *dram.Context) error { return c.ShouldBindJSON(new(query)) }, 400},
	} {
		r := dram.New()
		r.GET(path, dram.Try(tc.bind))
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path+"?p=1", http.NoBody))
		assert.Equal(t, tc.want, w.Code, path)
	}
}
