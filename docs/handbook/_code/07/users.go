package main

import (
	"context"
	"database/sql"
	"errors"

	"golang.org/x/crypto/bcrypt"
)

// The roles of users. Everybody may read.
const (
	reader = "reader"
	editor = "editor"
)

var errLogIn = errors.New("the name or the password is wrong")

// SetUser makes an account, or gives it another password and role.
func (s *Store) SetUser(ctx context.Context, name, role, password string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, "INSERT INTO users (name, password, role) VALUES ($1, $2, $3)"+
		" ON CONFLICT (name) DO UPDATE SET password = excluded.password, role = excluded.role", name, string(hash), role)
	return err
}

// noHash is compared with where there is no account, so that the time does not say so.
var noHash, _ = bcrypt.GenerateFromPassword([]byte("nobody's"), bcrypt.DefaultCost)

// CheckPassword returns errLogIn unless the account has the password.
func (s *Store) CheckPassword(ctx context.Context, name, password string) error {
	hash := noHash
	err := s.db.QueryRowContext(ctx, "SELECT password FROM users WHERE name = $1", name).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if bcrypt.CompareHashAndPassword(hash, []byte(password)) != nil || err != nil {
		return errLogIn
	}
	return nil
}

// Role returns the role of an account, "" if there is none.
func (s *Store) Role(ctx context.Context, name string) (role string, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT role FROM users WHERE name = $1", name).Scan(&role)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return role, err
}
