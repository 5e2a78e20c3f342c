package seed_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/article"
	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/seed"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

func TestPlant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		hasher := auth.NewHasher(auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1})
		report, err := seed.Plant(ctx, db, hasher, seed.Size{Users: 60, Articles: 500}, time.Now())
		require.NoError(t, err)
		assert.Equal(t, 60, report.Users)
		assert.Equal(t, 500, report.Articles)
		assert.Positive(t, report.Comments)
		assert.Positive(t, report.Favorites)

		u, err := user.NewStore(db, time.Now).ByEmail(ctx, report.Email)
		require.NoError(t, err)
		assert.NoError(t, hasher.Verify(ctx, u.PasswordHash, seed.Password), "the first user can log in")

		articles := article.NewStore(db, time.Now)
		page, err := articles.List(ctx, article.Filter{Limit: 20}, u.ID)
		require.NoError(t, err)
		assert.Equal(t, 500, page.Total)
		require.Len(t, page.Articles, 20)
		for _, a := range page.Articles {
			assert.GreaterOrEqual(t, len(a.Tags), 2, a.Slug)
			assert.IsIncreasing(t, a.Tags, a.Slug)
			assert.NotEmpty(t, a.Author.Bio)
			assert.False(t, a.CreatedAt.After(time.Now()))
		}
		feed, err := articles.List(ctx, article.Filter{Limit: 20, FollowedBy: u.ID}, u.ID)
		require.NoError(t, err)
		assert.NotEmpty(t, feed.Articles)

		_, err = seed.Plant(ctx, db, hasher, seed.Size{Users: 60, Articles: 500}, time.Now())
		assert.ErrorIs(t, err, seed.ErrNotEmpty)
	})
}

func TestPlantNeedsPeople(t *testing.T) {
	_, err := seed.Plant(context.Background(), storetest.SQLite(t), auth.NewHasher(auth.DefaultCost), seed.Size{Users: 1, Articles: 1}, time.Now())
	assert.ErrorContains(t, err, "at least 2 users")
}
