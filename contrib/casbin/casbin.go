// Package casbin asks a Casbin enforcer whether a user may do what a request
// asks for, and answers 403 if not.
//
//	r.Use(login, casbin.Authorize(casbin.Config{Enforcer: enforcer}))
//
// The enforcer is asked for (subject, object, action): by default the user whom a
// layer outside has logged in, the route's pattern and the method. Policies that
// name routes ("/users/:id") hold for every way in which a path can be written,
// and cannot be evaded by escapes, double slashes or another case.
//
// What is not allowed is forbidden: an unknown user, a path without a policy, an
// enforcer that fails.
//
// One check of a policy of a few lines costs some microseconds and is linear in
// the number of policies; Casbin's CachedEnforcer makes repeated ones cheaper.
package casbin

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"
	stringadapter "github.com/casbin/casbin/v3/persist/string-adapter"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

// Enforcer decides. *casbin.SyncedEnforcer is one, whose policies may change
// while requests are served; those of *casbin.Enforcer may not.
type Enforcer interface {
	// Enforce reports whether the request (subject, object, action) is allowed.
	Enforce(request ...any) (bool, error)
}

// Config sets up Authorize. Enforcer must be set.
type Config struct {
	// Enforcer decides.
	Enforcer Enforcer
	// Subject is who asks. Default middleware.ByUser: the name that BasicAuth,
	// contrib/session or contrib/jwt stored under dram.AuthUserKey. "" is
	// nobody, whom the enforcer is asked about as Anonymous.
	Subject func(*dram.Context) string
	// Anonymous is the subject of a request that nobody has logged in. Default
	// "": such requests are refused without asking.
	Anonymous string
	// Object is what the request is about. Default Context.FullPath, or the
	// path of a request without a route. A replacement that returns a path must
	// reckon with every way to write it.
	Object func(*dram.Context) string
	// Action is what the request does with it. Default: the method.
	Action func(*dram.Context) string
	// OnError answers with 403, or 500 when the enforcer fails.
	OnError middleware.ErrorHandler
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	if cfg.Enforcer == nil {
		return layer.Misconfigured("casbin", "Enforcer", "is nil; write one of casbin.NewEnforcer(casbin.RouteModel, policy), or Casbin's own NewSyncedEnforcer")
	}
	return nil
}

// Authorize refuses, with 403, what the enforcer does not allow. Put it inside of
// the layer that finds out who the user is.
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
		subject := cfg.Subject(c)
		if subject == "" {
			subject = cfg.Anonymous
		}
		if subject == "" {
			layer.Refuse(c, cfg.OnError, http.StatusForbidden, "only for users who are logged in")
			return
		}
		allowed, err := cfg.Enforcer.Enforce(subject, cfg.Object(c), cfg.Action(c))
		switch {
		case err != nil:
			err = fmt.Errorf("dram: contrib/casbin: %w", err)
			layer.Fail(c, cfg.OnError, http.StatusInternalServerError, "permissions cannot be checked at the moment", err)
		case !allowed:
			layer.Refuse(c, cfg.OnError, http.StatusForbidden, "this user may not do this")
		}
	}
}

func routeOrPath(c *dram.Context) string {
	if route := c.FullPath(); route != "" {
		return route
	}
	return c.Request.URL.Path
}

// RouteModel is a model of roles and routes. A policy is "p, role or user, route,
// method", where the route may end in "/*" for all below it, and the method may
// be "*"; "g, user, role" gives a user a role. The names of roles begin with "role:",
// and those of users do not: a user who chose to be called "admin" must not be one.
const RouteModel = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = !keyMatch(r.sub, "role:*") && g(r.sub, p.sub) && (r.obj == p.obj || keyMatch(r.obj, p.obj)) && (p.act == "*" || r.act == p.act)
`

// NewEnforcer makes an enforcer from the texts of a model (see RouteModel) and of
// its policy, one rule per line. Policies from files and databases are loaded by
// Casbin's own constructors and adapters. With RouteModel, a role whose name does not
// begin with "role:" is an error.
func NewEnforcer(modelText, policy string) (*casbin.SyncedEnforcer, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, fmt.Errorf("dram: contrib/casbin: the model: %w", err)
	}
	enforcer, err := casbin.NewSyncedEnforcer(m, stringadapter.NewAdapter(policy))
	if err != nil {
		return nil, fmt.Errorf("dram: contrib/casbin: the policy: %w", err)
	}
	grants, err := enforcer.GetGroupingPolicy()
	if err != nil {
		return nil, fmt.Errorf("dram: contrib/casbin: the policy: %w", err)
	}
	for _, grant := range grants {
		if role := grant[1]; modelText == RouteModel && !strings.HasPrefix(role, "role:") {
			return nil, fmt.Errorf(`dram: contrib/casbin: the policy: a user named %q would have the role %[1]q; write "role:%[1]s" for the role`, role)
		}
	}
	return enforcer, nil
}
