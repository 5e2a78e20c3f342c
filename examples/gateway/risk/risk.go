// Package risk judges requests before they are let in. Rules (rule.go), which ask about the
// client, the request, lists (list.go) and how often something has happened (velocity.go), add
// to a score, and the score decides: a request is allowed, throttled, challenged (challenge.go)
// or denied. Each decision that is not to allow, or has a rule that failed, is recorded (record.go).
package risk

import (
	"crypto/rand"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/middleware"
)

// Judge is what a file says of risk, compiled.
type Judge struct {
	cfg        *config.Risk
	log        *slog.Logger
	seen       func(Decision)
	rules      map[string]*rule
	velocities map[string]*velocity
	lists      map[string]*list
	throttle   dram.HandlerFunc
	key        []byte

	// What lives on when the file changes.
	buckets *middleware.MemoryRateLimitStore
	made    []byte // the key, if the file has none
	recent  *recent
}

// New compiles what a file says of risk; nil if it says nothing. What was counted by the one
// before goes on. seen, if not nil, is told of each decision that is recorded. The error is
// config.Faults, or of the system.
func New(file *config.File, before *Judge, log *slog.Logger, seen func(Decision)) (*Judge, error) {
	cfg := file.Risk
	if cfg == nil {
		return nil, nil
	}
	if seen == nil {
		seen = func(Decision) {}
	}
	j := &Judge{
		cfg: cfg, log: log, seen: seen,
		rules: make(map[string]*rule), velocities: make(map[string]*velocity), lists: make(map[string]*list),
	}
	j.liveOn(before)
	var faults config.Faults
	for _, name := range slices.Sorted(maps.Keys(cfg.Lists)) {
		listed := cfg.Lists[name]
		text, err := file.Read(cfg.At, "lists."+name, listed)
		if err == nil {
			j.lists[name], err = parseList(file.Name(listed), text)
		}
		_ = faults.Take(err) // it is nothing else
	}
	lang, err := newLanguage(file)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Rules)) {
		if j.rules[name], err = lang.compile(name, cfg.Rules[name]); err != nil {
			_ = faults.Take(err) // it is nothing else
		}
	}
	j.throttle = middleware.RateLimit(middleware.RateLimitConfig{Name: "risk", Limit: cfg.ThrottleTo.Count, Window: cfg.ThrottleTo.Window, Store: j.buckets})
	return j, faults.Err()
}

// liveOn takes over what goes on.
func (j *Judge) liveOn(before *Judge) {
	if before != nil {
		j.buckets, j.made, j.recent = before.buckets, before.made, before.recent
	} else {
		j.buckets, j.made, j.recent = middleware.NewMemoryRateLimitStore(0), make([]byte, 32), new(recent)
		_, _ = rand.Read(j.made) // it never fails
	}
	j.key = j.made
	if j.cfg.Key != nil {
		j.key = []byte(j.cfg.Key.Reveal())
	}
	for name, cfg := range j.cfg.Velocity {
		same := *cfg
		same.At = config.At{}
		if before != nil && before.velocities[name] != nil && before.velocities[name].cfg == same {
			j.velocities[name] = before.velocities[name]
			continue
		}
		j.velocities[name] = newVelocity(same)
	}
}

// Layers judge the requests of a route by some of the rules. What stands outside auth sees failed
// log-ins; inside, for rules that ask for the user, the user is known.
func (j *Judge) Layers(route string, names []string) (outside, inside []dram.HandlerFunc) {
	if len(names) == 0 {
		return nil, nil
	}
	var early, late []*rule
	for _, name := range names {
		if r := j.rules[name]; r != nil && r.late { // one that is at fault is not used
			late = append(late, r)
		} else {
			early = append(early, r)
		}
	}
	outside = append(outside, func(c *dram.Context) {
		d := &Decision{Route: route}
		c.Set(decisionKey{}, d)
		j.count(c, "all", false)
		if j.judge(c, d, early); c.IsAborted() {
			return
		}
		c.Next()
		if len(late) == 0 {
			j.count(c, "all", true)
		}
		if status := c.Writer.Status(); !d.Refused && (status == http.StatusUnauthorized || status == http.StatusForbidden) {
			j.count(c, "failures", false)
			j.count(c, "failures", true)
		}
	})
	if len(late) > 0 {
		inside = append(inside, func(c *dram.Context) {
			j.count(c, "all", true)
			j.judge(c, c.MustGet(decisionKey{}).(*Decision), late)
		})
	}
	return outside, inside
}

// count adds one to the velocities of a kind, those by user or the others.
func (j *Judge) count(c *dram.Context, of string, byUser bool) {
	for _, v := range j.velocities {
		if v.cfg.Of == of && (v.cfg.By == "user") == byUser {
			v.add(c, 1)
		}
	}
}

type decisionKey struct{}

// Of returns what was decided of a request that has passed a Judge's layers.
func Of(c *dram.Context) (d Decision, ok bool) {
	known, ok := c.Value(decisionKey{}).(*Decision)
	if !ok {
		return d, false
	}
	return *known, true
}

// judge adds what the rules say to the decision, and does what the score asks for. A rule that cannot be
// evaluated, since it takes a text of the client's for a number that it is not, say, counts: nobody passes
// a rule by having it fail.
func (j *Judge) judge(c *dram.Context, d *Decision, rules []*rule) {
	f := facts{j, c}
	added := false
	for _, r := range rules {
		value, _, err := r.program.Eval(f)
		if err != nil {
			if d.Failed == nil {
				d.Failed = make(map[string]string)
			}
			d.Failed[r.name] = bounded(err.Error())
		}
		if err != nil || value.Value() == true {
			d.Score += r.score
			d.Rules = append(d.Rules, r.name)
			added = true
		}
	}
	if !added {
		return
	}
	d.Action = j.action(d.Score)
	if d.Action == Allow && len(d.Failed) == 0 {
		return
	}
	if !j.cfg.DryRun {
		j.act(c, d.Action)
		d.Refused = c.IsAborted()
	}
	j.record(c, *d)
}

// action is what a score asks for.
func (j *Judge) action(score int) Action {
	switch from := j.cfg.From; {
	case score >= from.Deny:
		return Deny
	case score >= from.Challenge:
		return Challenge
	case score >= from.Throttle:
		return Throttle
	}
	return Allow
}

// act does it. What it aborts is refused.
func (j *Judge) act(c *dram.Context, action Action) {
	switch action {
	case Deny:
		c.Fail(dram.NewProblem(http.StatusForbidden, "the request is not let in"))
	case Challenge:
		if !j.hasPass(c) {
			j.challenge(c)
		}
	case Throttle:
		j.throttle(c)
	}
}
