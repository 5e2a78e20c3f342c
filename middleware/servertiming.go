package middleware

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// ServerTiming shows in the network panel of the browser where the time of a
// request went, with the W3C header Server-Timing.

// maxTimings is how many entries a request may have.
const maxTimings = 32

// timingsKey is the Context's key of the request's *timings.
type timingsKey struct{}

// ServerTiming adds the header Server-Timing, with what StartTiming measured
// until the header is sent, and "total", the time from this layer until then.
// Every client sees it, and times can reveal what should stay secret, such as
// whether a user exists: use it in development, or wrap it in Only.
func ServerTiming() dram.HandlerFunc {
	return func(c *dram.Context) {
		t := &timings{start: time.Now()}
		c.Set(timingsKey{}, t)
		defer func() {
			if !t.told && !c.Writer.Written() { // a panic passes: Recovery will answer
				t.tell(c.Writer.Header())
			}
		}()
		c.NextAnswer(nil, func(a dram.Answer) { t.tell(a.Header()) })
	}
}

// StartTiming starts to measure something and returns the function that stops.
// Without the layer, or after 32 entries, it does nothing. Characters that are
// not allowed in the name of a metric become "_"; measuring a name again adds
// another entry. It may be called from several goroutines.
//
//	defer middleware.StartTiming(c, "db")()
func StartTiming(c *dram.Context, name string) (stop func()) {
	t, ok := c.Value(timingsKey{}).(*timings)
	if !ok {
		return func() {}
	}
	start := time.Now()
	return func() { t.add(name, time.Since(start)) }
}

// timings are the measured times of one request.
type timings struct {
	start time.Time
	told  bool
	mu    sync.Mutex
	text  []byte
	count int
}

func (t *timings) add(name string, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count++; t.count > maxTimings {
		return
	}
	t.text = append(appendTiming(t.text, metricName(name), d), ", "...)
}

// tell writes the header: all entries and the total.
func (t *timings) tell(h http.Header) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.told {
		t.told = true
		h.Add("Server-Timing", string(appendTiming(t.text, "total", time.Since(t.start))))
	}
}

// appendTiming writes one entry, its duration in milliseconds.
func appendTiming(b []byte, name string, d time.Duration) []byte {
	b = append(append(b, name...), ";dur="...)
	return strconv.AppendFloat(b, float64(d)/float64(time.Millisecond), 'f', 3, 64)
}

// metricName returns name as a token.
func metricName(name string) string {
	if httpfield.IsToken(name) {
		return name
	}
	if name == "" {
		return "_"
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 && httpfield.IsToken(string(r)) {
			return r
		}
		return '_'
	}, name)
}
