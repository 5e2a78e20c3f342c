// Package user holds the people of Conduit: their rules and their storage.
package user

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/optional"
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
	Username optional.Field[string] `json:"username"`
	Email    optional.Field[string] `json:"email"`
	Password optional.Field[string] `json:"password"`
	Bio      optional.Field[string] `json:"bio"`
	Image    optional.Field[string] `json:"image"`
}

// Check trims the values and returns every rule that the change breaks. A bio or an image
// may be null, which empties it. An empty password counts as absent: settings forms send
// one when the user leaves the box empty.
func (c *Change) Check() error {
	if c.Password.Value == "" && !c.Password.Null {
		c.Password.Set = false
	}
	for _, f := range []*optional.Field[string]{&c.Username, &c.Email, &c.Image} {
		f.Value = strings.TrimSpace(f.Value)
	}
	var wrong fault.List
	if c.Username.Set {
		checkUsername(&wrong, c.Username.Value)
	}
	if c.Email.Set {
		checkEmail(&wrong, c.Email.Value)
	}
	if c.Password.Set {
		checkPassword(&wrong, c.Password.Value)
	}
	checkMax(&wrong, "bio", c.Bio.Value, maxBio)
	checkMax(&wrong, "image", c.Image.Value, maxImage)
	return wrong.Err()
}

// Key folds a user name or an e-mail address to the form by which it is unique.
func Key(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func checkUsername(wrong *fault.List, name string) {
	if wrong.Blank("username", name) {
		return
	}
	checkMax(wrong, "username", name, maxUsername)
	// A name is one segment of /profiles/{username}.
	odd := func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsPrint(r) }
	wrong.Add(strings.ContainsFunc(name, odd) || name == "." || name == "..", "username", "is invalid")
}

func checkEmail(wrong *fault.List, email string) {
	if wrong.Blank("email", email) {
		return
	}
	checkMax(wrong, "email", email, maxEmail)
	parsed, err := mail.ParseAddress(email)
	wrong.Add(err != nil || parsed.Address != email, "email", "is invalid")
}

func checkPassword(wrong *fault.List, password string) {
	if wrong.Blank("password", password) {
		return
	}
	wrong.Add(utf8.RuneCountInString(password) < minPassword, "password", "is too short (minimum is 8 characters)")
	checkMax(wrong, "password", password, maxPassword)
}

func checkMax(wrong *fault.List, field, value string, most int) {
	wrong.Add(utf8.RuneCountInString(value) > most, field, "is too long")
	wrong.Add(!utf8.ValidString(value) || strings.ContainsRune(value, 0), field, "is invalid")
}
