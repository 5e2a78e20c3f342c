// Package admin is what operators see of a gateway, on a listener of its own: a page with routes,
// servers, splits and risk decisions, live (page.go), the file, metrics and health. Who may is in
// guard.go.
package admin

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/risk"
	"github.com/dram-go/dram/examples/gateway/seen"
	"github.com/dram-go/dram/examples/gateway/split"
	"github.com/dram-go/dram/examples/gateway/upstream"
	"github.com/dram-go/dram/middleware"
)

// Gateway is what is shown and steered.
type Gateway interface {
	// State returns all that the page shows.
	State() State
	// File returns the text of the file that is served with, and its ETag.
	File() (text []byte, tag string)
	// Token is what operators show, "" if the file has none.
	Token() string
	// Replace puts another text in place of the file, if its ETag matches, and serves with it. The
	// error is ErrChanged, ErrElsewhere, config.Faults, or of the system, and then nothing has changed.
	Replace(match func(tag string) bool, text []byte) (newTag string, err error)
	// Server returns a server of an upstream, nil if there is none.
	Server(upstream, addr string) *upstream.Server
	// Split returns the split of a route.
	Split(route string) (*split.Split, bool)
	// Metrics serves what Prometheus reads.
	Metrics() http.Handler
}

// ErrChanged says that the file is another one than the client has seen, ErrElsewhere that it does not come from
// this machine's disk.
var (
	ErrChanged   = errors.New("the file has changed")
	ErrElsewhere = errors.New("the file comes from elsewhere")
)

// State is a gateway at one moment.
type State struct {
	Tag       string // of the file
	Since     time.Time
	Routes    []Route
	Upstreams []Upstream
	Splits    []Split
	Decisions []risk.Decision // the last ones, the newest first
	Decided   int             // how many there were
}

// Route is one of the routes.
type Route struct {
	Name, Methods, Hosts, Path, To string
	Line                           int
	seen.RED
}

// Upstream is one of the upstreams.
type Upstream struct {
	Name    string
	Servers []Server
}

// Server is one of its servers.
type Server struct {
	upstream.State
	seen.RED
}

// Split is which versions a route goes to.
type Split struct {
	split.State
	Rates []seen.RED // of its versions
}

// Admin is an http.Handler.
type Admin struct {
	*dram.Engine
	gateway Gateway
	guard   *guard
	log     *slog.Logger
}

// New makes the Admin of a gateway. Without a token in cfg it makes one, that works once (Start).
func New(g Gateway, cfg config.Admin, log *slog.Logger) *Admin {
	a := &Admin{Engine: dram.New(), gateway: g, guard: newGuard(cfg, g.Token), log: log}
	a.HandleMethodNotAllowed = true
	a.Use(dram.Recovery()).Use(a.guard.layers()...)
	a.NoRoute(dram.Try(func(*dram.Context) error {
		return dram.NewProblem(http.StatusNotFound, "the pages are / and /state, /metrics, /file")
	}))
	a.NoMethod(dram.Try(func(*dram.Context) error {
		return dram.NewProblem(http.StatusMethodNotAllowed, "what is allowed is in Allow")
	}))
	a.GET("/healthz", func(c *dram.Context) { c.String(http.StatusOK, "ok\n") })
	for _, asset := range []string{"admin.css", "admin.js"} {
		a.StaticFileFS("/"+asset, "page/"+asset, http.FS(files))
	}
	limited := middleware.RateLimit(middleware.RateLimitConfig{Limit: 20, Name: "log-in"})
	a.POST("/log-in", limited, a.guard.logIn)
	a.POST("/log-out", a.guard.logOut)

	tried := middleware.RateLimit(middleware.RateLimitConfig{Limit: 600, Name: "token"})
	known := a.Group("/", middleware.Only(hasToken, limited), middleware.Only(hasBearer, tried), a.guard.known)
	known.GET("/", a.page)
	known.GET("/events", a.events)
	known.GET("/state", func(c *dram.Context) { c.JSON(http.StatusOK, a.gateway.State()) })
	known.GET("/metrics", dram.WrapH(g.Metrics()))
	known.GET("/file", a.file)
	known.PUT("/file", dram.Try(a.putFile))
	known.POST("/servers", whole, dram.Try(a.steerServer))
	known.POST("/ramps", whole, dram.Try(a.steerRamp))
	return a
}

// file is the file, with the ETag that a change names.
func (a *Admin) file(c *dram.Context) {
	text, tag := a.gateway.File()
	c.Header("ETag", tag)
	c.Data(http.StatusOK, "application/yaml", text)
}

// putFile takes another file: the one that the client has seen is named by If-Match, so that
// nobody's change is lost.
func (a *Admin) putFile(c *dram.Context) error {
	match := strings.Join(c.Request.Header.Values("If-Match"), ",")
	tags := strings.Split(match, ",")
	if strings.Trim(match, ", \t") == "" {
		return dram.NewProblem(http.StatusPreconditionRequired, "If-Match is missing: write the ETag of GET /file")
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, config.MaxFile)
	text, err := c.GetRawData()
	if err != nil {
		return err
	}
	newTag, err := a.gateway.Replace(func(now string) bool {
		return slices.ContainsFunc(tags, func(tag string) bool { tag = strings.TrimSpace(tag); return tag == now || tag == "*" })
	}, text)
	var faults config.Faults
	switch {
	case errors.Is(err, ErrChanged):
		return dram.NewProblem(http.StatusPreconditionFailed, "the file has changed: GET it again, and make the change there")
	case errors.Is(err, ErrElsewhere):
		return dram.NewProblem(http.StatusConflict, "the file is not on this machine's disk: change it where it comes from, with etcdctl put, say")
	case errors.As(err, &faults):
		return dram.NewProblem(http.StatusUnprocessableEntity, "the file is at fault, and nothing has changed").With("errors", faults)
	case err != nil:
		a.log.Error("the file cannot be stored", "error", err)
		return dram.NewProblem(http.StatusInternalServerError, fmt.Sprintf("the file cannot be stored, and nothing has changed: %v", err))
	}
	a.log.Info("the file was changed by the admin API", "tag", newTag)
	c.Header("ETag", newTag)
	c.Status(http.StatusNoContent)
	return nil
}

// whole is the layer that refuses a form which has not come to its end, of which PostForm says nothing.
var whole = dram.Try(func(c *dram.Context) error { return c.ShouldBindWith(&struct{}{}, binding.Form) })

// steerServer drains a server, puts it back, ejects it, or changes its weight.
func (a *Admin) steerServer(c *dram.Context) error {
	name, addr, do := c.PostForm("upstream"), c.PostForm("server"), c.PostForm("do")
	server := a.gateway.Server(name, addr)
	if server == nil {
		return dram.NewProblem(http.StatusNotFound, "there is no such server: the file may have changed")
	}
	switch do {
	case "drain", "back":
		server.Drain(do == "drain")
	case "eject":
		server.Eject(0)
	case "weight":
		weight, err := strconv.ParseFloat(c.PostForm("weight"), 64)
		if err != nil || !(weight > 0 && weight <= 1000) {
			return dram.NewProblem(http.StatusUnprocessableEntity, "the weight is a number above 0, up to 1000")
		}
		server.SetWeight(weight)
	default:
		return dram.NewProblem(http.StatusUnprocessableEntity, "do is drain, back, eject or weight")
	}
	a.log.Info("a server was steered by the admin page", "upstream", name, "server", addr, "do", do)
	c.Redirect(http.StatusSeeOther, "./#"+serverID(name, addr))
	return nil
}

// steerRamp changes a ramp.
func (a *Admin) steerRamp(c *dram.Context) error {
	s, ok := a.gateway.Split(c.PostForm("route"))
	if !ok {
		return dram.NewProblem(http.StatusConflict, "the route has no split")
	}
	const why = "an operator has said so"
	var err error
	switch do := c.PostForm("do"); do {
	case "pause":
		err = s.Steer(split.Paused, why)
	case "resume":
		err = s.Steer(split.Rising, why)
	case "abort":
		err = s.Steer(split.Aborted, why)
	default:
		percent, bad := strconv.ParseFloat(c.PostForm("share"), 64)
		if bad != nil || !(percent >= 0 && percent <= 100) {
			return dram.NewProblem(http.StatusUnprocessableEntity, "do is pause, resume, abort or share, which is a number from 0 to 100, of percents")
		}
		err = s.Set(percent/100, why)
	}
	if err != nil {
		return dram.NewProblem(http.StatusConflict, err.Error())
	}
	c.Redirect(http.StatusSeeOther, "./#splits")
	return nil
}
