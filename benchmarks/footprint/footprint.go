// Package footprint measures what a framework adds to a program: a hello-world
// JSON server, with the framework's logger and recovery where it brings them, is
// built by itself, in a module of its own.
package footprint

import (
	"embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed */main.go
var sources embed.FS

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
	{"hertz", "github.com/cloudwego/hertz"},
}

// Result is what one program takes.
type Result struct {
	Program  string  `json:"program"`
	Modules  int     `json:"modules"`           // that the module graph names, its own not counted
	Packages int     `json:"packages"`          // linked, but for the standard library's
	Bytes    int64   `json:"bytes"`             // of the stripped binary
	Build    float64 `json:"build_s,omitempty"` // seconds, with an empty cache
	Error    string  `json:"error,omitempty"`   // why there are no figures
}

// Run measures all programs. versions tells the version of a module, and dram is
// the folder of dram's source. Without cold the time of a build is left out.
func Run(versions map[string]string, dram string, cold bool, log io.Writer) ([]Result, error) {
	temp, err := os.MkdirTemp("", "dram-footprint-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	var results []Result
	for _, p := range programs {
		fmt.Fprintln(log, "footprint:", p.name)
		b := builder{dir: filepath.Join(temp, p.name), env: append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")}
		result, err := b.measure(p.name, p.module, versions[p.module], dram, cold)
		result.Program = p.name
		if err != nil {
			result.Error = err.Error()
		}
		results = append(results, result)
	}
	return results, nil
}

// builder builds one program in a folder of its own.
type builder struct {
	dir string
	env []string
}

func (b builder) measure(name, module, version, dram string, cold bool) (Result, error) {
	var result Result
	if err := b.write(name, module, version, dram); err != nil {
		return result, err
	}
	modules, err := b.lines("list", "-m", "all")
	if err != nil {
		return result, err
	}
	packages, err := b.lines("list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	if err != nil {
		return result, err
	}
	result.Modules, result.Packages = len(modules)-1, len(packages)-1
	if cold {
		cache := filepath.Join(b.dir, "cache")
		defer os.RemoveAll(cache)
		b.env = append(slices.Clone(b.env), "GOCACHE="+cache)
	}
	start := time.Now()
	if err := b.build(filepath.Join(b.dir, "hello")); err != nil {
		return result, err
	}
	if cold {
		result.Build = time.Since(start).Seconds()
	}
	info, err := os.Stat(filepath.Join(b.dir, "hello"))
	if err != nil {
		return result, err
	}
	result.Bytes = info.Size()
	return result, nil
}

// write makes the module.
func (b builder) write(name, module, version, dram string) error {
	source, err := sources.ReadFile(name + "/main.go")
	if err != nil {
		return err
	}
	mod := "module hello\n\ngo 1.25.0\n"
	if module == "github.com/dram-go/dram" {
		version = "v0.0.0"
		mod += "\nreplace " + module + " => " + dram + "\n"
	}
	if module != "" {
		mod += "\nrequire " + module + " " + version + "\n"
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	for file, text := range map[string]string{"main.go": string(source), "go.mod": mod} {
		if err := os.WriteFile(filepath.Join(b.dir, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	_, err = b.lines("mod", "tidy")
	return err
}

// build builds the program as for a release.
func (b builder) build(output string) error {
	_, err := b.lines("build", "-trimpath", "-ldflags=-s -w", "-o", output, ".")
	return err
}

// lines runs the go command and returns what it prints.
func (b builder) lines(args ...string) ([]string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = b.dir, b.env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, &stderr)
	}
	return strings.Fields(strings.ReplaceAll(strings.TrimSpace(string(out)), " ", "@")), nil
}
