// Llms writes llms.txt, the list of dram's pages, packages and examples that language
// models read first (https://llmstxt.org). Run it by "go generate" in the root; a test
// compares what it makes with the file that is there. See CONTRIBUTING.md.
//
// Each sentence of the list is the first one of a page or of a doc comment, or a row of the
// guide's index, so there is nothing to keep up to date but these.
//
//	main.go      the list and its form
//	pages.go     what Markdown says of itself
//	packages.go  what Go packages say of themselves
package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"log"
	"os"
	"slices"
	"strings"
)

func main() {
	text, err := generate(os.DirFS("."))
	if err == nil {
		err = os.WriteFile("llms.txt", text, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// section is a heading with links below.
type section struct {
	title   string
	entries []entry
}

// entry is a link to a file or a directory of the repository, and what it says of itself.
type entry struct{ title, link, note string }

// generate makes the list of a repository.
func generate(repo fs.FS) ([]byte, error) {
	readme, err := fs.ReadFile(repo, "README.md")
	if err != nil {
		return nil, err
	}
	docs, err := pages(repo, "README.md", "docs/*.md")
	if err != nil {
		return nil, err
	}
	handbook, err := pages(repo, "docs/handbook/*.md")
	if err != nil {
		return nil, err
	}
	guide, err := pages(repo, "docs/internals/*.md")
	if err != nil {
		return nil, err
	}
	if err := explained(repo, "docs/internals/README.md", guide); err != nil {
		return nil, err
	}
	others, err := pages(repo, "*.md", "docs/*.zh.md")
	if err != nil {
		return nil, err
	}
	decisions, err := pages(repo, "docs/adr/*.md")
	if err != nil {
		return nil, err
	}
	all, err := packages(repo)
	if err != nil {
		return nil, err
	}
	core, contrib, programs := all.split()
	var out bytes.Buffer
	intro(&out, string(readme))
	for _, s := range []section{
		{"Docs", slices.DeleteFunc(docs, isTranslation)},
		{"Handbook", handbook},
		{"How it works, along the way of a request", guide},
		{"Packages", core.synopses()},
		{"Layers and handlers", core.layers()},
		{"Packages with a dependency", contrib.synopses()},
		{"Example programs", programs.synopses()},
		{"Runnable examples", core.examples()},
		{"Optional", slices.Concat(slices.DeleteFunc(others, isReadme), decisions)},
	} {
		s.write(&out)
	}
	return out.Bytes(), nil
}

// intro writes the title of the README, its first paragraph, and the first Go program in it.
func intro(out *bytes.Buffer, readme string) {
	fmt.Fprintf(out, "# %s\n\n> %s\n", title(readme), plain(paragraph(readme)))
	if _, code, found := strings.Cut(readme, "```go\n"); found {
		code, _, _ = strings.Cut(code, "```")
		fmt.Fprintf(out, "\n```go\n%s```\n", code)
	}
}

func (s section) write(out *bytes.Buffer) {
	fmt.Fprintf(out, "\n## %s\n\n", s.title)
	for _, e := range s.entries {
		fmt.Fprintf(out, "- [%s](%s)", e.title, e.link)
		if e.note != "" {
			fmt.Fprintf(out, ": %s", e.note)
		}
		out.WriteByte('\n')
	}
}
