package dramtest

import (
	"go/build"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func TestShortName(t *testing.T) {
	for name, want := range map[string]string{
		"github.com/dram-go/dram/middleware.CSRF.func1":  "middleware.CSRF",
		"github.com/dram-go/dram.CustomRecovery.func1.2": "dram.CustomRecovery",
		"main.newRouter.func1-range2":                    "main.newRouter",
		"main.show":                                      "main.show",
		"main.(*Store).Show-fm":                          "main.Store.Show",
		"example.com/a.b/store.Store.Layer.func2":        "store.Store.Layer",
		"main.typed[...].func1":                          "main.typed",
		"main.init.func1":                                "main.init",
		"main.func1":                                     "main",
		"main.functions":                                 "main.functions",
		"main.range":                                     "main.range",
	} {
		assert.Equal(t, want, shortName(name), name)
	}
}

// kind has layers of all sorts.
type kind[T any] struct{}

func (kind[T]) plain() dram.HandlerFunc    { return func(*dram.Context) {} }
func (*kind[T]) pointer() dram.HandlerFunc { return func(*dram.Context) {} }
func (*kind[T]) method(*dram.Context)      {}

var variable = func(*dram.Context) {}

func made() dram.HandlerFunc           { return func(*dram.Context) {} }
func madeByMade() dram.HandlerFunc     { return made() }
func generic[T any]() dram.HandlerFunc { return func(*dram.Context) {} }
func named(*dram.Context)              {}
func failing(*dram.Context) error      { return nil }

// The name is the same whatever the compiler has inlined: run with -race, or -gcflags=-l, as well.
func TestNamesOfLayers(t *testing.T) {
	two := new(kind[int])
	r := dram.New()
	r.Use(variable, made(), madeByMade(), generic[int](), two.plain(), two.pointer(), two.method, named, dram.Try(failing),
		dram.LoggerWithConfig(dram.LoggerConfig{SkipPaths: []string{"/"}}), dram.RecoveryWithWriter(nil), dram.BasicAuth(dram.Accounts{"a": "b"}))
	r.GET("/", func(*dram.Context) {})
	res := New(t, r).GET("/", BasicAuth("a", "b")).Want(200)
	assert.Equal(t, []string{
		"dramtest.variable", "dramtest.made", "dramtest.made", "dramtest.generic", "dramtest.kind.plain", "dramtest.kind.pointer", "dramtest.kind.method", "dramtest.named", "dramtest.failing",
		"dram.LoggerWithConfig", "dram.RecoveryWithWriter", "dram.basicAuth", "dramtest.TestNamesOfLayers",
	}, res.exchange.names())
	res.Layers("variable", "made", "kind.plain", "dram.Logger", "Recovery", "BasicAuth")
}

// With -trimpath the runtime's names of files are those of their packages.
func TestSourcesOfTrimmedBuilds(t *testing.T) {
	t.Setenv("GOMODCACHE", "/cache")
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	for file, want := range map[string]string{
		"/src/a.go": "/src/a.go",
		"github.com/dram-go/dram/dramtest/names.go":  root + "/dramtest/names.go",
		"github.com/Ab/c@v1.2.0-RC.1/Layers/csrf.go": "/cache/github.com/!ab/c@v1.2.0-!r!c.1/Layers/csrf.go",
		"net/http/server.go":                         filepath.Join(build.Default.GOROOT, "src/net/http/server.go"),
	} {
		assert.Equal(t, want, onDisk(file))
	}
}

func TestIsNamed(t *testing.T) {
	for _, wanted := range []string{"dram.LoggerWithConfig", "LoggerWithConfig", "dram.Logger", "Logger"} {
		assert.True(t, isNamed("dram.LoggerWithConfig", wanted), wanted)
	}
	for _, wanted := range []string{"Log", "WithConfig", "ogger", "main.Logger", ""} {
		assert.False(t, isNamed("dram.LoggerWithConfig", wanted), wanted)
	}
	assert.True(t, isNamed("main.Store.show", "Store.show"))
	assert.True(t, isNamed("main.Format", "Format"))
	assert.False(t, isNamed("main.Format", ""))
}
