package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/gateway"
)

func TestTheFileOfTheDemonstrationIsRight(t *testing.T) {
	dir := t.TempDir()
	addrs := map[string]string{"v1": "http://127.0.0.1:1", "v2": "http://127.0.0.1:2", "grpc": "h2c://127.0.0.1:3"}
	file, err := unpack(t.Context(), dir, addrs)
	require.NoError(t, err)
	require.NoError(t, gateway.Check(file))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "$")
}
