package commonmark

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// spans returns the HTML of a text without blocks.
func spans(text string) string {
	var out strings.Builder
	word := false // the character before is one of a word
	for text != "" {
		span, rest := span(text, word)
		if rest == text { // an ordinary character
			r, size := utf8.DecodeRuneInString(text)
			span, rest = html.EscapeString(text[:size]), text[size:]
			word = unicode.IsLetter(r) || unicode.IsDigit(r)
		} else {
			word = false
		}
		out.WriteString(span)
		text = rest
	}
	return out.String()
}

// span returns the HTML of what a text begins with, and the rest; that is the whole text if it begins
// with nothing.
func span(text string, inWord bool) (span, rest string) {
	switch c := text[0]; {
	case c == '\\' && len(text) > 1 && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", text[1]) >= 0:
		return html.EscapeString(text[1:2]), text[2:]
	case c == '`':
		return code(text)
	case c == '[':
		return link(text)
	case c == '<':
		if url, rest, ok := strings.Cut(text[1:], ">"); ok && isWeb(url) {
			return anchor(url, html.EscapeString(url)), rest
		}
	case strings.HasPrefix(text, "**"), strings.HasPrefix(text, "__") && !inWord:
		return emphasis(text, text[:2], "strong")
	case c == '*', c == '_' && !inWord:
		return emphasis(text, text[:1], "em")
	}
	return "", text
}

// code is what stands between two runs of as many backticks.
func code(text string) (span, rest string) {
	after := strings.TrimLeft(text, "`")
	ticks := text[:len(text)-len(after)]
	for at := 0; ; {
		end := strings.Index(after[at:], ticks)
		if end < 0 {
			return html.EscapeString(ticks), after
		}
		behind := strings.TrimLeft(after[at+end:], "`")
		if len(after)-len(behind)-at-end == len(ticks) {
			return "<code>" + html.EscapeString(strings.Trim(after[:at+end], " \n")) + "</code>", behind
		}
		at = len(after) - len(behind)
	}
}

// link is [text](url).
func link(text string) (span, rest string) {
	label, behind, ok := strings.Cut(text[1:], "](")
	if !ok || strings.ContainsAny(label, "[]") {
		return "", text
	}
	url, behind, ok := strings.Cut(behind, ")")
	if !ok || !isWeb(url) {
		return "", text
	}
	return anchor(url, spans(label)), behind
}

// isWeb reports whether a text is a URL that may be followed: nothing runs as a script.
func isWeb(url string) bool {
	lower := strings.ToLower(url)
	return (strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://")) && !strings.ContainsFunc(url, func(r rune) bool { return r <= ' ' || r == '<' || r == 0x7f })
}

func anchor(url, label string) string {
	return `<a href="` + html.EscapeString(url) + `" rel="noopener noreferrer">` + label + "</a>"
}

// emphasis is what stands between two marks that touch it.
func emphasis(text, mark, element string) (span, rest string) {
	after := text[len(mark):]
	if after == "" || strings.ContainsRune(" \n\t", rune(after[0])) {
		return html.EscapeString(mark), after
	}
	for at := 1; at < len(after); {
		end := strings.Index(after[at:], mark)
		if end < 0 {
			break
		}
		end += at
		behind := after[end+len(mark):]
		next, _ := utf8.DecodeRuneInString(behind)
		switch {
		case len(mark) == 1 && strings.HasPrefix(behind, mark): // that is the mark of strong
			at = end + 2
		case strings.ContainsRune(" \n\t\\", rune(after[end-1])),
			mark[0] == '_' && (unicode.IsLetter(next) || unicode.IsDigit(next)):
			at = end + len(mark)
		default:
			return "<" + element + ">" + spans(after[:end]) + "</" + element + ">", behind
		}
	}
	return html.EscapeString(mark), after
}
