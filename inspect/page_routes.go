package inspect

import (
	"cmp"
	"html/template"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/observe"
)

// This file is the pages Routes and Tree.

// routeView is one route.
type routeView struct {
	Method, Host, Pattern, Source string
	Layers                        []placedLayer
	Never                         string // why it gets no request; "" if it may get some
}

// Handler is the route's own.
func (v routeView) Handler() placedLayer { return v.Layers[len(v.Layers)-1] }

// routesData is what the page Routes shows.
type routesData struct {
	Search string
	Asked  asked
	Answer string // of Explain
	Routes []routeView
	Total  int
}

// asked is a path that is asked about.
type asked struct {
	Methods      []string
	Method, Path string
}

func (m *inspector) asked(c *dram.Context) asked {
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	for _, route := range m.engine.Routes() {
		if !slices.Contains(methods, route.Method) {
			methods = append(methods, route.Method)
		}
	}
	path := strings.TrimSpace(c.Query("path"))
	if path != "" && path[0] != '/' && !strings.Contains(path, "://") {
		path = "/" + path
	}
	return asked{methods, cmp.Or(c.Query("method"), "GET"), path}
}

func (m *inspector) routesPage(c *dram.Context) any {
	data := routesData{Search: c.Query("q"), Asked: m.asked(c)}
	if data.Asked.Path != "" {
		data.Answer = Explain(m.engine, data.Asked.Method, data.Asked.Path)
	}
	m.eachRoute(func(v routeView) {
		data.Total++
		if v.has(data.Search) {
			data.Routes = append(data.Routes, v)
		}
	})
	return data
}

// eachRoute calls visit for each route but those of the pages.
func (m *inspector) eachRoute(visit func(routeView)) {
	l := newLinter(m.engine, observe.Facts{})
	for _, r := range l.routes {
		visit(routeView{r.method, r.host, r.Given(), caller.Short(r.Source), r.layers, l.never(r)})
	}
}

// has reports whether all words of a search are somewhere in the route.
func (v routeView) has(search string) bool {
	text := v.Method + " " + v.Host + v.Pattern + " " + v.Source + " " + v.Never
	for _, layer := range v.Layers {
		text += " " + layer.Name + " " + layer.At()
	}
	return hasWords(text, search)
}

// hasWords reports whether all words of a search are in a text, in any case.
func hasWords(text, search string) bool {
	text = strings.ToLower(text)
	for word := range strings.FieldsSeq(strings.ToLower(search)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// treeData is what the page Tree shows.
type treeData struct {
	Asked  asked
	Answer string
	Asks   []methodTree // those of the method that is asked about
	Others []methodTree
}

// methodTree is the tree of one host and method.
type methodTree struct {
	Host, Method string
	SVG          template.HTML
}

func (m *inspector) treePage(c *dram.Context) any {
	data := treeData{Asked: m.asked(c)}
	if data.Asked.Path != "" {
		data.Answer = Explain(m.engine, data.Asked.Method, data.Asked.Path)
	}
	observe.Trees(m.engine, func(host, method string, _ any) {
		asked, path := method == data.Asked.Method || method == "GET" && data.Asked.Method == "HEAD", ""
		trees := &data.Others
		if asked {
			trees, path = &data.Asks, data.Asked.Path
		}
		if picture := treeSVG(m.engine, host, method, path); picture != "" { // else it has the pages only
			*trees = append(*trees, methodTree{host, method, picture})
		}
	})
	return data
}
