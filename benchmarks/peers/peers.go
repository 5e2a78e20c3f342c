// Package peers holds the frameworks that are measured, one file for each.
//
// An adapter builds, from one description of an application, the program that a
// user of its framework would write: the framework's own way of registering, of
// reading a param, of binding and of rendering, with its own defaults. It adds
// no cache and no short cut, and does the same work as the others: the same
// status, the same bytes but for a newline at the end of JSON, the same headers
// where a row asks for them.
package peers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Work is what the handlers of an App do.
type Work int

const (
	Nothing    Work = iota // return at once
	Echo                   // write the route and its params; for the check, never timed
	WriteParam             // write the route's first param, without headers
	Text                   // answer with the text Greeting
	JSON                   // answer with App.Value as JSON
	BindJSON               // decode the body into a Signup and validate it
	BindQuery              // the same from the query
	BindForm               // the same from a form in the body
	BindList               // decode the body into an Items, which has no rules
)

// Binds reports whether the work is to decode what the request carries.
func (w Work) Binds() bool { return w >= BindJSON }

// Greeting is what Text answers with.
const Greeting = "Hello, World!"

// App describes an application.
type App struct {
	Routes      []Route
	Work        Work
	Middlewares int // layers around every handler that do nothing but call the next one
	Value       any // for JSON
	// MethodNotAllowed turns 405 on in frameworks that can do without.
	MethodNotAllowed bool
	// Signup and Items, if set, are told what was bound; for the check.
	Signup func(*Signup)
	Items  func(*Items)
}

// Route is a method and a pattern, in the form /user/:id.
type Route struct {
	Method, Pattern string
}

// Params are the names of the pattern's wildcards, in order.
func (r Route) Params() []string {
	var names []string
	for segment := range strings.SplitSeq(r.Pattern, "/") {
		if name, ok := strings.CutPrefix(segment, ":"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Echo is the answer of the work of that name.
func (r Route) Echo(param func(name string) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.Pattern)
	for _, name := range r.Params() {
		fmt.Fprintf(&b, "%s=%s\n", name, param(name))
	}
	return b.String()
}

// first is the name of the first param, "" if there is none.
func (r Route) first() string {
	if names := r.Params(); len(names) > 0 {
		return names[0]
	}
	return ""
}

// Peer is one framework.
type Peer interface {
	// Name is how tables call it.
	Name() string
	// Module is the path of its module, "" for the standard library.
	Module() string
	// ByHand reports whether the framework leaves this work to the program.
	ByHand(Work) bool
	// Build makes the application. It may panic, as frameworks do on routes
	// that they cannot hold; use the function Build.
	Build(App) http.Handler
}

// Swapped is a Peer that needs a package variable changed while it is used.
type Swapped interface {
	Peer
	// Enter sets it, and returns what sets it back.
	Enter() (leave func())
}

// ErrRefuses is what Build returns when a framework cannot hold the routes.
var ErrRefuses = errors.New("refuses")

// Build makes the application, or tells why the framework refuses it.
func Build(p Peer, app App) (handler http.Handler, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%s %w: %v", p.Name(), ErrRefuses, fault)
		}
	}()
	return p.Build(app), nil
}

// All are the frameworks that are http.Handlers, dram first.
func All() []Peer {
	return []Peer{Dram{}, Gin{}, Echo5{}, Chi{}, HTTPRouter{}, BunRouter{}, ServeMux{}}
}
