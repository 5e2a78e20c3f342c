// Package commonmark makes HTML of the part of CommonMark that descriptions are written in:
// paragraphs, lists, code, emphasis, and links to http and https. Headings are strong paragraphs.
// All else, HTML too, is shown as the text that it is, so that the result is safe whatever the
// text says. See docs/typed.md.
package commonmark

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

// HTML returns the blocks of a text.
func HTML(text string) template.HTML {
	var b blocks
	for line := range strings.Lines(strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD")) {
		b.line(strings.TrimRight(line, "\n"))
	}
	b.end()
	return template.HTML(b.out.String()) //nolint:gosec // each text in it was escaped
}

// Inline returns a text that is part of a line.
func Inline(text string) template.HTML {
	return template.HTML(spans(strings.ToValidUTF8(text, "\uFFFD"))) //nolint:gosec // likewise
}

var (
	itemStart = regexp.MustCompile(`^ {0,3}(?:([-*+])|\d{1,9}[.)])[ \t]+(.*)$`)
	heading   = regexp.MustCompile(`^ {0,3}#{1,6}[ \t]+(.*?)[ \t#]*$`)
)

// blocks are what was read of a text so far.
type blocks struct {
	out   strings.Builder
	list  string   // the element that is open: "ul" or "ol"
	lines []string // of the paragraph or the item that is open
	fence string   // the line that ends the code, "" outside of it
}

func (b *blocks) line(line string) {
	trimmed := strings.TrimSpace(line)
	item := itemStart.FindStringSubmatch(line)
	title := heading.FindStringSubmatch(line)
	switch {
	case b.fence != "" && trimmed == b.fence:
		b.out.WriteString("</code></pre>\n")
		b.fence = ""
	case b.fence != "":
		b.out.WriteString(html.EscapeString(line) + "\n")
	case strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~"):
		b.end()
		b.fence = trimmed[:3]
		b.out.WriteString("<pre><code>")
	case trimmed == "":
		b.flush()
	case item != nil:
		kind := "ol"
		if item[1] != "" {
			kind = "ul"
		}
		b.flush()
		if b.list != kind {
			b.end()
			b.out.WriteString("<" + kind + ">\n")
			b.list = kind
		}
		b.lines = []string{item[2]}
	case title != nil:
		b.end()
		b.out.WriteString("<p><strong>" + spans(title[1]) + "</strong></p>\n")
	default:
		if len(b.lines) == 0 && !strings.HasPrefix(line, "  ") { // it is no more of the list
			b.end()
		}
		b.lines = append(b.lines, trimmed)
	}
}

// flush writes the paragraph or the item that is open.
func (b *blocks) flush() {
	if len(b.lines) == 0 {
		return
	}
	element := "p"
	if b.list != "" {
		element = "li"
	}
	b.out.WriteString("<" + element + ">" + spans(strings.Join(b.lines, "\n")) + "</" + element + ">\n")
	b.lines = nil
}

// end closes what is open.
func (b *blocks) end() {
	b.flush()
	if b.fence != "" {
		b.out.WriteString("</code></pre>\n")
	}
	if b.list != "" {
		b.out.WriteString("</" + b.list + ">\n")
	}
	b.list, b.fence = "", ""
}
