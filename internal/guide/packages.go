package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// This file draws which part of the repository imports which: a box for each, and a line to
// each part that it needs itself. What those need is left out.

func init() { images["packages"] = packages }

// places are where the parts are drawn: a hundredth of the width, and a row. Those that stand on
// others are above them.
var places = map[string]struct{ x, row int }{
	"examples": {60, 0}, "benchmarks": {86, 0},
	"contrib":    {56, 1},
	"pagination": {12, 2}, "typed": {76, 2},
	"middleware": {25, 3}, "inspect": {58, 3}, "dramtest": {90, 3},
	"dram": {42, 4}, "internal/schema": {74, 4},
	"binding": {20, 5}, "render": {42, 5}, "router": {64, 5}, "h1": {88, 5},
	"codec":    {31, 6},
	"internal": {31, 7},
}

// imports are the parts that each part imports, tests left out.
func imports(repo fs.FS) map[string][]string {
	found := map[string]map[string]bool{}
	err := fs.WalkDir(repo, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (len(name) > 1 && strings.ContainsAny(d.Name()[:1], "._") || d.Name() == "testdata" || name == "internal/guide"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(repo, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from := part(path.Dir(name))
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if below, ours := strings.CutPrefix(imported, modulePath); ours && part(strings.TrimPrefix(below, "/")) != from {
				if found[from] == nil {
					found[from] = map[string]bool{}
				}
				found[from][part(strings.TrimPrefix(below, "/"))] = true
			}
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	arrows := map[string][]string{}
	for from, to := range found {
		arrows[from] = slices.Sorted(maps.Keys(to))
	}
	return arrows
}

// part is the first folder of a path, "dram" for the root. Schemas of types are a part of their
// own: they know the rules of binding.
func part(dir string) string {
	if strings.HasPrefix(dir, "internal/schema") {
		return "internal/schema"
	}
	if dir == "." || dir == "" {
		return "dram"
	}
	first, _, _ := strings.Cut(dir, "/")
	return first
}

// reaches reports whether from needs to by way of another part.
func reaches(arrows map[string][]string, from, to string) bool {
	for _, next := range arrows[from] {
		if next != to && (slices.Contains(arrows[next], to) || reaches(arrows, next, to)) {
			return true
		}
	}
	return false
}

const (
	boxWidth, boxHeight = 116, 30
	rowHeight, pictured = 60, 640
)

const style = `<style>
text{font:13px system-ui,sans-serif;fill:#222;text-anchor:middle}
rect{fill:#f4f1ec;stroke:#8a7f70}
.dram{fill:#f6d7bd;stroke:#c2570c}
path{stroke:#8a7f70;fill:none}
marker path{fill:#8a7f70;stroke:none}
@media (prefers-color-scheme:dark){text{fill:#eee}rect{fill:#2b2a28;stroke:#a59a8a}.dram{fill:#5a2f10;stroke:#e8853d}path{stroke:#a59a8a}marker path{fill:#a59a8a}}
</style>
`

// packages is the picture.
func packages() string {
	arrows := imports(root())
	at := func(name string) (x, y int) {
		return places[name].x * pictured / 100, places[name].row*rowHeight + boxHeight
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", pictured, 8*rowHeight)
	out.WriteString("<title>What imports what: each arrow points to the part that is imported · 谁导入谁：箭头指向被导入的部分</title>\n" + style)
	out.WriteString(`<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>` + "\n")
	for _, from := range slices.Sorted(maps.Keys(places)) {
		for _, to := range arrows[from] {
			if reaches(arrows, from, to) {
				continue
			}
			ax, ay := at(from)
			bx, by := at(to)
			fmt.Fprintf(&out, `<path d="M%d %dL%d %d" marker-end="url(#a)"/>`+"\n", ax, ay+boxHeight/2, bx, by-boxHeight/2)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(places)) {
		class := ""
		if name == "dram" {
			class = ` class="dram"`
		}
		x, y := at(name)
		fmt.Fprintf(&out, `<rect%s x="%d" y="%d" width="%d" height="%d" rx="5"/><text x="%d" y="%d">%s</text>`+"\n",
			class, x-boxWidth/2, y-boxHeight/2, boxWidth, boxHeight, x, y+5, name)
	}
	out.WriteString("</svg>\n")
	return out.String()
}
