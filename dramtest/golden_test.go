package dramtest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/dramtest"
)

// JSON in which something changes stays JSON: a number that an expression matches is "…", a string has it inside.
func TestGoldenOfJSONThatChanges(t *testing.T) {
	file := filepath.Join(t.TempDir(), "book.json")
	golden := func(changing ...string) string {
		return failure(func(t testing.TB) { dramtest.New(t, routes()).GET("/book/7").Golden(file, changing...) })
	}
	t.Setenv("DRAMTEST_UPDATE", "1")
	assert.Empty(t, golden(`[0-9]+`, `^End.`, `^a$`))
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, `{
  "author": {
    "name": "…"
  },
  "id": "…",
  "pages": "…",
  "tags": [
    "…",
    "b"
  ],
  "title": "Momo"
}
`, string(written))
	t.Setenv("DRAMTEST_UPDATE", "")
	assert.Empty(t, golden(`[0-9]+`, `^End.`, `^a$`))
	assert.Contains(t, golden(`[0-9]+`, `^End.`, `^a$`, `b`), "/tags/1: got \"…\", want \"b\"")

	// "…" at the end of an array stays as well when the file is written anew.
	require.NoError(t, os.WriteFile(file, []byte(`{"author": "…", "id": "7", "pages": 304, "tags": ["…"], "title": "Momo"}`), 0o666))
	assert.Empty(t, golden())
	t.Setenv("DRAMTEST_UPDATE", "1")
	assert.Empty(t, golden())
	written, err = os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(written), "\"tags\": [\n    \"…\"\n  ]")
}
