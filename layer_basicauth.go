package dram

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is a layer of the onion: HTTP Basic authentication (RFC 7617). A
// request without a known name and password does not get to the layers inside.
// See docs/internals/09-onion.md.

const (
	// AuthUserKey is the key of the Context that BasicAuth sets to the user's name.
	AuthUserKey = "user"
	// AuthProxyUserKey is the key of the Context that BasicAuthForProxy sets to
	// the user's name.
	AuthProxyUserKey = "proxy_user"
)

// maxCredentials is the longest header, in bytes, that is looked into.
const maxCredentials = 8 << 10

// Accounts maps names to passwords.
type Accounts map[string]string

// account is a user's name and the hash of "name:password".
type account struct {
	user string
	hash [sha256.Size]byte
}

// BasicAuth asks for a name and a password of accounts, and answers 401 without
// them. The user's name is then found under AuthUserKey. It panics if accounts
// is empty, or if a name is empty or holds a colon.
//
// Two headers are none: a server behind this one might take the other. Passwords go over the wire as they are: serve over TLS.
func BasicAuth(accounts Accounts) HandlerFunc { return BasicAuthForRealm(accounts, "") }

// BasicAuthForRealm is like BasicAuth, for a realm of its own, which the client may
// show; "" is "Authorization Required".
func BasicAuthForRealm(accounts Accounts, realm string) HandlerFunc {
	return basicAuth(accounts, basicAuthKind{
		realm:  cmp.Or(realm, "Authorization Required"),
		header: "Authorization", challenge: "WWW-Authenticate",
		status: http.StatusUnauthorized, key: AuthUserKey,
	})
}

// BasicAuthForProxy is like BasicAuth, for a proxy (RFC 9110 section 11.7): it reads
// Proxy-Authorization, answers 407, and sets AuthProxyUserKey. The realm "" is
// "Proxy Authorization Required".
func BasicAuthForProxy(accounts Accounts, realm string) HandlerFunc {
	return basicAuth(accounts, basicAuthKind{
		realm:  cmp.Or(realm, "Proxy Authorization Required"),
		header: "Proxy-Authorization", challenge: "Proxy-Authenticate",
		status: http.StatusProxyAuthRequired, key: AuthProxyUserKey,
	})
}

// basicAuthKind is in what a server's and a proxy's authentication differ.
type basicAuthKind struct {
	realm, header, challenge string
	status                   int
	key                      string
}

func basicAuth(accounts Accounts, kind basicAuthKind) HandlerFunc {
	known := hashAccounts(accounts)
	challenge := "Basic realm=" + strconv.Quote(kind.realm)
	return func(c *Context) {
		user, found := findAccount(known, httpfield.Only(c.Request.Header[kind.header]))
		if !found {
			c.Writer.Header().Set(kind.challenge, challenge) // whoever answers
			if c.errorFunc() != nil {
				c.Fail(NewProblem(kind.status, ""))
			} else {
				c.failBare(kind.status)
			}
			return
		}
		c.Set(kind.key, user)
	}
}

func hashAccounts(accounts Accounts) []account {
	if len(accounts) == 0 {
		panic("dram: BasicAuth without accounts would let nobody in: pass at least one")
	}
	known := make([]account, 0, len(accounts))
	for user, password := range accounts {
		if user == "" || strings.Contains(user, ":") {
			panic("dram: BasicAuth user name " + strconv.Quote(user) + " must not be empty nor hold a colon (RFC 7617)")
		}
		known = append(known, account{user, sha256.Sum256([]byte(user + ":" + password))})
	}
	return known
}

// findAccount compares the hash of what the header says with that of each
// account, so that neither an unknown name, nor the length of a password, nor
// how much of it is right, can be told from the time that it takes.
func findAccount(known []account, header string) (user string, found bool) {
	hash := sha256.Sum256(credentials(header))
	index := -1
	for i := range known {
		equal := subtle.ConstantTimeCompare(hash[:], known[i].hash[:])
		index = subtle.ConstantTimeSelect(equal, i, index)
	}
	if index < 0 {
		return "", false
	}
	return known[index].user, true
}

// credentials is the "name:password" of a Basic header; nil, which is nobody's,
// if it is none. The scheme's case does not matter (RFC 9110 section 11.1).
func credentials(header string) []byte {
	const scheme = "basic "
	if len(header) > maxCredentials || len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return nil
	}
	pair, err := base64.StdEncoding.DecodeString(strings.TrimLeft(header[len(scheme):], " "))
	if err != nil {
		return nil
	}
	return pair
}
