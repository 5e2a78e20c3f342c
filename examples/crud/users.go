package main

// This file holds the accounts: roles, passwords and their queries.

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/dram-go/dram/binding"
	"golang.org/x/crypto/bcrypt"
)

// Role says what an account may do; each role may do all that the ones before it may.
type Role string

// The roles, from the least to the most powerful.
const (
	Reader Role = "reader" // borrows books
	Editor Role = "editor" // writes books, sees all loans
	Admin  Role = "admin"  // manages accounts
)

var roles = []Role{Reader, Editor, Admin}

// User is an account, without its password.
type User struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
	Role  Role   `json:"role"`
}

// Can reports whether the account has the role or a more powerful one. Nobody's
// account, the zero User, can nothing.
func (u User) Can(role Role) bool { return slices.Index(roles, u.Role) >= slices.Index(roles, role) }

// NewUser is what makes an account. bcrypt reads 72 bytes of a password, no more.
type NewUser struct {
	Email    string `json:"email" binding:"required,email,max=254"`
	Name     string `json:"name" binding:"required,max=100"`
	Role     Role   `json:"role" binding:"required,oneof=reader editor admin"`
	Password string `json:"password" binding:"required,min=8,max=72"`
}

// validate brings the fields into their normal form and refuses what is wrong.
func (u *NewUser) validate() error {
	u.Email, u.Name = strings.ToLower(clean(u.Email)), clean(u.Name)
	wrong := validate(u)
	if len(u.Password) > 72 && len([]rune(u.Password)) <= 72 {
		wrong = append(wrong, &binding.FieldError{Field: "password", Rule: "max", Param: "72", Message: "must be at most 72 bytes long"})
	}
	return invalid(wrong)
}

const userColumns = "u.id, u.email, u.name, u.role"

func scanUser(row scanner) (u User, err error) {
	err = row.Scan(&u.ID, &u.Email, &u.Name, &u.Role)
	return u, err
}

// passwordCost is bcrypt's: every step doubles the time of a log-in and of a guess.
var passwordCost = bcrypt.DefaultCost

// CreateUser stores a valid new account.
func (q Queries) CreateUser(ctx context.Context, u NewUser) (User, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(u.Password), passwordCost)
	if err != nil {
		return User{}, err
	}
	id, err := q.insert(ctx, "INSERT INTO users (email, name, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?)",
		u.Email, u.Name, u.Role, string(hash), now())
	if isUnique(err) {
		return User{}, conflict("There is an account with this email address.", "email", "unique", "has an account already")
	}
	return User{ID: id, Email: u.Email, Name: u.Name, Role: u.Role}, err
}

// Users returns all accounts: a library has few.
func (q Queries) Users(ctx context.Context) ([]User, error) {
	return collect(ctx, q, scanUser, "SELECT "+userColumns+" FROM users u ORDER BY u.email")
}

// Authenticate returns the account with this email address and password, if there is one.
func (q Queries) Authenticate(ctx context.Context, email, password string) (user User, ok bool, err error) {
	hash := ""
	err = q.row(ctx, "SELECT "+userColumns+", u.password_hash FROM users u WHERE u.email = ?", email).
		Scan(&user.ID, &user.Email, &user.Name, &user.Role, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		hash, err = nobodysHash(), nil // an unknown address takes as long as a wrong password
	}
	if err != nil || bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) != nil {
		return User{}, false, err
	}
	return user, user.ID != 0, nil
}

var nobodysHash = sync.OnceValue(func() string {
	hash, _ := bcrypt.GenerateFromPassword([]byte(rand.Text()), passwordCost) // a short text never fails
	return string(hash)
})
