package validate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"golang.org/x/time/rate"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
)

// answers looks at answers when they are sent, and logs what is not as the document has it: a line
// a second. Event streams, and bodies that are too long, are not looked at, nor is any answer while
// others are.
type answers struct {
	log  *slog.Logger
	max  int
	busy chan struct{}
	say  rate.Sometimes
}

// atOnce is how many answers are looked at at one time.
const atOnce = 2

func newAnswers(log *slog.Logger, most int) *answers {
	return &answers{log: log, max: most, busy: make(chan struct{}, atOnce), say: rate.Sometimes{Interval: time.Second}}
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
	}
}

// look logs what is wrong with an answer. A check that panics ends nothing but itself.
func (w *answers) look(out *openapi3filter.ResponseValidationInput) {
	defer func() {
		if why := recover(); why != nil {
			w.log.Error("a check of an answer has panicked", "panic", dram.MaskHeader("", fmt.Sprint(why)))
		}
		<-w.busy
	}()
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		w.say.Do(func() {
			route, faults := out.RequestValidationInput.Route, answerFaults(err)
			w.log.Warn("an answer is not as its document has it", "operation", route.Method+" "+route.Path, "status", out.Status, "faults", faults[:min(len(faults), 5)])
		})
	}
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
