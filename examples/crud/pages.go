package main

// This file is what all pages share, and logging in and out. The pages are plain
// HTML in web: forms and links, no script.

import (
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/dram-go/dram"
)

var styleVersion = hash(string(styleSheet))[:8]

// page is what every template gets.
type page struct {
	Title string
	User  User // zero: nobody is logged in
	Flash string
	Here  string // the path with its query, to come back to after logging in
	Style string // changes when the style sheet does, so that it can be cached
	Demo  bool   // show the accounts to log in with
	Data  any
}

var pageFuncs = template.FuncMap{
	"date": func(t time.Time) string { return t.Format("2 Jan 2006") },
}

// page renders a page, with the message that the request before left for it.
func (a *App) page(c *dram.Context, status int, name, title string, data any) {
	c.Header("Cache-Control", "no-store") // they show who is logged in
	c.HTML(status, name, page{Title: title, User: currentUser(c), Flash: a.takeFlash(c), Here: c.Request.URL.RequestURI(),
		Style: styleVersion, Demo: a.config.Demo, Data: data})
}

const flashCookie = "flash"

// flash keeps a message for the next page. It is only ever shown as text.
func (a *App) flash(c *dram.Context, message string) {
	a.setCookie(c, flashCookie, base64.RawURLEncoding.EncodeToString([]byte(message)), 60)
}

func (a *App) takeFlash(c *dram.Context) string {
	value, err := c.Cookie(flashCookie)
	if err != nil {
		return ""
	}
	a.setCookie(c, flashCookie, "", -1)
	message, _ := base64.RawURLEncoding.DecodeString(value)
	return string(message)
}

// done leaves a message and goes on to another page, as a form does after it
// worked: reloading that page repeats nothing.
func (a *App) done(c *dram.Context, location, message string) {
	a.flash(c, message)
	c.Redirect(http.StatusSeeOther, location)
}

// loginView is the data of login.html.
type loginView struct {
	Email, Next, Error string
}

func (a *App) loginPage(c *dram.Context) {
	a.page(c, http.StatusOK, "login.html", "Log in", loginView{Next: localPath(c.Query("next"))})
}

func (a *App) loginForm(c *dram.Context) error {
	var in struct {
		credentials
		Next string `form:"next"`
	}
	if err := c.ShouldBindAll(&in); err != nil {
		return err
	}
	user, err := a.logIn(c, in.credentials)
	if no, refused := errors.AsType[*Refusal](err); refused {
		a.page(c, statuses[no.Kind], "login.html", "Log in", loginView{in.Email, localPath(in.Next), no.Reason})
		return nil
	}
	if err != nil {
		return err
	}
	a.done(c, localPath(in.Next), "Welcome, "+user.Name+".")
	return nil
}

func (a *App) logoutForm(c *dram.Context) error {
	if err := a.logOut(c); err != nil {
		return err
	}
	a.done(c, "/books", "You are logged out.")
	return nil
}

// localPath lets nobody send people elsewhere by a link to our log-in.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\t\r\n") {
		return "/books"
	}
	return next
}
