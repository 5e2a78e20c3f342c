package cachetest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/freeport"
)

// This file runs the suite: its own server is the origin, its client asks the cache.

const suitePackage = "http-cache-tests@0.4.5"

//go:embed run.mjs
var runner string

// result is what came of one test of the suite.
type result struct {
	ID     string   `json:"id"`
	Suite  string   `json:"suite"`
	Kind   string   `json:"kind"` // required, optimal or check
	Needs  []string `json:"needs"`
	Passed bool     `json:"passed"`
	Why    string   `json:"why"`
}

// fetchSuite returns the directory of the suite.
var fetchSuite = sync.OnceValues(func() (dir string, err error) {
	temp, err := os.MkdirTemp("", "cachetest")
	if err != nil {
		return "", err
	}
	temps = append(temps, temp)
	npm := exec.Command("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", temp, suitePackage)
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm: %w: %s", err, out)
	}
	dir = filepath.Join(temp, "node_modules", "http-cache-tests")
	return dir, os.WriteFile(filepath.Join(dir, "run.mjs"), []byte(runner), 0o600)
})

var temps []string

func TestMain(m *testing.M) {
	dram.SetMode(dram.ReleaseMode)
	code := m.Run()
	for _, dir := range temps {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// suite returns the directory of the suite, or skips the test.
func suite(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(name + " is not on the PATH")
		}
	}
	dir, err := fetchSuite()
	if err != nil {
		t.Skip("the suite cannot be fetched: ", err)
	}
	return dir
}

// origin starts the server of the suite and returns its address.
func origin(t *testing.T, dir string) string {
	t.Helper()
	addr := freeport.Addr(t)
	_, port, _ := net.SplitHostPort(addr)
	server := exec.Command("node", "server/server.mjs")
	server.Dir = dir
	server.Env = append(os.Environ(), "npm_config_port="+port, "npm_config_protocol=http", "npm_config_pidfile="+filepath.Join(t.TempDir(), "pid"))
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	await(t, addr)
	return addr
}

// await waits until somebody answers at an address.
func await(t *testing.T, addr string) {
	t.Helper()
	require.Eventually(t, func() bool {
		res, err := http.Get("http://" + addr + "/LICENSE")
		if err == nil {
			_ = res.Body.Close()
		}
		return err == nil
	}, time.Minute, 10*time.Millisecond)
}

// run runs the tests named, or all, against the cache at addr.
func run(t *testing.T, dir, addr string, only ...string) (results []result) {
	t.Helper()
	cmd := exec.Command("node", "--no-warnings", "run.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "BASE=http://"+addr, "ONLY="+strings.Join(only, " "))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	begin := bytes.IndexByte(out, '[')
	require.GreaterOrEqual(t, begin, 0, string(out))
	require.NoError(t, json.Unmarshal(out[begin:], &results), string(out))
	return results
}

// runTwice runs all tests, and once more those that failed: they measure times, and the
// machine may be busy.
func runTwice(t *testing.T, dir, addr string) []result {
	t.Helper()
	results := run(t, dir, addr)
	var failed []string
	for _, r := range results {
		if !r.Passed {
			failed = append(failed, r.ID)
		}
	}
	for _, again := range run(t, dir, addr, failed...) {
		i := slices.IndexFunc(results, func(r result) bool { return r.ID == again.ID })
		results[i].Passed = again.Passed
		results[i].Why = again.Why
	}
	return results
}

// What the suite says of a test (lib/display.mjs there): one whose setup or precondition
// failed says nothing.
const (
	passed  = "passed"
	failed  = "failed"
	unknown = "not applicable"
)

// judge judges the results, by the kind of test and by id.
func judge(results []result) (counts map[string]map[string]int, ids map[string]string) {
	byID := make(map[string]result)
	for _, r := range results {
		byID[r.ID] = r
	}
	counts, ids = map[string]map[string]int{}, map[string]string{}
	for _, r := range results {
		what := verdictOf(r, byID)
		if ids[r.ID] = what; counts[r.Kind] == nil {
			counts[r.Kind] = map[string]int{}
		}
		counts[r.Kind][what]++
	}
	return counts, ids
}

func verdictOf(r result, byID map[string]result) string {
	for _, need := range r.Needs {
		if other, ok := byID[need]; ok && verdictOf(other, byID) != passed {
			return unknown
		}
	}
	switch {
	case r.Passed:
		return passed
	case strings.HasPrefix(r.Why, "Setup"):
		return unknown
	}
	return failed
}
