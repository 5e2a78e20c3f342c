package profile_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/profile"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

func TestFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		fan, star := user.User{Username: "fan", Email: "f@x.org"}, user.User{Username: "Star", Email: "s@x.org", Bio: "shines"}
		require.NoError(t, user.NewStore(db, time.Now).Create(ctx, &fan))
		require.NoError(t, user.NewStore(db, time.Now).Create(ctx, &star))
		s := profile.NewStore(db)

		p, err := s.Follow(ctx, "STAR", fan.ID)
		require.NoError(t, err)
		assert.Equal(t, profile.Profile{Username: "Star", Bio: "shines", Following: true}, p)
		for viewer, want := range map[int64]bool{fan.ID: true, star.ID: false, 0: false} {
			p, err = s.Get(ctx, "star", viewer)
			require.NoError(t, err)
			assert.Equal(t, want, p.Following, "viewer %d", viewer)
		}
		p, err = s.Unfollow(ctx, "star", fan.ID)
		require.NoError(t, err)
		assert.False(t, p.Following)

		_, err = s.Get(ctx, "nobody", fan.ID)
		assert.Equal(t, fault.Missing("profile"), err)
		_, err = s.Follow(ctx, "fan", fan.ID)
		assert.EqualError(t, err, "username can't be your own")
	})
}
