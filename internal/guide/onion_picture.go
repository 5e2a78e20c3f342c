package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dram-go/dram"
)

// This file draws the onion: for each function of a chain a box from the moment at which it
// begins to the one at which it ends, inside the box of the one that has called Next.

func init() { images["onion"] = onion }

const momentWidth, layerHeight = 96, 40

func onion() string {
	type function struct {
		name        string
		first, last int // moments
	}
	var index []int // at each moment
	var functions []*function
	watched(func(c *dram.Context, moment string) {
		name, way, _ := strings.Cut(moment, ", ")
		if way == "on the way out" {
			i := slices.IndexFunc(functions, func(f *function) bool { return f.name == name })
			functions[i].last = len(index)
		} else {
			functions = append(functions, &function{name, len(index), len(index)})
		}
		index = append(index, indexOf(c))
	}, A, B, handler)

	left, width, height := momentWidth, momentWidth*(len(index)+1), layerHeight*(len(functions)+1)
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`+"\n", width, height)
	out.WriteString("<title>From left to right, A begins, B begins inside of it, the handler runs inside of B, B ends, A ends; below, the index · 自左至右：A 开始，B 在其内开始，处理函数在 B 之内运行，B 结束，A 结束；最下一行是 index</title>\n" + style)
	for depth, f := range functions {
		x, y, w := left+f.first*momentWidth+4, depth*layerHeight+4, (f.last-f.first+1)*momentWidth-8
		class := ""
		if f.first == f.last {
			class = ` class="dram"`
		}
		fmt.Fprintf(&out, `<rect%s x="%d" y="%d" width="%d" height="%d" rx="6"/><text x="%d" y="%d">%s</text>`+"\n",
			class, x, y, w, layerHeight*(len(functions)-depth)-6*depth, x+w/2, y+layerHeight/2, f.name)
	}
	// A row of its own, on a ground of its own: the page may be dark where the reader's system is light.
	fmt.Fprintf(&out, `<rect x="4" y="%d" width="%d" height="%d" rx="6"/><text x="%d" y="%d">index</text>`+"\n",
		height-layerHeight+8, width-8, layerHeight-12, momentWidth/2, height-13)
	for at, i := range index {
		fmt.Fprintf(&out, `<text x="%d" y="%d">%d</text>`+"\n", left+at*momentWidth+momentWidth/2, height-13, i)
	}
	return out.String() + "</svg>\n"
}
