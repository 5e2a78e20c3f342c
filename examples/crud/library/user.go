package library

import (
	"cmp"
	"context"
	"crypto/rand"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/dram-go/dram/binding"
	"golang.org/x/crypto/bcrypt"
)

// Role says what an account may do; each may do all that the ones before it may.
type Role string

// The roles, from the least to the most powerful.
const (
	Reader Role = "reader" // borrows books
	Editor Role = "editor" // writes books, sees all loans
	Admin  Role = "admin"  // manages accounts
)

// Roles are all of them, in this order.
var Roles = []Role{Reader, Editor, Admin}

// EnumValues are the values of a Role, for the rule enum and the document of the API.
func (Role) EnumValues() []Role { return Roles }

// User is an account.
type User struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
	Role  Role   `json:"role"`

	PasswordHash string `json:"-"`
}

// Can reports whether the account has the role or a more powerful one. Nobody's account, the
// zero User, can what needs no role, "".
func (u User) Can(role Role) bool { return slices.Index(Roles, u.Role) >= slices.Index(Roles, role) }

// Needs returns why the account may not do what needs a role, nil if it may.
func (u User) Needs(role Role) error {
	switch {
	case u.Can(role):
		return nil
	case u.ID == 0:
		return LoggedOut
	}
	return &Fault{Kind: Forbidden, Reason: "This needs the role " + string(role) + ", and yours is " + string(u.Role) + "."}
}

// NewUser is what makes an account.
type NewUser struct {
	Email string `json:"email" form:"email" binding:"required,email,max=254" example:"ada@example.com"`
	Name  string `json:"name" form:"name" binding:"required,max=100" example:"Ada Lovelace"`
	Role  Role   `json:"role" form:"role" binding:"required,enum"`

	Password string `json:"password" form:"password" binding:"required,min=8,max=72"`
}

// NewPassword is a password to be set.
type NewPassword struct {
	Password string `json:"password" form:"password" binding:"required,min=8,max=72"`
}

// Clean brings the fields into their normal form, and returns what is wrong with them then.
func (u *NewUser) Clean() error {
	u.Email, u.Name = Address(u.Email), line(u.Name)
	return unread(u.Password, check(u))
}

// Clean returns what is wrong with the password.
func (p *NewPassword) Clean() error { return unread(p.Password, check(p)) }

// maxPassword is how many bytes bcrypt reads.
const maxPassword = 72

// isRead reports whether bcrypt reads all of a password. It does not tell one from the same
// one twice, with a NUL between.
func isRead(password string) bool {
	return len(password) <= maxPassword && !strings.Contains(password, "\x00")
}

// unread adds to what is wrong that bcrypt would not read all of the password.
func unread(password string, wrong error) error {
	if isRead(password) || utf8.RuneCountInString(password) > maxPassword { // which the tag has said
		return wrong
	}
	return append(binding.FieldErrors(wrong), &binding.FieldError{Field: "password", Rule: "max", Param: "72", Message: "must be at most 72 bytes long, without NUL"})
}

// Address brings an email address into the form in which accounts have it.
func Address(email string) string { return strings.ToLower(line(email)) }

// The faults of accounts.
var (
	ErrEmailTaken = conflict("There is an account with this email address.", "email", "unique", "has an account already")
	ErrLogIn      = &Fault{Kind: Unknown, Reason: "Wrong email address or password."}
	ErrPassword   = &Fault{Kind: Conflict, Reason: "That is not your password.", Field: "current", Rule: "eq", Detail: "is wrong"}
	ErrLastAdmin  = conflict("Somebody has to manage the accounts: make another one an admin first.", "role", "last", "is that of the only admin")
)

// PasswordCost is bcrypt's: every step doubles the time of a log-in and of a guess.
var PasswordCost = bcrypt.DefaultCost

// HashPassword returns what is stored of a password.
func HashPassword(password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), PasswordCost)
	return string(hash), err
}

// checking has room for one password on each processor: those of a flood wait for their turn,
// and other requests do not wait for the flood.
var checking = make(chan struct{}, runtime.GOMAXPROCS(0))

// HasPassword reports whether the password is the account's, or that it is Busy if ctx ends
// before its turn has come. It takes as long for nobody's account, so that an address without
// one cannot be told by the time.
func (u User) HasPassword(ctx context.Context, password string) (bool, error) {
	select {
	case checking <- struct{}{}:
		defer func() { <-checking }()
	case <-ctx.Done():
		return false, Busy
	}
	hash := []byte(cmp.Or(u.PasswordHash, nobodysHash()))
	return bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && u.ID != 0 && isRead(password), nil
}

var nobodysHash = sync.OnceValue(func() string {
	hash, _ := HashPassword(rand.Text()) // a short text never fails
	return hash
})
