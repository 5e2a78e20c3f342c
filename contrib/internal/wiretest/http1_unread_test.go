package wiretest

import (
	"go/version"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

// This file sends the rows to handlers that do not read a body to its end, as one that refuses
// a request does not. What is left of it is the server's to read, or to close the connection on.

// leaving are ways to leave a body.
var leaving = map[string]func(c *dram.Context){
	"nothing is read":  func(c *dram.Context) { c.String(http.StatusOK, "x") },
	"nothing is done":  func(*dram.Context) {},
	"a byte is read":   func(c *dram.Context) { _, _ = c.Request.Body.Read(make([]byte, 1)); c.String(http.StatusOK, "x") },
	"it is closed":     func(c *dram.Context) { _ = c.Request.Body.Close(); c.String(http.StatusOK, "x") },
	"it is replaced":   func(c *dram.Context) { c.Request.Body = http.NoBody; c.String(http.StatusOK, "x") },
	"limited, closed":  func(c *dram.Context) { limited(c); c.String(http.StatusOK, "x") },
	"closed and sent":  func(c *dram.Context) { limited(c); c.String(http.StatusOK, "x"); c.Writer.Flush() },
	"refused and sent": func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized); c.Writer.Flush() },
	"read behind that": func(c *dram.Context) { c.Writer.Flush(); _, _ = io.Copy(io.Discard, c.Request.Body) },
	fullDuplex: func(c *dram.Context) {
		_ = http.NewResponseController(c.Writer).EnableFullDuplex()
		c.String(http.StatusOK, "x")
		c.Writer.Flush()
		_, _ = c.Request.Body.Read(make([]byte, 1))
	},
	"a panic":           func(*dram.Context) { panic(http.ErrNotSupported) },
	"a panic, half-way": func(c *dram.Context) { c.Writer.Flush(); panic(http.ErrNotSupported) },
}

// limited has another body in place of the server's, as many programs do, and closes it.
func limited(c *dram.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 1<<30)
	_ = c.Request.Body.Close()
}

// fullDuplex is the way that net/http reads on behind what is broken, before Go 1.27.
const fullDuplex = "a byte is read, full duplex"

// Whatever a handler leaves of a body, no part of it is the next request, and nothing is read behind
// a body that is broken.
func TestNoHandlerLetsABodyBeARequest(t *testing.T) {
	for _, kind := range []string{"net/http", "net/http, h2c", "h1"} {
		for name, leave := range leaving {
			t.Run(kind+"/"+name, func(t *testing.T) {
				if name == fullDuplex && strings.HasPrefix(kind, "net/http") && version.Compare(runtime.Version(), "go1.27") < 0 {
					t.Skip("net/http reads on before Go 1.27")
				}
				t.Parallel()
				s := start(t, kind, func(c *dram.Context) bool { leave(c); return true })
				for _, r := range rows() {
					allowed := r.std
					if kind == "h1" && r.h1 != 0 {
						allowed = r.h1
					}
					_, _ = send(t, dial(t, s.addr), r.sent+next, r.ends)
					second := 0
					for _, got := range s.taken() {
						assert.NotEqual(t, refused, allowed, "%s: %s is seen", r.name, got.target)
						assert.NotEqual(t, "/inside", got.target, "%s: a part of the body is seen", r.name)
						if got.target == "/smuggled" {
							second++
						}
					}
					if allowed&(two|none) == 0 {
						assert.Zero(t, second, "%s: what stands behind is seen", r.name)
					}
					assert.LessOrEqual(t, second, 1, r.name)
				}
			})
		}
	}
}
