package mask

import (
	"regexp"
	"strings"
)

// This file tells what people and programs write from what is secret: "session: not found" and "code":"NOT_FOUND" have the
// name of a secret, and none. A secret is one word, long, with letters and digits mixed, or its name says that it is one.

// harmless is what a value may be that is not secret: punctuation, as many digits in all, and words. The zero value
// is nothing.
type harmless struct {
	digits int
	words  bool
	isText bool // words may have a hyphen or a number: not-found, x509, sha256, E1001
}

// What is looked at to see what it is, of a value and of the word that a sentence goes on with.
const longest, longestWord = 256, 128

// allows reports whether a value is harmless.
func (h harmless) allows(value string) bool {
	switch {
	case len(value) > longest:
		return false
	case value == nothing.FindString(value): // "" as well
		return true
	case h == (harmless{}):
		return false
	}
	digits := 0
	for value != "" {
		n := 0
		for n < len(value) && isWord(value[n]) {
			if value[n] <= '9' {
				digits++
			}
			n++
		}
		switch {
		case digits > h.digits || n > 0 && !h.allowsWord(value[:n]):
			return false
		case value[0] == '-' && !h.isText && len(value) > 1 && isLetter(value[1]):
			return false
		case n == 0 && value[0] < 0x80 && strings.IndexByte(between+"._-/:;=!?@\\*", value[0]) < 0: // a password's: p@$$w
			return false
		}
		value = value[max(n, 1):]
	}
	return true
}

// allowsWord reports whether a word is a number or, if that is allowed, one that people write.
func (h harmless) allowsWord(word string) bool {
	switch {
	case strings.Trim(word, "0123456789") == "":
		return true
	case strings.ContainsAny(word, "0123456789"):
		return h.isText && len(word) <= 20 && numbered.MatchString(word)
	}
	return h.words && !isOpaque(word) && lettered.MatchString(word)
}

var (
	lettered = regexp.MustCompile(`^(?:[A-Z]{1,15}|[A-Z]{0,9}[a-z]{1,20}(?:[A-Z]{1,9}[a-z]{2,20})*(?:[A-Z]{1,9}[a-z]?)?)$`)     // not, NOT, userID, NotFound
	numbered = regexp.MustCompile(`^(?:[A-Za-z][a-z]*(?:[A-Z]+[a-z]+)*\d{1,3}(?:[A-Z][a-z]+)*|[A-Z]+\d{1,5}|[A-Za-z\d]{1,3})$`) // x509, OAuth2Token, E1001, 2fa
)

// nothing is a value that is not secret whatever its name is, and what ends it: there is none, it is a switch, a parameter of SQL,
// or what a parser has not expected (')').
var nothing = regexp.MustCompile(`^(?:true|false|null|nil|<nil>|\[\]|\$\d{1,3}|\\*"[^\w"\\]{0,2}\\*"|'[^\w'\\]{0,2}')` +
	`(?:[\r\n&;,)\]}"'\x60]|[ \t]+[\w.-]+[:=]|[ \t]*$)`)

// isSentence reports whether what follows the name of a secret goes on with the sentence that the name is in.
func isSentence(name, sign, value string) bool {
	isAssigned := strings.Contains(sign, "=") && !strings.ContainsAny(sign[:len(sign)-1], "!=") // token == nil
	lower := strings.ToLower(name)
	if isAssigned || strings.IndexByte("\"'`[{(\\", value[0]) >= 0 || strings.HasSuffix(lower, "authorization") {
		return false
	}
	if line := value[:min(len(value), longest)]; strings.Contains(lower, "cookie") && strings.Contains(line, "=") {
		return false
	}
	allowed := proseBehind(name)
	allowed.isText = !strings.Contains(sign, "=")
	value = strings.TrimLeft(value[:min(len(value), longestWord+1)], between)
	value = value[:indexOr(value, " \t\r\n\"'`", len(value))]
	return len(value) <= longestWord && allowed.allows(value)
}

// proseBehind is what the first word of a sentence may be behind a name: without digits behind one that a sentence does not have, and
// behind those of what people type.
func proseBehind(name string) harmless {
	if typed.MatchString(name) {
		return harmless{words: true, isText: true}
	}
	return harmless{digits: 5, words: true, isText: true}
}

var typed = regexp.MustCompile(`[-_]|[a-z][A-Z]|(?i:passw|pin|otp)`)
