// Package casbin asks a Casbin enforcer whether a user may do what a request
// asks for, and answers 403 if not. See docs/contrib.md.
//
//	r.Use(login, casbin.Authorize(casbin.Config{Enforcer: enforcer}))
//
// The enforcer is asked about (subject, object, action): by default the user
// that a layer outside has authenticated, the pattern of the route and the
// method. Policies that name routes ("/users/:id") apply however a path is
// written, and cannot be evaded by escapes, double slashes or a different case.
//
// What is not explicitly allowed is refused: an unknown user, a path without a
// policy, any request while the enforcer fails.
//
// Checking a policy of a few lines takes a few microseconds, and the time grows
// linearly with the number of policies; Casbin's CachedEnforcer makes repeated
// checks cheaper.
package casbin

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/internal/whose"
	"github.com/dram-go/dram/middleware"
)

// Enforcer decides whether a request is allowed. *casbin.SyncedEnforcer is an
// Enforcer whose policies may change while requests are served; those of
// *casbin.Enforcer may not.
type Enforcer interface {
	// Enforce reports whether the request (subject, object, action) is allowed.
	Enforce(request ...any) (bool, error)
}

// Config sets up Authorize. Enforcer must be set.
type Config struct {
	// Enforcer decides whether a request is allowed.
	Enforcer Enforcer
	// Subject returns who asks. Default middleware.ByUser: the name that
	// BasicAuth, contrib/session or contrib/jwt stored under dram.AuthUserKey. If
	// it returns "", the subject is Anonymous.
	Subject func(*dram.Context) string
	// Anonymous is the subject of a request without an authenticated user. Default
	// "": such requests are refused without asking the enforcer.
	Anonymous string
	// Object returns what the request is about. Default Context.FullPath with the escapes of its
	// pattern, after FullHost for a route of Engine.Host, or the path of a request without a route:
	// "", which only a policy for "*" allows, for one that a handler might take for another
	// ("/public/../admin"). A function that returns a path must consider every way to write it.
	Object func(*dram.Context) string
	// Action returns what the request does with the object. Default: the method.
	Action func(*dram.Context) string
	// OnError answers with 403, or with 500 if the enforcer fails.
	OnError middleware.ErrorHandler
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	if cfg.Enforcer == nil {
		return layer.Misconfigured("casbin", "Enforcer", "is nil; write one of casbin.NewEnforcer(casbin.RouteModel, policy), or Casbin's own NewSyncedEnforcer")
	}
	return layer.NilInside("casbin", "Enforcer", cfg.Enforcer)
}

// Authorize refuses, with 403, what the enforcer does not allow. Put it inside
// the layer that authenticates the user.
func Authorize(cfg Config) dram.HandlerFunc {
	layer.Must(cfg.Validate())
	if cfg.Subject == nil {
		cfg.Subject = middleware.ByUser
	}
	if cfg.Object == nil {
		cfg.Object = routeOrPath
	}
	if cfg.Action == nil {
		cfg.Action = func(c *dram.Context) string { return c.Request.Method }
	}
	return func(c *dram.Context) {
		subject := cmp.Or(cfg.Subject(c), cfg.Anonymous)
		if subject == "" {
			cfg.OnError.Fail(c, http.StatusForbidden, "only for users who are logged in", nil)
			return
		}
		allowed, err := cfg.Enforcer.Enforce(subject, cfg.Object(c), cfg.Action(c))
		switch {
		case err != nil:
			err = fmt.Errorf("dram: contrib/casbin: %w", err)
			cfg.OnError.Fail(c, http.StatusInternalServerError, "permissions cannot be checked at the moment", err)
		case !allowed:
			cfg.OnError.Fail(c, http.StatusForbidden, "this user may not do this", nil)
		case subject != cfg.Anonymous:
			whose.Admit(c.Request.Context())
		}
	}
}

func routeOrPath(c *dram.Context) string {
	if route := c.FullPath(); route != "" {
		return c.FullHost() + pathspell.Given(route, func(name string) bool {
			_, is := c.Params.Get(name)
			return is
		})
	}
	if u := c.Request.URL; pathspell.Fault(u.Path, u.RawPath, pathspell.Server) == "" {
		return u.Path
	}
	return ""
}
