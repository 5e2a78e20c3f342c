package caller

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

type server struct{ name string }

func (s server) auth() {}

func made(n int) func() { return func() { n++ } }

func function() {}

func TestDefined(t *testing.T) {
	assert.Regexp(t, `internal/caller/caller_test\.go:15$`, Defined(function))
	assert.Regexp(t, `internal/caller/caller_test\.go:13$`, Defined(made(1)))
	assert.Empty(t, Defined(server{}.auth), "a method value")
	assert.Empty(t, Defined[func()](nil))
	around := made(2)
	Rename(around, function)
	assert.Regexp(t, `internal/caller/caller_test\.go:15$`, Defined(around))
	assert.Equal(t, Name(function), NameOf(around))
	assert.NotEqual(t, Name(function), NameOf(made(2)), "another closure of the same function")
}

func TestSame(t *testing.T) {
	one := made(1)
	assert.True(t, Same(one, one))
	assert.False(t, Same(one, made(1)), "two calls of a constructor")
	assert.True(t, Same(server{"a"}.auth, server{"a"}.auth), "a method value is made anew each time")
	assert.True(t, Same(function, function))
	assert.False(t, Same(function, server{}.auth))
	assert.False(t, Same(function, nil))
}

// With -trimpath a file has the path of its package.
func TestTheStandardLibraryIsKnownInATrimmedBuild(t *testing.T) {
	folder, paths := library, modules
	defer func() { library, modules = folder, paths }()
	library, modules = "", func() []string { return []string{"shop/core", "shop"} }
	for _, file := range []string{"archive/zip/writer.go", "log/log.go", "net/http/server.go", "reflect/asm_amd64.s", "shopping/list.go"} {
		assert.True(t, isLibrary(file), file)
	}
	for _, file := range []string{"./main.go", "example.com/shop/main.go", "/src/shop/main.go", "shop/main.go", "shop/core@v0.1.0/core.go", "shop/core/core.go", "views/home.qtpl"} {
		assert.False(t, isLibrary(file), file)
	}
}
