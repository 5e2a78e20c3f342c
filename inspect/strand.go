package inspect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/caller"
)

// This file notes what layers do, by what has changed since a Context was looked at last: whoever runs innermost
// has done that.

// strand is the way of one Context through the chain. Inside a net/http middleware with a writer of its own, and by
// Context.Fork, a Context of their own takes the layers that are still to come, perhaps in another goroutine, and perhaps
// longer than the layer around them runs: what they do then reaches nobody, and is not noted.
type strand struct {
	*exchange
	c      *dram.Context
	parent *strand
	under  int     // the layer that has made the Context; -1 of the request's own
	child  *strand // inside the middleware that runs, whose status is this one's when it has returned

	room   [8]int // of open, for most chains
	open   []int  // the layers that have not returned, innermost last
	beyond int    // further layers that have not returned, which are too many to be kept

	began, status int
	aborted       bool
	errors        int
	sent          caller.Calls // the header
}

// fork returns the strand of a Context that was made by a layer of this one; nil if that layer is over, or not kept.
func (s *strand) fork(c *dram.Context, chain dram.HandlersChain, index int, alone bool) *strand {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || s.isGone() {
		return nil
	}
	for at, l := range slices.Backward(s.request.layers) {
		if &l.chain[0] == &chain[0] && l.at == index-1 && !l.isOver() {
			child := &strand{exchange: s.exchange, c: c, parent: s, under: at, began: c.Writer.Status(), status: c.Writer.Status(), errors: len(c.Errors)}
			if !alone {
				s.child = child
			}
			return child
		}
	}
	return nil
}

// isGone reports whether the layer around the strand is over.
func (s *strand) isGone() bool {
	for ; s.parent != nil; s = s.parent {
		if s.request.layers[s.under].isOver() {
			return true
		}
	}
	return false
}

// innermost is the layer that runs.
func (s *strand) innermost() int {
	if len(s.open) == 0 {
		return s.under
	}
	return s.open[len(s.open)-1]
}

// sender is the strand whose layer sends the header that goes out: one inside a middleware if the same line has
// just sent it to the middleware's writer, which passes it on.
func (s *strand) sender() *strand {
	by := s
	for t := s.child; t != nil && !t.isGone() && len(t.open) > 0 && t.sent != nil; t = t.child {
		if line := t.sent.Program(); line != "" && line == s.sent.Program() {
			by = t
		}
	}
	return by
}

// What enter returns of a layer that is not kept: the request is over, or it has too many.
const (
	tooLate = -1
	tooMany = -2
)

// enter notes that a handler begins, and returns which layer it is.
func (s *strand) enter(c *dram.Context, chain dram.HandlersChain, index int) int {
	news := s.news(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || s.isGone() {
		return tooLate
	}
	if len(s.request.layers) == maxLayers {
		s.beyond++
		return tooMany
	}
	if index == 0 {
		s.request.begins(c, chain)
	}
	now := s.now()
	s.recovered(now)
	s.look(c, now, news)
	own := -1
	if &chain[0] == &s.request.chain[0] { // or the request was given to another route
		own = index
	}
	at := len(s.request.layers)
	s.request.layers = append(s.request.layers, layer{chain: chain, at: index, index: own, parent: s.innermost(), start: now})
	if s.open == nil {
		s.open = s.room[:0]
	}
	s.open = append(s.open, at)
	return at
}

// leave notes that a layer ends, and reports whether the request does: a panic has left all layers.
func (s *strand) leave(c *dram.Context, at int, returned bool) bool {
	news := s.news(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || at == tooLate {
		return false
	}
	now := s.now()
	if !s.isGone() {
		if !returned {
			s.panics(at, now)
		} else if at != tooMany {
			s.recovered(now)
		}
		s.look(c, now, news)
	}
	if at == tooMany {
		s.beyond--
	} else {
		l := &s.request.layers[at]
		l.end, l.returned, l.panicked = now, returned, !returned
		if i := slices.Index(s.open, at); i >= 0 {
			s.open = slices.Delete(s.open, i, i+1)
		}
	}
	s.done = !returned && s.parent == nil && len(s.open) == 0 && s.beyond == 0
	return s.done
}

// handleName is the function that runs each layer: what is further out in a stack is another one.
const handleName = "github.com/dram-go/dram/inspect.(*recorder).Handle"

// panics notes that a panic passes a layer: if it is not the one that has passed the layers inside, it is this layer's
// own. One that the same function throws further out has fewer layers in its stack. Of the panic of another goroutine
// that a library throws again there is no line of the program.
func (s *strand) panics(at int, now time.Duration) {
	defer s.pause()()
	s.passed = now
	calls := caller.Stack()
	stack, _, _ := strings.Cut(calls, handleName)
	line := caller.ProgramOf(stack)
	if s.passing && (calls == s.calls || line == "") {
		return
	}
	if line == "" {
		_, line, _ = strings.Cut(stack, "\n\t")
		line, _, _ = strings.Cut(line, "\n")
	}
	s.passing, s.panicked, s.calls = true, -1, calls
	if rec := s.request; len(rec.events) < maxEvents+maxOthers && len(rec.stack) < maxStack {
		s.panicked = len(rec.events)
		rec.stack = strings.TrimPrefix(rec.stack+"\n"+stack, "\n")
		rec.events = append(rec.events, event{layer: max(at, s.innermost()), at: now, kind: kindPanic, where: line})
	}
}

// recovered notes that the innermost layer has recovered from a panic, if there was one.
func (s *strand) recovered(now time.Duration) {
	if s.passing {
		s.passing = false
		s.add(event{at: min(now, s.passed), kind: kindRecovered})
	}
}

// add adds an event of the layer that runs, unless there are too many.
func (s *strand) add(e event) {
	room := maxEvents
	if e.kind != kindError && e.kind != kindNotBound {
		room += maxOthers
	}
	if len(s.request.events) >= room {
		s.request.more++
		return
	}
	e.layer = s.innermost()
	e.text = shortText(e.text)
	s.request.events = append(s.request.events, e)
}

// look notes what the innermost layer has done since it was asked last; what one inside a middleware has done was noted there.
func (s *strand) look(c *dram.Context, now time.Duration, news []told) {
	inside := s.child
	if c.IsAborted() && !s.aborted {
		if s.aborted = true; inside == nil || !inside.aborted {
			s.add(event{at: now, kind: kindAbort})
		}
	}
	if status := c.Writer.Status(); status != s.status {
		if s.status = status; inside == nil || inside.status != status || inside.status == inside.began {
			s.add(event{at: now, kind: kindStatus, status: status})
		}
	}
	for _, err := range news {
		s.attached(err, now)
	}
}

// told is an error, and what it says.
type told struct {
	text   string
	fields []fieldView
}

// tell asks an error what it says. That is code of the program, which may take long, panic, or send the header: nothing is
// locked meanwhile, the clock of the request stands, and the request goes on as if nobody had asked.
func (x *exchange) tell(err error) (t told) {
	resume := x.pause()
	defer func() {
		if p := recover(); p != nil && t.text == "" {
			t.text = shortText(fmt.Sprintf("its text cannot be had: panic: %v", p))
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		resume()
	}()
	t.text = err.Error()
	t.fields = fieldsOf(err)
	return t
}

// news are the errors that the Context has got since it was looked at last, but those that were noted already, or are too many.
func (s *strand) news(c *dram.Context) (all []told) {
	if s.errors == len(c.Errors) {
		return nil
	}
	for _, err := range s.unnoted(c) {
		all = append(all, s.tell(err))
	}
	return all
}

func (s *strand) unnoted(c *dram.Context) (all []*dram.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || s.isGone() {
		return nil
	}
	for _, err := range c.Errors[min(s.errors, len(c.Errors)):] {
		switch {
		case len(s.noted) == maxEvents:
			s.request.more++
		case !slices.Contains(s.noted, err):
			s.noted, all = append(s.noted, err), append(all, err)
		}
	}
	s.errors = len(c.Errors) // there are fewer if the request was given to another route
	return all
}

const recovered = "dram: recovered from panic: "

// attached notes an error of the Context.
func (s *strand) attached(err told, now time.Duration) {
	if value, ok := strings.CutPrefix(err.text, recovered); ok && s.panicked >= 0 && s.request.events[s.panicked].text == "" {
		s.request.events[s.panicked].text = shortText(value)
		return
	}
	if err.text == s.unbound {
		return
	}
	s.add(event{at: now, kind: kindError, text: err.text, fields: err.fields})
}

// fieldsOf returns what is wrong with which fields. What a client has sent, which the error may hold, is not kept.
func fieldsOf(err error) (fields []fieldView) {
	for _, f := range binding.FieldErrors(err) {
		fields = append(fields, fieldView{f.Source, beginning(f.Field), beginning(f.Message)})
	}
	return fields
}
