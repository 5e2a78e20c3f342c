package mask

import (
	"bytes"
	"regexp"
	"slices"
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
	return maskWords(maskUserInfo(maskNamed(maskElements(text), isProse)), isProse)
}

// invalidPort is what url.Parse says of a password that it has taken for a port.
var invalidPort = regexp.MustCompile(`(": invalid port )"(?:[^"\\]|\\.)*"`)

// userInfo is user:password@host, with what shows that it is not a name and an address of mail (Owner:ann@example.com).
var userInfo = regexp.MustCompile(`([^\s"'<>:@,;=()\[\]{}/]*):([^\s"'<>@/]+)@([\w.-]*(?:/|:\d{1,5}\b)?)`)

// inPath is the end of a path, and not of "//" or, in JSON, "\/\/".
var inPath = regexp.MustCompile(`^/$|[^/\\]/$`)

// addresses are names that addresses begin with, or stand beside.
var addresses = []string{"mailto", "acct", "sip", "sips", "xmpp", "mail", "email", "from", "to"}

// maskUserInfo masks user:password@. What follows one slash is a path: a/b:tag@sha256:….
func maskUserInfo(text string) string {
	var out strings.Builder
	kept := 0
	for _, at := range userInfo.FindAllStringSubmatchIndex(text, -1) {
		name, word, host := text[at[2]:at[3]], text[at[4]:at[5]], text[at[6]:at[7]]
		isMail := strings.Contains(host, ".") && !strings.ContainsAny(host, "/:") && plain.allows(word)
		if isMail || slices.Contains(addresses, strings.ToLower(name)) || inPath.MatchString(text[max(at[2]-2, 0):at[2]]) {
			continue
		}
		out.WriteString(text[kept:at[2]] + masked)
		kept = at[5]
	}
	return out.String() + text[kept:]
}

// element is one of XML that has no others, its name and what it has.
var element = regexp.MustCompile(`<([\w.:-]+)(?:\s[^<>]*)?>\s*((?:<!\[CDATA\[)?[^<\s][^<]*)</`)

// maskElements masks what elements with the names of secrets have.
func maskElements(text string) string {
	var out strings.Builder
	kept := 0
	for _, at := range element.FindAllStringSubmatchIndex(text, -1) {
		if allowed, isSecret := besides(text[at[2]:at[3]]); isSecret && !allowed.allows(text[at[4]:at[5]]) {
			out.WriteString(text[kept:at[4]] + masked)
			kept = at[5]
		}
	}
	return out.String() + text[kept:]
}

// named is a name, and what says that its value follows: "password":, Password=, [pin]: . White space alone says
// so behind a flag and in front of a quote, and a comma in a list of arguments: ["--password", …].
var named = regexp.MustCompile(`((?:[\pL\pN_.$-]|\\+u00[4-7][0-9a-fA-F])+)(\\*["'\x60])?[\])]*([ \t]*(?::=|=>|[!=]==?|=|:)\s*|[ \t]+|,[ \t]*)`)

// maskNamed masks what stands beside the names of secrets, in two members too: {"name":"password","value":…}.
func maskNamed(text string, isProse bool) string {
	var out strings.Builder
	kept, open := 0, enclosure{}
	label := 0 // what stands here may be a name, whose value is in the next member
	for start := 0; ; {
		at := named.FindStringSubmatchIndex(text[start:])
		if at == nil {
			return out.String() + text[kept:]
		}
		begin, value := start+at[2], start+at[1]
		name, isQuoted, sign := text[begin:start+at[3]], at[4] >= 0, text[start+at[6]:start+at[7]]
		if label > 0 && begin-label <= longestName && strings.EqualFold(name, "value") {
			name = strings.Trim(text[label:begin], between+`\;`)
		}
		switch {
		case strings.Trim(sign, ", \t") == "": // a word
		case strings.EqualFold(name, "name"), strings.EqualFold(name, "key"):
			label = value
		default:
			label = 0
		}
		open.read(text[start:begin])
		isInside := open.isBracketed
		open.read(text[begin:value])
		start = value
		if sign == ":" && strings.HasSuffix(text[:begin], "//") && port.MatchString(text[value:min(len(text), value+6)]) {
			continue // of a host that has the name of a secret
		}
		if n := lengthOfSecret(name, sign, text[value:], isQuoted, isProse && !isInside, open); n > 0 {
			out.WriteString(text[kept:value] + masked)
			open.read(text[value : value+n])
			start += n
			kept = start
		}
	}
}

// port is one, and what ends it.
var port = regexp.MustCompile(`^\d{1,5}(?:[^\w@]|$)`)

// invalidField is what follows "Key: " in an error of validation. The name is the program's; but for a map's key.
var invalidField = regexp.MustCompile(`^'(?:[^'\[\n]|\[\d+\])*' Error:Field validation for '`)

// lengthOfSecret is how long the secret is that stands beside a name, 0 without one.
func lengthOfSecret(name, sign, value string, isQuoted, isProse bool, open enclosure) int {
	isBlank := strings.Trim(sign, ", \t") == ""
	switch {
	case sign[0] == ',' && !(isQuoted && strings.HasPrefix(name, "-")):
		return 0
	case value == "", strings.HasPrefix(value, "//"), strings.HasSuffix(name, ".go"): // "token.go:12" is a position
		return 0
	case isBlank && !strings.HasPrefix(name, "-") && strings.IndexByte("\"'`\\", value[0]) < 0, !isQuoted && strings.Contains(sign, "\n"):
		return 0
	}
	allowed, isSecret := besides(name)
	isCommon := allowed != (harmless{})
	switch {
	case strings.Contains(name, `\u00`): // whose letters are escaped
	case !isSecret, isBlank && isCommon && !strings.HasPrefix(name, "-"), isProse && !isBlank && isSentence(name, sign, value):
		return 0
	case isBlank && isCommon:
		allowed.words, allowed.isText = true, true
	case isBlank:
		allowed, isCommon = proseBehind(name), true
	}
	first := value
	if strings.Contains(sign, "=") {
		first = value[:indexOr(value[:min(len(value), longest)], " \t", len(value))]
	}
	if nothing.MatchString(first) {
		return 0
	}
	if len(value) > 1 && value[:1] == open.quote() && isWord(value[1]) { // which opens another one
		open = enclosure{}
	}
	end := ends(sign, isQuoted, isCommon, open)
	if isCommon {
		allowed.isText = allowed.words && !strings.Contains(sign, "=")
		if n := lengthOf(value[:min(len(value), longest+1)], end); allowed.allows(value[:n]) || invalidField.MatchString(value) {
			return 0
		}
	}
	n := lengthOf(value, end)
	if strings.TrimSpace(value[:n]) == "" {
		return 0
	}
	return n
}

// ends are the characters at which a value ends that begins with no quote and no bracket. One that stands alone, behind a
// colon, goes on to the end of the line, as a header's does; one that Go has printed to the bracket that closes, since it may
// have spaces, which that of a common name has not.
func ends(sign string, isQuoted, isCommon bool, open enclosure) string {
	end := "\n"
	switch {
	case isCommon, strings.Contains(sign, "="):
		end = " \t\r\n&;,<>"
	case isQuoted:
		end = "\n,"
	}
	if !isQuoted { // or those are the name's
		end += open.quote()
	}
	return end + ")]}"
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

// lengthOf is how long a value is: it ends at one of ends that is outside of its quotes and brackets, if what follows is not what a
// password goes on with. What is not closed goes on to the end.
func lengthOf(text, ends string) int {
	i := 0
	for i < len(text) && (strings.IndexByte(ends, text[i]) < 0 || !ending.MatchString(text[i:min(len(text), i+64)])) {
		i = behind(text, i)
	}
	return i
}

// ending is what begins with the end of a value: white space, a quote, or brackets and a separator in front of those, of the next
// pair, or a tag.
var ending = regexp.MustCompile(`^(?:[)\]}>.:]{0,8}[&;,]?(?:$|[\s"'\x60\\{])|[)\]}>]{0,8}[&;,][\w.%\[\] -]{1,40}[=:]|</?[A-Za-z]\w{0,40}[\s/>])`)

// behind is where a text goes on behind what begins at i: the quotes, the brackets or the character.
func behind(text string, i int) int {
	for depth := 0; i < len(text); {
		switch c := text[i]; {
		case strings.IndexByte("([{", c) >= 0:
			depth++
			i++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
			i++
		default:
			i = behindQuotes(text, i)
		}
		if depth <= 0 {
			break
		}
	}
	return i
}

// behindQuotes is where a text goes on behind the quotes that open at i, or the character there. Quotes inside
// of others are escaped, as often as they are inside.
func behindQuotes(text string, i int) int {
	escapes := lengthOfEscapes(text[i:])
	at := i + escapes
	if at == len(text) || strings.IndexByte("\"'`", text[at]) < 0 || text[at] == '\'' && i > 0 && isLetter(text[i-1]) {
		return max(at, i+1)
	}
	quote := text[at]
	for at++; at < len(text); at++ {
		n := lengthOfEscapes(text[at:])
		if at += n; at < len(text) && text[at] == quote && (n < escapes || n%(2*(escapes+1)) == escapes) {
			return at + 1
		}
	}
	return len(text)
}

// lengthOfEscapes is how many backslashes a text begins with.
func lengthOfEscapes(text string) int { return len(text) - len(strings.TrimLeft(text, `\`)) }

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
