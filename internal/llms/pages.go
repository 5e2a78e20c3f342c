package main

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// This file reads what Markdown says of itself: its title, and the first sentence.

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
