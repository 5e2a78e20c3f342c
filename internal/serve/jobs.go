package serve

import (
	"context"
	"fmt"
)

// This file runs jobs: what a request has begun and does not wait for. The end waits
// for them when all requests are done, since these may begin jobs until then.

// job is one function that Go was given.
type job struct {
	name   string
	cancel context.CancelFunc
	done   chan struct{} // closed when it has returned
}

// Stopping returns a channel that is closed when the end begins.
func (l *Life) Stopping() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping == nil {
		l.stopping = make(chan struct{})
		if l.ending != nil {
			close(l.stopping)
		}
	}
	return l.stopping
}

// Go runs f in a goroutine of its own, which the end waits for. Its context has the
// values of ctx, and ends when nobody waits any more: when the patience of a Shutdown
// is over, or, from the beginning, if the Life is. name is for errors. A panic of f is
// the caller's to recover.
func (l *Life) Go(ctx context.Context, name string, f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	j := &job{name: name, cancel: cancel, done: make(chan struct{})}
	l.mu.Lock()
	if l.jobs == nil {
		l.jobs = map[*job]struct{}{}
	}
	l.jobs[j] = struct{}{}
	if l.isOver() {
		cancel()
	}
	l.mu.Unlock()
	go func() {
		defer l.ended(j)
		f(ctx)
	}()
}

// ended notes that a job has returned.
func (l *Life) ended(j *job) {
	j.cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.jobs, j)
	close(j.done)
}

// awaitJobs waits for the jobs, those that come meanwhile too, until ctx is done.
func (l *Life) awaitJobs(ctx context.Context) error {
	for {
		j, left := l.aJob()
		if j == nil {
			return nil
		}
		select {
		case <-j.done:
			continue
		default:
		}
		select {
		case <-j.done:
			continue
		case <-ctx.Done():
		}
		if left > 1 {
			return fmt.Errorf("%d jobs of Context.Go have not returned, one of them %s: %w", left, j.name, ctx.Err())
		}
		return fmt.Errorf("the job %s of Context.Go has not returned: %w", j.name, ctx.Err())
	}
}

// aJob is one of the jobs, nil if there is none, and how many there are.
func (l *Life) aJob() (one *job, of int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for j := range l.jobs {
		return j, len(l.jobs)
	}
	return nil, 0
}
