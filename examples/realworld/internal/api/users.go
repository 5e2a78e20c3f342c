package api

import (
	"errors"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

// register answers POST /users.
func (a *API) register(c *dram.Context) error {
	var in struct {
		User user.Registration `json:"user"`
	}
	if err := bind(c, &in, in.User.Check); err != nil {
		return err
	}
	hash, err := a.hasher.Hash(c.Request.Context(), in.User.Password)
	if err != nil {
		return err
	}
	u := user.User{Username: in.User.Username, Email: in.User.Email, PasswordHash: hash}
	if err := a.users.Create(c.Request.Context(), &u); err != nil {
		return err
	}
	return a.welcome(c, http.StatusCreated, u)
}

// login answers POST /users/login.
func (a *API) login(c *dram.Context) error {
	var in struct {
		User struct {
			Email    string `json:"email"`
			Password string `json:"password"`
		} `json:"user"`
	}
	if err := c.ShouldBindJSON(&in); err != nil {
		return err
	}
	var wrong fault.List
	wrong.Blank("email", in.User.Email)
	wrong.Blank("password", in.User.Password)
	if err := wrong.Err(); err != nil {
		return err
	}
	u, err := a.users.ByEmail(c.Request.Context(), in.User.Email)
	var unknown *fault.Error
	if err != nil && !errors.As(err, &unknown) {
		return err
	}
	// Someone unknown has no hash: Verify takes its time and refuses.
	err = a.hasher.Verify(c.Request.Context(), u.PasswordHash, in.User.Password)
	if errors.Is(err, auth.ErrMismatch) {
		return fault.New(fault.Unauthenticated, "credentials", "invalid")
	}
	if err != nil {
		return err
	}
	return a.welcome(c, http.StatusOK, u)
}

// welcome answers with the user and a new token.
func (a *API) welcome(c *dram.Context, status int, u user.User) error {
	token, err := a.tokens.Issue(u.ID, u.PasswordHash)
	if err != nil {
		return err
	}
	c.JSON(status, a.userJSON(u, token))
	return nil
}

// currentUser answers GET /user.
func (a *API) currentUser(c *dram.Context) error {
	v := who(c)
	c.JSON(http.StatusOK, a.userJSON(v.User, v.token))
	return nil
}

// updateUser answers PUT /user: with a new token if the password is new, since that ends the others.
func (a *API) updateUser(c *dram.Context) error {
	var in struct {
		User user.Change `json:"user"`
	}
	if err := bind(c, &in, in.User.Check); err != nil {
		return err
	}
	v, hash := who(c), ""
	if password, ok := in.User.Password.Get(); ok {
		var err error
		if hash, err = a.hasher.Hash(c.Request.Context(), password); err != nil {
			return err
		}
	}
	u, err := a.users.Update(c.Request.Context(), v.User, in.User, hash)
	if err != nil {
		return err
	}
	if hash != "" {
		return a.welcome(c, http.StatusOK, u)
	}
	c.JSON(http.StatusOK, a.userJSON(u, v.token))
	return nil
}
