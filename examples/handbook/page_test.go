// Package handbook_test holds docs/handbook to its word: what a chapter quotes is in its
// sources, what it has the reader type is typed, and what it says that comes of it comes.
//
//	page_test.go          what pages consist of
//	quotes_test.go        excerpts, links and translations
//	run_test.go           the commands of the chapters, in their order
//	shell_test.go         how a command is run
//	services_test.go      PostgreSQL and Redis for chapter 12
//	deploy_test.go        what the commands cannot show without a machine of their own
//	recipes_test.go       the programs of docs/handbook/recipes.md
//	internals_test.go     the commands of docs/internals, which the same shell runs
package handbook_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/docs/handbook"
)

// block is a fenced block of a page.
type block struct {
	lang string // "go", "sh", "text", …
	need string // the word after it: what a command needs, or "server" for one that stays
	text string
	line int
}

// headings matches those of a page outside of its blocks, and fences its blocks.
var (
	headings = regexp.MustCompile(`(?m)^#+ `)
	fences   = regexp.MustCompile("(?ms)^```(\\w+)(?: (\\w+))?\n(.*?)^```$")
)

// read returns a file of the handbook.
func read(t testing.TB, name string) string {
	t.Helper()
	text, err := fs.ReadFile(handbook.Files, name)
	require.NoError(t, err)
	return string(text)
}

// blocks returns the blocks of a page.
func blocks(page string) []block {
	var all []block
	for _, at := range fences.FindAllStringSubmatchIndex(page, -1) {
		b := block{lang: page[at[2]:at[3]], text: page[at[6]:at[7]], line: strings.Count(page[:at[0]], "\n") + 1}
		if at[4] >= 0 {
			b.need = page[at[4]:at[5]]
		}
		all = append(all, b)
	}
	return all
}

// chapters returns the names of the chapters' pages, in their order.
func chapters(t testing.TB) []string {
	t.Helper()
	pages, err := fs.Glob(handbook.Files, "[0-9][0-9]-*.md")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	return pages
}

// number returns the "07" of a chapter's page.
func number(page string) string { return page[:2] }
