package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/dram-go/dram/binding"
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

// Update makes a change to a user who was read before, with the hash of the new password if
// there is one, and returns the user. What the change leaves out stays as it is by now. A user
// whose password is another one by now is refused: who asked knew the old one.
func (s *Store) Update(ctx context.Context, u User, c Change, passwordHash string) (User, error) {
	same := func(s string) string { return s }
	hash := binding.Optional[string]{}
	if passwordHash != "" {
		hash = binding.Some(passwordHash)
	}
	changed, err := s.get(ctx, `
		UPDATE users SET username = COALESCE($3, username), username_key = COALESCE($4, username_key),
			email = COALESCE($5, email), email_key = COALESCE($6, email_key), bio = COALESCE($7, bio),
			image = COALESCE($8, image), password_hash = COALESCE($9, password_hash), updated_at = $10
		WHERE id = $1 AND password_hash = $2 RETURNING `+columns,
		u.ID, u.PasswordHash, given(c.Username, same), given(c.Username, Key), given(c.Email, same), given(c.Email, Key),
		given(c.Bio, same), given(c.Image, same), given(hash, same), s.now().UnixMilli())
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, fault.New(fault.Unauthenticated, "token", "is invalid")
	}
	return changed, taken(err, "update")
}

// given is the value of a column: NULL for what stays.
func given(o binding.Optional[string], form func(string) string) any {
	if value, ok := o.Get(); ok {
		return form(value)
	}
	return nil
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
	u, err := s.get(ctx, query, arg)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, fault.Missing("user")
	}
	if err != nil {
		return User{}, fmt.Errorf("user: read: %w", err)
	}
	return u, nil
}

// get returns the user in the columns of a row, or sql.ErrNoRows.
func (s *Store) get(ctx context.Context, query string, args ...any) (u User, err error) {
	err = s.db.Get(ctx, []any{&u.ID, &u.Username, &u.Email, &u.PasswordHash, &u.Bio, &u.Image}, query, args...)
	return u, err
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
