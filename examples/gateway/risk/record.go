package risk

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// Action is what is done with a request.
type Action string

// The actions, the mildest first.
const (
	Allow     Action = "allow"
	Throttle  Action = "throttle"
	Challenge Action = "challenge"
	Deny      Action = "deny"
)

// Decision is what was decided of a request.
type Decision struct {
	Time    time.Time `json:"time"`
	Action  Action    `json:"action"`
	Refused bool      `json:"refused"` // not by a dry run, in the limit, or with the challenge met
	DryRun  bool      `json:"dry_run"`
	Score   int       `json:"score"`
	Rules   []string  `json:"rules"` // that add to it
	// Failed are those of them that could not be evaluated, and why.
	Failed  map[string]string `json:"failed"`
	Route   string            `json:"route"`
	Client  string            `json:"client"`
	User    string            `json:"user"`
	Method  string            `json:"method"`
	Host    string            `json:"host"`
	Path    string            `json:"path"`
	Request string            `json:"request_id"`
}

// record is the audit record of a decision, in the log, and tells whoever wants to know.
func (j *Judge) record(c *dram.Context, d Decision) {
	d.Time, d.DryRun, d.Rules = time.Now(), j.cfg.DryRun, slices.Clone(d.Rules)
	d.Failed = maps.Clone(d.Failed)
	d.Client, d.User = c.ClientIP(), bounded(middleware.ByUser(c))
	d.Method, d.Host, d.Path = bounded(c.Request.Method), bounded(c.Request.Host), bounded(dram.MaskHeader("", c.Request.URL.Path))
	d.Request = bounded(c.Writer.Header().Get("X-Request-Id"))
	j.log.LogAttrs(c.Request.Context(), slog.LevelInfo, "risk", slog.String("action", string(d.Action)),
		slog.Bool("refused", d.Refused), slog.Bool("dry_run", d.DryRun), slog.Int("score", d.Score), slog.Any("rules", d.Rules), slog.Any("failed", d.Failed),
		slog.String("route", d.Route), slog.String("client", d.Client), slog.String("user", d.User), slog.String("method", d.Method),
		slog.String("host", d.Host), slog.String("path", d.Path), slog.String("request_id", d.Request))
	j.recent.add(d)
	j.seen(d)
}

// maxText is how much of a text of the client's is recorded, in bytes.
const maxText = 1024

func bounded(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "\uFFFD")
}

// maxRecent is how many decisions are remembered.
const maxRecent = 50

// recent are the last decisions, for the admin page.
type recent struct {
	mu   sync.Mutex
	last []Decision
	n    int // how many there were
}

func (r *recent) add(d Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = append(r.last[max(0, len(r.last)-maxRecent+1):], d)
	r.n++
}

// Recent returns the last decisions, the newest first, and how many there were.
func (j *Judge) Recent() (last []Decision, n int) {
	if j == nil {
		return nil, 0
	}
	j.recent.mu.Lock()
	defer j.recent.mu.Unlock()
	last = slices.Clone(j.recent.last)
	slices.Reverse(last)
	return last, j.recent.n
}

// facts are what rules see of a request: CEL asks for what a rule names.
type facts struct {
	*Judge
	c *dram.Context
}

// Parent is that of an Activation: there is none.
func (f facts) Parent() cel.Activation { return nil }

// text is a text of the client's, all of it: how long it may be is bounded where it is read.
func text(s string) types.String { return types.String(strings.ToValidUTF8(s, "\uFFFD")) }

// ResolveName returns the value of a variable.
func (f facts) ResolveName(name string) (any, bool) {
	switch name {
	case "address":
		return types.String(f.c.ClientIP()), true
	case "method":
		return text(f.c.Request.Method), true
	case "host":
		return text(f.c.Request.Host), true
	case "path":
		return text(f.c.Request.URL.Path), true
	case "agent":
		return text(strings.Join(f.c.Request.Header["User-Agent"], " ")), true
	case "user":
		return text(middleware.ByUser(f.c)), true
	}
	kind, name, _ := strings.Cut(name, ".")
	switch {
	case kind == "velocity" && f.velocities[name] != nil:
		return types.Int(f.velocities[name].add(f.c, 0)), true
	case kind == "lists" && f.lists[name] != nil:
		return listValue{f.lists[name]}, true
	}
	return nil, false
}
