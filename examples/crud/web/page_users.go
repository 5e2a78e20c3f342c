package web

// This file is the pages of accounts: logging in and out, one's password, and for admins the
// list of all.

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"path"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/examples/crud/library"
)

// deeds are the buttons of forms that have nothing to fill in.
var deeds = map[string]string{"borrow": "Borrow it", "return": "Return it", "delete": "Delete it"}

// loginForm hands on where people were going, and again: what they have sent there.
func loginForm(values url.Values) form {
	hidden := url.Values{"next": {localPath(values.Get("next"))}, "again": values["again"]}
	return form{Title: "Log in", Action: "/login", Button: "Log in", Hidden: hidden, Fields: []field{
		{Name: "email", Label: "Email address", Type: "email", Auto: "username"},
		{Name: "password", Label: "Password", Type: "password", Auto: "current-password"},
	}}
}

func (w *Web) loginPage(c *dram.Context) error {
	f := loginForm(url.Values{"next": {c.Query("next")}}) // nothing else: a link must not fill a form
	if c.Query("next") != "" {
		f.Note = "Please log in first."
	}
	return w.show(c, f, nil, nil)
}

func (w *Web) logInForm(c *dram.Context) error {
	user, err := call(c, &credentials{}, w.logIn)
	values := c.Request.PostForm
	if err != nil {
		return w.show(c, loginForm(values), values, err)
	}
	next := localPath(values.Get("next"))
	if !values.Has("again") {
		return w.done(c, next, "Welcome, "+user.Name+".")
	}
	typed, _ := url.ParseQuery(values.Get("again")) // which we have written
	c.Set(userKey{}, user)
	w.page(c, http.StatusOK, "again.html", "Welcome back", form{Action: next, Fields: filled(next, typed), Hidden: typed, Button: cmp.Or(deeds[path.Base(next)], "Send it now")})
	return nil
}

func (w *Web) logoutForm(c *dram.Context) error {
	if err := session.From(c).LogOut(); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/books")
	return nil
}

var accountForm = form{Title: "Change your password", Action: "/account", Button: "Change it", Back: "/books", Fields: []field{
	{Name: "current", Label: "Current password", Type: "password", Auto: "current-password"},
	{Name: "password", Label: "The new one", Hint: "at least 8 characters", Type: "password", Auto: "new-password"},
}}

func (w *Web) accountPage(c *dram.Context) error { return w.show(c, accountForm, nil, nil) }

func (w *Web) passwordForm(c *dram.Context) error {
	if _, err := call(c, &passwordChange{}, w.setPassword); err != nil {
		return w.show(c, accountForm, nil, err)
	}
	return w.done(c, "/books", "Your password is changed. Everywhere else you are logged out.")
}

var userForm = form{Title: "Accounts", Action: "/users", Button: "Add", Fields: []field{
	{Name: "name", Label: "Name", Auto: "off"},
	{Name: "email", Label: "Email address", Type: "email", Auto: "off"},
	{Name: "role", Label: "Role", Options: []string{"reader", "editor", "admin"}},
	{Name: "password", Label: "Password", Hint: "at least 8 characters", Type: "password", Auto: "new-password"},
}}

func (w *Web) usersPage(c *dram.Context) error { return w.showUsers(c, userForm, nil) }

// showUsers shows all accounts, and the form for another one.
func (w *Web) showUsers(c *dram.Context, f form, failed error) error {
	users, err := w.store.Users(c)
	if err != nil {
		return err
	}
	f.Page, f.More = "users.html", users
	return w.show(c, f, c.Request.PostForm, failed)
}

func (w *Web) createUserForm(c *dram.Context) error {
	var in library.NewUser
	if _, err := call(c, &in, w.createUser); err != nil {
		return w.showUsers(c, userForm, err)
	}
	return w.done(c, "/users", in.Name+" has an account.")
}

func (w *Web) roleForm(c *dram.Context) error {
	user, err := call(c, &newRole{}, w.setRole)
	f := userForm // whose field role is another one
	if fault, ok := errors.AsType[*library.Fault](err); ok {
		f.Status, f.Error = statuses[fault.Kind], fault.Reason
	} else if wrong := binding.FieldErrors(err); wrong != nil && wrong[0].Field == "role" {
		f.Status, f.Error = http.StatusUnprocessableEntity, "The role "+wrong[0].Message+"."
	} else if err != nil {
		return err
	} else {
		return w.done(c, "/users", user.Name+" is now "+string(user.Role)+".")
	}
	return w.showUsers(c, f, nil)
}
