package h1_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// suitePackages are those of Go's own whose tests run over h1: what they start
// as an http.Server is served by an h1.Server.
var suitePackages = []string{"net/http", "net/http/httptest", "net/http/httputil"}

// TestSuiteOfNetHTTP runs the tests of net/http over h1, and compares those
// that do not pass with testdata/nethttp.txt, where each has its reason. A test
// that fails without being listed fails this one, and so does one that is
// listed and passes.
//
//	H1_SUITE=1 go test ./h1 -run TestSuiteOfNetHTTP -v
//	H1_SUITE=1 GOTOOLCHAIN=go1.27.4 GOWORK=off go test ./h1 -vet=off -run TestSuiteOfNetHTTP -v
func TestSuiteOfNetHTTP(t *testing.T) {
	if os.Getenv("H1_SUITE") == "" {
		t.Skip("runs net/http's own tests, which takes minutes: set H1_SUITE=1")
	}
	goroot := suiteRoot(t)
	listed := suiteList(t)
	dir := os.Getenv("H1_OVERLAY") // where the overlay is kept, to run one test by hand
	if dir == "" {
		dir = t.TempDir()
	}
	overlay := suiteOverlay(t, goroot, dir)

	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	// TestOmitHTTP2 and the like build and vet all of net/http again.
	skip := []string{"TestOmitHTTP2", "TestCmdGoNoHTTPServer"}
	for name, reason := range listed {
		if strings.HasPrefix(reason, "not run: ") {
			skip = append(skip, "^"+name+"$")
		}
	}
	args := []string{"test", "-skip=" + strings.Join(skip, "|"), "-overlay", overlay, "-vet=off", "-json", "-count=1", "-timeout=4m"}
	cmd := exec.CommandContext(ctx, filepath.Join(goroot, "bin", "go"), append(args, suitePackages...)...)
	cmd.Dir = filepath.Join(goroot, "src") // with the settings of Go's own module
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off", "GOROOT="+goroot)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	result := suiteResults(out)
	err = cmd.Wait()
	require.NoError(t, ctx.Err())
	if err != nil && len(result.failed) == 0 {
		t.Errorf("the run failed outside of any test: %v\n%s\n%s", err, stderr.Bytes(), result.outside)
	}

	for _, name := range result.failed {
		assert.Contains(t, listed, name, "fails over h1, and is not listed:\n%s", result.output[name])
	}
	for name, reason := range listed {
		if strings.HasPrefix(reason, "not run: ") {
			continue
		}
		if _, ran := result.passed[name]; ran {
			t.Errorf("%s is listed and passes", name)
		} else if !slices.Contains(result.failed, name) {
			t.Errorf("%s is listed and did not run", name)
		}
	}
	t.Logf("%s: %d tests of net/http pass over h1, %d are skipped by themselves, %d do not pass or are not run",
		runtime.Version(), len(result.passed), result.skipped, len(result.failed)+len(skip))
	require.Greater(t, len(result.passed), 1000)
}

// suiteRoot is the Go tree whose tests are run. One that GOTOOLCHAIN has brought is copied: what is
// in the module cache cannot be overlaid.
func suiteRoot(t *testing.T) string {
	out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output()
	if err != nil {
		t.Skipf("no go command: %v", err)
	}
	goroot, cache, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if strings.HasPrefix(goroot, cache) {
		tree := os.DirFS(goroot)
		goroot = t.TempDir()
		require.NoError(t, os.CopyFS(goroot, tree))
	}
	if _, err := os.Stat(filepath.Join(goroot, "src", "net", "http", "serve_test.go")); err != nil {
		t.Skipf("no tests of Go's own: %v", err)
	}
	return goroot
}

// suiteList reads testdata/nethttp.txt: a test and its reason a line, which may begin with the release since which it is there.
func suiteList(t *testing.T) map[string]string {
	data, err := os.ReadFile("testdata/nethttp.txt")
	require.NoError(t, err)
	list := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, reason, _ := strings.Cut(line, " ")
		reason = strings.TrimSpace(reason)
		if since, rest, ok := strings.Cut(reason, ": "); ok && strings.HasPrefix(since, "since ") {
			if before(since[len("since "):]) {
				continue
			}
			reason = rest
		}
		list[name] = reason
		require.NotEmpty(t, list[name], "%s needs a reason", name)
	}
	return list
}

type suiteResult struct {
	passed  map[string]bool
	failed  []string // the innermost tests that failed, sorted
	skipped int
	output  map[string]string
	outside string // what was printed outside of tests
}

// suiteResults reads the output of go test -json.
func suiteResults(out io.Reader) suiteResult {
	r := suiteResult{passed: map[string]bool{}, output: map[string]string{}}
	failed := map[string]bool{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e struct{ Action, Package, Test, Output string }
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(e.Package, "net/http"), "/")
		if name != "" {
			name += "."
		}
		name += e.Test
		switch {
		case e.Test == "" && len(r.outside) < 8<<10:
			r.outside += e.Output
		case e.Action == "run":
			failed[name] = true // until it has ended
		case e.Action == "output" && len(r.output[name]) < 8<<10:
			r.output[name] += e.Output
		case e.Action == "pass":
			r.passed[name] = true
			delete(failed, name)
		case e.Action == "skip":
			r.skipped++
			delete(failed, name)
		}
	}
	for name := range failed {
		if !slices.ContainsFunc(keys(failed), func(other string) bool { return strings.HasPrefix(other, name+"/") }) {
			r.failed = append(r.failed, name)
		}
	}
	slices.Sort(r.failed)
	return r
}

func keys(m map[string]bool) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	return list
}
