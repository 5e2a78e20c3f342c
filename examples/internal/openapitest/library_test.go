package openapitest

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	books "github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store"
	"github.com/dram-go/dram/examples/crud/store/storetest"
	"github.com/dram-go/dram/examples/crud/web"
)

// saidOfTheLibrary is what a client of any language prints that talks to examples/crud.
const saidOfTheLibrary = `refused 401 Log in first.
in Ed Editor editor
created 9780596520687 2 "1-2" /api/books/13
changed Regular Expressions Cookbook "2-2"
stale 412
listed Regular Expressions Cookbook true
borrowed Regular Expressions Cookbook null
broken 422 /isbn isbn, /title required, /copies min
out 204
`

// library serves examples/crud with the demo's data, and returns its document.
func library(t *testing.T) (url string, document []byte) {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.SQLite(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	require.NoError(t, db.Seed(t.Context(), true, books.NewUser{}))
	engine, api, err := web.New(web.Config{Log: slog.New(slog.DiscardHandler), Secret: make([]byte, 32), SessionTTL: time.Hour, Stopping: t.Context()}, db)
	require.NoError(t, err)
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return server.URL, api.Document()
}

func TestGoClientOfTheLibrary(t *testing.T) {
	url, text := library(t)
	dir := goClient(t, "testdata/golibrary", "api", text)
	assert.Equal(t, saidOfTheLibrary, run(t, dir, "go", "run", ".", url))
}

func TestTypeScriptClientOfTheLibrary(t *testing.T) {
	dir := tools.folder(t)
	url, text := library(t)
	typeScript(t, dir, text)
	assert.Equal(t, saidOfTheLibrary, run(t, dir, "node", "out/library.js", url))
}
