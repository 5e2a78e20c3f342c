package mask

import (
	"slices"
	"strings"
)

// This file tells the sentences of errors from the secrets in them: "session: not found" has the name of a
// secret, and none.

// isSentence reports whether what follows the name of a secret goes on with the sentence that the name is in.
func isSentence(name, sign, value string, isQuoted bool) bool {
	isEnclosed := strings.IndexByte("\"'`[{(\\", value[0]) >= 0
	switch {
	case value[0] == '=': // token == nil
		return true
	case !isQuoted && slices.Contains(secretNames, strings.ToLower(name)): // code = NotFound
		return true
	case strings.Contains(sign, "="):
		return false
	case isQuoted: // parsing "token": invalid syntax
		return !isEnclosed
	case isEnclosed, isCredentialHeader(name):
		return false
	}
	value = value[:min(len(value), longest)]
	word := value[:indexOr(value, between, len(value))]
	return !isOpaque(word) && !(isNoWord(name) && strings.ContainsAny(word, "0123456789"))
}

// isNoWord reports whether the name of a secret is none that sentences have (db_password, X-Api-Key), or that of a password.
func isNoWord(name string) bool {
	return strings.ContainsAny(name, "-_") || strings.Contains(strings.ToLower(name), "passw")
}

// isCredentialHeader reports whether a name is that of a header of credentials, to the end of whose line they go.
func isCredentialHeader(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie", "set-cookie":
		return true
	}
	return false
}
