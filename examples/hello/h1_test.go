package main

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

// TestOnH1 builds this example with one line changed, as docs/h1.md has it (and the import that
// it needs), and asks it.
func TestOnH1(t *testing.T) {
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	text := string(source)
	for _, change := range [][2]string{
		{"log.Fatal(newEngine().Run())", "log.Fatal((&h1.Server{Handler: newEngine()}).Run())"},
		{`"github.com/dram-go/dram"`, `"github.com/dram-go/dram"; "github.com/dram-go/dram/h1"`},
	} {
		require.Equal(t, 1, strings.Count(text, change[0]), change[0])
		text = strings.Replace(text, change[0], change[1], 1)
	}
	dir := t.TempDir()
	changed, overlay, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "hello.exe")
	require.NoError(t, os.WriteFile(changed, []byte(text), 0o600))
	original, err := filepath.Abs("main.go")
	require.NoError(t, err)
	replaced, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, replaced, 0o600))
	out, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)

	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "PORT=0")
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	var addr string
	for lines := bufio.NewScanner(output); addr == "" && lines.Scan(); {
		if _, after, ok := strings.Cut(lines.Text(), "serving on "); ok {
			addr, _, _ = strings.Cut(after, " ")
		}
	}
	go func() { _, _ = io.Copy(io.Discard, output) }()
	res, err := http.Get("http://" + addr + "/hello/gopher")
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, `{"message":"hello gopher"}`, string(body))
}
