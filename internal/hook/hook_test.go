package hook_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/hook"
)

func TestBehindEachAssignment(t *testing.T) {
	source := []byte("package p\n\nfunc f() int {\n\tn, i := 1, 2\n\ti = 3\n\ti, n = n, i\n\treturn n + i\n}\n\nfunc g() { n := 1; _ = n }\n")
	before := string(source)
	hooked, count, err := hook.Behind(source, "f", "n", "see(n)")
	require.NoError(t, err)
	assert.Equal(t, 2, count)
	assert.Equal(t, "package p\n\nfunc f() int {\n\tn, i := 1, 2; see(n)\n\ti = 3\n\ti, n = n, i; see(n)\n\treturn n + i\n}\n\nfunc g() { n := 1; _ = n }\n", string(hooked))
	assert.Equal(t, before, string(source), "the source is the caller's")
}

func TestBehindDoesNotMissAnAssignment(t *testing.T) {
	_, _, err := hook.Behind([]byte("package p\n\nfunc f() { n := 1; change(&n) }\n"), "f", "n", "see(n)")
	assert.ErrorContains(t, err, "f takes the address of n")
	_, _, err = hook.Behind([]byte("package"), "f", "n", "see(n)")
	assert.Error(t, err)
}

func TestBeginCallsFirst(t *testing.T) {
	source := []byte("package p\n\nfunc f(n int) int {\n\treturn n\n}\n")
	hooked, found, err := hook.Begin(source, "f", "see(n)")
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, "package p\n\nfunc f(n int) int {see(n); \n\treturn n\n}\n", string(hooked))
	_, found, err = hook.Begin(source, "g", "see(n)")
	require.NoError(t, err)
	assert.False(t, found)
	_, _, err = hook.Begin([]byte("package"), "f", "see(n)")
	assert.Error(t, err)
}
