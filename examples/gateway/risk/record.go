package risk

import (
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/middleware"
)

// Action is what is done with a request.
type Action string

// The actions, the mildest first.
const (
	Allow     Action = ""
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
	Rules   []string  `json:"rules"`
	Route   string    `json:"route"`
	Client  string    `json:"client"`
	User    string    `json:"user"`
	Method  string    `json:"method"`
	Host    string    `json:"host"`
	Path    string    `json:"path"`
	Request string    `json:"request_id"`
}

// record writes a decision to the audit, and tells whoever wants to know.
func (j *Judge) record(c *dram.Context, v *verdict) {
	d := v.Decision
	d.Time, d.Refused, d.DryRun, d.Rules = time.Now(), v.refused, j.cfg.DryRun, slices.Clone(v.Rules)
	d.Client, d.User = c.ClientIP(), bounded(middleware.ByUser(c))
	d.Method, d.Host, d.Path = bounded(c.Request.Method), bounded(c.Request.Host), bounded(c.Request.URL.Path)
	d.Request = bounded(c.Writer.Header().Get("X-Request-Id"))
	j.audit.LogAttrs(c.Request.Context(), slog.LevelInfo, "risk", slog.String("action", string(d.Action)),
		slog.Bool("refused", d.Refused), slog.Bool("dry_run", d.DryRun), slog.Int("score", d.Score), slog.Any("rules", d.Rules),
		slog.String("route", d.Route), slog.String("client", d.Client), slog.String("user", d.User), slog.String("method", d.Method),
		slog.String("host", d.Host), slog.String("path", d.Path), slog.String("request_id", d.Request))
	j.recent.add(d)
	j.seen(d)
}

// openAudit opens what decisions are written to.
func (j *Judge) openAudit(file *config.File) error {
	if j.audit = j.log; j.cfg.Audit == "" {
		return nil
	}
	f, err := os.OpenFile(file.Name(j.cfg.Audit), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // it tells of clients
	if err != nil {
		return config.Faults{j.cfg.At.Fault("audit", "the file cannot be written: %v; make its directory, or write another", err)}
	}
	j.file = f
	j.audit = slog.New(slog.NewJSONHandler(auditFile{f, j.log}, nil))
	return nil
}

// Close closes the file of the audit, when no request comes any more.
func (j *Judge) Close() {
	if j != nil && j.file != nil {
		_ = j.file.Close() // each record was written at once
	}
}

// auditFile says when a record is lost.
type auditFile struct {
	io.Writer
	log *slog.Logger
}

var auditComplaint complaint

func (f auditFile) Write(line []byte) (int, error) {
	n, err := f.Writer.Write(line)
	if err != nil && auditComplaint.isDue() {
		f.log.Error("decisions on risk cannot be recorded", "error", err)
	}
	return n, err
}

// complaint is what the log is told once in a minute, however often it is so.
type complaint struct{ last atomic.Int64 }

func (c *complaint) isDue() bool {
	now, last := time.Now().UnixNano(), c.last.Load()
	return now-last > int64(time.Minute) && c.last.CompareAndSwap(last, now)
}

// recent are the last decisions, for the admin page.
type recent struct {
	mu   sync.Mutex
	ring [50]Decision
	n    int // how many there were
}

func (r *recent) add(d Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring[r.n%len(r.ring)] = d
	r.n++
}

// Recent returns the last decisions, the newest first, and how many there were.
func (j *Judge) Recent() (last []Decision, n int) {
	if j == nil {
		return nil, 0
	}
	r := j.recent
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := r.n - 1; i >= max(0, r.n-len(r.ring)); i-- {
		last = append(last, r.ring[i%len(r.ring)])
	}
	return last, r.n
}

// facts are what rules see of a request: CEL asks for what a rule names.
type facts struct {
	*Judge
	c *dram.Context
}

// Parent is that of an Activation: there is none.
func (f facts) Parent() cel.Activation { return nil }

// ResolveName returns the value of a variable.
func (f facts) ResolveName(name string) (any, bool) {
	switch name {
	case "address":
		return types.String(f.c.ClientIP()), true
	case "method":
		return types.String(bounded(f.c.Request.Method)), true
	case "host":
		return types.String(bounded(f.c.Request.Host)), true
	case "path":
		return types.String(bounded(f.c.Request.URL.Path)), true
	case "agent":
		return types.String(bounded(f.c.Request.UserAgent())), true
	case "user":
		return types.String(bounded(middleware.ByUser(f.c))), true
	case "request":
		return requestValue{object{requestType}, f.c.Request.Header}, true
	}
	kind, name, _ := strings.Cut(name, ".")
	switch {
	case kind == "velocity" && f.velocities[name] != nil:
		return types.Int(f.velocities[name].add(f.c, 0)), true
	case kind == "lists" && f.lists[name] != nil:
		return listValue{object{listType}, f.lists[name]}, true
	}
	return nil, false
}
