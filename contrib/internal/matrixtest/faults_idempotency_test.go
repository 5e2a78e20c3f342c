package matrixtest

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// This file holds by name what Idempotency keeps, and for whom.

// A handler whose client has left has paid all the same.
func TestIdempotencyKeepsWhatWasDoneForAClientThatLeft(t *testing.T) {
	answers := map[string]struct {
		handler dram.HandlerFunc
		kept    bool
	}{
		"a body":       {func(c *dram.Context) { c.JSON(http.StatusCreated, dram.H{"id": 1}) }, true},
		"204":          {func(c *dram.Context) { c.Status(http.StatusNoContent) }, true},
		"200, no body": {func(c *dram.Context) { c.Status(http.StatusOK) }, true},
		"aborted":      {func(c *dram.Context) { c.AbortWithStatus(http.StatusAccepted) }, true},
		"a header":     {func(c *dram.Context) { c.Writer.WriteHeaderNow() }, true},
		"a reader": {func(c *dram.Context) {
			c.DataFromReader(http.StatusOK, -1, "text/plain", strings.NewReader(longText), nil)
		}, true},
		"a reader with a length": {func(c *dram.Context) {
			c.DataFromReader(http.StatusOK, int64(len(longText)), "text/plain", strings.NewReader(longText), nil)
		}, true},
		"a panic":               {func(*dram.Context) { panic(ownPanic) }, false},
		"a panic in the middle": {func(c *dram.Context) { c.String(http.StatusOK, longText); panic(ownPanic) }, false},
		"a reader that breaks":  {func(c *dram.Context) { c.DataFromReader(http.StatusOK, -1, "text/plain", breaking(), nil) }, false},
		"a reader that is short": {func(c *dram.Context) {
			c.DataFromReader(http.StatusOK, 1<<20, "text/plain", strings.NewReader("x"), nil)
		}, false},
		"an error":                  {func(c *dram.Context) { c.String(http.StatusBadGateway, "later") }, false},
		"nothing, an empty 200":     {func(*dram.Context) {}, true},
		"too many requests":         {func(c *dram.Context) { c.Status(http.StatusTooManyRequests) }, false},
		"a client error, no secret": {func(c *dram.Context) { c.Status(http.StatusConflict) }, true},
	}
	for name, tc := range answers {
		for protocol, http1 := range map[string]bool{"HTTP/1.1": true, "HTTP/2": false} {
			t.Run(name+", "+protocol, func(t *testing.T) {
				ran, arrived := new(atomic.Int64), make(chan struct{}, 1)
				r := dram.New()
				r.Use(dram.RecoveryWithWriter(nil), middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
				r.POST("/*path", func(c *dram.Context) {
					if ran.Add(1) == 1 {
						arrived <- struct{}{}
						<-c.Writer.CloseNotify() // the request goes on without its client
					}
					tc.handler(c)
				})
				st := &stack{engine: r}
				lab := newLab()
				defer lab.close()
				lab.current.Store(st)
				ctx, leave := context.WithCancel(t.Context())
				go func() { <-arrived; leave() }()
				first := lab.send(http1, "POST", 0, withKey("k"), func(r *http.Request) { *r = *r.WithContext(ctx) })
				require.Error(t, first.err)
				<-st.last.Load().done
				again := lab.send(http1, "POST", 0, withKey("k"))
				assert.Equal(t, tc.kept, ran.Load() == 1, "it ran %d times", ran.Load())
				assert.Equal(t, tc.kept, again.header.Get("Idempotency-Replayed") == "true")
			})
		}
	}
}

func TestIdempotencysKeyIsThatOfOneHost(t *testing.T) {
	ran := 0
	r := dram.New()
	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByHeader("X-Api-Key")}))
	r.POST("/", func(c *dram.Context) { ran++; c.String(http.StatusOK, "paid by %s", c.Request.Host) })
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	assert.Equal(t, "paid by a.example", ask(r, "POST", "/", "x", withKey("k"), host("a.example")).Body.String())
	assert.Equal(t, "paid by b.example", ask(r, "POST", "/", "x", withKey("k"), host("b.example")).Body.String(), "another tenant's")
	assert.Equal(t, "paid by a.example:8080", ask(r, "POST", "/", "x", withKey("k"), host("a.example:8080")).Body.String(), "another port's")
	assert.Equal(t, "paid by a.example", ask(r, "POST", "/", "x", withKey("k"), host("A.EXAMPLE")).Body.String(), "the same in other letters")
	assert.Equal(t, 3, ran)
}
