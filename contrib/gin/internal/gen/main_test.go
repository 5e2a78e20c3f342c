package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheGeneratedFilesAreWhatTheGeneratorMakes(t *testing.T) {
	all, err := generate()
	require.NoError(t, err)
	require.Len(t, all, 4)
	for name, want := range all {
		got, err := os.ReadFile(filepath.Join("..", "..", name))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), "%s: run go generate in the root of this module", name)
	}
}
