// Package mask knows what no log may show: the one list of the names of secrets, and the
// one table of what a secret looks like (looks.go), for headers, queries, paths and the texts of
// errors. All that dram logs goes through it; users find it as dram.MaskHeader and dram.MaskQuery.
// See docs/internals/02-default.md.
//
// A name is compared without its case and with its words apart: access_token,
// Access-Token, accessToken, access.token and user[access_token] are the same.
// It is better to hide a value that is not a secret than to print one that is.
package mask

import "bytes"

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

// secretWords make a name a secret's if they are one of its words, secretNames if they are all of it: the words alone are too
// common. Beside those that other things have as well stands what is harmless.
var (
	secretWords = map[string]harmless{
		"pw": {}, "psw": {}, "pin": {}, "otp": {}, "totp": {}, "sig": {}, "sid": {}, "pat": {}, "mfa": {}, "2fa": {},
		"key": plain, "cert": plain, "vault": plain, "tokens": counted, "pass": {digits: 4},
	}
	secretNames = map[string]harmless{
		"user-code": {}, "device-code": {}, "x-honeycomb-team": {}, "code": plain, "ticket": plain, "reset": plain, "magic": plain,
	}
	plain   = harmless{digits: 5, words: true}
	counted = harmless{digits: 9}
)

// longestName is the longest name that is looked at; a longer one is a secret's.
const longestName = 128

// IsSecret reports whether what has this name (a header, a field, a param) is for nobody's log.
func IsSecret(name string) bool {
	_, isSecret := besides(name)
	return isSecret
}

// besides is what may stand beside a secret's name without being secret: nothing, but for common names.
func besides(name string) (allowed harmless, isSecret bool) {
	if len(name) > longestName {
		return harmless{}, true
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
		if upper && i > 0 && (isSmall(name[i-1]) || isLetter(name[i-1]) && i+1 < len(name) && isSmall(name[i+1])) { // dbPass, DBPass
			words = append(words, '-')
		}
		joined, words = append(joined, c), append(words, c)
	}
	allowed, isSecret = besidesWords(words)
	for _, part := range secretParts {
		if bytes.Contains(joined, part) && !(allowed == counted && string(part) == "token") {
			return described(words), true
		}
	}
	switch {
	case string(joined) == "oauth2" || string(joined) == "oauth": // oauth2: "invalid_grant"
		return plain, true
	case hasAuth(joined):
		return harmless{}, true
	}
	return allowed, isSecret
}

// described is what may stand beside a name that says something of a secret: token_count, password_length, token_type.
func described(words []byte) harmless {
	for _, end := range []string{"-count", "-length", "-type"} {
		if bytes.HasSuffix(words, []byte(end)) {
			return harmless{digits: 9, words: true}
		}
	}
	return harmless{}
}

func isSmall(c byte) bool { return 'a' <= c && c <= 'z' }

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

// besidesWords is besides for the words of a name, "-" between them.
func besidesWords(words []byte) (allowed harmless, isSecret bool) {
	if allowed, isSecret = secretNames[string(words)]; isSecret {
		return allowed, true
	}
	isSecret = bytes.HasPrefix(words, []byte("x-goog-")) || bytes.HasPrefix(words, []byte("cf-access-")) // gateways, of who the user is
	for len(words) > 0 {
		var word []byte
		word, words, _ = bytes.Cut(words, []byte{'-'})
		if beside, found := secretWords[string(word)]; found && (!isSecret || allowed != (harmless{})) {
			allowed, isSecret = beside, true
		}
	}
	return allowed, isSecret
}
