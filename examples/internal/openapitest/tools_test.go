package openapitest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// This file has the tools at hand.

// node is the folder testdata/node with its packages, which all tests of the package share.
type node struct {
	once sync.Once
	dir  string
	err  error
}

var tools node

// nodeEnv names the variable that has tests fail, and not be skipped, where the tools cannot be had.
const nodeEnv = "DRAM_TEST_NODE"

// folder returns the folder, where the packages are installed the first time. The test is skipped
// if that is not possible, unless nodeEnv is set.
func (n *node) folder(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: tools of others are not installed")
	}
	n.once.Do(func() {
		if n.dir, n.err = os.MkdirTemp("", "dram-openapi"); n.err != nil {
			return
		}
		if n.err = os.CopyFS(n.dir, os.DirFS("testdata/node")); n.err == nil {
			_, n.err = output(n.dir, "npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts")
		}
	})
	if n.err != nil && os.Getenv(nodeEnv) != "" {
		t.Fatalf("no tools: %v", n.err)
	}
	if n.err != nil {
		t.Skipf("no tools, which need node, npm and its registry: %v", n.err)
	}
	return n.dir
}

func (n *node) remove() {
	if n.dir != "" {
		_ = os.RemoveAll(n.dir)
	}
}

// document writes a document to a file.
func document(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "openapi.json")
	require.NoError(t, os.WriteFile(path, text, 0o644))
	return path
}

// bin is a program of a package of npm.
func bin(name string) string { return filepath.Join("node_modules", ".bin", name) }

// run runs a program, which must succeed, and returns what it prints.
func run(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	out, err := output(dir, program, args...)
	require.NoError(t, err)
	return out
}

// output runs a program. The error has all that was printed.
func output(dir, program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	if strings.ContainsRune(program, filepath.Separator) && !filepath.IsAbs(program) {
		cmd.Path = filepath.Join(dir, program)
	}
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod", "REDOCLY_TELEMETRY=off", "NO_COLOR=1")
	var out, all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &all
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", program, strings.Join(args, " "), err, &out, &all)
	}
	return out.String(), nil
}
