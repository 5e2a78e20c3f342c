package web

// This file is the API of accounts, and of one's own: the session and its password.

import (
	"context"

	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/typed"
)

func (w *Web) createSession(ctx context.Context, in *credentials) (typed.Created[library.User], error) {
	user, err := w.logIn(ctx, in)
	return typed.Created[library.User]{Location: "/api/session", Body: user}, err
}

func (w *Web) getSession(ctx context.Context, _ *struct{}) (library.User, error) {
	return currentUser(ctx), nil
}

func (w *Web) deleteSession(ctx context.Context, _ *struct{}) (typed.NoContent, error) {
	return typed.NoContent{}, session.From(typed.Context(ctx)).LogOut()
}

// passwordChange is the body of a change of one's password.
type passwordChange struct {
	Current string `json:"current" form:"current" binding:"required"`
	library.NewPassword
}

// setPassword ends all other sessions of the account.
func (w *Web) setPassword(ctx context.Context, in *passwordChange) (typed.NoContent, error) {
	if err := in.Clean(); err != nil {
		return typed.NoContent{}, err
	}
	user := currentUser(ctx)
	ok, err := user.HasPassword(ctx, in.Current)
	if err == nil && !ok {
		err = library.ErrPassword
	}
	if err == nil {
		user, err = w.store.SetPassword(ctx, user, in.Password)
	}
	if err == nil {
		err = begin(ctx, user)
	}
	return typed.NoContent{}, err
}

func (w *Web) listUsers(ctx context.Context, _ *struct{}) (List[library.User], error) {
	users, err := w.store.Users(ctx)
	return List[library.User]{Items: users}, err
}

func (w *Web) createUser(ctx context.Context, in *library.NewUser) (library.User, error) {
	if err := in.Clean(); err != nil {
		return library.User{}, err
	}
	return w.store.CreateUser(ctx, *in)
}

type newRole struct {
	byID
	Role library.Role `json:"role" form:"role" binding:"required,enum"`
}

func (w *Web) setRole(ctx context.Context, in *newRole) (library.User, error) {
	return w.store.SetRole(ctx, in.ID, in.Role)
}
