package main

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file looks whether the commands of the pages have something to do, and whether their Go
// compiles. That the commands do what pages say is for examples/handbook, which runs them.

var (
	goTest   = regexp.MustCompile(`(?m)^go test .*$`)
	selector = regexp.MustCompile(`-(run|bench) +('[^']*'|\S+)`)
	grouped  = regexp.MustCompile(`^(.*?)\(([^()]*)\)(.*)$`)
	declared = regexp.MustCompile(`(?m)^func ((?:Test|Example|Fuzz|Benchmark)\w*)\(`)
)

// alternatives are the expressions that one with "|" consists of.
func alternatives(expr string) (all []string) {
	if group := grouped.FindStringSubmatch(expr); group != nil {
		for _, one := range strings.Split(group[2], "|") {
			all = append(all, alternatives(group[1]+one+group[3])...)
		}
		return all
	}
	return strings.Split(expr, "|")
}

// testsOf are the tests, examples and benchmarks of a package.
func testsOf(t *testing.T, dir string) (names []string) {
	files, err := fs.Glob(repo, path.Join(dir, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := fs.ReadFile(repo, file)
		require.NoError(t, err)
		for _, match := range declared.FindAllStringSubmatch(string(text), -1) {
			names = append(names, match[1])
		}
	}
	return names
}

// idle returns what a go test command selects and the tests do not have.
func idle(command string, tests []string) (all []string) {
	isBench := strings.Contains(command, " -bench ")
	for _, match := range selector.FindAllStringSubmatch(command, -1) {
		if match[1] == "run" && isBench {
			continue // it keeps the tests away from the benchmarks
		}
	each:
		for _, expr := range alternatives(strings.Trim(match[2], "'")) {
			for _, name := range tests {
				if strings.HasPrefix(name, "Benchmark") == (match[1] == "bench") && regexp.MustCompile(expr).MatchString(name) {
					continue each
				}
			}
			all = append(all, expr)
		}
	}
	return all
}

// go test is content where it has nothing to do.
func TestEachCommandTestsSomething(t *testing.T) {
	seen := 0
	for _, p := range guide(t) {
		for _, command := range goTest.FindAllString(p.text, -1) {
			seen++
			fields := strings.Fields(command)
			dir := path.Clean(fields[len(fields)-1])
			tests := testsOf(t, dir)
			assert.NotEmpty(t, tests, "%s: %s", p.name, command)
			assert.Empty(t, idle(command, tests), "%s: %s selects what is not there", p.name, command)
		}
	}
	assert.Greater(t, seen, 20)
}

func TestIdle(t *testing.T) {
	tests := []string{"TestA", "ExampleB_C", "BenchmarkD"}
	for command, want := range map[string][]string{
		"go test -run TestA .":                        nil,
		"go test -run 'TestA|TestNope' .":             {"TestNope"},
		"go test -v -run 'Example(B_C|B_D)' .":        {"ExampleB_D"},
		"go test -run NoTests -bench 'D$' -count 1 .": nil,
		"go test -run NoTests -bench 'A$' .":          {"A$"},
	} {
		assert.Equal(t, want, idle(command, tests), command)
	}
}

// imported are the packages that the Go of the pages may use.
var imported = map[string]string{
	"context": "context", "dram": modulePath, "http": "net/http", "httptest": "net/http/httptest",
	"log": "log", "os": "os", "signal": "os/signal", "syscall": "syscall", "time": "time",
}

// around is what that Go stands in: a function with an Engine and a Context, and the functions
// that are the reader's own.
const around = `package snippets

import (
	"context"

	"` + modulePath + `"
)

func isAdmin(*dram.Context) bool { return false }

func sendMail(context.Context) {}
`

// snippet is a file with a block of Go.
func snippet(text string) string {
	var out strings.Builder
	out.WriteString("package snippets\n\n")
	for name, path := range imported {
		if regexp.MustCompile(`\b`+name+`\.`).MatchString(text) || name == "dram" {
			out.WriteString("import " + name + " \"" + path + "\"\n")
		}
	}
	if strings.HasPrefix(text, "func ") || strings.HasPrefix(text, "type ") {
		return out.String() + "var _ dram.H\n\n" + text
	}
	return out.String() + "\nfunc _(engine, r *dram.Engine, c *dram.Context) {\n" + text + "}\n"
}

// The Go that pages have by hand compiles; both languages have the same.
func TestTheGoOfThePagesCompiles(t *testing.T) {
	files := map[string]string{"internal/guide/snippets/around.go": around}
	for _, p := range guide(t) {
		for i, fence := range fences.FindAllStringSubmatch(byHand(p), -1) {
			if fence[1] == "go" && !p.isChinese() {
				name := fmt.Sprintf("internal/guide/snippets/%s_%d.go", strings.TrimSuffix(path.Base(p.name), ".md"), i)
				files[name] = snippet(goText(fence[0]))
			}
		}
	}
	assert.Greater(t, len(files), 6)
	_, err := goWith(files, nil, "build", "./internal/guide/snippets")
	assert.NoError(t, err)
}
