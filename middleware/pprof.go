package middleware

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// Pprof serves profiles of the running program. It does not use net/http/pprof,
// which registers its handlers on http.DefaultServeMux of every program that
// imports it: importing this package would expose profiles there.

// maxProfileSeconds limits how long one request may record.
const maxProfileSeconds = 300

// PprofConfig sets up Pprof. Its zero value serves profiles below
// /debug/pprof/, to programs on the same machine only.
type PprofConfig struct {
	// Prefix is the path below which the profiles are served. Default
	// "/debug/pprof".
	Prefix string
	// Guard, if set, reports whether a request may see profiles, and replaces the
	// check that it comes from this machine. Profiles show what the program does
	// and parts of its memory.
	Guard func(*dram.Context) bool
	// OnError answers with 403 to refused requests, and with 400, 404 or 409 to
	// profiles that cannot be served; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg PprofConfig) Validate() error {
	if cfg.Prefix != "" && (cfg.Prefix[0] != '/' || strings.HasSuffix(cfg.Prefix, "/")) {
		return misconfigured("Pprof", "Prefix", `%q: write it as "/debug/pprof"`, cfg.Prefix)
	}
	return nil
}

// Pprof serves profiles below Prefix as `go tool pprof` and `go tool trace`
// fetch them: profile?seconds=30 (CPU), trace?seconds=1, heap, allocs,
// goroutine, block, mutex, threadcreate and custom profiles, cmdline, and an
// index page. Pass it to Engine.Use: it needs no route.
//
// Without a Guard it refuses, with 403, requests that do not come from this
// machine: the peer is not a loopback address, the Host is another machine's
// (DNS rebinding), the request comes from a page of another site, or a proxy
// has passed it on. A proxy on this machine that sets none of the headers
// X-Forwarded-For, Forwarded, Via and X-Real-IP needs a Guard.
func Pprof(cfg PprofConfig) dram.HandlerFunc {
	must(cfg.Validate())
	cfg.Prefix = cmp.Or(cfg.Prefix, "/debug/pprof")
	if cfg.Guard == nil {
		cfg.Guard = isLocal
	}
	return func(c *dram.Context) {
		name, ok := strings.CutPrefix(c.Request.URL.Path, cfg.Prefix)
		if !ok || name != "" && name[0] != '/' {
			return
		}
		if !cfg.Guard(c) {
			refuse(c, cfg.OnError, http.StatusForbidden, "profiles are for this machine only")
			return
		}
		c.Abort()
		c.Status(http.StatusOK) // without a route it starts at 404
		c.Header("Cache-Control", "no-store")
		c.Header("X-Content-Type-Options", "nosniff")
		cfg.serve(c, strings.TrimPrefix(name, "/"))
	}
}

// isLocal reports whether a request was made on this machine, for this machine.
func isLocal(c *dram.Context) bool {
	for _, name := range [...]string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} {
		if len(c.Request.Header[name]) > 0 {
			return false
		}
	}
	if site := c.Request.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false // a page of the web that has a browser here ask
	}
	peer, err := netip.ParseAddr(c.RemoteIP())
	if err != nil || !peer.Unmap().IsLoopback() {
		return false
	}
	asked, ok := httpfield.HostOf(c.Request)
	if ok && asked.Name == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(asked.Name, "[]"))
	return err == nil && addr.Unmap().IsLoopback()
}

// serve answers with one profile.
func (cfg *PprofConfig) serve(c *dram.Context, name string) {
	switch name {
	case "":
		cfg.index(c)
	case "cmdline":
		c.String(http.StatusOK, "%s", strings.Join(os.Args, "\x00"))
	case "profile":
		cfg.record(c, 30, pprof.StartCPUProfile, pprof.StopCPUProfile)
	case "trace":
		cfg.record(c, 1, trace.Start, trace.Stop)
	default:
		cfg.lookup(c, name)
	}
}

// index lists the profiles.
func (cfg *PprofConfig) index(c *dram.Context) {
	var page bytes.Buffer
	page.WriteString("<!doctype html><title>profiles</title><h1>profiles</h1><ul>\n")
	for _, profile := range pprof.Profiles() {
		link := cfg.Prefix + "/" + url.PathEscape(profile.Name()) + "?debug=1"
		fmt.Fprintf(&page, "<li><a href=\"%s\">%s</a> %d\n", html.EscapeString(link), html.EscapeString(profile.Name()), profile.Count())
	}
	page.WriteString("</ul>\n")
	c.Data(http.StatusOK, "text/html; charset=utf-8", page.Bytes())
}

// record records a profile for the number of seconds that the request names.
// Only one recording of a kind can run in the program.
func (cfg *PprofConfig) record(c *dram.Context, seconds float64, start func(io.Writer) error, stop func()) {
	if text, ok := c.GetQuery("seconds"); ok {
		var err error
		// Not a number is neither above 0 nor anything else.
		if seconds, err = strconv.ParseFloat(text, 64); err != nil || !(seconds > 0) || seconds > maxProfileSeconds {
			refuse(c, cfg.OnError, http.StatusBadRequest, fmt.Sprintf("seconds must be a number above 0, up to %d", maxProfileSeconds))
			return
		}
	}
	c.Header("Content-Type", "application/octet-stream")
	c.Header("Content-Disposition", `attachment; filename="profile"`)
	if err := start(c.Writer); err != nil {
		c.Writer.Header().Del("Content-Disposition")
		refuse(c, cfg.OnError, http.StatusConflict, "another recording of this kind is running")
		return
	}
	defer stop()
	timer := time.NewTimer(time.Duration(seconds * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.Request.Context().Done():
	}
}

// lookup answers with a profile that is always available. debug=1 and 2 return
// text, gc=1 collects garbage before a heap profile.
func (cfg *PprofConfig) lookup(c *dram.Context, name string) {
	profile := pprof.Lookup(name)
	if profile == nil {
		refuse(c, cfg.OnError, http.StatusNotFound, "there is no such profile")
		return
	}
	if name == "heap" && c.Query("gc") == "1" {
		runtime.GC()
	}
	debug, _ := strconv.Atoi(c.Query("debug")) // 0, binary, if it is not a number
	if debug > 0 {
		c.Header("Content-Type", "text/plain; charset=utf-8")
	} else {
		c.Header("Content-Type", "application/octet-stream")
		c.Header("Content-Disposition", `attachment; filename="`+url.PathEscape(name)+`"`)
	}
	_ = profile.WriteTo(c.Writer, debug) // the client may be gone
}
