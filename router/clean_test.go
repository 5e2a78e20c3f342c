package router_test

import (
	"testing"

	"github.com/julienschmidt/httprouter"
	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/router"
)

func FuzzCleanPath(f *testing.F) {
	for _, seed := range []string{"", "/", "a", "/a//b", "/a/./b/../c/", "/..", "/a/b/..", "/a/.", "a/../.."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		assert.Equal(t, httprouter.CleanPath(path), router.CleanPath(path))
	})
}
