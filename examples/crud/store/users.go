package store

import (
	"context"

	"github.com/dram-go/dram/examples/crud/library"
)

const userSelect = "SELECT id, email, name, role, password_hash FROM users"

func scanUser(row scanner) (u library.User, err error) {
	err = row.Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.PasswordHash)
	return u, err
}

// Users returns all accounts: a library has few.
func (q Queries) Users(ctx context.Context) ([]library.User, error) {
	return all(ctx, q, scanUser, userSelect+" ORDER BY email")
}

// User returns one account.
func (q Queries) User(ctx context.Context, id int64) (library.User, error) {
	return one(ctx, q, scanUser, userSelect+" WHERE id = ?", id)
}

// UserByEmail returns the account with an address.
func (q Queries) UserByEmail(ctx context.Context, email string) (library.User, error) {
	return one(ctx, q, scanUser, userSelect+" WHERE email = ?", email)
}

// CreateUser stores a new account, whose fields are clean.
func (q Queries) CreateUser(ctx context.Context, u library.NewUser) (library.User, error) {
	hash, err := library.HashPassword(u.Password)
	if err != nil {
		return library.User{}, err
	}
	id, err := q.insert(ctx, library.ErrEmailTaken, "INSERT INTO users (email, name, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?)",
		u.Email, u.Name, u.Role, hash, now())
	return library.User{ID: id, Email: u.Email, Name: u.Name, Role: u.Role, PasswordHash: hash}, err
}

// SetPassword changes the password of an account, if it is still the one that the account was
// read with: of two who know it, the first alone changes it. It returns the account as it is
// then. Sessions that were begun with the old password are no longer good.
func (q Queries) SetPassword(ctx context.Context, user library.User, password string) (library.User, error) {
	hash, err := library.HashPassword(password)
	if err != nil {
		return library.User{}, err
	}
	n, err := q.exec(ctx, "UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?", hash, user.ID, user.PasswordHash)
	if err == nil && n == 0 {
		err = library.ErrPassword
	}
	user.PasswordHash = hash
	return user, err
}

// SetRole changes the role of an account; the last admin stays one.
func (s *Store) SetRole(ctx context.Context, id int64, role library.Role) (user library.User, err error) {
	err = s.Tx(ctx, func(q Queries) error {
		admins, err := all(ctx, q, scanUser, userSelect+" WHERE role = ?"+q.dialect.forUpdate, library.Admin)
		if err != nil {
			return err
		}
		if len(admins) == 1 && admins[0].ID == id && role != library.Admin {
			return library.ErrLastAdmin
		}
		if _, err := q.exec(ctx, "UPDATE users SET role = ? WHERE id = ?", role, id); err != nil {
			return err
		}
		user, err = q.User(ctx, id)
		return err
	})
	return user, err
}
