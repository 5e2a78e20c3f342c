package mask

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
)

// This file is the table of what a secret looks like, whatever its name is: the schemes of
// authentication, the prefixes of keys, a JWT, and the password in front of a URL's host.

// scheme is one of authentication (RFC 9110 section 11), with what its credentials look like: in a text its name
// is a word like others.
type scheme struct {
	name  string
	looks func(word string) bool
}

var schemes = []scheme{
	{"basic", isUserInfo}, {"bearer", isNoWord}, {"token", isOpaque}, {"negotiate", isOpaque}, {"ntlm", isOpaque}, {"dpop", isOpaque},
}

// prefixes are what keys begin with, as those who give them out have documented, and how many
// characters follow at least.
var prefixes = []struct {
	text  string
	least int
}{
	{"ghp_", 8}, {"gho_", 8}, {"ghu_", 8}, {"ghs_", 8}, {"ghr_", 8}, {"github_pat_", 8}, {"glpat-", 8}, {"glcbt-", 8}, // GitHub, GitLab
	{"sk_live_", 8}, {"sk_test_", 8}, {"rk_live_", 8}, {"rk_test_", 8}, {"whsec_", 8}, // Stripe
	{"xoxb-", 8}, {"xoxp-", 8}, {"xoxa-", 8}, {"xoxr-", 8}, {"xoxs-", 8}, {"xoxe-", 8}, {"xoxe.xox", 8}, {"xapp-", 8}, // Slack
	{"AKIA", 16}, {"ASIA", 16}, {"AIza", 30}, {"GOCSPX-", 20}, {"ya29.", 20}, // AWS, Google
	{"sk-ant-", 16}, {"sk-proj-", 16}, {"sk-svcacct-", 16}, {"sk-", 30}, {"hf_", 30}, // Anthropic, OpenAI, Hugging Face
	{"npm_", 30}, {"pypi-", 16}, {"dckr_pat_", 16}, {"SG.", 40}, {"hvs.", 16}, {"hvb.", 16}, // registries, SendGrid, Vault
	{"dop_v1_", 16}, {"shpat_", 16}, {"sq0atp-", 16}, {"lin_api_", 16}, // DigitalOcean, Shopify, Square, Linear
	{"gldt-", 16}, {"glrt-", 16}, {"glptt-", 16}, {"gsk_", 30}, {"xai-", 30}, {"glsa_", 30}, {"ntn_", 30}, {"tskey-", 16}, // GitLab, Groq, xAI, Grafana, Notion, Tailscale
	{"NRAK-", 16}, {"PMAK-", 30}, {"AGE-SECRET-KEY-1", 16}, {"rubygems_", 30}, {"sntrys_", 16}, {"figd_", 16}, // New Relic, Postman, age, RubyGems, Sentry, Figma
	{"hooks.slack.com/services/", 8}, {"discord.com/api/webhooks/", 8}, {"discordapp.com/api/webhooks/", 8}, {"api.telegram.org/bot", 16},
	{"v2.local.", 16}, {"v2.public.", 16}, {"v3.local.", 16}, {"v3.public.", 16}, {"v4.local.", 16}, {"v4.public.", 16}, // PASETO
}

// begins are the characters that a scheme or a prefix begins with.
var begins = func() (set [256]bool) {
	for _, s := range schemes {
		set[s.name[0]], set[s.name[0]-'a'+'A'] = true, true
	}
	for _, p := range prefixes {
		set[p.text[0]] = true
	}
	return set
}()

// find is where the first secret in a text is that shows what it is.
func find(text string) (begin, end int, found bool) {
	f := finder{text: text}
	return f.next()
}

// finder goes through a text for the secrets that show what they are, one after the other, in a time that grows as the text
// does: what it has looked at before a secret it does not look at again behind it.
type finder struct {
	text     string
	at       int // the search goes on here
	searched int // up to here no JWT begins
	wordEnd  int // of the last word behind the name of a scheme
}

// next is where the next secret is.
func (f *finder) next() (begin, end int, found bool) {
	text := f.text
	if len(text)-f.at < len("eyJ..") { // which is the shortest
		return 0, 0, false
	}
	for i := f.at; i < len(text); i++ {
		if begin, end, found = f.secretAt(i); found {
			f.at = end
			return begin, end, true
		}
	}
	f.at = len(text)
	return 0, 0, false
}

// secretAt is where the secret is that begins here, or is announced here.
func (f *finder) secretAt(i int) (begin, end int, found bool) {
	text, c := f.text, f.text[i]
	switch {
	case c == ':' && strings.HasPrefix(text[i:], "://"):
		begin = i + len("://")
		if n := lengthOfUserInfo(text[begin:]); n >= 0 && strings.Contains(text[begin:begin+n], ":") {
			return begin, begin + n, true
		}
	case c == '-' && strings.HasPrefix(text[i:], pem):
		if end, found = endOfPrivateKey(text, i); found {
			return i, end, true
		}
	case c == 'e' && i >= f.searched && beginsJWT(text[i:]):
		if end, found = endOfJWT(text, i); found {
			return i, end, true
		}
		f.searched = end
	}
	if !begins[c] || i > 0 && isWord(text[i-1]) {
		return 0, 0, false
	}
	if begin, end, found = keyAt(text, i); found {
		return begin, end, true
	}
	return afterScheme(text, i, &f.wordEnd)
}

const pem = "-----BEGIN "

// endOfPrivateKey is where the private key ends that begins here (RFC 7468).
func endOfPrivateKey(text string, begin int) (end int, found bool) {
	label, _, _ := strings.Cut(text[begin+len(pem):min(len(text), begin+longest)], "-----")
	if !strings.Contains(label, "PRIVATE KEY") { // that of PGP is a BLOCK
		return 0, false
	}
	if n := strings.Index(text[begin:], "-----END "+label+"-----"); n >= 0 {
		return begin + n + len("-----END -----") + len(label), true
	}
	return len(text), true
}

// jwts are what JWTs begin with: base64 of "{" and a quote, with white space between them or without.
var jwts = []string{"eyJ", "eyAi", "eyAg", "ewog", "ewoJ", "ewoi", "ewkJ", "ewki", "ew0K"}

func beginsJWT(text string) bool {
	return slices.ContainsFunc(jwts, func(head string) bool { return strings.HasPrefix(text, head) })
}

// endOfJWT is where the JWT (RFC 7519) ends that begins here. If there is none, no other one begins before that.
func endOfJWT(text string, begin int) (end int, found bool) {
	end = begin
	for range 2 {
		for end < len(text) && isToken(text[end]) && text[end] != '.' {
			end++
		}
		if end == len(text) || text[end] != '.' {
			return end, false
		}
		end++
	}
	return end + lengthOfToken(text[end:]), true
}

// keyAt is where the key is that has its prefix here. Of the address of a webhook it is what follows.
func keyAt(text string, at int) (begin, end int, found bool) {
	for _, p := range prefixes {
		rest, found := strings.CutPrefix(text[at:], p.text)
		if !found {
			continue
		}
		begin, n := at, lengthOfToken(rest)
		if strings.Contains(p.text, "/") {
			begin, n = at+len(p.text), indexOr(rest, urlEnds, len(rest))
		}
		if n >= p.least {
			return begin, at + len(p.text) + n, true
		}
	}
	return 0, 0, false
}

// between are the characters between the words of a text.
const between = " \t\r\n\"'`<>,()[]{}"

// afterScheme is where the credentials are of the scheme that is named here. wordEnd is the end of the word that was
// looked at last, which may have many names of schemes in it.
func afterScheme(text string, at int, wordEnd *int) (begin, end int, found bool) {
	for _, s := range schemes {
		if after := at + len(s.name); after < len(text) && strings.EqualFold(text[at:after], s.name) {
			for begin = after; begin < len(text) && strings.IndexByte(between+":+", text[begin]) >= 0; begin++ {
			}
			if begin >= *wordEnd {
				*wordEnd = begin + indexOr(text[begin:], between, len(text)-begin)
			}
			word := text[begin:*wordEnd]
			shown := strings.TrimRight(word[:min(len(word), longest)], ".:;!?")
			if begin == after || shown == "" || !s.looks(shown) {
				return 0, 0, false
			}
			return begin, begin + len(strings.TrimRight(word, ".:;!?")), true
		}
	}
	return 0, 0, false
}

// isUserInfo reports whether a word is a name and a password, as "Basic" is followed by (RFC 7617 section 2).
// It may have been cut.
func isUserInfo(word string) bool {
	word = strings.TrimRight(word, "=")
	plain, err := base64.RawStdEncoding.DecodeString(word)
	if err != nil {
		plain, err = base64.RawStdEncoding.DecodeString(word[:len(word)&^3])
	}
	isControl := func(c rune) bool { return c < ' ' || c == 0x7f }
	return err == nil && bytes.IndexByte(plain, ':') >= 0 && !bytes.ContainsFunc(plain, isControl)
}

// isOpaque reports whether a word is one for machines: long, with small letters, and with digits or many capitals.
func isOpaque(word string) bool {
	const shortest, many = 16, 5
	digits, capitals, small := 0, 0, 0
	for i := range len(word) {
		switch c := word[i]; {
		case '0' <= c && c <= '9':
			digits++
		case 'A' <= c && c <= 'Z':
			capitals++
		case 'a' <= c && c <= 'z':
			small++
		case !isToken(c) && c != '+' && c != '/' && c != '=':
			return false
		}
	}
	return len(word) >= shortest && small > 0 && (digits > 0 || capitals >= many)
}

// isNoWord reports whether a word is more than the letters that people write ("bearer certificates").
func isNoWord(word string) bool { return !harmless{words: true}.allows(word) }

// hasBearer reports whether a value speaks of bearers: in the values of headers and queries
// that is a credential, however it is spelled.
func hasBearer(value string) bool {
	const bearer = "bearer"
	for i := 0; i+len(bearer) <= len(value); i++ {
		if value[i]|0x20 == 'b' && strings.EqualFold(value[i:i+len(bearer)], bearer) {
			return true
		}
	}
	return false
}

// beginsWithScheme reports whether the value of a header is credentials as a whole.
func beginsWithScheme(value string) bool {
	name, word, found := strings.Cut(value, " ")
	if !found || word == "" {
		return false
	}
	isNamed := func(s scheme) bool { return strings.EqualFold(s.name, name) }
	return strings.EqualFold(name, "basic") || slices.ContainsFunc(schemes, isNamed) && !strings.ContainsAny(word, between)
}

// lengthOfToken is how long the word of base64url and dots is that begins here.
func lengthOfToken(text string) int {
	for i := range len(text) {
		if !isToken(text[i]) {
			return i
		}
	}
	return len(text)
}

func isToken(c byte) bool {
	return isWord(c) || c == '-' || c == '_' || c == '.' || c == '~'
}

func isWord(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' }
