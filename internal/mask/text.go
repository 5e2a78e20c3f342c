package mask

import (
	"bytes"
	"regexp"
	"strings"
)

// This file takes secrets out of texts that people and programs have written: of errors, of values that Go has
// printed, JSON. A secret is what stands beside its name. Where it ends cannot be known in each case; then what follows is
// masked as well.

// Text masks the secrets that are seen in a text: those of URLs, of pairs (password=…), what stands beside the name of a secret
// (password: …, "password":"…", [Authorization:[…]]), what shows that it is one (Bearer …, a JWT), and what is in front of the "@" of
// user:password@host.
func Text(text string) string { return maskText(text, false) }

// Prose is the text of an error or of a panic as a log may show it. It is what Text does, but where the name of a secret may be
// a word of a sentence (session: not found, auth:8080, code = NotFound) the sentence stays.
func Prose(text string) string { return maskText(text, true) }

// Line is Prose on one line. All that print what others have said, a panic's value say, print this.
func Line(text string) string { return OneLine(Prose(text)) }

func maskText(text string, isProse bool) string {
	text = invalidPort.ReplaceAllString(maskFound(URLs(text)), "$1"+masked)
	if strings.ContainsAny(text, "=:") {
		text = userInfo.ReplaceAllStringFunc(maskNamed(text, isProse), maskUserInfo)
	}
	return maskWords(text, isProse)
}

// invalidPort is what url.Parse says of a password that it has taken for a port.
var invalidPort = regexp.MustCompile(`(": invalid port )"(?:[^"\\]|\\.)*"`)

var userInfo = regexp.MustCompile(`[^\s"'<>:@,;=()\[\]{}/]*:[^\s"'<>@/]+@`)

// maskUserInfo masks user:password@. An address may begin with a scheme instead: mailto:ada@example.com.
func maskUserInfo(text string) string {
	switch name, _, _ := strings.Cut(text, ":"); strings.ToLower(name) {
	case "mailto", "acct", "sip", "sips", "xmpp":
		return text
	}
	return masked + "@"
}

// named is a name, and what says that its value follows: "password":, Password=, [pin]: .
var named = regexp.MustCompile(`([\pL\pN_.$-]+)(\\?["'\x60])?[\])]*([ \t]*(?::=|=>|=|:)[ \t]*)`)

// maskNamed masks what stands beside the names of secrets.
func maskNamed(text string, isProse bool) string {
	var out strings.Builder
	kept, open := 0, enclosure{}
	for start := 0; ; {
		at := named.FindStringSubmatchIndex(text[start:])
		if at == nil {
			return out.String() + text[kept:]
		}
		begin, value := start+at[2], start+at[1]
		name, isQuoted, sign := text[begin:start+at[3]], at[4] >= 0, text[start+at[6]:start+at[7]]
		open.read(text[start:begin])
		isInside := open.isBracketed
		open.read(text[begin:value])
		start = value
		if value == len(text) || strings.HasPrefix(text[value:], "//") || strings.HasSuffix(name, ".go") || !IsSecret(name) {
			continue // "token.go:12" is a position
		}
		if isProse && !isInside && isSentence(name, sign, text[value:], isQuoted) {
			continue
		}
		end := value + lengthOf(text[value:], ends(sign, isQuoted, open))
		if strings.TrimSpace(text[value:end]) == "" {
			continue
		}
		out.WriteString(text[kept:value] + masked)
		open.read(text[value:end])
		start, kept = end, end
	}
}

// ends are the characters at which a value ends that begins with no quote and no bracket. One that stands alone, behind a
// colon, goes on to the end of the line, as a header's does; one that Go has printed to the bracket that closes, since it may
// have spaces.
func ends(sign string, isQuoted bool, open enclosure) string {
	end := "\n"
	switch {
	case strings.Contains(sign, "="):
		end = " \t\r\n&;,<>"
	case isQuoted:
		end = "\n,"
	}
	return end + ")]}" + open.quote()
}

// enclosure is what a place in a text is inside of: the quotes that are open, and whether the last bracket was one that
// opens, as in a value that Go has printed.
type enclosure struct {
	quotes      []byte
	isBracketed bool
}

// quote is the innermost quote that is open, "" without one.
func (e enclosure) quote() string {
	if len(e.quotes) == 0 {
		return ""
	}
	return string(e.quotes[len(e.quotes)-1:])
}

// read goes on through a text. An apostrophe (don't) is not a quote, as far as that can be seen.
func (e *enclosure) read(text string) {
	for i := range len(text) {
		c := text[i]
		switch c {
		case '{', '[':
			e.isBracketed = true
		case '}', ']':
			e.isBracketed = false
		}
		if c != '"' && c != '\'' && c != '`' || i > 0 && text[i-1] == '\\' {
			continue
		}
		if at := bytes.LastIndexByte(e.quotes, c); at >= 0 {
			e.quotes = e.quotes[:at]
		} else if c != '\'' || i == 0 || !isLetter(text[i-1]) {
			e.quotes = append(e.quotes, c)
		}
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// lengthOf is how long a value is: it ends at one of ends that is outside of its quotes and brackets. What is not closed
// goes on to the end.
func lengthOf(text, ends string) int {
	depth, quote := 0, ""
	for i := 0; i < len(text); i++ {
		c := text[i : i+1]
		switch {
		case quote != "":
			if strings.HasPrefix(text[i:], quote) {
				i += len(quote) - 1
				quote = ""
			} else if c == `\` {
				i++
			}
		case depth == 0 && strings.Contains(ends, c):
			return i
		case strings.HasPrefix(text[i:], `\"`) || strings.HasPrefix(text[i:], `\'`):
			quote = text[i : i+2]
			i++
		case c == `"`, c == "`", c == "'" && (i == 0 || !isLetter(text[i-1])):
			quote = c
		case strings.Contains("([{", c):
			depth++
		case strings.Contains(")]}", c):
			depth--
		}
	}
	return len(text)
}

// maskFound masks what shows that it is a secret.
func maskFound(text string) string {
	secrets := finder{text: text}
	begin, end, found := secrets.next()
	if !found {
		return text
	}
	var out strings.Builder
	kept := 0
	for ; found; begin, end, found = secrets.next() {
		out.WriteString(text[kept:begin] + masked)
		kept = end
	}
	return out.String() + text[kept:]
}

// maskWords masks the pairs of secrets in words, in prose in those that have the look of a query.
func maskWords(text string, isProse bool) string {
	var out strings.Builder
	for rest := text; rest != ""; {
		word := rest[:indexOr(rest, between, len(rest))]
		if !isProse || strings.ContainsAny(word, "?&#%") {
			out.WriteString(maskPairs(word, "&;", maxNested-1))
		} else {
			out.WriteString(word)
		}
		if rest = rest[len(word):]; rest != "" {
			out.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	return out.String()
}
