package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// A short soak in each mode; the command runs longer ones.
func TestSoak(t *testing.T) {
	for _, mode := range []string{dram.DebugMode, dram.ReleaseMode} {
		t.Run(mode, func(t *testing.T) {
			cfg := config{length: 2500 * time.Millisecond, conns: 8, mode: mode, seed: uint64(time.Now().UnixNano()), restarts: 1}
			if testing.Short() {
				cfg.length = time.Second
			}
			var out strings.Builder
			err := run(cfg, &out)
			first, _, _ := strings.Cut(out.String(), "\n")
			require.NoError(t, err, first)
			assert.Contains(t, out.String(), "mixed 0, unexpected statuses 0, accepted and lost 0")
		})
	}
}

// What the soak looks for, it finds.
func TestWhatIsWrongIsReported(t *testing.T) {
	w, err := newWorld(config{mode: dram.ReleaseMode})
	require.NoError(t, err)
	defer w.close()
	before := w.settled(holdings{})
	file, err := os.CreateTemp("", "left") // a descriptor and a temporary file
	require.NoError(t, err)
	defer file.Close()
	done, held := make(chan struct{}), make([]byte, 2*growth)
	defer close(done)
	go func() { <-done }()
	w.fault(isLost, "a request")
	token, other := "tk0123456789abcdefk", "tkfedcba9876543210k"
	a := &ask{kind: kinds[0], token: token, want: []int{http.StatusOK}}
	own := http.Header{tokenHeader: {token}}
	for _, answer := range []struct {
		status int
		header http.Header
		body   string
	}{
		{http.StatusOK, own, token}, // which is right
		{http.StatusOK, own, token + other},
		{http.StatusOK, own, "nobody's"},
		{http.StatusOK, http.Header{tokenHeader: {token}, "Set-Cookie": {"a=" + other}}, token},
		{http.StatusOK, nil, token},
		{http.StatusTeapot, own, token},
	} {
		w.check(&protocol{name: "h1"}, a, &http.Response{StatusCode: answer.status, Header: answer.header}, []byte(answer.body), nil)
	}
	w.check(&protocol{name: "h1"}, a, nil, nil, io.EOF)
	after := w.holdings()
	report := w.report(new(strings.Builder), before, after)
	for _, what := range []string{"mixed: 4", "unexpected status: 1", "lost: 2", "goroutines", "descriptors", "1 temporary files", "bytes of heap"} {
		assert.ErrorContains(t, report, what)
	}
	assert.Len(t, held, 2*growth)
}

// Whoever writes a layer adds it to the soak.
func TestEveryLayerIsInTheSoak(t *testing.T) {
	listed, err := os.ReadFile("layers.go")
	require.NoError(t, err)
	others := map[string]bool{"Skip": true} // is tried by Redirects
	found := 0
	for _, dir := range []string{"../../../middleware", "../../breaker", "../../casbin", "../../http3", "../../jwt", "../../otel", "../../session"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, layer := range layersOf(file) {
				found++
				assert.True(t, others[layer] || strings.Contains(string(listed), file.Name.Name+"."+layer+"("), "%s.%s is missing", file.Name.Name, layer)
			}
		}
	}
	assert.Greater(t, found, 35)
}

// layersOf are the exported functions of a file that return a layer.
func layersOf(file *ast.File) (all []string) {
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !f.Name.IsExported() || f.Type.Results == nil || strings.HasPrefix(f.Name.Name, "Test") {
			continue
		}
		result, ok := f.Type.Results.List[0].Type.(*ast.SelectorExpr)
		if ok && result.Sel.Name == "HandlerFunc" {
			all = append(all, f.Name.Name)
		}
	}
	return all
}
