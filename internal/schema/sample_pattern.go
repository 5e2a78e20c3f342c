package schema

import (
	"regexp/syntax"
	"strings"
	"sync"
)

// matching makes a text that most likely matches a pattern, with at least so many characters
// where the pattern repeats something.
func (p sampler) matching(pattern string, least int) string {
	tree, ok := trees.Load(pattern)
	if !ok {
		parsed, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			return ""
		}
		tree = parsed.Simplify()
		trees.Store(pattern, tree)
	}
	var out strings.Builder
	p.expand(tree.(*syntax.Regexp), &out, least)
	return out.String()
}

var trees sync.Map // pattern → *syntax.Regexp; of a program's types

func (p sampler) expand(tree *syntax.Regexp, out *strings.Builder, least int) {
	repeat := func(from, more int) {
		for range from + p.IntN(more+1) {
			p.expand(tree.Sub[0], out, 0)
		}
	}
	switch tree.Op {
	case syntax.OpLiteral:
		out.WriteString(string(tree.Rune))
	case syntax.OpCharClass:
		out.WriteRune(p.char(tree.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteByte('a')
	case syntax.OpCapture:
		p.expand(tree.Sub[0], out, least)
	case syntax.OpConcat:
		for _, sub := range tree.Sub {
			p.expand(sub, out, least)
		}
	case syntax.OpAlternate:
		p.expand(pick(p, tree.Sub), out, least)
	case syntax.OpStar:
		repeat(least, 3)
	case syntax.OpPlus:
		repeat(max(least, 1), 3)
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpRepeat:
		most := tree.Max
		if most < 0 {
			most = tree.Min + 3
		}
		repeat(tree.Min, most-tree.Min)
	}
}

// char picks from a class of characters, ASCII if it has some.
func (p sampler) char(ranges []rune) rune {
	for tries := 0; ; tries++ {
		at := p.IntN(len(ranges)/2) * 2
		if tries > 20 {
			return ranges[at]
		}
		if low, high := max(ranges[at], ' '), min(ranges[at+1], '~'); low <= high {
			return low + rune(p.IntN(int(high-low)+1))
		}
	}
}
