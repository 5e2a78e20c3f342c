package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEveryPartIsDrawn(t *testing.T) {
	for from, all := range imports(root()) {
		for _, name := range append(all, from) {
			assert.Contains(t, slices.Collect(maps.Keys(places)), name)
			assert.GreaterOrEqual(t, places[name].row, places[from].row, "%s imports %s: arrows point down", from, name)
		}
	}
}
