// This file limits the cost of a document. The lexer only gets text with few
// tokens; the parser only gets few tokens with little nesting, since its time
// grows with their squares; the decoder only gets documents that stay small
// when their aliases are expanded.

package yaml

import (
	"cmp"
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// bounds measures one document.
type bounds struct {
	maxDepth, maxValues int
	values              int                 // counted so far
	anchors             map[string]ast.Node // as met so far, in the document's order
}

func newBounds(c Codec) *bounds {
	return &bounds{
		maxDepth:  cmp.Or(c.MaxDepth, DefaultMaxDepth),
		maxValues: cmp.Or(c.MaxValues, DefaultMaxValues),
		anchors:   map[string]ast.Node{},
	}
}

func (b *bounds) tooDeep() error {
	return fmt.Errorf("dram: the YAML nests more than %d collections (MaxDepth): %w", b.maxDepth, ErrTooLarge)
}

func (b *bounds) tooMany() error {
	return fmt.Errorf("dram: the YAML holds more than %d values (MaxValues): %w", b.maxValues, ErrTooLarge)
}

// checkText limits the text for the lexer: there cannot be many more tokens
// than there are bytes that have a meaning in YAML. The limit leaves room for
// prose, in which the same bytes are punctuation.
func (b *bounds) checkText(document []byte) error {
	n := 0
	for _, c := range document {
		if indicators[c] {
			n++
		}
	}
	if n > 20*b.maxValues {
		return b.tooMany()
	}
	return nil
}

// indicators are the bytes that begin, end or separate values.
var indicators = func() (set [256]bool) {
	for _, c := range []byte("[]{},:-?&*!|>'\"%@`#\r\n") {
		set[c] = true
	}
	return set
}()

// checkTokens limits what is parsed: the number of tokens and their nesting.
func (b *bounds) checkTokens(tokens token.Tokens) error {
	// An entry of a mapping is three tokens, and may have an anchor or a tag.
	if len(tokens) > 4*b.maxValues {
		return b.tooMany()
	}
	var depth tokenDepth
	for _, t := range tokens {
		if depth.add(t) > b.maxDepth {
			return b.tooDeep()
		}
	}
	return nil
}

// tokenDepth tracks how deep the tokens of a document nest: by brackets, and by
// what a single line can open without any, as "- - - x" does. Indentation is
// not counted, since its nesting costs as many spaces.
type tokenDepth struct {
	brackets     int
	line, opened int
}

// add returns the depth at t, an upper bound within a line.
func (d *tokenDepth) add(t *token.Token) int {
	if t.Position.Line != d.line {
		d.line, d.opened = t.Position.Line, 0
	}
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		d.brackets++
	case token.SequenceEndType, token.MappingEndType:
		d.brackets--
		d.opened = 0
	case token.CollectEntryType: // a comma
		d.opened = 0
	case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType, token.AnchorType, token.TagType:
		d.opened++
	}
	return max(d.brackets, d.opened)
}

// checkNode limits what is decoded: n and everything below it, where each alias
// counts as what it refers to. An alias refers to an earlier anchor; an anchor
// inside itself makes the document too deep.
func (b *bounds) checkNode(n ast.Node, depth int) error {
	if n == nil {
		return nil
	}
	if depth > b.maxDepth {
		return b.tooDeep()
	}
	switch n := n.(type) {
	case *ast.AnchorNode:
		b.anchors[n.Name.GetToken().Value] = n.Value
		return b.checkNode(n.Value, depth)
	case *ast.AliasNode:
		return b.checkNode(b.anchors[n.Value.GetToken().Value], depth+1)
	case *ast.TagNode:
		return b.checkNode(n.Value, depth)
	case *ast.MappingKeyNode:
		return b.checkNode(n.Value, depth)
	}
	if b.values++; b.values > b.maxValues {
		return b.tooMany()
	}
	return b.checkChildren(n, depth+1)
}

// checkChildren checks the entries of a collection.
func (b *bounds) checkChildren(n ast.Node, depth int) error {
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, entry := range n.Values {
			if err := b.checkEntry(entry, depth); err != nil {
				return err
			}
		}
	case *ast.MappingValueNode: // a mapping of one entry
		return b.checkEntry(n, depth)
	case *ast.SequenceNode:
		for _, value := range n.Values {
			if err := b.checkNode(value, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkEntry checks the key and the value of a mapping's entry. The entry itself
// is counted with its value.
func (b *bounds) checkEntry(entry *ast.MappingValueNode, depth int) error {
	if key, ok := entry.Key.(ast.Node); ok && key.Type() == ast.MappingKeyType {
		if err := b.checkNode(key, depth); err != nil {
			return err
		}
	}
	return b.checkNode(entry.Value, depth)
}
