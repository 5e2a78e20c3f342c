package main

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// This file reads what Markdown says of itself: its title, and the first sentence, or what an index
// says of it.

// pages are the entries of the Markdown files that the patterns name.
func pages(repo fs.FS, patterns ...string) (entries []entry, err error) {
	for _, pattern := range patterns {
		names, err := fs.Glob(repo, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(repo, name)
			if err != nil {
				return nil, err
			}
			page := string(text)
			entries = append(entries, entry{title(page), name, sentence(plain(paragraph(page)))})
		}
	}
	return entries, nil
}

// rows are those of an index's table: a page, and what it explains.
var rows = regexp.MustCompile(`(?m)^\| \[[^\]]*\]\(([^)]*)\) \| ([^|]*) \|`)

// explained has the pages of a guide say what their index says of them: their first sentence is
// where the reader stands.
func explained(repo fs.FS, index string, guide []entry) error {
	text, err := fs.ReadFile(repo, index)
	if err != nil {
		return err
	}
	for _, row := range rows.FindAllStringSubmatch(string(text), -1) {
		for i := range guide {
			if guide[i].link == path.Join(path.Dir(index), row[1]) {
				guide[i].note = plain(row[2])
			}
		}
	}
	return nil
}

// isTranslation reports whether a page says in another language what its neighbour says.
func isTranslation(e entry) bool { return strings.HasSuffix(e.link, ".zh.md") }

// isReadme reports whether a page is the README of its directory.
func isReadme(e entry) bool { return path.Base(e.link) == "README.md" }

// title is the text of the first heading.
func title(page string) string {
	line, _, _ := strings.Cut(page, "\n")
	return plain(strings.TrimPrefix(line, "# "))
}

// paragraph is the first one that is made of sentences, not of links to other pages.
func paragraph(page string) string {
	for block := range strings.SplitSeq(page, "\n\n") {
		block = strings.TrimSpace(block)
		if !isMarkup.MatchString(block) && strings.TrimRight(block, ".:。") != block {
			return block
		}
	}
	return ""
}

var (
	isMarkup = regexp.MustCompile("^(#|\\||<|```|[-*] )") // a heading, a table, HTML, code, a list
	link     = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
)

// plain is Markdown on one line, without links: they are relative to another page.
func plain(text string) string {
	return strings.Join(strings.Fields(link.ReplaceAllString(text, "$1")), " ")
}

// sentence is the first one of a text.
func sentence(text string) string {
	for _, end := range []string{". ", "。"} {
		if first, _, found := strings.Cut(text, end); found {
			return first + strings.TrimSpace(end)
		}
	}
	return text
}
