package openapitest

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// said is what a client of any language prints that talks to the shop.
const said = `created Assam 4.20 01020304 /items/6ba7b810-9dad-41d1-80b4-00c04fd430c0
read Assam black null
changed Darjeeling
listed Darjeeling
broken 422 body/price type, body/name min, body/tags/0 min
none 404 no-item
`

// typeScript generates what the clients in the folder of tools import, and compiles them.
func typeScript(t *testing.T, dir string, libraryDocument []byte) {
	t.Helper()
	_, api := newShop()
	_, newer := newerShop()
	for name, text := range map[string][]byte{"shop": api.Document(), "newer": newer.Document(), "library-api": libraryDocument} {
		run(t, dir, bin("openapi-typescript"), document(t, text), "--output", name+".ts")
	}
	run(t, dir, bin("tsc"), "--project", ".")
}

func TestTypeScriptClient(t *testing.T) {
	dir := tools.folder(t)
	r, _ := newShop()
	server := httptest.NewServer(r)
	defer server.Close()
	_, text := library(t)
	typeScript(t, dir, text)
	assert.Equal(t, said, run(t, dir, "node", "out/client.js", server.URL))
}

const oapiCodegen = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"

// goClient copies a program, generates the package that it imports, and returns its folder.
func goClient(t *testing.T, source, pkg string, text []byte) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: tools of others are not installed")
	}
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(source)))
	if _, err := output(dir, "go", "mod", "download"); err != nil {
		t.Skipf("no modules, which need a module proxy: %v", err)
	}
	code, err := output(dir, "go", "run", oapiCodegen, "-generate", "types,client", "-package", pkg, document(t, text))
	if err != nil {
		t.Fatal(err)
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, pkg), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, pkg, pkg+".go"), []byte(code), 0o644))
	run(t, dir, "go", "vet", "./...")
	return dir
}

func TestGoClient(t *testing.T) {
	r, api := newShop()
	server := httptest.NewServer(r)
	defer server.Close()
	dir := goClient(t, "testdata/goclient", "shop", api.Document())
	assert.Equal(t, said, run(t, dir, "go", "run", ".", server.URL))
}
