package jsonpointer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/internal/jsonpointer"
)

func TestOf(t *testing.T) {
	for path, want := range map[string]string{
		"":                 "",
		"isbn":             "/isbn",
		"items[2].price":   "/items/2/price",
		"[0].name":         "/0/name",
		"a.b.c":            "/a/b/c",
		"a~b":              "/a~0b",
		"a/b":              "/a~1b",
		`by["a/b"]`:        "/by/a~1b",
		`by["a]b"].c`:      "/by/a]b/c",
		`by["say \"so\""]`: `/by/say "so"`,
		"by[plain].x":      "/by/plain/x",
		"grid[1][2]":       "/grid/1/2",
	} {
		assert.Equal(t, want, jsonpointer.Of(path), path)
	}
	assert.Equal(t, "~0~1", jsonpointer.Escape("~/"))
}
