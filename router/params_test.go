package router_test

import (
	"testing"

	"github.com/julienschmidt/httprouter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/router"
)

func TestParams(t *testing.T) {
	ps := router.Params{{Key: "a", Value: "1"}, {Key: "b", Value: ""}, {Key: "a", Value: "2"}}
	value, ok := ps.Get("a")
	assert.Equal(t, "1", value)
	assert.True(t, ok)
	value, ok = ps.Get("b")
	assert.Empty(t, value)
	assert.True(t, ok)
	value, ok = ps.Get("c")
	assert.Empty(t, value)
	assert.False(t, ok)
	assert.Equal(t, "1", ps.ByName("a"))
	assert.Empty(t, ps.ByName("c"))
	assert.Empty(t, router.Params(nil).ByName("a"))
	assert.Equal(t, "1", httprouter.Params(ps).ByName("a"), "it converts")
}

func TestPoison(t *testing.T) {
	tree := treeOf(t, "/:a/:b", "/:a", "/static")
	ps := make(router.Params, 0, 4)
	require.NotNil(t, tree.Lookup("/1/2", &ps))
	kept, tail := ps, ps[1:]
	router.Poison(ps[:0], "released")

	assert.PanicsWithValue(t, "released", func() { kept.Get("a") })
	assert.PanicsWithValue(t, "released", func() { kept.ByName("none") })
	assert.PanicsWithValue(t, "released", func() { tail.ByName("b") })
	assert.NotPanics(t, func() { router.Params(nil).ByName("a") })

	require.NotNil(t, tree.Lookup("/3", &ps))
	assert.Equal(t, "3", ps.ByName("a"))
	assert.Empty(t, ps.ByName("b"), "a miss in a live slice does not panic, though poison lies behind it")
	require.NotNil(t, tree.Lookup("/static", &ps))
	assert.Empty(t, ps.ByName("a"))
	assert.NotPanics(t, func() { router.Poison(nil, "released") })
}

// TestNoNameIsThePoisonKey: what marks the poison cannot be registered.
func TestNoNameIsThePoisonKey(t *testing.T) {
	ps := make(router.Params, 1)
	router.Poison(ps, "")
	assert.Error(t, new(router.Tree[int]).Add("/:"+ps[0].Key, 0, ""))
	assert.Error(t, new(router.Tree[int]).Add("/*"+ps[0].Key, 0, ""))
}
