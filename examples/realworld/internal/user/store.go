package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/store"
)

// Store keeps the users.
type Store struct {
	db  *store.DB
	now func() time.Time
}

// NewStore returns a Store on db. now is the clock, time.Now in a server.
func NewStore(db *store.DB, now func() time.Time) *Store { return &Store{db, now} }

const columns = "id, username, email, password_hash, bio, image"

// Create adds a user and fills in its ID. A name or address in use is a fault of kind Taken.
func (s *Store) Create(ctx context.Context, u *User) error {
	err := s.db.Get(ctx, []any{&u.ID}, `
		INSERT INTO users (username, username_key, email, email_key, password_hash, bio, image, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING id`,
		u.Username, Key(u.Username), u.Email, Key(u.Email), u.PasswordHash, u.Bio, u.Image, s.now().UnixMilli())
	return taken(err, "create")
}

// Update writes all of u over the user with its ID.
func (s *Store) Update(ctx context.Context, u User) error {
	_, err := s.db.Exec(ctx, `
		UPDATE users SET username = $2, username_key = $3, email = $4, email_key = $5,
			password_hash = $6, bio = $7, image = $8, updated_at = $9
		WHERE id = $1`,
		u.ID, u.Username, Key(u.Username), u.Email, Key(u.Email), u.PasswordHash, u.Bio, u.Image, s.now().UnixMilli())
	return taken(err, "update")
}

// ByID returns a user, or a fault of kind NotFound.
func (s *Store) ByID(ctx context.Context, id int64) (User, error) {
	return s.one(ctx, "SELECT "+columns+" FROM users WHERE id = $1", id)
}

// ByEmail returns the user with that address, whatever its case, or a fault of kind NotFound.
func (s *Store) ByEmail(ctx context.Context, email string) (User, error) {
	return s.one(ctx, "SELECT "+columns+" FROM users WHERE email_key = $1", Key(email))
}

func (s *Store) one(ctx context.Context, query string, arg any) (User, error) {
	var u User
	err := s.db.Get(ctx, []any{&u.ID, &u.Username, &u.Email, &u.PasswordHash, &u.Bio, &u.Image}, query, arg)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, fault.Missing("user")
	}
	if err != nil {
		return User{}, fmt.Errorf("user: read: %w", err)
	}
	return u, nil
}

// taken turns a duplicate into a fault that names the field.
func taken(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case store.Violates(err, "users", "username_key"):
		return fault.New(fault.Taken, "username", "has already been taken")
	case store.Violates(err, "users", "email_key"):
		return fault.New(fault.Taken, "email", "has already been taken")
	}
	return fmt.Errorf("user: %s: %w", doing, err)
}
