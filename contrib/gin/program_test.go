// The proof: a program and the libraries that it uses, all of them written for Gin,
// are built with one line more in go.mod, and answer as they do on Gin.

package gin_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// replaced is what a program adds to its go.mod. The last two lines stand for a
// release, in which dram's modules are found by their versions.
const replaced = `
replace github.com/gin-gonic/gin => ROOT/contrib/gin
replace github.com/dram-go/dram => ROOT
replace github.com/dram-go/dram/contrib => ROOT/contrib
`

func TestAProgramAndItsLibrariesRunWithOneLineInGoMod(t *testing.T) {
	replace := replacement(t)
	for name, tt := range map[string]struct {
		lines string // that go.mod has more
		port  bool   // whether the program's own imports are rewritten as well
	}{
		"on Gin":                         {},
		"on dram":                        {lines: replace},
		"on dram, by dram's import path": {lines: replace, port: true},
	} {
		t.Run(name, func(t *testing.T) {
			client := startProgram(t, "program", tt.lines, tt.port)
			client.preflight(t)
			client.countsVisits(t)
			client.logsIn(t)
			client.misses(t)
		})
	}
}

// replacement is the lines for this checkout.
func replacement(t *testing.T) string {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	return strings.ReplaceAll(replaced, "ROOT", root)
}

// program is one that runs: where it listens.
type program string

// startProgram builds a copy of a folder of testdata, with lines added to its go.mod, and
// runs it.
func startProgram(t *testing.T, source, lines string, port bool) program {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", source))))
	mod, err := os.OpenFile(filepath.Join(dir, "go.mod"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = mod.WriteString(lines)
	require.NoError(t, err)
	require.NoError(t, mod.Close())
	if port {
		goes(t, ".", "run", "github.com/dram-go/dram/cmd/port", dir)
		text, err := os.ReadFile(filepath.Join(dir, "main.go"))
		require.NoError(t, err)
		require.NotContains(t, string(text), `"github.com/gin-gonic/gin`)
	}
	goes(t, dir, "build", "-mod=mod", "-o", "program")
	assertLinked(t, filepath.Join(dir, "program"), lines != "")

	data, err := filepath.Abs(filepath.Join("testdata", source, "data"))
	require.NoError(t, err)
	run := exec.Command(filepath.Join(dir, "program"), data)
	run.Env = append(os.Environ(), "TMPDIR="+dir) // its files end with the test
	stdout, err := run.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, run.Start())
	t.Cleanup(func() {
		_ = run.Process.Kill()
		_ = run.Wait() // killed
	})
	address, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, stdout) }() // its log; ends with it
	return program("http://" + strings.TrimSpace(address))
}

// goes runs the go command in dir.
func goes(t *testing.T, dir string, args ...string) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// assertLinked looks for dram in the module list of a binary.
func assertLinked(t *testing.T, binary string, dram bool) {
	modules, err := exec.Command("go", "version", "-m", binary).Output()
	require.NoError(t, err)
	assert.Equal(t, dram, strings.Contains(string(modules), "github.com/dram-go/dram\t"), string(modules))
	assert.NotContains(t, string(modules), map[bool]string{true: "gin-contrib/sse", false: "dram"}[dram])
}

// do makes a request with headers, name after value.
func (p program) do(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	req, err := http.NewRequestWithContext(t.Context(), method, string(p)+path, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(text)
}

func (p program) preflight(t *testing.T) {
	res, body := p.do(t, http.MethodOptions, "/api/me", "", "Origin", "https://app.example", "Access-Control-Request-Method", "GET")
	assert.Equal(t, http.StatusNoContent, res.StatusCode)
	assert.Empty(t, body)
	assert.Equal(t, "https://app.example", res.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "GET,POST", res.Header.Get("Access-Control-Allow-Methods"))
	assert.Equal(t, "3600", res.Header.Get("Access-Control-Max-Age"))

	res, _ = p.do(t, http.MethodOptions, "/api/me", "", "Origin", "https://other.example", "Access-Control-Request-Method", "GET")
	assert.Equal(t, http.StatusForbidden, res.StatusCode)
}

func (p program) countsVisits(t *testing.T) {
	res, body := p.do(t, http.MethodGet, "/visits", "")
	assert.Equal(t, "visits: 1\n", body)
	require.Len(t, res.Cookies(), 1)
	cookie := res.Cookies()[0]
	_, body = p.do(t, http.MethodGet, "/visits", "", "Cookie", cookie.Name+"="+cookie.Value)
	assert.Equal(t, "visits: 2\n", body)
}

func (p program) logsIn(t *testing.T) {
	res, _ := p.do(t, http.MethodGet, "/api/me", "")
	assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
	assert.Contains(t, res.Header.Get("WWW-Authenticate"), "program")

	res, body := p.do(t, http.MethodPost, "/login", `{"name":"ada","password":"byron"}`)
	assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
	assert.Contains(t, body, "incorrect Username or Password")

	res, body = p.do(t, http.MethodPost, "/login", `{"name":"ada"}`)
	assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
	assert.Contains(t, body, "missing Username or Password")

	res, body = p.do(t, http.MethodPost, "/login", `{"name":"ada","password":"lovelace"}`)
	assert.Equal(t, http.StatusOK, res.StatusCode)
	var granted struct{ Token string }
	require.NoError(t, json.Unmarshal([]byte(body), &granted))
	_, body = p.do(t, http.MethodGet, "/api/me", "", "Authorization", "Bearer "+granted.Token)
	assert.Equal(t, `{"name":"ada"}`, body)
}

func (p program) misses(t *testing.T) {
	res, body := p.do(t, http.MethodGet, "/nowhere", "")
	assert.Equal(t, http.StatusNotFound, res.StatusCode)
	assert.Equal(t, `{"error":"not found"}`, body)
}
