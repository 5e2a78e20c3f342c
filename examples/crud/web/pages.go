package web

// This file is what all pages share. They are plain HTML in templates: forms and links, no
// script. A form is described by its fields, once, and shown by form.html.

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/crud/library"
)

var styleVersion = func() string {
	sum := sha256.Sum256(styleSheet)
	return hex.EncodeToString(sum[:4])
}()

// page is what every template gets.
type page struct {
	Title string
	User  library.User // zero: nobody is logged in
	Flash string
	LogIn string // where to log in, "" there
	Style string // changes when the style sheet does, so that it can be cached
	Demo  bool
	Menu  any
	Data  any
}

var pageFuncs = template.FuncMap{
	"date": func(t time.Time) string { return t.Format("2 Jan 2006") },
}

// page renders a page, with the message that the request before has left for it.
func (w *Web) page(c *dram.Context, status int, name, title string, data any) {
	c.Header("Cache-Control", "no-store") // it shows who is logged in
	view := page{Title: title, User: currentUser(c), LogIn: logInPath(c), Style: styleVersion, Demo: w.Demo, Menu: menu, Data: data}
	if f, ok := data.(form); ok && f.Action == "/login" {
		view.LogIn = ""
	}
	if view.Flash, _ = c.Cookie(w.flash()); view.Flash != "" {
		c.SetCookie(w.flash(), "", -1, "/", "", w.Secure, true)
	}
	c.HTML(status, name, view)
}

// done leaves a message and goes on to another page, as a form does after it worked:
// reloading that page repeats nothing. The message is not in the session: a page that takes it
// from there cannot be shown while the database takes no writes.
func (w *Web) done(c *dram.Context, location, message string) error {
	c.SetSameSite(http.SameSiteLaxMode)
	c.SetCookie(w.flash(), message, 60, "/", "", w.Secure, true)
	c.Redirect(http.StatusSeeOther, location)
	return nil
}

// flash is the name of the cookie with a message. Over https nobody else can set it, a
// neighbouring host for one: our pages say what stands in it.
func (w *Web) flash() string {
	if w.Secure {
		return "__Host-flash"
	}
	return "flash"
}

// logInPath leads to the log-in, and from there back to a page; what is only sent is not one.
func logInPath(c *dram.Context) string {
	if !isRead(c) {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(c.Request.URL.RequestURI())
}

func isRead(c *dram.Context) bool {
	return c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
}

// localPath lets nobody send people elsewhere by a link to our log-in.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\t\r\n") {
		return "/books"
	}
	return next
}

// field is an input of a form.
type field struct {
	Name, Label, Hint string
	Type, Mode, Auto  string // the attributes type, inputmode and autocomplete
	Optional          bool
	Options           []string // of a select
	Value, Error      string
	Focus             bool
}

// form is what form.html shows.
type form struct {
	Title, Action, Button, Back string
	Fields                      []field
	Hidden                      url.Values
	Status                      int // 200 if it is 0
	Note, Error                 string
	Changes                     []change // that somebody else has saved meanwhile
	Page                        string   // the template; form.html if it is ""
	More                        any      // that the page shows besides
}

// change is a field that is not what the form says.
type change struct{ Name, Theirs, Yours string }

// show shows a form with values and, if it was refused, why. Other failures it returns.
func (w *Web) show(c *dram.Context, f form, values url.Values, failed error) error {
	status, wrong := cmp.Or(f.Status, http.StatusOK), map[string]string{}
	for _, e := range binding.FieldErrors(failed) {
		if e.Source == "uri" || e.Field == "" {
			return failed // there is nothing with such an id, or the form did not come whole
		}
		status, f.Error = http.StatusUnprocessableEntity, "Some fields are not valid."
		wrong[e.Field] = e.Message
	}
	if errors.As(failed, new(library.Kind)) && !errors.Is(failed, library.NotFound) {
		p := problemOf(failed)
		p.SetHeader(c.Writer.Header())
		status, f.Error = p.Status, p.Detail
		if status >= http.StatusInternalServerError {
			_ = c.Error(failed) // for the log
		}
	}
	if fault, ok := errors.AsType[*library.Fault](failed); ok && fault.Field != "" {
		wrong[fault.Field] = fault.Detail
	}
	if failed != nil && f.Error == "" {
		return failed
	}
	fields, focus := make([]field, len(f.Fields)), ""
	for i, field := range f.Fields {
		field.Error = wrong[field.Name]
		if field.Type != "password" {
			field.Value = values.Get(field.Name)
		}
		if focus == "" && (field.Error != "" || len(wrong) == 0 && f.Page == "" && field.Value == "") {
			focus = field.Name
		}
		field.Focus = focus == field.Name
		fields[i] = field
	}
	f.Fields = fields
	w.page(c, status, cmp.Or(f.Page, "form.html"), f.Title, f)
	return nil
}

// compare lists the fields in which what is stored and what was typed differ.
func compare(fields []field, theirs, yours url.Values) (changes []change) {
	for _, f := range fields {
		if t, y := theirs.Get(f.Name), yours.Get(f.Name); t != y {
			changes = append(changes, change{f.Label, t, y})
		}
	}
	return changes
}

// filled returns the fields of the form at a path into which something was typed, but for passwords.
func filled(path string, values url.Values) (fields []field) {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for _, f := range forms[name] {
		if f.Value = values.Get(f.Name); f.Value != "" && f.Type != "password" {
			fields = append(fields, f)
		}
	}
	return fields
}

// sent is what a form has sent, but for passwords, which no page repeats; nil if it cannot be read.
func sent(c *dram.Context) url.Values {
	if c.Request.ParseForm() != nil {
		return nil
	}
	values := maps.Clone(c.Request.PostForm)
	values.Del("password")
	values.Del("current")
	return values
}

// bind reads a request, and returns all that is wrong with it, also what shows in its normal form.
func bind(c *dram.Context, in any) error {
	err := c.ShouldBindAll(in)
	if input, ok := in.(interface{ Clean() error }); ok && binding.FieldErrors(err) != nil {
		err = append(binding.FieldErrors(err), binding.FieldErrors(input.Clean())...)
	}
	return err
}

// call gives a handler of the API what a request of a page says.
func call[In, Out any](c *dram.Context, in *In, handler func(context.Context, *In) (Out, error)) (out Out, err error) {
	if err = bind(c, in); err == nil {
		out, err = handler(c, in)
	}
	return out, err
}
