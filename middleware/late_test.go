package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// A net/http middleware may return before the layers inside of it have. Those must not take the marks of
// another request, which has the Context by then, for their own: the limit would let them in beside it.
func TestALayerThatIsLateIsNotInsideOfAnotherRequest(t *testing.T) {
	defer dram.SetMode(dram.Mode())
	dram.SetMode(dram.ReleaseMode) // in which Contexts are used again
	for range 20 {
		r := dram.New()
		started, goOn, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
		hurried := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				go func() {
					defer close(over)
					next.ServeHTTP(&leading{httptest.NewRecorder(), w}, req)
				}()
				<-started
			})
		}
		one := middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1})
		late := false
		r.GET("/late", dram.WrapMiddleware(hurried), func(c *dram.Context) {
			close(started)
			<-goOn
			c.Next()
		}, one, func(*dram.Context) { late = true })
		r.GET("/busy", one, func(*dram.Context) {
			close(goOn)
			<-over
		})
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/late", nil))
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/busy", nil))
		assert.False(t, late, "two at a time")
	}
}

// leading is a writer of its own that leads to another one.
type leading struct {
	http.ResponseWriter
	under http.ResponseWriter
}

func (w *leading) Unwrap() http.ResponseWriter { return w.under }
