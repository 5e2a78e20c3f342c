package middleware_test

import (
	"net/http"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
	"github.com/stretchr/testify/assert"
)

// A refusal in the words of the program's OnError is kept no more than that of the layer's own.
func TestCacheKeepsNoRefusalOfAnOnError(t *testing.T) {
	onError := func(c *dram.Context, problem middleware.Problem) { c.JSON(problem.Status, "no") }
	for name, layer := range refusing(onError) {
		t.Run(name, func(t *testing.T) {
			public := func(c *dram.Context) { c.Header("Cache-Control", "public, max-age=3600") }
			r := withLayers(middleware.Cache(middleware.CacheConfig{}), public, layer.layer)
			_, edit := foreign(name)
			for range 2 {
				w := send(r, http.MethodGet, "/", "", edit)
				if w.Code == http.StatusOK { // foreign is another method than GET
					continue
				}
				assert.Empty(t, w.Header().Get("Age"))
				assert.NotContains(t, w.Header().Get("Cache-Control"), "public")
			}
		})
	}
}
