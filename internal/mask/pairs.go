package mask

import (
	"regexp"
	"strings"
	"sync"
)

// This file masks what a client has sent: queries, headers, paths.

// Header is dram.MaskHeader.
func Header(name, value string) string {
	if IsSecret(name) || hasBearer(value) || beginsWithScheme(value) {
		return masked
	}
	shown := URLs(value)
	if hasSecret(shown) {
		return masked
	}
	return maskPairs(shown, "& \t\"<>", maxNested)
}

// Query is dram.MaskQuery.
func Query(rawQuery string) string { return maskPairs(rawQuery, "&", maxNested) }

// Path returns the path of a URL, with escapes or without them, as a log may show it: the values of pairs
// are masked as in a query (/a;session=…, /a%3Ftoken=…), and segments that show that they are secrets.
func Path(path string) string {
	path, query, found := strings.Cut(URLs(path), "?")
	path = maskPairs(path, "/&;", maxNested-1)
	if found {
		path += "?" + Query(query)
	}
	return path
}

// PathOf is Path for a request that the route with this pattern has taken: the values of params with the names of secrets are
// masked as well (/reset/:token).
func PathOf(pattern, path string) string {
	if !hasSecretParam(pattern) {
		return Path(path)
	}
	pattern = unescaped.Replace(pattern)
	for at := 0; pattern != "" && at < len(path); { // in path
		part, rest, _ := strings.Cut(pattern, "/")
		end := at + indexOr(path[at:], "/", len(path)-at)
		if wildcard := strings.IndexAny(part, ":*"); wildcard >= 0 {
			begin, behind := min(at+wildcard, end), path[end:]
			if part[wildcard] == '*' || strings.Count(pattern, "/") != strings.Count(path[at:], "/") { // a slash was escaped, or there are two
				behind = ""
			}
			if isSecretPair(part[wildcard+1:], path[begin:len(path)-len(behind)]) {
				path = path[:begin] + masked + behind
				end = begin + len(masked)
			}
		}
		pattern, at = rest, end+1
	}
	return Path(path)
}

// OfContext is a path of the request of a *dram.Context as its logs have it. The root package sets it, since this one does not
// know the Context.
var OfContext func(c any, path string) string

// Param masks the value of a param wherever a path has it, if the param has the name of a secret.
func Param(path, name, value string) string {
	if value == "" || !isSecretPair(name, value) {
		return path
	}
	return strings.ReplaceAll(path, value, masked)
}

// unescaped has an underscore for what does not begin a param.
var unescaped = strings.NewReplacer(`\:`, "_", `\*`, "_")

// patterns has those that were asked for, and whether a param of each has the name of a secret. They are as many as there are
// routes, but a program may make Engines as long as it runs: maxPatterns at most.
var patterns = struct {
	sync.RWMutex
	known map[string]bool
}{known: map[string]bool{}}

const maxPatterns = 1 << 14

func hasSecretParam(pattern string) bool {
	patterns.RLock()
	has, found := patterns.known[pattern]
	patterns.RUnlock()
	if found {
		return has
	}
	for part := range strings.SplitSeq(unescaped.Replace(pattern), "/") {
		if at := strings.IndexAny(part, ":*"); at >= 0 {
			_, isSecret := besides(part[at+1:])
			has = has || isSecret
		}
	}
	patterns.Lock()
	defer patterns.Unlock()
	if len(patterns.known) >= maxPatterns {
		clear(patterns.known)
	}
	patterns.known[pattern] = has
	return has
}

// urlEnds are the characters at which a URL ends in a text, wordEnds those of them that a password has seldom.
const (
	urlEnds  = wordEnds + "<>"
	wordEnds = " \t\n\"'"
)

// URLs masks the secrets in the URLs of a text: names and passwords in front of
// hosts, and what Query masks. Errors of http.Client quote whole URLs. A DSN is like a URL.
func URLs(text string) string {
	if strings.Contains(text, "@") && strings.Contains(text, "(") {
		text = dsn.ReplaceAllString(text, masked+"$1")
	}
	if !strings.Contains(text, "://") {
		return text
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "://")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		out.WriteString("://")
		if n := lengthOfUserInfo(rest); n >= 0 {
			out.WriteString(masked)
			rest = rest[n:]
		}
		end := indexOr(rest, urlEnds, len(rest))
		address := rest[:end]
		mark := indexOr(address, "?#", len(address)-1) + 1
		out.WriteString(address[:mark] + maskPairs(address[mark:], "&", maxNested))
		text = rest[end:]
	}
}

// dsn is user:password@protocol(, as drivers of MySQL have it.
var dsn = regexp.MustCompile(`[^\s"'<>:@,;=()\[\]{}/]*:[^\s"']+(@[\w.+-]*\()`)

// lengthOfUserInfo is how long what is in front of the "@" of a URL's host is, its scheme taken away; -1 without one. A password
// may have any character that should have been escaped: behind a colon that no port follows all is userinfo up to the last
// "@" of its word, or of the first word on the line that has one.
func lengthOfUserInfo(address string) int {
	host := address[:indexOr(address, urlEnds+"/?#", len(address))]
	if behind := address[len(host):]; strings.HasSuffix(host, ":") && behind != "" && strings.IndexByte("/?#<>", behind[0]) >= 0 {
		word := address[:min(len(address), len(host)+longest)] // no port, but what a password begins with
		return strings.LastIndexByte(word[:indexOr(word, wordEnds, len(word))], '@')
	}
	switch {
	case !strings.Contains(host, ":"), hostAndPort.MatchString(host):
		return strings.LastIndexByte(host, '@')
	case strings.HasPrefix(address[len(host):], `": invalid port`): // url.Parse has cut the rest, at a "#"
		return len(host)
	}
	address = address[:min(len(address), len(host)+longest)]
	address = address[:indexOr(address, "\n", len(address))]
	next := max(strings.IndexByte(address, '@'), 0)
	return strings.LastIndexByte(address[:next+indexOr(address[next:], wordEnds, len(address)-next)], '@')
}

var hostAndPort = regexp.MustCompile(`^(?:[^\[:]*|\[[^\]]*\])(?::\d{0,5})?$`)

// indexOr is where one of chars stands first in s, or else what or says.
func indexOr(s, chars string, or int) int {
	var at int
	if len(chars) == 1 { // which IndexAny is slow for
		at = strings.IndexByte(s, chars[0])
	} else {
		at = strings.IndexAny(s, chars)
	}
	if at < 0 {
		return or
	}
	return at
}

// What a client sends bounds neither the pairs of a query, nor the members of a value, nor how often one is
// escaped inside another.
const (
	maxPairs   = 512
	maxMembers = 64
	maxNested  = 4
)

// maskPairs masks the secrets of text, a list whose parts end at one of ends: the values of pairs name=value
// whose names are secrets', and those that show that they are secrets, escaped so often.
//
// Each part is read once at each level of escapes, so that the time grows as the text does.
func maskPairs(text, ends string, nested int) string {
	var out strings.Builder
	kept := 0 // up to here text has been written
	for start, pairs := 0, 0; start < len(text); {
		part := text[start : start+indexOr(text[start:], ends, len(text)-start)]
		secret := secretOf(part, nested, &pairs)
		if pairs > maxPairs {
			return out.String() + text[kept:start] + masked
		}
		if secret >= 0 {
			out.WriteString(text[kept:start+secret] + masked)
			kept = start + len(part)
		}
		start += len(part) + 1
	}
	if kept == 0 {
		return text
	}
	out.WriteString(text[kept:])
	return out.String()
}

// secretOf is where the secret of a part of a list begins, -1 without one. All that follows belongs to it. It counts pairs.
func secretOf(part string, nested int, pairs *int) int {
	first, _, found := strings.Cut(part, "=")
	if looksSecret(first, min(nested, maxNested-1)) {
		return 0
	}
	if !found {
		return -1
	}
	sign, looked := len(first), false
	for name := 0; sign >= 0 && *pairs <= maxPairs; *pairs++ {
		for i := name; i < sign; i++ {
			if c := part[i]; c == '?' || c == '&' || c == ';' || c == '#' {
				name = i + 1
			}
		}
		if value := sign + 1; isSecretPair(part[name:sign], part[value:]) || !looked && (hasBearer(part[value:]) || looksSecret(part[value:], nested)) {
			return value
		}
		looked, name = true, sign+1 // the values of the pairs behind it are in that of the first
		if sign = strings.IndexByte(part[name:], '='); sign >= 0 {
			sign += name
		}
	}
	return -1
}

// isSecretPair reports whether the name of a pair, which may be escaped, is a secret's, and its value not harmless. What cannot
// be unescaped, or is escaped more often, could be anything.
func isSecretPair(name, value string) bool {
	for level := range maxNested {
		plain, ok := unescape(name)
		if !ok { // 100%25 is a sign of its own
			return level == 0
		}
		if allowed, isSecret := besides(strings.TrimSpace(plain)); isSecret {
			value, ok = unescape(value[:min(len(value), longest+1)])
			return !ok || !allowed.allows(value)
		}
		if plain == name || !strings.Contains(plain, "%") {
			return false
		}
		name = plain
	}
	return true
}

// hasSecret reports whether a value shows that it is a secret, or has a member that is one.
func hasSecret(value string) bool {
	_, _, found := find(value)
	return found || strings.Contains(value, "@") && dsn.MatchString(value) || hasMember(value)
}

// hasMember reports whether a value is JSON, or the like, in which a secret stands beside its name. One of many members could
// have anything.
func hasMember(value string) bool {
	if !strings.Contains(value, `"`) || !strings.Contains(value, ":") {
		return false
	}
	return strings.Count(value, ":") > maxMembers || maskNamed(value, false) != value
}

// looksSecret reports whether a value, which may be escaped, shows that it is a secret, or has the pair of one. What cannot
// be unescaped, or is escaped more often, could be anything.
func looksSecret(value string, nested int) bool {
	if hasSecret(value) {
		return true
	}
	if !strings.Contains(value, "%") {
		return false
	}
	plain, ok := unescape(value)
	switch {
	case !ok && nested == maxNested:
		return true
	case plain == value: // a sign of its own: 100%
		return false
	case nested == 0:
		return true
	}
	return plain != maskPairs(plain, "&", nested-1) || looksSecret(plain, nested-1)
}

// unescape undoes the escapes of a query. What is not one stays as it is, and ok is false.
func unescape(text string) (plain string, ok bool) {
	if !strings.ContainsAny(text, "%+") {
		return text, true
	}
	out, ok := make([]byte, 0, len(text)), true
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '+':
			c = ' '
		case c != '%':
		case i+2 < len(text) && hexOf(text[i+1]) >= 0 && hexOf(text[i+2]) >= 0:
			c = byte(hexOf(text[i+1])<<4 | hexOf(text[i+2]))
			i += 2
		default:
			ok = false
		}
		out = append(out, c)
	}
	return string(out), ok
}

// hexOf is the value of a hexadecimal digit, -1 for what is none.
func hexOf(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
