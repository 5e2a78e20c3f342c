package router_test

import (
	"testing"

	"github.com/julienschmidt/httprouter"
	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/router"
)

func TestCleanPath(t *testing.T) {
	for path, want := range map[string]string{
		"": "/", "/": "/", "/a": "/a", "/a/": "/a/", "/a/b": "/a/b", "/...": "/...", "/.a/..b": "/.a/..b",
		"a": "/a", "a/": "/a/", ".": "/", "..": "/", "./a": "/a", "../a": "/a",
		"//": "/", "//a": "/a", "/a//b": "/a/b", "/a//": "/a/", "///a///": "/a/",
		"/.": "/", "/a/.": "/a/", "/a/./": "/a/", "/a/./b": "/a/b",
		"/..": "/", "/a/..": "/", "/a/b/..": "/a", "/a/b/../": "/a/", "/a/../b": "/b", "/../../a": "/a", "/a/b/../../..": "/",
	} {
		assert.Equal(t, want, router.CleanPath(path), "%q", path)
		assert.Equal(t, want, router.CleanPath(want), "%q is clean", want)
	}
}

func FuzzCleanPath(f *testing.F) {
	for _, seed := range []string{"", "/", "a", "/a//b", "/a/./b/../c/", "/..", "/a/b/..", "/a/.", "a/../..", "/...", "/a/..b/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		clean := router.CleanPath(path)
		assert.Equal(t, httprouter.CleanPath(path), clean)
		assert.Equal(t, clean, router.CleanPath(clean))
		if pathspell.Fault(path, "", 0) == "" {
			assert.Equal(t, path, clean, "a path without a fault is clean")
		}
	})
}
