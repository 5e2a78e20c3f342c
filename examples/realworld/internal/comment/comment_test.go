package comment_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/article"
	"github.com/dram-go/dram/examples/realworld/internal/comment"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

func TestStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		ann, bob := user.User{Username: "ann", Email: "a@x.org"}, user.User{Username: "bob", Email: "b@x.org"}
		require.NoError(t, user.NewStore(db, time.Now).Create(ctx, &ann))
		require.NoError(t, user.NewStore(db, time.Now).Create(ctx, &bob))
		a, err := article.NewStore(db, time.Now).Create(ctx, article.Draft{Title: "t", Description: "d", Body: "b"}, ann.ID)
		require.NoError(t, err)

		at := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
		s := comment.NewStore(db, func() time.Time { return at })
		made, err := s.Create(ctx, comment.Draft{Body: "first"}, a.ID, bob.ID)
		require.NoError(t, err)
		assert.Equal(t, at, made.CreatedAt)
		assert.Equal(t, "bob", made.Author.Username)

		_, err = s.Create(ctx, comment.Draft{Body: "lost"}, a.ID+1000, bob.ID)
		assert.Equal(t, fault.Missing("article"), err, "the article went before the comment came")

		list, err := s.List(ctx, a.ID, 0)
		require.NoError(t, err)
		assert.Equal(t, []comment.Comment{made}, list)

		assert.Equal(t, fault.Forbid("comment"), s.Delete(ctx, a.ID, made.ID, ann.ID))
		assert.Equal(t, fault.Missing("comment"), s.Delete(ctx, a.ID+1, made.ID, bob.ID))
		require.NoError(t, s.Delete(ctx, a.ID, made.ID, bob.ID))
		list, err = s.List(ctx, a.ID, 0)
		require.NoError(t, err)
		assert.Empty(t, list)
	})
}
