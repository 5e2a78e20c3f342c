package middleware

import (
	"cmp"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// BasicAuth asks for a name and a password, and asks a function whether they
// are right: for users in a database, with hashed passwords. dram.BasicAuth is
// for a few fixed accounts.

// BasicAuthConfig sets up BasicAuth. Verify must be set.
type BasicAuthConfig struct {
	// Verify reports whether the password is the user's. Spend the same time on
	// users that do not exist, by hashing the password all the same. An error
	// means that the password could not be checked: the client gets 500, and the
	// error is added to Context.Errors.
	Verify func(c *dram.Context, user, password string) (ok bool, err error)
	// Realm is the name that browsers show when they ask for a password. Default
	// "Restricted".
	Realm string
	// OnError answers with 401, or 500 when Verify fails; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg BasicAuthConfig) Validate() error {
	if cfg.Verify == nil {
		return misconfigured("BasicAuth", "Verify", "is nil, so no password could be checked; write a function, or use dram.BasicAuth for fixed accounts")
	}
	if !httpfield.IsQuotable(cfg.Realm) {
		return misconfigured("BasicAuth", "Realm", "%q cannot stand in a header; write printable ASCII without quotes", cfg.Realm)
	}
	return nil
}

// BasicAuth refuses requests without a valid name and password, with 401 and a
// challenge (RFC 7617); two headers are none. The name of an authenticated user is stored under
// dram.AuthUserKey. Passwords are sent in plain text: use it over HTTPS only.
func BasicAuth(cfg BasicAuthConfig) dram.HandlerFunc {
	must(cfg.Validate())
	realm := cmp.Or(cfg.Realm, "Restricted")
	challenge := `Basic realm="` + realm + `", charset="UTF-8"`
	return func(c *dram.Context) {
		user, password, ok := c.Request.BasicAuth()
		var err error
		if ok = ok && httpfield.Only(c.Request.Header["Authorization"]) != ""; ok {
			ok, err = cfg.Verify(c, user, password)
		}
		switch {
		case err != nil:
			cfg.OnError.Fail(c, http.StatusInternalServerError, "the password cannot be checked at the moment", err)
		case !ok:
			c.Header("WWW-Authenticate", challenge)
			refuse(c, cfg.OnError, http.StatusUnauthorized, "a valid name and password are needed")
		default:
			c.Set(dram.AuthUserKey, user)
		}
	}
}
