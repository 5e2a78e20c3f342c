package api

import (
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/profile"
)

// getProfile answers GET /profiles/{username}.
func (a *API) getProfile(c *dram.Context) error {
	p, err := a.profiles.Get(c.Request.Context(), c.Param("username"), who(c).ID)
	return a.showProfile(c, p, err)
}

// follow answers POST /profiles/{username}/follow.
func (a *API) follow(c *dram.Context) error {
	p, err := a.profiles.Follow(c.Request.Context(), c.Param("username"), who(c).ID)
	return a.showProfile(c, p, err)
}

// unfollow answers DELETE /profiles/{username}/follow.
func (a *API) unfollow(c *dram.Context) error {
	p, err := a.profiles.Unfollow(c.Request.Context(), c.Param("username"), who(c).ID)
	return a.showProfile(c, p, err)
}

func (a *API) showProfile(c *dram.Context, p profile.Profile, err error) error {
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, profileResponse{a.profileJSON(p)})
	return nil
}
