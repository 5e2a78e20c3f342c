package inspect

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// This file writes one picture of a tree as SVG. Its looks are in static/tree.css: the page's policy allows
// no style in the text.

const (
	rowHeight = 26
	indent    = 20
	gutter    = 44 // of the numbers, left of the tree
	charWidth = 8  // of the font, a little more than it has
)

// nodeRow is a node in a picture.
type nodeRow struct {
	node
	depth, parent int    // parent is a row, -1 for the one at the top
	above         string // what the nodes above it read
	wildcards     int    // how many wildcards are among them
	label         string // what it reads itself
	only          *route // the one that is below, where that is all and is not drawn
	folded        bool   // its children are in a picture of their own
	anchor        string // the id of that
	visit         visit
}

// picture is a part of a tree, drawn as one.
type picture struct {
	*drawing
	rows []nodeRow
}

// add appends a node and, where it is open, those below it.
func (p *picture) add(r nodeRow, open map[node]bool) {
	below := p.below(r.node)
	r.label = label(r.node, r.wildcards)
	r.visit = p.visits[r.node]
	isOpen, at := len(below) == 0 || open[r.node], len(p.rows)
	if r.folded = !isOpen && p.routes(r.node) > 1; r.folded {
		p.folds++
		r.anchor = fmt.Sprintf("%s-%d", p.id, p.folds)
	} else if !isOpen {
		r.only = p.onlyRoute(r.node)
	}
	p.rows = append(p.rows, r)
	if !isOpen {
		return
	}
	for _, child := range below {
		next := nodeRow{node: child, depth: r.depth + 1, parent: at, above: r.above + r.label, wildcards: r.wildcards}
		if r.IsWildcard() {
			next.wildcards++
		}
		p.add(next, open)
	}
}

func x(depth int) int { return gutter + indent*depth }
func y(at int) int    { return rowHeight*at + rowHeight/2 }

// write writes the picture.
func (p *picture) write() {
	width := 0
	for _, r := range p.rows {
		width = max(width, x(r.depth)+charWidth*(utf8.RuneCountInString(strings.Join(r.texts(p.drawing), ""))+12))
	}
	fmt.Fprintf(&p.out, "<svg class=\"nodes\" role=\"list\" aria-label=\"Nodes\" width=\"%d\" height=\"%d\">\n", width, rowHeight*len(p.rows))
	for at, r := range p.rows {
		if r.node == p.found {
			fmt.Fprintf(&p.out, "<rect class=\"winner\" x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>\n", rowHeight*at, width, rowHeight)
		}
	}
	for _, state := range []string{"", "turned", "lit"} { // those that are lit above the others
		p.edges(state)
	}
	for at, r := range p.rows {
		p.row(at, r)
	}
	p.out.WriteString("</svg>\n")
}

// state is "lit" on the way to the route, "turned" where the lookup has turned back, or "".
func (r nodeRow) state() string {
	switch {
	case r.visit.order == 0:
		return ""
	case r.visit.back != "":
		return "turned"
	}
	return "lit"
}

// edges writes the lines to all rows of a state, as one path.
func (p *picture) edges(state string) {
	var lines strings.Builder
	for at, r := range p.rows {
		if r.parent >= 0 && r.state() == state {
			fmt.Fprintf(&lines, "M%d %dV%dH%d", x(r.depth-1), y(r.parent)+5, y(at), x(r.depth)-5)
		}
	}
	if lines.Len() > 0 {
		fmt.Fprintf(&p.out, "<path class=\"edge %s\" d=\"%s\"/>\n", state, lines.String())
	}
}

// onlyRoute returns the route below a node that has but one.
func (d *drawing) onlyRoute(n node) *route {
	for n.Route() == nil {
		n = d.below(n)[0]
	}
	return n.Route()
}

// texts are what stands in a row behind the node's label: its priority, what it has caught, its route, why
// the lookup turns back, and how many routes are folded.
func (r nodeRow) texts(d *drawing) []string {
	texts := []string{onOneLine(r.label), fmt.Sprintf("[%d]", d.routes(r.node)), "", "", "", ""}
	if r.visit.order > 0 && r.IsWildcard() {
		texts[2] = "= " + strconv.Quote(r.visit.read)
	}
	if route := r.Route(); route != nil {
		texts[3] = onOneLine(route.Pattern)
	} else if r.only != nil {
		texts[3] = "… " + onOneLine(r.only.Pattern)
	}
	if r.visit.back != "" {
		texts[4] = "↩ " + r.visit.back
	}
	if r.folded {
		texts[5] = count(d.routes(r.node), "route") + " ›"
	}
	return texts
}

// row writes one node.
func (p *picture) row(at int, r nodeRow) {
	kind := "node"
	if r.Route() != nil {
		kind += " route"
	}
	fmt.Fprintf(&p.out, "<g role=\"listitem\" class=\"%s\">", strings.TrimSpace("row "+r.state()))
	if r.visit.order > 0 {
		fmt.Fprintf(&p.out, "<text class=\"order\" x=\"%d\" y=\"%d\">%d</text>", gutter-16, y(at)+5, r.visit.order)
	}
	fmt.Fprintf(&p.out, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"4.5\"/><text x=\"%d\" y=\"%d\">", kind, x(r.depth), y(at), x(r.depth)+12, y(at)+5)
	for i, text := range r.texts(p.drawing) {
		if text == "" {
			continue
		}
		span := fmt.Sprintf("<tspan class=\"%s\"%s>%s</tspan>", []string{"label", "priority", "caught", "pattern", "back", "fold"}[i], dx(i), html.EscapeString(text))
		if i == 5 {
			span = fmt.Sprintf("<a href=\"#%s\">%s</a>", r.anchor, span)
		}
		p.out.WriteString(span)
	}
	p.out.WriteString("</text></g>\n")
}

// dx moves all texts of a row but the first a little to the right of those before.
func dx(i int) string {
	if i == 0 {
		return ""
	}
	return " dx=\"12\""
}
