package handbook_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/docs/handbook"
)

// A chapter's files lie over those of the chapters before it: what it quotes is there,
// byte for byte.
func TestChaptersQuoteTheirSources(t *testing.T) {
	program := map[string]string{}
	for _, page := range chapters(t) {
		quoted := 0
		maps.Copy(program, sources(t, "_code/"+number(page)))
		for _, b := range blocks(read(t, page)) {
			if b.lang == "sh" || b.lang == "text" {
				continue
			}
			quoted++
			assert.True(t, slices.ContainsFunc(slices.Collect(maps.Values(program)), func(source string) bool {
				return strings.Contains(source, b.text)
			}), "%s:%d is in no source:\n%s", page, b.line, b.text)
		}
		assert.NotZero(t, quoted, page)
	}
}

func TestRecipesQuoteTheirSources(t *testing.T) {
	source, err := os.ReadFile("recipes_test.go")
	require.NoError(t, err)
	for _, b := range blocks(read(t, "recipes.md")) {
		if b.lang != "sh" && b.lang != "text" {
			assert.True(t, strings.Contains(string(source), b.text), "recipes.md:%d is not in recipes_test.go:\n%s", b.line, b.text)
		}
	}
}

// sources returns the files below a directory by their names, or none if it is not there.
func sources(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(handbook.Files, dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[strings.TrimPrefix(path, dir)] = read(t, path)
		}
		return err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	return files
}

func TestLinksLeadSomewhere(t *testing.T) {
	for page, text := range sources(t, ".") {
		if path.Ext(page) != ".md" {
			continue
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#:"]+)[)#]`).FindAllStringSubmatch(text, -1) {
			_, err := os.Stat(filepath.Join("../../docs/handbook", path.Dir(page), link[1]))
			assert.NoError(t, err, page)
		}
	}
}

// A translation says what the page says: the same headings at the same levels, the same
// blocks, byte for byte, and each leads to the other.
func TestTranslations(t *testing.T) {
	for _, page := range chapters(t)[:3] {
		ours, theirs := read(t, page), read(t, "zh/"+page)
		for i, text := range []string{ours, theirs} {
			assert.Contains(t, strings.Join(strings.SplitN(text, "\n", 6)[:5], "\n"), [...]string{"](zh/", "](../"}[i]+page+")", "%s leads to no translation", page)
		}
		without := func(page string) string { return fences.ReplaceAllString(page, "") }
		assert.Equal(t, headings.FindAllString(without(ours), -1), headings.FindAllString(without(theirs), -1), page)
		assert.Equal(t, fences.FindAllString(ours, -1), fences.FindAllString(theirs, -1), page)
	}
}
