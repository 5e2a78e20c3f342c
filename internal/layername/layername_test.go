package layername

import (
	"go/build"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShort(t *testing.T) {
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
		assert.Equal(t, want, Short(name), name)
	}
}

// With -trimpath the runtime's names of files are those of their packages.
func TestSourcesOfTrimmedBuilds(t *testing.T) {
	t.Setenv("GOMODCACHE", "/cache")
	root, err := filepath.Abs("../..")
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

func TestIs(t *testing.T) {
	for _, wanted := range []string{"dram.LoggerWithConfig", "LoggerWithConfig", "dram.Logger", "Logger"} {
		assert.True(t, Is("dram.LoggerWithConfig", wanted), wanted)
	}
	for _, wanted := range []string{"Log", "WithConfig", "ogger", "main.Logger", ""} {
		assert.False(t, Is("dram.LoggerWithConfig", wanted), wanted)
	}
	assert.True(t, Is("main.Store.show", "Store.show"))
	assert.True(t, Is("main.Format", "Format"))
	assert.False(t, Is("main.Format", ""))
}
