// Package footprint measures what a framework adds to a program: a hello-world JSON server, with the framework's logger and
// recovery where it brings them, is built by itself, in a module of its own.
package footprint

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/turn"
)

// programs are the servers, each the name of a folder here, with its module.
var programs = []struct{ name, module string }{
	{"dram", "github.com/dram-go/dram"},
	{"gin", "github.com/gin-gonic/gin"},
	{"echo", "github.com/labstack/echo/v5"},
	{"chi", "github.com/go-chi/chi/v5"},
	{"httprouter", "github.com/julienschmidt/httprouter"},
	{"bunrouter", "github.com/uptrace/bunrouter"},
	{"nethttp", ""},
	{"fiber", "github.com/gofiber/fiber/v3"},
}

// BenchmarkFootprint/Hello/PROGRAM builds each server as for a release.
func BenchmarkFootprint(b *testing.B) {
	versions := map[string]string{}
	for _, line := range command(b, ".", nil, "list", "-m", "all") {
		path, version, _ := strings.Cut(line, " ")
		versions[path] = version
	}
	root, err := filepath.Abs("../..")
	require.NoError(b, err)
	versions["github.com/dram-go/dram"] = "v0.0.0\n\nreplace github.com/dram-go/dram => " + root
	for _, p := range programs {
		b.Run("Hello/"+p.name, func(b *testing.B) {
			for range b.N {
				measure(b, p.name, p.module, versions[p.module])
			}
		})
	}
}

func measure(b *testing.B, name, module, version string) {
	dir, env := b.TempDir(), []string{"GOWORK=off", "GOFLAGS=-mod=mod"}
	source, err := os.ReadFile(filepath.Join(name, "main.go"))
	require.NoError(b, err)
	mod := "module hello\n\ngo 1.25.0\n"
	if module != "" {
		mod += "\nrequire " + module + " " + version + "\n"
	}
	require.NoError(b, os.WriteFile(filepath.Join(dir, "main.go"), source, 0o644))
	require.NoError(b, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644))
	command(b, dir, env, "mod", "tidy")
	modules := command(b, dir, env, "list", "-m", "all")
	packages := command(b, dir, env, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	if !*turn.Quick {
		env = append(env, "GOCACHE="+b.TempDir())
	}
	start := time.Now()
	command(b, dir, env, "build", "-trimpath", "-ldflags=-s -w", "-o", "hello", ".")
	took := time.Since(start).Seconds()
	info, err := os.Stat(filepath.Join(dir, "hello"))
	require.NoError(b, err)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(len(modules)-1), "modules")
	b.ReportMetric(float64(len(packages)-1), "packages")
	b.ReportMetric(float64(info.Size()), "stripped-B")
	if !*turn.Quick {
		b.ReportMetric(took, "cold-s")
	}
}

// command runs the go command and returns the lines that it prints.
func command(t testing.TB, dir string, env []string, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go %v\n%s", args, &stderr)
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// engines are the heavy parts that a program links only if it renders HTML or XML, binds what it validates, or serves TLS.
var engines = regexp.MustCompile(`^(` + strings.Join([]string{
	`(text|html)/template\.\(\*(state|escaper|Template)\)`,
	`encoding/xml\.\(\*(printer|Decoder|Encoder)\)`,
	`github\.com/go-playground/validator/v10\.\(\*(validate|Validate|validatorPool)\)`,
	`crypto/tls\.(Server$|LoadX509KeyPair$|\(\*(Conn\)\.serverHandshake|serverHandshakeState))`,
}, "|") + `)`)

// A program with Default, a route and JSON, served by Run, does not link them: the linker's own list of symbols says so.
func TestHelloLinksNoEngineThatItDoesNotUse(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program; run without -short")
	}
	binary := filepath.Join(t.TempDir(), "hello")
	command(t, ".", nil, "build", "-o", binary, "./dram")
	symbols := map[string]bool{}
	for _, line := range command(t, ".", nil, "tool", "nm", binary) {
		fields := strings.Fields(line)
		symbols[fields[len(fields)-1]] = true
	}
	for _, used := range []string{"New", "(*Engine).ServeHTTP", "(*Context).JSON"} {
		require.Contains(t, symbols, "github.com/dram-go/dram."+used, "the list holds what is linked")
	}
	for symbol := range symbols {
		assert.NotRegexp(t, engines, symbol)
	}
}
