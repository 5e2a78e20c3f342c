package main

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// dir is where the pages are: the English ones here, the Chinese ones below, in zh.
const dir = "docs/internals"

// page is one of the guide, in one language.
type page struct{ name, text string }

// readPages returns the pages of both languages, each language in its order.
func readPages(repo fs.FS) (pages []page, err error) {
	for _, pattern := range []string{dir + "/*.md", dir + "/zh/*.md"} {
		names, err := fs.Glob(repo, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(repo, name)
			if err != nil {
				return nil, err
			}
			pages = append(pages, page{name, string(text)})
		}
	}
	return pages, nil
}

func (p page) isIndex() bool   { return path.Base(p.name) == "README.md" }
func (p page) isChinese() bool { return path.Base(path.Dir(p.name)) == "zh" }

// title is the text of the first heading.
func (p page) title() string {
	line, _, _ := strings.Cut(p.text, "\n")
	return strings.TrimPrefix(line, "# ")
}

// other is the name of the page in the other language, and the way there.
func (p page) other() (name, way string) {
	base := path.Base(p.name)
	if p.isChinese() {
		return path.Join(dir, base), "../" + base
	}
	return path.Join(dir, "zh", base), "zh/" + base
}

// nav is the line at the head of the page: the way back, on, up, and to the other language.
func (p page) nav(pages []page) string {
	all, language := "all pages", "中文"
	if p.isChinese() {
		all, language = "目录", "English"
	}
	var links []string
	link := func(text, to string) { links = append(links, fmt.Sprintf("[%s](%s)", text, to)) }
	before, after := p.neighbours(pages)
	if before != nil {
		link("← "+before.title(), path.Base(before.name))
	}
	if after != nil {
		link(after.title()+" →", path.Base(after.name))
	}
	if !p.isIndex() {
		link(all, "README.md")
	}
	_, way := p.other()
	link(language, way)
	return strings.Join(links, " · ")
}

// neighbours are the pages before and behind this one in its language, where there are any.
func (p page) neighbours(pages []page) (before, after *page) {
	if p.isIndex() {
		return nil, nil
	}
	for i, other := range pages {
		switch {
		case other.isIndex() || other.isChinese() != p.isChinese():
		case other.name < p.name:
			before = &pages[i]
		case other.name > p.name && after == nil:
			after = &pages[i]
		}
	}
	return before, after
}
