package main

// This file holds who is logged in: the rows behind the cookie, the cookie, and
// the middleware that lets a role pass. The token is known to the browser alone;
// the table keeps its hash, so that whoever reads the table cannot log in with it.

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/dram-go/dram"
)

const sessionCookie = "session"

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// CreateSession logs the user in for ttl and returns the token for the cookie.
func (q Queries) CreateSession(ctx context.Context, user User, ttl time.Duration) (string, error) {
	token := rand.Text()
	_, err := q.exec(ctx, "INSERT INTO sessions (token_hash, user_id, expires_at) VALUES (?, ?, ?)",
		hash(token), user.ID, now().Add(ttl))
	return token, err
}

const sessionQuery = "SELECT " + userColumns + " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ? AND s.expires_at > ?"

// SessionUser returns whose token this is, or sql.ErrNoRows. The role is read at
// each request, so that a change of it counts at once.
func (q Queries) SessionUser(ctx context.Context, token string) (User, error) {
	return scanUser(q.row(ctx, sessionQuery, hash(token), now()))
}

// DeleteSession logs the token's user out.
func (q Queries) DeleteSession(ctx context.Context, token string) error {
	_, err := q.exec(ctx, "DELETE FROM sessions WHERE token_hash = ?", hash(token))
	return err
}

const expiredSessions = "DELETE FROM sessions WHERE expires_at <= ?"

// logIn checks the password and starts a session under a new token: one that was
// planted in the browser before is worth nothing. The error is a Refusal when
// the credentials are wrong or too many were tried.
func (a *App) logIn(c *dram.Context, in credentials) (User, error) {
	email := strings.ToLower(clean(in.Email))
	if wait := a.throttle.take(c.ClientIP(), email); wait > 0 {
		return User{}, &Refusal{Kind: TooMany, Reason: "Too many attempts to log in. Wait a minute.", Wait: wait}
	}
	user, ok, err := a.store.Authenticate(c.Request.Context(), email, in.Password)
	if err != nil {
		return User{}, err
	}
	if !ok {
		return User{}, &Refusal{Kind: Unknown, Reason: "Wrong email address or password."}
	}
	a.throttle.clear(c.ClientIP(), email)
	if err := a.logOut(c); err != nil {
		return User{}, err
	}
	token, err := a.store.CreateSession(c.Request.Context(), user, a.config.SessionTTL)
	a.setCookie(c, sessionCookie, token, int(a.config.SessionTTL/time.Second))
	return user, err
}

// logOut deletes the session, in the table and in the browser.
func (a *App) logOut(c *dram.Context) error {
	token, err := c.Cookie(sessionCookie)
	if err != nil {
		return nil // no cookie, no session
	}
	a.setCookie(c, sessionCookie, "", -1)
	return a.store.DeleteSession(c.Request.Context(), token)
}

// setCookie sets a cookie that scripts cannot read and other sites cannot make
// the browser send along with a POST. A maxAge below 0 deletes it.
func (a *App) setCookie(c *dram.Context, name, value string, maxAge int) {
	c.SetCookieData(&http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: a.config.Secure() || c.Scheme() == "https"})
}

const userKey = "user"

// identify finds out who asks; nobody is fine.
func (a *App) identify(c *dram.Context) {
	token, err := c.Cookie(sessionCookie)
	if err != nil {
		return
	}
	user, err := a.store.SessionUser(c.Request.Context(), token)
	switch {
	case err == nil:
		c.Set(userKey, user)
	case !errors.Is(err, sql.ErrNoRows):
		c.Fail(err)
	}
}

// currentUser is the user that identify found, or the zero User, who can nothing.
func currentUser(c *dram.Context) User {
	user, _ := c.Get(userKey)
	u, _ := user.(User)
	return u
}

// needs is the middleware of the groups that are not for everyone.
func needs(role Role) dram.HandlerFunc {
	return func(c *dram.Context) {
		user := currentUser(c)
		switch {
		case user.Can(role):
		case user.ID != 0:
			c.Fail(dram.NewProblem(http.StatusForbidden, "This needs the role "+string(role)+", and yours is "+string(user.Role)+"."))
		default:
			c.Fail(dram.NewProblem(http.StatusUnauthorized, "Log in first: POST /api/session."))
		}
	}
}
