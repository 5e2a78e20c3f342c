package inspect

import (
	"fmt"
	"hash/fnv"
	"html"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/router"
)

// This file draws a tree: a row for each node, indented by depth, with its priority and its route. The way
// that the lookup of a path takes is lit, and what it turns back from is marked. Of a large tree the
// nodes beside the way are drawn apart, in a <details> for each prefix; tree_svg.go writes the rows.

// node is a node of a tree.
type node = router.Node[dram.HandlersChain]

const (
	maxNodes = 150  // of one picture, unless the way has more
	maxDrawn = 5000 // nodes of a tree; beyond them routes are only counted
)

// visit is what the lookup does at a node.
type visit struct {
	order int    // counted from 1
	read  string // what the node reads of the path
	back  string // why the lookup leaves it again, "" on the way to the route
}

// drawing is a tree that is being drawn.
type drawing struct {
	id     string // its pictures' ids begin with it
	visits map[node]visit
	found  node         // where the route ends
	drawn  int          // nodes
	folds  int          // nodes that are drawn apart
	own    map[node]int // routes of the pages at and below a node, which are not drawn
	out    strings.Builder
}

// treeSVG draws the tree of a host and a method, with the way of a path in it, "" for none. The path is one as
// Explain takes it. The answer needs static/tree.css.
func treeSVG(r *dram.Engine, host, method, path string) template.HTML {
	tree := treeOf(r, host, method)
	if tree == nil {
		return ""
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(method + " " + host)) // it never fails
	d := &drawing{id: fmt.Sprintf("tree-%08x", sum.Sum32()), visits: map[node]visit{}, own: map[node]int{}}
	if d.countOwn(r, tree.Root()) > 0 && d.routes(tree.Root()) == 0 {
		return ""
	}
	if req, err := requestFor(method, path); path != "" && err == nil {
		if asked := observe.Ask(r, req); asked.Host == host && asked.Status != http.StatusBadRequest {
			d.light(tree.Trace(asked.Path))
		}
	}
	d.draw(nodeRow{node: tree.Root()})
	return template.HTML(d.out.String()) // all text in it is escaped
}

// countOwn counts the routes of the pages.
func (d *drawing) countOwn(r *dram.Engine, n node) (own int) {
	if route := n.Route(); route != nil && isOwn(observe.Plain(r, route.Value).(dram.HandlersChain).Last()) {
		own++
	}
	for _, below := range n.Children() {
		own += d.countOwn(r, below)
	}
	if own > 0 {
		d.own[n] = own
	}
	return own
}

// routes is how many routes of the program are at and below a node.
func (d *drawing) routes(n node) int { return n.Priority() - d.own[n] }

// below are the children of a node that have routes of the program.
func (d *drawing) below(n node) []node {
	if d.own[n] == 0 {
		return n.Children()
	}
	return slices.DeleteFunc(slices.Clone(n.Children()), func(below node) bool { return d.routes(below) == 0 })
}

// light notes the way of a lookup.
func (d *drawing) light(trace *router.Trace[dram.HandlersChain]) {
	for _, step := range trace.Steps {
		v, entered := d.visits[step.Node]
		if !entered {
			v = visit{order: len(d.visits) + 1, read: trace.Path[step.From:step.To]}
		}
		v.back = step.Back
		d.visits[step.Node] = v
		if route := step.Node.Route(); route != nil && route == trace.Route {
			d.found = step.Node
		}
	}
}

// draw draws a node and what is below it: a picture, and behind it one more for each node whose children
// are not in it.
func (d *drawing) draw(top nodeRow) {
	p := &picture{drawing: d}
	top.depth, top.parent = 0, -1
	p.add(top, d.open(top.node))
	d.drawn += len(p.rows)
	p.write()
	for _, r := range p.rows {
		if !r.folded {
			continue
		}
		fmt.Fprintf(&d.out, "<details class=\"branch\"><summary><code>%s</code> <span>%s</span></summary>\n",
			html.EscapeString(onOneLine(r.above+r.label)), count(d.routes(r.node), "route"))
		if d.drawn < maxDrawn {
			fmt.Fprintf(&d.out, "<div id=\"%s\">\n", r.anchor)
			d.draw(r)
			d.out.WriteString("</div>\n")
		} else {
			d.out.WriteString("<p>The tree is large: look for these routes on the page Routes.</p>")
		}
		d.out.WriteString("</details>\n")
	}
}

// open returns the nodes whose children are in the picture: those on the way, and of the others as many as
// there is room for, the upper ones first. Beside a way in a large tree there is none.
func (d *drawing) open(top node) map[node]bool {
	open, rows := map[node]bool{}, 1
	if _, lit := d.visits[top]; lit && d.routes(top) > maxNodes/2 {
		rows = maxNodes
	}
	for queue := []node{top}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		below := d.below(n)
		if _, lit := d.visits[n]; n == top || lit || rows+len(below) <= maxNodes {
			open[n] = true
			rows += len(below)
			queue = append(queue, below...)
		}
	}
	return open
}

// count is "1 route", "2 routes".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// label is what a node reads: a wildcard with the names that the routes below have for it.
func label(n node, wildcards int) string {
	if !n.IsWildcard() {
		return n.Path()
	}
	var names []string
	namesAt(n, wildcards, &names)
	if len(names) > 2 {
		names = append(names[:2], "…")
	}
	return n.Path() + strings.Join(names, "|")
}

// namesAt collects what the routes at and below n call the wildcard before which there are others, at most three.
func namesAt(n node, before int, names *[]string) {
	if route := n.Route(); route != nil {
		left := before
		for part := range strings.SplitSeq(route.Given(), "/") {
			if at := router.Wildcard(part); at >= 0 {
				if left == 0 && !strings.Contains("|"+strings.Join(*names, "|")+"|", "|"+part[at+1:]+"|") {
					*names = append(*names, part[at+1:])
				}
				left--
			}
		}
	}
	for _, below := range n.Children() {
		if len(*names) < 3 {
			namesAt(below, before, names)
		}
	}
}
