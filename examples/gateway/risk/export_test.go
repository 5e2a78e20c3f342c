package risk

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
)

// Work does the work of a challenge.
func Work(token string) string {
	for n := 0; ; n++ {
		if text := fmt.Sprint(token, ".", n); isWork(text) {
			return text
		}
	}
}

// Sizes are how many keys a velocity remembers of n.
func Sizes(_ *testing.T, n int) (young, old int) {
	v := newVelocity(config.Velocity{By: "header:Id", Per: config.Duration(1e9)})
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/", nil)
	for i := range n {
		c.Request.Header.Set("Id", fmt.Sprint(i))
		v.add(c, 1)
	}
	return len(v.young), len(v.old)
}
