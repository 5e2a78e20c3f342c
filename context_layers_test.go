package dram_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// A Context as a context.Context, inside and outside of layers that put a context of their
// own around the layers inside.

// inLayer is such a layer.
func inLayer(make func(context.Context) (context.Context, context.CancelFunc)) dram.HandlerFunc {
	return func(c *dram.Context) {
		ctx, cancel := make(c.Request.Context())
		defer cancel()
		c.NextWith(nil, c.Request.WithContext(ctx))
	}
}

func limited(d time.Duration) dram.HandlerFunc {
	return inLayer(func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) })
}

func detached() dram.HandlerFunc {
	return inLayer(func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithoutCancel(ctx), func() {}
	})
}

// serveUntil serves a request whose client leaves when leave is called.
func serveUntil(r http.Handler) (leave context.CancelFunc, served chan struct{}) {
	ctx, leave := context.WithCancel(context.Background())
	served = make(chan struct{})
	go func() {
		defer close(served)
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	}()
	return leave, served
}

// lives is a layer that asks for Done, before and after: its children live on.
func lives(t *testing.T) dram.HandlerFunc {
	return func(c *dram.Context) {
		child, cancel := context.WithCancel(c)
		defer cancel()
		c.Next()
		require.NoError(t, child.Err())
		require.NoError(t, c.Err())
		select {
		case <-child.Done():
			t.Error("what was derived outside has ended")
		case <-c.Done():
			t.Error("the Context has ended")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func TestNoLayersContextEndsThatOfALayerOutside(t *testing.T) {
	r := dram.New()
	r.Use(lives(t), limited(time.Hour), lives(t), detached(), lives(t), limited(time.Minute), lives(t), limited(time.Second), lives(t))
	r.GET("/", func(c *dram.Context) {
		child, cancel := context.WithTimeout(c, time.Second)
		defer cancel()
		require.NoError(t, child.Err())
	})
	for range 20 {
		leave, served := serveUntil(r)
		<-served
		leave()
	}
}

// What was derived outside of a layer whose time is up lives on.
func TestAnInnerTimeThatIsUpDoesNotEndWhatWasDerivedOutside(t *testing.T) {
	for name, outermost := range map[string]dram.HandlerFunc{"in a layer": limited(time.Hour), "of the request itself": func(*dram.Context) {}} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(outermost, func(c *dram.Context) {
				child, cancel := context.WithCancel(c)
				defer cancel()
				fired := false
				stop := context.AfterFunc(c, func() { fired = true })
				c.Next()
				assert.NoError(t, child.Err())
				assert.True(t, stop())
				assert.False(t, fired)
			}, limited(5*time.Millisecond))
			r.GET("/", func(c *dram.Context) {
				child, cancel := context.WithCancel(c)
				defer cancel()
				<-c.Done()
				assert.Equal(t, context.DeadlineExceeded, c.Err())
				<-child.Done()
				assert.Equal(t, context.DeadlineExceeded, child.Err())
				assert.Equal(t, context.DeadlineExceeded, context.Cause(child))
			})
			leave, served := serveUntil(r)
			<-served
			leave()
		})
	}
}

// After a first try whose time was up, a second one has its own.
func TestASecondTryHasItsOwnTime(t *testing.T) {
	r := dram.New()
	try := func(c *dram.Context, d time.Duration, path string) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), d)
		defer cancel()
		req := c.Request.Clone(ctx)
		req.URL.Path = path
		r.HandleContextWith(c, req)
	}
	r.GET("/slow", func(c *dram.Context) { <-c.Done() })
	r.GET("/fallback", func(c *dram.Context) {
		assert.NoError(t, c.Err())
		child, cancel := context.WithCancel(c)
		defer cancel()
		assert.NoError(t, child.Err())
	})
	r.GET("/", func(c *dram.Context) { try(c, 5*time.Millisecond, "/slow"); try(c, time.Second, "/fallback") })
	leave, served := serveUntil(r)
	<-served
	leave()
}

// Inside a layer without the client's end, the Context has none, whoever has asked outside;
// what was derived outside ends with the client.
func TestALayerWithoutTheClientsEnd(t *testing.T) {
	for name, before := range map[string]dram.HandlerFunc{
		"asked outside": func(c *dram.Context) { _, cancel := context.WithCancel(c); cancel() }, "not asked": func(*dram.Context) {},
	} {
		t.Run(name, func(t *testing.T) {
			arrived, left := make(chan struct{}), make(chan struct{})
			r := dram.New()
			r.Use(before, func(c *dram.Context) {
				child, cancel := context.WithCancel(c)
				defer cancel()
				c.Next()
				<-child.Done()
				assert.ErrorIs(t, child.Err(), context.Canceled)
			}, detached())
			r.GET("/", func(c *dram.Context) {
				close(arrived)
				<-left
				assert.NoError(t, c.Err())
				select {
				case <-c.Done():
					t.Error("the client's end is inside")
				case <-time.After(2 * time.Millisecond):
				}
			})
			leave, served := serveUntil(r)
			<-arrived
			leave()
			close(left)
			<-served
		})
	}
}

// Goroutines that derive from a Context at any time find no Done closed with Err nil: package
// context would end the process.
func TestAContextIsDerivedFromAtAnyTime(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) {
		quit, all := make(chan struct{}), sync.WaitGroup{}
		_ = c.Done()
		for range 4 {
			all.Go(func() {
				for {
					select {
					case <-quit:
						return
					default:
						child, cancel := context.WithTimeout(c, time.Second)
						_, _ = child.Deadline()
						_, _, _ = c.Err(), c.Value("x"), child.Err()
						cancel()
					}
				}
			})
		}
		c.Next()
		close(quit)
		all.Wait()
	})
	for range 30 {
		r.Use(limited(time.Hour))
	}
	r.GET("/", func(*dram.Context) {})
	for range 100 {
		leave, served := serveUntil(r)
		<-served
		leave()
	}
}
