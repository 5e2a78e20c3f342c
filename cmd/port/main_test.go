package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNothingIsWrittenWithoutAnArgument: the folder where it runs is rewritten only if it
// is named.
func TestNothingIsWrittenWithoutAnArgument(t *testing.T) {
	tests := map[string]struct {
		args []string
		code int
		says string
		done bool
	}{
		"no folder":                {nil, 2, "usage: port [-n] dir", false},
		"no folder, and -n":        {[]string{"-n"}, 2, "usage: port [-n] dir", false},
		"no folder, and --":        {[]string{"--"}, 2, "usage: port [-n] dir", false},
		"help":                     {[]string{"-h"}, 0, "usage: port [-n] dir", false},
		"a flag that is not known": {[]string{"-x", "."}, 2, "usage: port [-n] dir", false},
		"a flag behind the folder": {[]string{".", "-n"}, 1, "-n: no such file", false},
		"an empty name":            {[]string{""}, 1, "no such file", false},
		"dry":                      {[]string{"-n", "."}, 0, "", false},
		"the folder":               {[]string{"."}, 0, "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := inFolder(t, map[string]string{"a.go": plain})
			t.Chdir(dir)
			var out, errOut strings.Builder
			assert.Equal(t, tt.code, run(&out, &errOut, tt.args))
			assert.Contains(t, errOut.String(), tt.says)
			assert.Equal(t, tt.done, read(t, "a.go") != plain)
		})
	}
}

// TestTheRepositoryIsLeftAlone: it has programs for Gin itself, to compare dram with.
func TestTheRepositoryIsLeftAlone(t *testing.T) {
	for _, dir := range []string{"../..", ".", "../../binding", "../../benchmarks", "../../contrib/gin", "../../benchmarks/e2e"} {
		var out strings.Builder
		require.NoError(t, port(&out, []string{dir}, true))
		assert.Empty(t, out.String(), dir)
	}
}

func TestModulesThatAreLeftAlone(t *testing.T) {
	tests := map[string]struct {
		mod  string
		done bool
	}{
		"dram":                 {"module github.com/dram-go/dram\n", false},
		"below dram":           {"// A comment.\nmodule \"github.com/dram-go/dram/benchmarks\" // here\n", false},
		"in the place of Gin":  {"module github.com/gin-gonic/gin\n", false},
		"a program":            {"module example.com/a\n\nrequire github.com/gin-gonic/gin v1.12.0\n", true},
		"a name like dram's":   {"module github.com/dram-go/dramatic\n", true},
		"a module of gin-tool": {"module github.com/gin-gonic/gin-tool\n", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"go.mod": "module example.com/outside\n", "m/go.mod": tt.mod, "m/b/a.go": plain}
			for _, start := range []string{"", "m", "m/b"} {
				dir := inFolder(t, files)
				require.NoError(t, port(&strings.Builder{}, []string{filepath.Join(dir, start)}, false))
				assert.Equal(t, tt.done, read(t, filepath.Join(dir, "m/b/a.go")) != plain, start)
			}
		})
	}
}
