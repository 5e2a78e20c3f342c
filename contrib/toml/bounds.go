// This file limits the cost of a document. The parser of the library takes
// linear time and little memory, but to find keys that are set twice, its
// decoder compares each key with its siblings: a megabyte of keys takes it half
// a minute. The document is therefore parsed once to count them.

package toml

import (
	"cmp"
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"
)

// bounds measures one document.
type bounds struct {
	maxDepth, maxKeys int
	keys              int // counted so far
}

func newBounds(c Codec) *bounds {
	return &bounds{
		maxDepth: cmp.Or(c.MaxDepth, DefaultMaxDepth),
		maxKeys:  cmp.Or(c.MaxKeys, DefaultMaxKeys),
	}
}

// check checks the limits of a document. Syntax errors are left to the decoder.
func (b *bounds) check(data []byte) error {
	var p unstable.Parser
	p.Reset(data)
	header := 0 // the depth of the table that the keys belong to
	for p.NextExpression() {
		e := p.Expression()
		var err error
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			header, err = b.checkKey(e, 0)
		case unstable.KeyValue:
			err = b.checkNode(e, header)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkKey counts a dotted key and returns the depth of what it names.
func (b *bounds) checkKey(n *unstable.Node, depth int) (int, error) {
	for parts := n.Key(); parts.Next(); {
		depth++
		b.keys++
	}
	if b.keys > b.maxKeys {
		return depth, fmt.Errorf("dram: the TOML has more than %d keys (MaxKeys): %w", b.maxKeys, ErrTooLarge)
	}
	return depth, b.checkDepth(depth)
}

func (b *bounds) checkDepth(depth int) error {
	if depth > b.maxDepth {
		return fmt.Errorf("dram: the TOML nests more than %d tables and arrays (MaxDepth): %w", b.maxDepth, ErrTooLarge)
	}
	return nil
}

// checkNode checks a value, or a key with its value, and everything below it.
func (b *bounds) checkNode(n *unstable.Node, depth int) error {
	switch n.Kind {
	case unstable.KeyValue:
		depth, err := b.checkKey(n, depth)
		if err != nil {
			return err
		}
		return b.checkNode(n.Value(), depth)
	case unstable.Array, unstable.InlineTable:
		if err := b.checkDepth(depth); err != nil {
			return err
		}
		for children := n.Children(); children.Next(); {
			if err := b.checkNode(children.Node(), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
