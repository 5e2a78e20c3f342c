package article_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/examples/realworld/internal/article"
)

func TestSlugify(t *testing.T) {
	for title, want := range map[string]string{
		"How to train your dragon":     "how-to-train-your-dragon",
		"  Crème brûlée, twice!  ":     "creme-brulee-twice",
		"Don't panic":                  "dont-panic",
		"Go 1.25 -- what's new?":       "go-1-25-whats-new",
		"../../etc/passwd":             "etc-passwd",
		"Привет, мир":                  "привет-мир",
		"日本語のタイトル":                     "日本語のタイトル",
		"!!!":                          "article",
		"":                             "article",
		"a" + strings.Repeat("b", 200): "a" + strings.Repeat("b", 99),
	} {
		assert.Equal(t, want, article.Slugify(title), "title %q", title)
	}
}

func FuzzSlugify(f *testing.F) {
	for _, seed := range []string{"Hello, World", "Ünïcödé", "\xff\xfe", "a/b?c#d", "--", "İstanbul"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, title string) {
		slug := article.Slugify(title)
		if slug == "" || len(slug) > 100 || !utf8.ValidString(slug) {
			t.Fatalf("%q gives %q", title, slug)
		}
		if strings.ContainsAny(slug, "/?#%\\ \t\n.&") || strings.HasPrefix(slug, "-") || strings.HasSuffix(slug, "-") || strings.Contains(slug, "--") {
			t.Fatalf("%q gives %q, which is not a path segment", title, slug)
		}
	})
}

func ExampleSlugify() {
	fmt.Println(article.Slugify("Crème brûlée, twice!"))
	// Output: creme-brulee-twice
}
