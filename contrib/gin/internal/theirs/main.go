// Theirs runs the own tests of libraries that are written for Gin, unchanged, once on
// Gin and once on the module that stands in for it, and prints for each library how
// many pass. It fails when a test that passes on Gin does not pass on dram. Run it in
// the root of this module:
//
//	GOWORK=off go run ./internal/theirs
//
// The libraries are copied out of the module cache into one workspace, so that both
// sides, and all libraries, are built with the same versions of everything else.
// See docs/adr/0015-a-module-in-gins-place.md.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	ginModule  = "github.com/gin-gonic/gin"
	ginVersion = "v1.12.0"
)

// libraries are pinned, as Gin is.
var libraries = []string{
	"github.com/appleboy/gin-jwt/v2@v2.10.3",
	"github.com/appleboy/gin-jwt/v3@v3.4.1",
	"github.com/gin-contrib/cors@v1.7.7",
	"github.com/gin-contrib/gzip@v1.2.5",
	"github.com/gin-contrib/requestid@v1.0.5",
	"github.com/gin-contrib/secure@v1.1.2",
	"github.com/gin-contrib/sessions@v1.0.4",
	"github.com/gin-contrib/timeout@v1.1.0",
	"github.com/swaggo/gin-swagger@v1.6.1",
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin@v0.65.0",
}

// leftOut are packages and tests that need a server, or, for gorm, a C compiler's
// SQLite. They are left out on both sides.
var (
	leftOut = []string{
		"github.com/gin-contrib/sessions/gorm",
		"github.com/gin-contrib/sessions/memcached",
		"github.com/gin-contrib/sessions/mongo/mongodriver",
		"github.com/gin-contrib/sessions/mongo/mongomgo",
		"github.com/gin-contrib/sessions/postgres",
		"github.com/gin-contrib/sessions/redis",
	}
	leftOutTests = "^(TestGinJWTMiddleware_RedisStore_Integration|TestGinJWTMiddleware_FunctionalOptions|" +
		"TestRedisRefreshTokenStore_Integration|TestRedisRefreshTokenStore_InvalidToken)$"
)

// moved replaces what a library's own go.mod takes from a folder of its repository.
const moved = "replace go.opentelemetry.io/contrib/propagators/b3 => go.opentelemetry.io/contrib/propagators/b3 v1.40.0\n"

func main() {
	dir, err := os.MkdirTemp("", "dram-theirs")
	if err != nil {
		log.Fatal(err)
	}
	err = compare(dir)
	os.RemoveAll(dir)
	if err != nil {
		log.Fatal(err)
	}
}

func compare(dir string) error {
	uses, err := copyAll(dir)
	if err != nil {
		return err
	}
	onGin, err := tests(dir, "gin", uses+fmt.Sprintf("replace %s => %s %s\n", ginModule, ginModule, ginVersion))
	if err != nil {
		return err
	}
	here, err := command("", "go", "list", "-m", "-f", "replace {{.Path}} => {{.Dir}}", ginModule, "github.com/dram-go/dram", "github.com/dram-go/dram/contrib")
	if err != nil {
		return err
	}
	onDram, err := tests(dir, "dram", uses+string(here))
	if err != nil {
		return err
	}
	return report(os.Stdout, onGin, onDram)
}

// copyAll copies the libraries into dir, where they can be written to, and returns
// the part of go.work that both sides have.
func copyAll(dir string) (string, error) {
	work := "go 1.26.0\n" + moved
	for i, library := range libraries {
		out, err := command(dir, "go", "mod", "download", "-json", library)
		if err != nil {
			return "", err
		}
		var module struct{ Dir string }
		if err := json.Unmarshal(out, &module); err != nil {
			return "", err
		}
		name := fmt.Sprint("library", i)
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(module.Dir)); err != nil {
			return "", err
		}
		work += "use ./" + name + "\n"
	}
	return work, nil
}

// outcome maps the names of tests to how they ended: pass, fail or skip.
type outcome map[string]string

// tests runs the tests of all libraries in the workspace, and returns the outcomes by
// library.
func tests(dir, side, work string) (map[string]outcome, error) {
	file := filepath.Join(dir, side+".work")
	if err := os.WriteFile(file, []byte(work), 0o644); err != nil {
		return nil, err
	}
	args := []string{"list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}"}
	for _, library := range libraries {
		path, _, _ := strings.Cut(library, "@")
		args = append(args, path+"/...")
	}
	list, err := command(dir, "env", append([]string{"GOWORK=" + file, "go"}, args...)...)
	if err != nil {
		return nil, err
	}
	packages := slices.DeleteFunc(strings.Fields(string(list)), func(path string) bool {
		return slices.Contains(leftOut, path)
	})
	args = append([]string{"GOWORK=" + file, "go", "test", "-json", "-vet=off", "-skip=" + leftOutTests}, packages...)
	out, err := command(dir, "env", args...)
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	outcomes, err := read(out)
	if err != nil {
		return nil, fmt.Errorf("on %s: %w", side, err)
	}
	return outcomes, nil
}

// read collects the outcomes from what "go test -json" prints.
func read(out []byte) (map[string]outcome, error) {
	all := map[string]outcome{}
	var compiler strings.Builder
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var event struct{ Action, Package, Test, ImportPath, Output string }
		if err := decoder.Decode(&event); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		switch event.Action {
		case "build-output":
			compiler.WriteString(event.Output)
		case "build-fail":
			return nil, fmt.Errorf("%s does not build:\n%s", event.ImportPath, &compiler)
		case "pass", "fail", "skip":
			library := libraryOf(event.Package)
			if all[library] == nil {
				all[library] = outcome{}
			}
			if event.Test != "" {
				all[library][event.Package+" "+event.Test] = event.Action
			}
		}
	}
}

func libraryOf(pkg string) string {
	return libraries[slices.IndexFunc(libraries, func(library string) bool {
		path, _, _ := strings.Cut(library, "@")
		return pkg == path || strings.HasPrefix(pkg, path+"/")
	})]
}

// report prints a line for each library, and the tests that pass on Gin only.
func report(w io.Writer, onGin, onDram map[string]outcome) error {
	var faults []string
	for _, library := range libraries {
		gin, dram := onGin[library], onDram[library]
		fmt.Fprintf(w, "%s: %s pass on Gin, %s pass on dram\n", library, gin, dram)
		if gin.count("pass") == 0 {
			faults = append(faults, library+": no test passes on Gin")
		}
		for _, test := range slices.Sorted(maps.Keys(gin)) {
			if gin[test] == "pass" && dram[test] != "pass" {
				faults = append(faults, test+": passes on Gin only")
			}
		}
	}
	if len(faults) > 0 {
		return errors.New(strings.Join(faults, "\n"))
	}
	return nil
}

func (o outcome) count(action string) (n int) {
	for _, a := range o {
		if a == action {
			n++
		}
	}
	return n
}

// String is "n of m", of those that were run.
func (o outcome) String() string {
	return fmt.Sprintf("%d of %d", o.count("pass"), o.count("pass")+o.count("fail"))
}

// command runs a program in dir and returns what it prints.
func command(dir, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return out, err
}
