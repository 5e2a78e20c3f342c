package split

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dram-go/dram/examples/gateway/config"
)

// A ramp raises the share of a new version. It begins with the share that the file gives it, or if
// that is 0 with the first step, and takes the steps above it, one after the other. A step lasts its
// time, and until there were requests enough to judge. The version that exceeds a bound has its
// share taken away at once: then it gets those requests only that choose it by header or cookie.
//
// It judges when a request has been answered, so it has no clock of its own, and each gateway of a
// fleet judges by itself.

// Status is how far a ramp is.
type Status string

// The states of a ramp.
const (
	Rising  Status = "rising"
	Paused  Status = "paused" // it does not rise, but still goes back
	Done    Status = "done"   // the last step was good for its time: it judges no more
	Aborted Status = "aborted"
)

type ramp struct {
	*config.Ramp
	status Status
	since  time.Time // of the share now
}

// next is the step above a share; false if there is none.
func (r *ramp) next(share float64) (step float64, ok bool) {
	for _, step := range r.Steps {
		if float64(step) > share {
			return float64(step), true
		}
	}
	return 0, false
}

// start is the share to rise from.
func (r *ramp) start(share float64) float64 {
	if first, ok := r.next(0); share == 0 && ok {
		return first
	}
	return share
}

// to changes the status and the share, with a record why; mu is held, or s is not yet known to others.
func (s *Split) to(status Status, share float64, why string) {
	now, version := time.Now(), s.ramp.Version
	s.records = append(s.records, Record{At: now, Version: version, From: s.shares[version], To: share, Why: why})
	s.records = s.records[max(0, len(s.records)-maxRecords):]
	s.ramp.status, s.ramp.since = status, now
	for other := range s.shares { // there are two
		s.shares[other] = 1 - share
		s.seen[other].clear()
	}
	s.shares[version] = share
	s.apply()
	level := slog.LevelInfo
	if status == Aborted {
		level = slog.LevelWarn
	}
	s.log.Log(context.Background(), level, "a ramp is "+string(status), "version", version, "share", share, "why", why)
}

// judge looks whether the version is worse than it may be, or its step is over; mu is held.
func (s *Split) judge(w *window) {
	r, now := s.ramp, time.Now()
	if r.status != Rising && r.status != Paused {
		return
	}
	if why := r.worse(w); why != "" {
		s.to(Aborted, 0, why)
		return
	}
	if r.status == Paused || now.Sub(r.since) < time.Duration(r.Every) || w.n < r.Abort.Least {
		return
	}
	good := fmt.Sprintf("%d of the last %d requests failed, p99 is %v", w.failed, w.n, w.p99())
	share := s.shares[r.Version]
	if step, ok := r.next(share); ok {
		s.to(Rising, step, good)
	} else {
		s.to(Done, share, good)
	}
}

// worse says which bound a version exceeds; "" if none. With fewer requests than it takes to judge
// the shares are those of so many: it does not have to wait for them where they could not help.
func (r *ramp) worse(w *window) string {
	of := max(w.n, r.Abort.Least)
	if float64(w.failed) > float64(r.Abort.Errors)*float64(of) {
		return fmt.Sprintf("%d of the last %d requests failed: more than %g%% of %d", w.failed, w.n, 100*float64(r.Abort.Errors), of)
	}
	if 100*w.slow > of {
		return fmt.Sprintf("%d of the last %d requests took longer than %v: its p99 is above that", w.slow, w.n, time.Duration(r.Abort.P99))
	}
	return ""
}

// errNoRamp says that there is nothing to steer.
var errNoRamp = errors.New("the route has no ramp")

// Steer turns a ramp by hand. Paused keeps it where it is, but it still goes back when it has to;
// Aborted takes the share away; and Rising lets it rise again, from the share that it has, or if that
// is 0 from the first step.
func (s *Split) Steer(status Status, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ramp == nil {
		return errNoRamp
	}
	share := s.shares[s.ramp.Version]
	switch status {
	case Rising:
		share = s.ramp.start(share)
	case Aborted:
		share = 0
	}
	s.to(status, share, why)
	return nil
}

// Set changes the share of the ramp's version by hand: the ramp is paused there.
func (s *Split) Set(share float64, why string) error {
	if !(share >= 0 && share <= 1) {
		return fmt.Errorf("%g is not a share: it is from 0 to 1", share)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ramp == nil {
		return errNoRamp
	}
	s.to(Paused, share, why)
	return nil
}

// RampState is what a ramp is at one moment.
type RampState struct {
	Version string
	Status  Status
	Steps   []config.Share
	Since   time.Time // of the share now
	// Next is the share of the next step, and At when it begins at the earliest; 0 if there is
	// none.
	Next float64
	At   time.Time
}

func (r *ramp) state(share float64) *RampState {
	state := &RampState{Version: r.Version, Status: r.status, Steps: r.Steps, Since: r.since}
	if step, ok := r.next(share); ok && r.status == Rising {
		state.Next, state.At = step, r.since.Add(time.Duration(r.Every))
	}
	return state
}
