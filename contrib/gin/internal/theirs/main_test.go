package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// events is what go test -json prints for tests of the first library.
func events(t *testing.T, lines ...string) map[string]outcome {
	path, _, _ := strings.Cut(libraries[0], "@")
	text := strings.ReplaceAll(strings.Join(lines, "\n"), "PATH", path)
	outcomes, err := read([]byte(text))
	require.NoError(t, err)
	return outcomes
}

func TestReport(t *testing.T) {
	libraries = libraries[:1]
	const (
		passA = `{"Action":"pass","Package":"PATH","Test":"A"}`
		failA = `{"Action":"fail","Package":"PATH","Test":"A"}`
		passB = `{"Action":"pass","Package":"PATH/b","Test":"B/sub"}`
		failB = `{"Action":"fail","Package":"PATH/b","Test":"B/sub"}`
		noise = `{"Action":"output","Package":"PATH","Test":"A","Output":"x"}`
	)
	tests := map[string]struct {
		gin, dram   []string
		line, fault string
	}{
		"the same":              {[]string{noise, passA, passB}, []string{passA, passB}, "2 of 2 pass on Gin, 2 of 2 pass on dram", ""},
		"fails on both":         {[]string{passA, failB}, []string{passA, failB}, "1 of 2 pass on Gin, 1 of 2 pass on dram", ""},
		"fails on Gin only":     {[]string{passA, failB}, []string{passA, passB}, "1 of 2 pass on Gin, 2 of 2 pass on dram", ""},
		"fails on dram only":    {[]string{passA, passB}, []string{failA, passB}, "2 of 2 pass on Gin, 1 of 2 pass on dram", " A: passes on Gin only"},
		"not run on dram":       {[]string{passA, passB}, []string{passA}, "2 of 2 pass on Gin, 1 of 1 pass on dram", "B/sub: passes on Gin only"},
		"nothing passes on Gin": {[]string{failA}, []string{failA}, "0 of 1 pass on Gin, 0 of 1 pass on dram", "no test passes on Gin"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := report(&out, events(t, tt.gin...), events(t, tt.dram...))
			assert.Contains(t, out.String(), tt.line)
			if tt.fault == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tt.fault)
		})
	}
}

func TestWhatDoesNotBuildIsAnErrorWithTheCompilersText(t *testing.T) {
	_, err := read([]byte(`{"ImportPath":"a","Action":"build-output","Output":"a.go:1: broken\n"}{"ImportPath":"a","Action":"build-fail"}`))
	assert.ErrorContains(t, err, "a does not build:\na.go:1: broken")
}
