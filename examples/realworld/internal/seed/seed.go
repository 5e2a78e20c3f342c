// Package seed fills an empty database with data that looks like use: people, their articles
// on a few topics, readers who follow, like and comment.
//
// It writes rows in bulk and in one transaction, past the stores: 10,000 articles with
// all that hangs on them take seconds. The same size always gives the same data, but for
// the times, which end now.
package seed

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

// Password is the password of every seeded user.
const Password = "conduit-demo"

// ErrNotEmpty says that the database has users, and was left as it is.
var ErrNotEmpty = errors.New("seed: the database is not empty")

// Size says how much to make.
type Size struct{ Users, Articles int }

// Report says what was made.
type Report struct {
	Users, Articles, Comments, Favorites int
	Email                                string // of the first user
}

// Plant fills db as of now. All users share one password hash, since hashing it a
// thousand times would take longer than all the rest.
func Plant(ctx context.Context, db *store.DB, hasher *auth.Hasher, size Size, now time.Time) (Report, error) {
	if size.Users < 2 || size.Articles < 1 {
		return Report{}, errors.New("seed: at least 2 users and 1 article are needed")
	}
	var taken bool
	if err := db.Get(ctx, []any{&taken}, "SELECT EXISTS (SELECT 1 FROM users)"); err != nil {
		return Report{}, fmt.Errorf("seed: %w", err)
	}
	if taken {
		return Report{}, ErrNotEmpty
	}
	hash, err := hasher.Hash(ctx, Password)
	if err != nil {
		return Report{}, fmt.Errorf("seed: %w", err)
	}
	g := &garden{ctx: ctx, rng: rand.New(rand.NewPCG(2026, 11)), size: size, now: now.UnixMilli(), hash: hash}
	err = db.Tx(ctx, func(tx *sql.Tx) error {
		g.tx = tx
		for _, plant := range []func() error{g.plantUsers, g.plantFollows, g.plantArticles, g.plantReaders} {
			if err := plant(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("seed: %w", err)
	}
	return g.report, nil
}

// Refuse returns an error if db was seeded and its first user has the password that everybody knows.
func Refuse(ctx context.Context, db *store.DB, hasher *auth.Hasher) error {
	email, hash := address(0), ""
	err := db.Get(ctx, []any{&hash}, "SELECT password_hash FROM users WHERE email_key = $1", user.Key(email))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = hasher.Verify(ctx, hash, Password)
	}
	switch {
	case errors.Is(err, auth.ErrMismatch):
		return nil
	case err != nil:
		return fmt.Errorf("seed: %w", err)
	}
	return fmt.Errorf("seed: the database of DATABASE_URL was seeded, and everybody knows the password of users such as %s: begin with another one", email)
}
