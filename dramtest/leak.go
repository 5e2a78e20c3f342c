package dramtest

import (
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"
)

// This file looks, at the end of a test, for goroutines that its requests have left behind. They are known by a
// label of runtime/pprof, which a goroutine inherits from the one that starts it.

const labelName = "dramtest"

// idle are goroutines that serve many requests, and are started by the first: connections that a pool keeps.
var idle = []string{"net/http.(*persistConn)", "net/http.(*http2ClientConn)", "net/http/internal/http2.(*ClientConn)", "database/sql."}

// AllowGoroutines names functions whose goroutines may outlive the requests that have started them: those of a connection
// pool of the program's, say. A name, "example.com/pool.(*Pool).fill", is looked for in the stack. Connections of net/http's client and of
// database/sql are known.
func (c *Client) AllowGoroutines(names ...string) {
	c.server.allowed = append(c.server.allowed, names...)
}

// job is in the stack of what Context.Go has begun. It is given time to end, too, but it may go on: the end of a
// server waits for it.
const job = "github.com/dram-go/dram/internal/serve.(*Life).Go"

// checkLeaks fails the test if goroutines are left. They are given some time to end.
func (s *server) checkLeaks(t testing.TB) {
	t.Helper()
	var left []string
	for wait := time.Millisecond; wait < 2*time.Second; wait *= 2 {
		if left = s.goroutines(s.id + "/"); len(left) == 0 {
			return
		}
		time.Sleep(wait)
	}
	left = slices.DeleteFunc(left, func(stack string) bool { return strings.Contains(stack, job) })
	if len(left) == 0 {
		return
	}
	t.Errorf("dramtest: goroutines that requests have started still run at the end of the test: end them with the request's context, begin them by Context.Go, or allow them by AllowGoroutines\n\n%s",
		strings.Join(left, "\n\n"))
}

// goroutines returns the stacks of the goroutines, but for idle ones, whose label begins with an id: all that the server's requests
// have started, or those of one exchange.
func (s *server) goroutines(id string) (left []string) {
	var out strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&out, 1) // a Builder takes all
	for stack := range strings.SplitSeq(out.String(), "\n\n") {
		if !strings.Contains(stack, `"`+labelName+`":"`+id) {
			continue
		}
		allowed := false
		for _, name := range append(idle[:len(idle):len(idle)], s.allowed...) {
			allowed = allowed || strings.Contains(stack, name)
		}
		if !allowed {
			left = append(left, readable(stack))
		}
	}
	return left
}

// readable is a stack of the profile in the form of debug.Stack, below its labels.
func readable(stack string) string {
	var labels, out strings.Builder
	for line := range strings.Lines(stack) {
		switch parts := strings.Fields(line); {
		case strings.HasPrefix(line, "# labels:"):
			labels.WriteString(line)
		case len(parts) >= 4 && parts[0] == "#":
			fmt.Fprintf(&out, "%s\n\t%s\n", parts[2], strings.Join(parts[3:], " "))
		}
	}
	return labels.String() + tidied("\n"+out.String())
}
