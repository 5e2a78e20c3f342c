package casbin

import (
	"fmt"
	"strings"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"
	"github.com/casbin/casbin/v3/persist"
	stringadapter "github.com/casbin/casbin/v3/persist/string-adapter"
	"github.com/casbin/casbin/v3/rbac"
	defaultrolemanager "github.com/casbin/casbin/v3/rbac/default-role-manager"
)

// This file makes enforcers: the model that is meant for routes, whose roles cannot be
// taken for users, and how the texts of a model and a policy are read.

// RouteModel is a model of roles and routes. A policy is "p, role or user,
// route, method", where the route may end in "/*" for all paths below it (one that
// ends in "/*path" is that route alone), and the method may be "*"; "g, user, role"
// gives a user a role. The names of roles begin with "role:", and those of users do
// not: otherwise a user who chose the name "admin" would be one. A policy for another
// name is for the user of that name alone, and a user whose name begins with "role:" may
// nothing.
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
m = (r.obj == p.obj || keyMatch(r.obj, p.obj) && regexMatch(p.obj, "[*]$")) && (p.act == "*" || r.act == p.act) && !keyMatch(r.sub, "role:*") && (r.sub == p.sub || keyMatch(p.sub, "role:*") && g(r.sub, p.sub))
`

// NewEnforcer returns an enforcer from the texts of a model (see RouteModel)
// and of its policy, one rule per line; a line that the model does not know is
// an error. To load policies from files and databases, use the constructors and
// adapters of Casbin. With RouteModel, a role whose name does not begin with
// "role:" is an error, also of AddGroupingPolicy and the like.
func NewEnforcer(modelText, policy string) (*casbin.SyncedEnforcer, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, fmt.Errorf("dram: contrib/casbin: the model: %w", err)
	}
	enforcer, err := newEnforcer(m, policy, modelText == RouteModel)
	if err != nil {
		return nil, fmt.Errorf("dram: contrib/casbin: the policy: %w", err)
	}
	return enforcer, nil
}

func newEnforcer(m model.Model, policy string, ofRoutes bool) (*casbin.SyncedEnforcer, error) {
	lines := strings.Split(policy, "\n")
	for i, seen := 0, m.Copy(); i < len(lines); i++ {
		lines[i] = strings.TrimSpace(lines[i])
		if err := persist.LoadPolicyLine(lines[i], seen); err != nil { // which the adapter would ignore
			return nil, fmt.Errorf("%q is not a rule of the model: %w", lines[i], err)
		}
	}
	enforcer, err := casbin.NewSyncedEnforcer(m, stringadapter.NewAdapter(strings.Join(lines, "\n")))
	if err != nil || !ofRoutes {
		return enforcer, err
	}
	enforcer.SetRoleManager(roles{defaultrolemanager.NewRoleManagerImpl(maxRoles)})
	return enforcer, enforcer.BuildRoleLinks()
}

// maxRoles is how many roles may be in a chain, as Casbin has it by default.
const maxRoles = 10

// roles is what RouteModel's users are granted.
type roles struct{ rbac.RoleManager }

// AddLink grants a role to a user, or to another role.
func (r roles) AddLink(name, role string, domain ...string) error {
	if !strings.HasPrefix(role, "role:") {
		return fmt.Errorf(`a user named %q would have the role %[1]q; write "role:%[1]s" for the role`, role)
	}
	return r.RoleManager.AddLink(name, role, domain...)
}
