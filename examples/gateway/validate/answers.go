package validate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
)

// answers looks at answers when they are sent, and logs what is not as the document has it: a line
// a second, and how many it has left out. Event streams, and bodies that are too long, are not
// looked at, nor is any answer while others are.
type answers struct {
	log     *slog.Logger
	max     int
	busy    chan struct{}
	next    atomic.Int64 // when the next line may be written, in nanoseconds of Unix time
	leftOut atomic.Int64
}

// atOnce is how many answers are looked at at one time.
const atOnce = 2

func newAnswers(log *slog.Logger, most int) *answers {
	return &answers{log: log, max: most, busy: make(chan struct{}, atOnce)}
}

// watch runs the rest of the chain and keeps a copy of its answer.
func (w *answers) watch(c *dram.Context, req *http.Request, in *openapi3filter.RequestValidationInput) {
	kept := &bounded{max: w.max}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Options: options}
	whole := c.NextAnswer(req, func(a dram.Answer) {
		*kept = bounded{max: w.max}
		out.Status, out.Header = a.Status(), a.Header().Clone()
		if grammar.MediaType(out.Header.Get("Content-Type")) != "text/event-stream" {
			a.Tee(kept)
		}
	})
	if !whole || kept.over || out.Header == nil || out.Header.Get("Content-Encoding") != "" {
		return
	}
	asked := *in.Request
	asked.Body = http.NoBody // is closed
	in.Request = &asked
	out.Body = io.NopCloser(bytes.NewReader(kept.Bytes()))
	select {
	case w.busy <- struct{}{}:
		go w.look(out)
	default:
		w.leftOut.Add(1)
	}
}

// look logs what is wrong with an answer.
func (w *answers) look(out *openapi3filter.ResponseValidationInput) {
	defer func() { <-w.busy }()
	defer func() {
		if why := recover(); why != nil { // a check that is at fault ends nothing but itself
			w.say("a check of an answer has panicked", "panic", fmt.Sprint(why))
		}
	}()
	err := openapi3filter.ValidateResponse(context.Background(), out)
	if err == nil {
		return
	}
	route := out.RequestValidationInput.Route
	faults := faultsIn(err)
	w.say("an answer is not as its document has it", "operation", route.Method+" "+route.Path, "status", out.Status, "faults", faults[:min(len(faults), 5)])
}

// say logs, if nothing was logged for a second.
func (w *answers) say(text string, args ...any) {
	now, next := time.Now().UnixNano(), w.next.Load()
	if now < next || !w.next.CompareAndSwap(next, now+int64(time.Second)) {
		w.leftOut.Add(1)
		return
	}
	w.log.Warn(text, append(args, "left_out", w.leftOut.Swap(0))...)
}

// bounded keeps what is written, up to a limit.
type bounded struct {
	bytes.Buffer
	max  int
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.over = b.over || b.Len()+len(p) > b.max; !b.over {
		b.Buffer.Write(p)
	}
	return len(p), nil
}
