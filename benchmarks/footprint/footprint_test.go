// Package footprint measures what a framework adds to a program: a hello-world JSON server, with the framework's logger and
// recovery where it brings them, is built by itself, in a module of its own.
package footprint

import (
	"fmt"
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

// program is a server: the module that it stands on, what it imports of it and of Go besides log, and the body of main.
type program struct{ name, module, imports, body string }

const (
	jsonByHand = `{
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		json.NewEncoder(w).Encode(map[string]any{"hello": "world"})
	}`
	listen = `log.Fatal(http.ListenAndServe("127.0.0.1:0", router))`
)

var programs = []program{
	{"dram", "github.com/dram-go/dram", "net/http github.com/dram-go/dram", `engine := dram.Default()
	engine.GET("/", func(c *dram.Context) { c.JSON(http.StatusOK, dram.H{"hello": "world"}) })
	log.Fatal(engine.Run("127.0.0.1:0"))`},
	{"gin", "github.com/gin-gonic/gin", "net/http github.com/gin-gonic/gin", `engine := gin.Default()
	engine.GET("/", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"hello": "world"}) })
	log.Fatal(engine.Run("127.0.0.1:0"))`},
	{"echo", "github.com/labstack/echo/v5", "net/http github.com/labstack/echo/v5 github.com/labstack/echo/v5/middleware", `e := echo.New()
	e.Use(middleware.RequestLogger(), middleware.Recover())
	e.GET("/", func(c *echo.Context) error { return c.JSON(http.StatusOK, map[string]any{"hello": "world"}) })
	log.Fatal(e.Start("127.0.0.1:0"))`},
	{"chi", "github.com/go-chi/chi/v5", "encoding/json net/http github.com/go-chi/chi/v5 github.com/go-chi/chi/v5/middleware", `router := chi.NewRouter()
	router.Use(middleware.Logger, middleware.Recoverer)
	router.Get("/", func(w http.ResponseWriter, _ *http.Request) ` + jsonByHand + `)
	` + listen},
	{"httprouter", "github.com/julienschmidt/httprouter", "encoding/json net/http github.com/julienschmidt/httprouter", `router := httprouter.New()
	router.GET("/", func(w http.ResponseWriter, _ *http.Request, _ httprouter.Params) ` + jsonByHand + `)
	` + listen},
	{"bunrouter", "github.com/uptrace/bunrouter", "net/http github.com/uptrace/bunrouter", `router := bunrouter.New()
	router.GET("/", func(w http.ResponseWriter, _ bunrouter.Request) error { return bunrouter.JSON(w, bunrouter.H{"hello": "world"}) })
	` + listen},
	{"nethttp", "", "encoding/json net/http", `router := http.NewServeMux()
	router.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) ` + jsonByHand + `)
	` + listen},
	{"fiber", "github.com/gofiber/fiber/v3",
		"github.com/gofiber/fiber/v3 github.com/gofiber/fiber/v3/middleware/logger github.com/gofiber/fiber/v3/middleware/recover", `app := fiber.New()
	app.Use(logger.New(), recover.New())
	app.Get("/", func(c fiber.Ctx) error { return c.JSON(fiber.Map{"hello": "world"}) })
	log.Fatal(app.Listen("127.0.0.1:0"))`},
}

// write writes the program into a new folder.
func (p program) write(t testing.TB) (dir string) {
	dir = t.TempDir()
	imports := strings.ReplaceAll(p.imports, " ", `"; "`)
	source := fmt.Sprintf("package main\n\nimport (\"log\"; \"%s\")\n\nfunc main() {\n\t%s\n}\n", imports, p.body)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o644))
	return dir
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
				p.measure(b, versions[p.module])
			}
		})
	}
}

func (p program) measure(b *testing.B, version string) {
	dir, env := p.write(b), []string{"GOWORK=off", "GOFLAGS=-mod=mod"}
	mod := "module hello\n\ngo 1.25.0\n"
	if p.module != "" {
		mod += "\nrequire " + p.module + " " + version + "\n"
	}
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
	dir := programs[0].write(t)
	binary := filepath.Join(dir, "hello")
	command(t, ".", nil, "build", "-o", binary, filepath.Join(dir, "main.go"))
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

func TestEveryProgramCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while; run without -short")
	}
	for _, p := range programs {
		command(t, ".", nil, "vet", filepath.Join(p.write(t), "main.go"))
	}
}
