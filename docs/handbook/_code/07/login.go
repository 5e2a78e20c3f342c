package main

import (
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/middleware"
)

// logIn takes the form of the page.
func (a *app) logIn(c *dram.Context) error {
	var in struct {
		Name     string `form:"name" binding:"required,max=100"`
		Password string `form:"password" binding:"required,max=72"` // bcrypt reads no more
	}
	if err := c.ShouldBindAll(&in); err != nil {
		return err
	}
	if err := a.store.CheckPassword(c, in.Name, in.Password); err != nil {
		return err
	}
	if err := session.From(c).LogIn(in.Name); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

func (a *app) logOut(c *dram.Context) error {
	if err := session.From(c).LogOut(); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

// only lets users with a role pass. The role is looked up for each request, so that who
// loses it has lost it.
func (a *app) only(want string) dram.HandlerFunc {
	return dram.Try(func(c *dram.Context) error {
		user := middleware.ByUser(c)
		if user == "" {
			return dram.NewProblem(http.StatusUnauthorized, "Log in first.")
		}
		role, err := a.store.Role(c, user)
		if err != nil {
			return err
		}
		if role != want {
			return dram.NewProblem(http.StatusForbidden, "Only an "+want+" may do that.")
		}
		return nil
	})
}
