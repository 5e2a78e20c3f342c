package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// This file fills the blocks of a page. One stands between two comments, which Markdown does
// not show:
//
//	<!-- generated: insert-trace -->
//	<!-- end -->
//
// Three kinds take what they show from elsewhere than the table below: "nav" is the line at the
// head of a page, "files" the list at its end, and "source engine.go#Engine.ServeHTTP" is how
// something is declared, here or in Go's own source.

// blocks make Markdown, fences included, by the name that pages ask for. What one makes must
// not depend on the time, the machine or the release of Go.
var blocks = map[string]func() string{}

// images make the pictures: "packages" is docs/internals/img/packages.svg. They are read in
// dark and in light, so their colours come from prefers-color-scheme.
var images = map[string]func() string{}

// fenced is text as a block of a language.
func fenced(language, text string) string {
	return "```" + language + "\n" + strings.TrimSuffix(text, "\n") + "\n```"
}

const blockBegins, blockEnds = "<!-- generated: ", "<!-- end -->"

var block = regexp.MustCompile(`(?s)` + blockBegins + `([^\n]*) -->\n(.*?)` + blockEnds)

// filled is the page with its blocks as they have to be.
func (p page) filled(repo fs.FS, pages []page) (string, error) {
	if marks := strings.Count(p.text, blockBegins); marks != len(block.FindAllString(p.text, -1)) || marks != strings.Count(p.text, blockEnds) {
		return "", fmt.Errorf("%s: a generated block has no beginning or no end", p.name)
	}
	var faults []error
	text := block.ReplaceAllStringFunc(p.text, func(old string) string {
		name := block.FindStringSubmatch(old)[1]
		made, err := p.block(repo, pages, name)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", p.name, err))
		}
		return blockBegins + name + " -->\n" + made + "\n" + blockEnds
	})
	return text, errors.Join(faults...)
}

// block makes one block of the page.
func (p page) block(repo fs.FS, pages []page, name string) (string, error) {
	switch name {
	case "nav":
		return p.nav(pages), nil
	case "files":
		return p.files(repo)
	}
	if source, found := strings.CutPrefix(name, "source "); found {
		text, err := parseReference(source).sourceIn(repo, goSource())
		return fenced("go", text), err
	}
	if made := blocks[name]; made != nil {
		return made(), nil
	}
	return "", fmt.Errorf("nothing makes the block %q", name)
}
