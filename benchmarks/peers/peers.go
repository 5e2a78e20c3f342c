// Package peers holds what is measured: for each framework the program that its users would write.
//
// An adapter builds it from one description of an application: with the framework's own way of registering,
// reading a param, binding and rendering, and its own defaults. It adds neither a cache nor a short cut, and does the same
// work as the others: the same status, the same bytes but for a newline at the end of JSON, the same headers where a row
// asks for them.
package peers

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/dram-go/dram/benchmarks/pin"
	"github.com/dram-go/dram/benchmarks/stdjson"
	"github.com/dram-go/dram/codec/json"
)

// Work is what the handlers of an App do.
type Work int

const (
	Nothing    Work = iota // return at once
	Echo                   // write the route and its params; for the check, never timed
	WriteParam             // write the route's first param, without headers
	JSON                   // answer with App.Value as JSON
	ParamJSON              // answer with Named of the route's first param
	Text                   // answer with the text Greeting
	BindJSON               // decode the body into a Signup and validate it
	BindQuery              // the same from the query
	BindForm               // the same from a form in the body
	BindList               // decode the body into an Items, which has no rules
)

// Binds reports whether the work is to decode what the request carries.
func (w Work) Binds() bool { return w >= BindJSON }

// Renders reports whether the work is to answer with JSON.
func (w Work) Renders() bool { return w == JSON || w == ParamJSON }

// Greeting is what Text answers with.
const Greeting = "Hello, World!"

// App describes an application.
type App struct {
	Routes           []Route
	Work             Work
	Middlewares      int   // layers around every handler that do nothing but call the next one
	Layers           []any // layers, each in the form of a framework; for the others they are nothing
	Value            any   // for JSON; a text in place of Greeting
	MethodNotAllowed bool  // turns 405 on in frameworks that can do without
	// Signup and Items, if set, are told what was bound; for the check.
	Signup func(*Signup)
	Items  func(*Items)
}

// text is the answer of the work Text.
func (a App) text() string {
	text, _ := a.Value.(string)
	return cmp.Or(text, Greeting)
}

// layersOf are the layers that have a framework's form.
func layersOf[T any](a App) (found []T) {
	for _, layer := range a.Layers {
		if layer, ok := layer.(T); ok {
			found = append(found, layer)
		}
	}
	return found
}

// patience is how much time of the processor the registration of routes may take; a framework that needs more refuses them.
const patience = 2 * time.Second

// each are the routes to register.
func (a App) each() iter.Seq[Route] {
	return func(yield func(Route) bool) {
		began := pin.Time(0)
		for i, route := range a.Routes {
			if i%100 == 0 && pin.Time(0)-began > patience {
				panic(fmt.Sprintf("%d of %d routes took %s", i, len(a.Routes), patience))
			}
			if !yield(route) {
				return
			}
		}
	}
}

// Route is a method and a pattern, in the form /user/:id.
type Route struct{ Method, Pattern string }

// Params are the names of the pattern's wildcards, in order.
func (r Route) Params() (names []string) {
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
func (r Route) first() string { return append(r.Params(), "")[0] }

// Peer is one framework.
type Peer struct {
	Name  string                 // in tables
	Hand  Work                   // the first work that the framework leaves to the program; 0: none
	App   func(App) http.Handler // may panic on routes that the framework cannot hold; use Build
	codec json.Core              // dram's JSON engine, if not encoding/json
}

// ByHand reports whether the framework leaves this work to the program.
func (p Peer) ByHand(w Work) bool { return p.Hand > 0 && w >= p.Hand }

// Enter has dram use the peer's JSON engine, and returns what sets it back.
func (p Peer) Enter() (leave func()) {
	stdjson.Restore()
	if p.codec != nil {
		json.API = p.codec
	}
	return stdjson.Restore
}

// ErrRefuses is what Build returns when a framework cannot hold the routes, or takes too long to register them.
var ErrRefuses = errors.New("refuses")

// Build makes the application, or says why the framework refuses it.
func (p Peer) Build(app App) (handler http.Handler, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%s %w: %v", p.Name, ErrRefuses, fault)
		}
	}()
	return p.App(app), nil
}

// All are the frameworks that are http.Handlers, dram first.
func All() []Peer {
	return []Peer{
		{Name: "dram", App: dramApp}, {Name: "gin", App: ginApp}, {Name: "echo", App: echoApp}, {Name: "chi", Hand: JSON, App: chiApp},
		{Name: "httprouter", Hand: JSON, App: httprouterApp}, {Name: "bunrouter", Hand: Text, App: bunApp}, {Name: "ServeMux", Hand: JSON, App: muxApp},
	}
}

// Floor is the name of the peer that is below every other one; see floor.go.
const Floor = "floor"
