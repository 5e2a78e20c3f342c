// Package mask knows what no log may show: the one list of the names of secrets, in
// headers and in queries. Logger, Recovery's report, debug lines and inspection ask
// it; users find it as dram.MaskHeader and dram.MaskQuery. See docs/internals/02-default.md.
//
// A name is compared without its case and with its words apart: access_token,
// Access-Token, accessToken, access.token and user[access_token] are the same.
// It is better to hide a value that is not a secret than to print one that is.
package mask

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
)

// masked stands in a log for what is not shown.
const masked = "*"

// secretParts make a name a secret's wherever they stand in it, its words joined.
var secretParts = [][]byte{
	[]byte("token"), []byte("secret"), []byte("passw"), []byte("passphrase"), []byte("passcode"), []byte("pwd"),
	[]byte("apikey"), []byte("accesskey"), []byte("privatekey"), []byte("authoriz"), []byte("authoris"),
	[]byte("credential"), []byte("signature"), []byte("hmac"), []byte("assertion"), []byte("jwt"), []byte("saml"),
	[]byte("session"), []byte("sessid"), []byte("cookie"), []byte("csrf"), []byte("xsrf"),
	[]byte("bearer"), []byte("macaroon"), []byte("wsse"), []byte("oidc"), []byte("dpop"), []byte("codeverifier"),
	[]byte("clientcert"), []byte("clientprincipal"), []byte("creds"), []byte("magiclink"), []byte("websocketprotocol"),
	[]byte("verificationcode"), []byte("recoverycode"), []byte("invitecode"), []byte("oobcode"), []byte("securitycode"),
	[]byte("confirmationcode"), []byte("resetcode"), []byte("logincode"), []byte("backupcode"), []byte("mfacode"),
	[]byte("accesscode"), []byte("activationcode"), []byte("unlockcode"), []byte("smscode"), []byte("emailcode"), []byte("onetimecode"),
	[]byte("otpcode"), []byte("pincode"), []byte("passkey"), []byte("twofactor"),
}

// secretWords make a name a secret's if they are one of its words.
var secretWords = [][]byte{
	[]byte("key"), []byte("pass"), []byte("pw"), []byte("psw"), []byte("pin"), []byte("otp"), []byte("totp"),
	[]byte("sig"), []byte("sid"), []byte("cert"), []byte("pat"), []byte("mfa"), []byte("2fa"), []byte("vault"),
}

// secretNames are secrets' names as a whole: the words alone are too common.
var secretNames = []string{"code", "user-code", "device-code", "ticket", "x-honeycomb-team", "reset", "magic"}

// secretFamilies are what the names of the headers of gateways begin with that
// tell who the user is.
var secretFamilies = []string{"x-goog-", "cf-access-"}

// longestName is the longest name that is looked at; a longer one is a secret's.
const longestName = 128

// IsSecret reports whether what has this name (a header, a field, a param) is for nobody's log.
func IsSecret(name string) bool {
	if len(name) > longestName {
		return true
	}
	var joinedBuf, wordsBuf [2 * longestName]byte
	joined, words := joinedBuf[:0], wordsBuf[:0]
	for i := range len(name) {
		c := name[i]
		upper := 'A' <= c && c <= 'Z'
		if upper {
			c += 'a' - 'A'
		}
		if c < '0' || '9' < c && c < 'a' || 'z' < c && c < 0x80 { // "-", "_", ".", "[" …
			words = append(words, '-')
			continue
		}
		if upper && i > 0 && 'a' <= name[i-1] && name[i-1] <= 'z' { // accessToken
			words = append(words, '-')
		}
		joined, words = append(joined, c), append(words, c)
	}
	for _, part := range secretParts {
		if bytes.Contains(joined, part) {
			return true
		}
	}
	return hasAuth(joined) || hasSecretWord(words)
}

// hasAuth reports whether a name speaks of authentication: "auth", but not as a
// part of "author" and "authority".
func hasAuth(joined []byte) bool {
	for {
		_, rest, found := bytes.Cut(joined, []byte("auth"))
		if !found {
			return false
		}
		if !bytes.HasPrefix(rest, []byte("or")) {
			return true
		}
		joined = rest
	}
}

// hasSecretWord looks at the words of a name, "-" between them.
func hasSecretWord(words []byte) bool {
	equals := func(name string) bool { return string(words) == name }
	begins := func(family string) bool { return strings.HasPrefix(string(words), family) }
	if slices.ContainsFunc(secretNames, equals) || slices.ContainsFunc(secretFamilies, begins) {
		return true
	}
	for len(words) > 0 {
		var word []byte
		word, words, _ = bytes.Cut(words, []byte{'-'})
		for _, secret := range secretWords {
			if bytes.Equal(word, secret) {
				return true
			}
		}
	}
	return false
}

// Header is dram.MaskHeader.
func Header(name, value string) string {
	if IsSecret(name) || isCredential(value) {
		return masked
	}
	return URLs(maskPairs(value, "& \t\"<>", maxNested))
}

// Query is dram.MaskQuery.
func Query(rawQuery string) string { return maskPairs(rawQuery, "&", maxNested) }

// isCredential reports whether a value shows that it is one, whatever its name.
func isCredential(value string) bool {
	const basic = "basic "
	if len(value) > len(basic) && strings.EqualFold(value[:len(basic)], basic) {
		return true
	}
	if _, jwt, found := strings.Cut(value, "eyJ"); found && strings.Count(jwt, ".") >= 2 { // {" in base64
		return true
	}
	const bearer = "bearer"
	for i := 0; i+len(bearer) <= len(value); i++ {
		if strings.EqualFold(value[i:i+len(bearer)], bearer) {
			return true
		}
	}
	return false
}

// URLs masks the secrets in the URLs of a text: names and passwords in front of
// hosts, and what Query masks. Errors of http.Client quote whole URLs.
func URLs(text string) string {
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
		end := indexOr(rest, " \t\n\"'<>", len(rest))
		out.WriteString("://" + maskURL(rest[:end]))
		text = rest[end:]
	}
}

// maskURL masks the secrets of a URL, its scheme taken away.
func maskURL(address string) string {
	query := ""
	if mark := indexOr(address, "?#", -1); mark >= 0 {
		address, query = address[:mark+1], maskPairs(address[mark+1:], "&", maxNested)
	}
	if host := address[:indexOr(address, "/?#", len(address))]; strings.Contains(host, "@") {
		address = masked + address[strings.LastIndexByte(host, '@'):]
	}
	return address + query
}

// indexOr is where one of chars stands first in s, or else what or says.
func indexOr(s, chars string, or int) int {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return i
	}
	return or
}

// What a client sends bounds neither the pairs of a query nor how often one is
// escaped inside another.
const (
	maxPairs  = 512
	maxNested = 4
)

// maskPairs masks the values of the pairs name=value in text whose names are
// secrets'. A value ends at one of ends, or is a query itself, escaped so often.
func maskPairs(text, ends string, nested int) string {
	var out strings.Builder
	kept := 0 // up to here text has been written
	for start, pairs := 0, 0; start < len(text); pairs++ {
		if pairs == maxPairs {
			return out.String() + text[kept:start] + masked
		}
		end := start + strings.IndexAny(text[start:], "=?&;#")
		if end < start {
			break
		}
		if text[end] != '=' {
			start = end + 1
			continue
		}
		value := end + 1
		stop := len(text)
		if n := strings.IndexAny(text[value:], ends); n >= 0 {
			stop = value + n
		}
		if !isSecretPair(text[start:end], text[value:stop], nested) {
			start = value
			continue
		}
		out.WriteString(text[kept:value] + masked)
		start, kept = stop, stop
	}
	if kept == 0 {
		return text
	}
	out.WriteString(text[kept:])
	return out.String()
}

// isSecretPair reports whether a pair of a query holds a secret: by its name, by
// what its value is, or in the URL that its value is. What cannot be unescaped
// could be anything.
func isSecretPair(name, value string, nested int) bool {
	if strings.ContainsAny(name, "%+") {
		plain, err := url.QueryUnescape(name)
		if err != nil {
			return true
		}
		name = plain
	}
	if IsSecret(strings.TrimSpace(name)) || isCredential(value) {
		return true
	}
	if !strings.Contains(value, "%") {
		return false
	}
	plain, err := url.QueryUnescape(value)
	return err != nil || nested == 0 || plain != maskPairs(plain, "&", nested-1)
}
