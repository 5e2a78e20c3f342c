package inspect

import (
	"cmp"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/layername"
	"github.com/dram-go/dram/internal/observe"
)

// This file names the handlers of a chain, and finds where they come from.

// placedLayer is a handler of a chain.
type placedLayer struct {
	Name    string // "middleware.CSRF", "main.Store.create"
	Placed  string // file:line of Use, Group or Host; "" for a route's own
	Defined string // file:line of the function
	handler dram.HandlerFunc
}

// is reports whether a layer is one of those that are meant, by the names of their constructors.
func (l placedLayer) is(names ...string) bool {
	for _, name := range names {
		if layername.Is(l.Name, name) {
			return true
		}
	}
	return false
}

// At is where a layer was put around the route, or where the route's own handler is defined.
func (l placedLayer) At() string { return caller.Short(cmp.Or(l.Placed, l.Defined)) }

func layersOfChain(r *dram.Engine, chain dram.HandlersChain) []placedLayer {
	return placedLayers(chain, observe.Placed(r, chain))
}

func placedLayers(chain dram.HandlersChain, places []string) []placedLayer {
	layers := make([]placedLayer, 0, len(chain))
	for i, handler := range chain {
		layers = append(layers, placedLayer{
			Name:    nameOf(handler),
			Placed:  places[i],
			Defined: caller.Defined(handler),
			handler: handler,
		})
	}
	return layers
}

// position is where to look for what a layer did: its function, or for one of a library where it was put.
func (l placedLayer) position() string {
	defined := caller.Short(l.Defined)
	if defined == l.Defined && l.Placed != "" { // it is not below the program's folder
		return caller.Short(l.Placed)
	}
	return defined
}

// who names a layer by its name and its position, since closures of one function have one name.
func who(name, position string) string {
	if position == "" {
		return name
	}
	return name + " (" + at(position) + ")"
}

// isOwn reports whether a handler is one of the pages.
func isOwn(handler dram.HandlerFunc) bool {
	return strings.HasPrefix(caller.NameOf(handler), "github.com/dram-go/dram/inspect.(*inspector).")
}

// nameOf is "middleware.CSRF".
func nameOf(handler dram.HandlerFunc) string {
	name := layername.Of(caller.NameOf(handler), caller.Defined(handler))
	if name == "dram.Context.finishMiss" { // of an engine that answers misses by its OnError
		return "OnError"
	}
	return name
}
