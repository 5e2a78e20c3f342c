package api

import (
	"errors"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

// need says what a route asks of the token of a request.
type need int

const (
	ignored  need = iota // none, or one that does not hold: the same as nobody
	optional             // none: nobody; one that does not hold: 401
	required             // none, or one that does not hold: 401
)

// viewer is who asks. The zero value is nobody.
type viewer struct {
	user.User
	token string
}

type viewerKey struct{}

// who returns the viewer that session found.
func who(c *dram.Context) viewer {
	v, _ := c.Get(viewerKey{})
	found, _ := v.(viewer)
	return found
}

// session finds out who asks, for the handlers after it, or refuses.
func (a *API) session(n need) dram.HandlerFunc {
	return func(c *dram.Context) {
		c.Header("Cache-Control", "no-store") // it is for who asks, and may hold their token
		v, err := a.identify(c)
		var refusal *fault.Error
		if errors.As(err, &refusal) && n == ignored {
			err = nil
		}
		if err == nil && n == required && v.ID == 0 {
			err = fault.New(fault.Unauthenticated, "token", "is missing")
		}
		if err != nil {
			c.Fail(err)
			return
		}
		c.Set(viewerKey{}, v)
		c.Next()
	}
}

// identify reads the token and looks its user up, so that a token outlives neither its
// time nor its user, nor the password that it was given for. Without a token it returns nobody.
func (a *API) identify(c *dram.Context) (viewer, error) {
	token := auth.FromHeader(c.GetHeader("Authorization"))
	if token == "" {
		return viewer{}, nil
	}
	id, mark, err := a.tokens.Read(token)
	if err != nil {
		return viewer{}, fault.New(fault.Unauthenticated, "token", "is invalid")
	}
	u, err := a.users.ByID(c.Request.Context(), id)
	var refusal *fault.Error
	if errors.As(err, &refusal) || err == nil && mark != a.tokens.Mark(u.PasswordHash) {
		return viewer{}, fault.New(fault.Unauthenticated, "token", "is invalid")
	}
	return viewer{u, token}, err
}
