package inspect

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func treeWith(options dram.OptionFunc, patterns ...string) *dram.Engine {
	r := dram.New()
	if options != nil {
		options(r)
	}
	for _, pattern := range patterns {
		r.GET(pattern, func(*dram.Context) {})
	}
	return r
}

// drawnRows reads a drawing as XML, which it has to be, and returns its rows: their class and their texts.
func drawnRows(t *testing.T, drawn string) (rows []string) {
	t.Helper()
	inRow := false
	decoder := xml.NewDecoder(strings.NewReader("<x>" + drawn + "</x>"))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return rows
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			for _, attr := range token.Attr {
				assert.False(t, attr.Name.Local == "style" || strings.HasPrefix(attr.Name.Local, "on"), "the policy of the page forbids %s", attr.Name.Local)
			}
			require.Contains(t, []string{"x", "svg", "g", "path", "rect", "circle", "text", "tspan", "a", "details", "summary", "code", "span", "div", "p"}, token.Name.Local)
			if token.Name.Local == "g" {
				rows, inRow = append(rows, token.Attr[1].Value+":"), true
			}
		case xml.EndElement:
			inRow = inRow && token.Name.Local != "g"
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" && inRow {
				rows[len(rows)-1] += " " + text
			}
		}
	}
}

func TestTheWayOfAPathIsLit(t *testing.T) {
	r := treeWith(nil, "/up", "/users/new", "/users/n:x", "/users/:id", "/users/:uid/posts", "/*rest")
	drawn := string(treeSVG(r, "", "GET", "/users/new/posts"))
	assert.Equal(t, []string{
		`row lit: 1 / [6]`,
		`row lit: 2 u [5]`,
		`row lit: 3 sers/ [4]`,
		`row turned: 4 n [2] ↩ all ways from here lead nowhere`,
		`row turned: 5 ew [1] /users/new ↩ nothing here begins as "/posts"`,
		`row turned: 6 :x [1] = "ew" /users/n:x ↩ nothing here begins as "/posts"`,
		`row lit: 7 :id|uid [2] = "new" /users/:id`,
		`row lit: 8 /posts [1] /users/:uid/posts`,
		`row: p [1] /up`,
		`row: *rest [1] /*rest`,
	}, drawnRows(t, drawn))
	assert.Equal(t, 1, strings.Count(drawn, `class="winner" x="0" y="182"`), "the eighth row is that of the route")
	for _, class := range []string{"edge ", "edge turned", "edge lit"} {
		assert.Equal(t, 1, strings.Count(drawn, `<path class="`+class+`"`), class)
	}
}

func TestATreeIsDrawnWithoutAPath(t *testing.T) {
	rows := drawnRows(t, string(treeSVG(treeWith(nil, "/a", "/:id"), "", "GET", "")))
	assert.Equal(t, []string{"row: / [2]", "row: a [1] /a", "row: :id [1] /:id"}, rows)
	assert.Empty(t, treeSVG(treeWith(nil, "/a"), "", "POST", "/a"), "a tree that is not there")
	assert.Empty(t, treeSVG(treeWith(nil), "", "GET", "/a"))
}

// The page Tree shows all trees for one path.
func TestOnlyTheTreesThatAreAskedAreLit(t *testing.T) {
	r := treeWith(func(r *dram.Engine) { r.UseRawPath = true }, "/:a/b")
	r.Host("{t}.example.com").GET("/:a/b", func(*dram.Context) {})
	lit := func(host, path string) bool {
		return strings.Contains(string(treeSVG(r, host, "GET", path)), "row lit")
	}
	assert.True(t, lit("", "/x%2Fy/b"), "the spelling that is matched")
	assert.False(t, lit("{t}.example.com", "/x/b"))
	assert.True(t, lit("{t}.example.com", "http://s.example.com/x/b"))
	assert.False(t, lit("", "http://s.example.com/x/b"))
	assert.False(t, lit("", "no path"))
}

func TestNothingInATreeIsMarkup(t *testing.T) {
	r := treeWith(nil, `/<script>alert("1")</script>/:id`, "/a&b\x00/:<i>", `/x/"onload="y`)
	rows := drawnRows(t, string(treeSVG(r, "", "GET", "/a&b%00/%3Cb%3E%22'%00")))
	text := strings.Join(rows, "\n")
	assert.Contains(t, text, `<script>alert("1")</script>/`)
	assert.Contains(t, text, `= "<b>\"'\x00"`)
}

// Of a thousand routes the way is drawn with what is beside it; the rest waits in a <details> for each prefix.
func TestALargeTreeIsFolded(t *testing.T) {
	var patterns []string
	for i := range 1000 {
		patterns = append(patterns, fmt.Sprintf("/api/team%d/resource%d/%s", i%97, i, []string{"", ":id", ":id/comments/:comment", "files/*path"}[i%4]))
	}
	r := treeWith(nil, patterns...)
	for _, path := range []string{"", "/api/team3/resource3/files/a/b"} {
		drawn := string(treeSVG(r, "", "GET", path))
		first, _, _ := strings.Cut(drawn, "</svg>")
		assert.Less(t, strings.Count(first, "<g "), 2*maxNodes, path)
		assert.Less(t, len(drawn), 1<<20, path)
		rows := strings.Join(drawnRows(t, drawn), "\n") + "\n"
		for _, pattern := range patterns {
			require.Contains(t, rows, " "+pattern+"\n", "each route is somewhere")
		}
		var links, anchors []string
		for _, link := range regexp.MustCompile(`<a href="#([^"]+)"`).FindAllStringSubmatch(drawn, -1) {
			links = append(links, link[1])
		}
		for _, anchor := range regexp.MustCompile(`<div id="([^"]+)"`).FindAllStringSubmatch(drawn, -1) {
			anchors = append(anchors, anchor[1])
		}
		slices.Sort(links)
		slices.Sort(anchors)
		assert.NotEmpty(t, links)
		assert.Equal(t, links, anchors, "a folded node leads to its picture")
		assert.Len(t, slices.Compact(anchors), len(links))
		if path != "" {
			assert.Contains(t, first, "winner")
			assert.Less(t, strings.Count(first, "<g "), 60, "what is beside the way is folded")
		}
	}
}

func TestTheDrawingIsBounded(t *testing.T) {
	var patterns []string
	for i := range 20_000 {
		patterns = append(patterns, fmt.Sprintf("/r%d/a", i))
	}
	drawn := string(treeSVG(treeWith(nil, patterns...), "", "GET", "/r777/a"))
	assert.Less(t, len(drawnRows(t, drawn)), maxDrawn+2*maxNodes)
	assert.Contains(t, drawn, "look for these routes on the page Routes")
}
