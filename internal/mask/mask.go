// Package mask knows what no log may show: the one list of the names of secrets, and the
// one table of what a secret looks like (looks.go), for headers, queries, paths and the texts of
// errors. All that dram logs goes through it; users find it as dram.MaskHeader and dram.MaskQuery.
// See docs/internals/02-default.md.
//
// A name is compared without its case and with its words apart: access_token,
// Access-Token, accessToken, access.token and user[access_token] are the same.
// It is better to hide a value that is not a secret than to print one that is.
package mask

import (
	"bytes"
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
