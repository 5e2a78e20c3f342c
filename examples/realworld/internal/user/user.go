// Package user holds the people of Conduit: their rules and their storage.
package user

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
)

// User is one account. PasswordHash never leaves the server.
type User struct {
	ID           int64
	Username     string
	Email        string
	PasswordHash string
	Bio          string
	Image        string
}

// Limits on what a user may enter, in characters.
const (
	maxUsername = 64
	maxEmail    = 254
	minPassword = 8
	maxPassword = 256
	maxBio      = 4000
	maxImage    = 2000
)

// Registration is what someone enters to become a user.
type Registration struct {
	Username string `json:"username"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

// Check trims the name and the address and returns every rule that the registration breaks.
func (r *Registration) Check() error {
	r.Username, r.Email = strings.TrimSpace(r.Username), strings.TrimSpace(r.Email)
	var wrong fault.List
	checkUsername(&wrong, r.Username)
	checkEmail(&wrong, r.Email)
	checkPassword(&wrong, r.Password)
	return wrong.Err()
}

// Change is a partial update: members that were absent stay as they are.
type Change struct {
	Username binding.Optional[string] `json:"username"`
	Email    binding.Optional[string] `json:"email"`
	Password binding.Optional[string] `json:"password"`
	Bio      binding.Optional[string] `json:"bio"`
	Image    binding.Optional[string] `json:"image"`
}

// Check trims the values and returns every rule that the change breaks. A bio or an image
// that is null becomes empty. An empty password counts as absent: settings forms send one
// when the user leaves the box empty.
func (c *Change) Check() error {
	if *c == (Change{}) {
		return fault.New(fault.Invalid, "user", "needs at least one field")
	}
	for _, o := range []*binding.Optional[string]{&c.Username, &c.Email, &c.Bio, &c.Image} {
		if !o.IsAbsent() {
			*o = binding.Some(strings.TrimSpace(o.Or("")))
		}
	}
	if c.Password == binding.Some("") {
		c.Password = binding.Optional[string]{}
	}
	var wrong fault.List
	if name, ok := c.Username.Get(); ok {
		checkUsername(&wrong, name)
	}
	if email, ok := c.Email.Get(); ok {
		checkEmail(&wrong, email)
	}
	if !c.Password.IsAbsent() {
		checkPassword(&wrong, c.Password.Or(""))
	}
	wrong.Text("bio", c.Bio.Or(""), maxBio)
	wrong.Text("image", c.Image.Or(""), maxImage)
	return wrong.Err()
}

// Key folds a user name or an e-mail address to the form by which it is unique.
func Key(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func checkUsername(wrong *fault.List, name string) {
	wrong.Blank("username", name)
	wrong.Text("username", name, maxUsername)
	// A name is one segment of /profiles/{username}.
	odd := func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsPrint(r) }
	wrong.Add(strings.ContainsFunc(name, odd) || name == "." || name == "..", "username", "is invalid")
}

func checkEmail(wrong *fault.List, email string) {
	wrong.Blank("email", email)
	wrong.Text("email", email, maxEmail)
	parsed, err := mail.ParseAddress(email)
	wrong.Add(err != nil || parsed.Address != email, "email", "is invalid")
}

func checkPassword(wrong *fault.List, password string) {
	wrong.Blank("password", password)
	wrong.Add(utf8.RuneCountInString(password) < minPassword, "password", "is too short (minimum is 8 characters)")
	wrong.Text("password", password, maxPassword)
}
