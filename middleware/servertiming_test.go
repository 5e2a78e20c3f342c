package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleServerTiming() {
	r := dram.New()
	r.Use(middleware.ServerTiming())
	r.GET("/", func(c *dram.Context) {
		stop := middleware.StartTiming(c, "db")
		// … a query …
		stop()
		c.String(http.StatusOK, "ok")
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	for entry := range strings.SplitSeq(w.Header().Get("Server-Timing"), ", ") {
		name, _, _ := strings.Cut(entry, ";dur=")
		fmt.Println(name)
	}
	// Output:
	// db
	// total
}

func TestServerTiming(t *testing.T) {
	writers := map[string]func(c *dram.Context){
		"body":        func(c *dram.Context) { c.String(200, "ok") },
		"bytes":       func(c *dram.Context) { _, _ = c.Writer.Write([]byte("ok")) },
		"copied":      func(c *dram.Context) { c.DataFromReader(200, 2, "text/plain", strings.NewReader("ok"), nil) },
		"flush":       func(c *dram.Context) { c.Writer.Flush() },
		"header":      func(c *dram.Context) { c.AbortWithStatus(204) },
		"nothing":     func(c *dram.Context) {},
		"status only": func(c *dram.Context) { c.Status(204) },
	}
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := dram.New()
				r.Use(middleware.ServerTiming())
				r.GET("/", func(c *dram.Context) {
					stop := middleware.StartTiming(c, "data base")
					time.Sleep(1500 * time.Microsecond)
					stop()
					time.Sleep(time.Millisecond)
					write(c)
					time.Sleep(time.Second)                   // is not part of it any more
					defer middleware.StartTiming(c, "late")() // neither is this
				})
				w := get(r, "/")
				want := "data_base;dur=1.500, total;dur=2.500"
				if name == "nothing" || name == "status only" {
					want = "data_base;dur=1.500, late;dur=0.000, total;dur=1002.500"
				}
				assert.Equal(t, []string{want}, w.Result().Header.Values("Server-Timing"))
			})
		})
	}
}

func TestServerTimingIsBoundedAndHarmless(t *testing.T) {
	r := withLayers()
	r.GET("/bare", func(c *dram.Context) { middleware.StartTiming(c, "x")() })
	assert.Empty(t, get(r, "/bare").Header().Get("Server-Timing"), "without the layer nothing is measured")

	many := dram.New()
	many.Use(middleware.ServerTiming())
	many.GET("/", func(c *dram.Context) {
		for range 1000 {
			middleware.StartTiming(c, "é\r\n,;")()
			middleware.StartTiming(c, "")()
		}
	})
	value := get(many, "/").Header().Get("Server-Timing")
	assert.Equal(t, 33, strings.Count(value, ";dur="))
	assert.True(t, strings.HasPrefix(value, "_____;dur="), value)
}
