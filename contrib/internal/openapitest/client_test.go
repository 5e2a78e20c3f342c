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

func TestTypeScriptClient(t *testing.T) {
	dir := tools.folder(t)
	r, api := newShop()
	server := httptest.NewServer(r)
	defer server.Close()
	run(t, dir, bin("openapi-typescript"), document(t, api.Document()), "--output", "shop.ts")
	_, newer := newerShop()
	run(t, dir, bin("openapi-typescript"), document(t, newer.Document()), "--output", "newer.ts")
	run(t, dir, bin("tsc"), "--project", ".")
	assert.Equal(t, said, run(t, dir, "node", "out/client.js", server.URL))
}

const oapiCodegen = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"

func TestGoClient(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: tools of others are not installed")
	}
	r, api := newShop()
	server := httptest.NewServer(r)
	defer server.Close()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/goclient")))
	if _, err := output(dir, "go", "mod", "download"); err != nil {
		t.Skipf("no modules, which need a module proxy: %v", err)
	}
	text, err := output(dir, "go", "run", oapiCodegen, "-generate", "types,client", "-package", "shop", document(t, api.Document()))
	if err != nil {
		t.Fatal(err)
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "shop"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shop", "shop.go"), []byte(text), 0o644))
	run(t, dir, "go", "vet", "./...")
	assert.Equal(t, said, run(t, dir, "go", "run", ".", server.URL))
}
