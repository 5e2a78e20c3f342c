package main

import (
	"context"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

// events sends each new book to whoever listens, and those after the client's last one first.
func (a *app) events(c *dram.Context) {
	dram.SSE(c, func(ctx context.Context, last string) (iter.Seq2[render.SSEvent, error], error) {
		id, _ := strconv.ParseInt(last, 10, 64) // what is not a number begins at the first book
		return func(yield func(render.SSEvent, error) bool) {
			for ctx.Err() == nil {
				added := a.added.next() // before the look, so that nothing is missed between
				books, err := a.store.List(ctx, Search{After: id, Limit: 100})
				if err != nil {
					yield(render.SSEvent{}, err)
					return
				}
				for _, book := range books {
					id = book.ID
					if !yield(render.SSEvent{ID: strconv.FormatInt(id, 10), Event: "book", Data: book}, nil) {
						return
					}
				}
				if len(books) > 0 {
					continue // there may be more
				}
				select {
				case <-added:
				case <-time.After(5 * time.Second): // another process may have added one
				case <-ctx.Done():
				}
			}
		}, nil
	})
}

// bell wakes all that wait for its next call of tell.
type bell struct {
	mu sync.Mutex
	ch chan struct{}
}

func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *bell) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}
