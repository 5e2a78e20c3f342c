// Package profile is what users see of one another: the public side of an account, and
// who follows whom.
package profile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

// Profile is a user as another user sees them.
type Profile struct {
	Username  string
	Bio       string
	Image     string
	Following bool // the viewer follows this user
}

// Store reads profiles and keeps who follows whom.
type Store struct{ db *store.DB }

// NewStore returns a Store on db.
func NewStore(db *store.DB) *Store { return &Store{db} }

// Get returns a profile as viewerID sees it (0 for someone who is not logged in), or a
// fault of kind NotFound.
func (s *Store) Get(ctx context.Context, username string, viewerID int64) (Profile, error) {
	_, p, err := s.get(ctx, username, viewerID)
	return p, err
}

// Follow makes followerID follow the user of that name. Doing it twice changes nothing.
func (s *Store) Follow(ctx context.Context, username string, followerID int64) (Profile, error) {
	id, p, err := s.get(ctx, username, followerID)
	if err != nil {
		return Profile{}, err
	}
	if id == followerID {
		return Profile{}, fault.New(fault.Invalid, "username", "can't be your own")
	}
	_, err = s.db.Exec(ctx, "INSERT INTO follows (follower_id, followee_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", followerID, id)
	if err != nil {
		return Profile{}, fmt.Errorf("profile: follow: %w", err)
	}
	p.Following = true
	return p, nil
}

// Unfollow ends what Follow began. Doing it twice changes nothing.
func (s *Store) Unfollow(ctx context.Context, username string, followerID int64) (Profile, error) {
	id, p, err := s.get(ctx, username, followerID)
	if err != nil {
		return Profile{}, err
	}
	_, err = s.db.Exec(ctx, "DELETE FROM follows WHERE follower_id = $1 AND followee_id = $2", followerID, id)
	if err != nil {
		return Profile{}, fmt.Errorf("profile: unfollow: %w", err)
	}
	p.Following = false
	return p, nil
}

func (s *Store) get(ctx context.Context, username string, viewerID int64) (id int64, p Profile, err error) {
	err = s.db.Get(ctx, []any{&id, &p.Username, &p.Bio, &p.Image, &p.Following}, `
		SELECT id, username, bio, image,
			EXISTS (SELECT 1 FROM follows WHERE follower_id = $2 AND followee_id = users.id)
		FROM users WHERE username_key = $1`, user.Key(username), viewerID)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, Profile{}, fault.Missing("profile")
	}
	if err != nil {
		return 0, Profile{}, fmt.Errorf("profile: read: %w", err)
	}
	return id, p, nil
}
