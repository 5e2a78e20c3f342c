package web

// This file is who asks: logging in and out, and the layers that find out and let a role pass.

import (
	"context"
	"errors"
	"strconv"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/typed"
)

// credentials are the body of a log-in.
type credentials struct {
	Email    string `json:"email" form:"email" binding:"required" example:"reader@example.com"`
	Password string `json:"password" form:"password" binding:"required" example:"dram-demo"`
}

// logIn begins a session if the password is right. An address that nobody has takes as long
// as a wrong password.
func (w *Web) logIn(ctx context.Context, in *credentials) (library.User, error) {
	user, err := w.store.UserByEmail(ctx, library.Address(in.Email))
	if err != nil && !errors.Is(err, library.NotFound) {
		return library.User{}, err
	}
	if ok, err := user.HasPassword(ctx, in.Password); err != nil {
		return library.User{}, err
	} else if !ok {
		return library.User{}, library.ErrLogIn
	}
	return user, begin(ctx, user)
}

// begin begins a session under a new id: one that was planted in the browser before is worth
// nothing. It is good as long as the password stays.
func begin(ctx context.Context, user library.User) error {
	s := session.From(typed.Context(ctx))
	err := s.LogIn(strconv.FormatInt(user.ID, 10))
	if err == nil {
		s.Put("proof", proof(user))
	}
	return err
}

func proof(user library.User) string { return user.PasswordHash[len(user.PasswordHash)-12:] }

type userKey struct{} // a type of its own: "user" is dram.AuthUserKey

// identify finds out who asks; nobody is fine. The account is read for each request, so that
// a change of it counts at once.
func (w *Web) identify(c *dram.Context) {
	s := session.From(c)
	id, err := strconv.ParseInt(s.User(), 10, 64)
	if err != nil {
		return
	}
	user, err := w.store.User(c, id)
	switch {
	case err == nil && s.GetString("proof") == proof(user):
		c.Set(userKey{}, user)
	case err == nil, errors.Is(err, library.NotFound): // the account, or its password, is another by now
		_ = s.LogOut() // should the store refuse that, they are nobody all the same
	default:
		c.Fail(err)
	}
}

// currentUser is the user that identify has found, or the zero User, who can nothing.
func currentUser(ctx context.Context) library.User {
	user, _ := ctx.Value(userKey{}).(library.User)
	return user
}

// needs is the layer of what is not for everyone.
func needs(role library.Role) dram.HandlerFunc {
	return func(c *dram.Context) { c.Fail(currentUser(c).Needs(role)) }
}

// only is a group of the API that is not for everyone.
func (w *Web) only(api *typed.API, role library.Role) *typed.Group {
	name := session.DefaultName
	if !w.Secure {
		name = session.InsecureName
	}
	group := api.Group("", typed.Security(typed.APIKey("session", "cookie", name)), answers(library.LoggedOut, library.Forbidden))
	group.Use(needs(role), w.once) // in this order: who may not, gets no answer of before
	return group
}
