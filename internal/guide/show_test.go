package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestShow(t *testing.T) {
	blocks["one"] = func() string { return fenced("text", "1\n2") }
	defer delete(blocks, "one")
	var out strings.Builder
	assert.NoError(t, show(&out, []string{"one"}))
	assert.Equal(t, "1\n2\n", out.String())
	assert.ErrorContains(t, show(&out, []string{"two"}), `nothing makes the block "two": there are `)
}
