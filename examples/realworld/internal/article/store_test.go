package article_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/realworld/internal/article"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

// TestUpdateMovesOn makes two changes in one millisecond, and one after the clock went
// back: the time of update grows each time.
func TestUpdateMovesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		ann := user.User{Username: "ann", Email: "a@x.org"}
		require.NoError(t, user.NewStore(db, time.Now).Create(ctx, &ann))
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		s := article.NewStore(db, func() time.Time { return now })
		a, err := s.Create(ctx, article.Draft{Title: "T", Description: "d", Body: "b"}, ann.ID)
		require.NoError(t, err)
		last := a.UpdatedAt
		for _, step := range []time.Duration{0, 0, -time.Hour, 2 * time.Hour} {
			now = now.Add(step)
			a, err = s.Update(ctx, "t", article.Change{Body: binding.Some("c")}, ann.ID)
			require.NoError(t, err)
			assert.True(t, a.UpdatedAt.After(last), "%s is not after %s", a.UpdatedAt, last)
			last = a.UpdatedAt
		}
		assert.Equal(t, now, a.UpdatedAt)
		assert.True(t, a.CreatedAt.Before(a.UpdatedAt))
	})
}

// An edit that was begun before a rename took the new link away, and one begun before the
// article was deleted was a failure of the server.
func TestUpdateOfAnArticleThatIsRenamedOrDeletedMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		ann := user.User{Username: "ann", Email: "a@x.org"}
		require.NoError(t, user.NewStore(db, time.Now).Create(ctx, &ann))
		s := article.NewStore(db, time.Now)
		for name, meanwhile := range map[string]func() error{
			"renamed": func() error {
				_, err := s.Update(ctx, "old", article.Change{Title: binding.Some("New")}, ann.ID)
				return err
			},
			"deleted": func() error { return s.Delete(ctx, "old", ann.ID) },
		} {
			t.Run(name, func(t *testing.T) {
				_, err := s.Create(ctx, article.Draft{Title: "Old", Description: "d", Body: "b"}, ann.ID)
				require.NoError(t, err)
				slow := article.NewStore(db, func() time.Time { // it looks at the clock between reading and writing
					require.NoError(t, meanwhile())
					return time.Now()
				})
				_, err = slow.Update(ctx, "old", article.Change{Body: binding.Some("c"), Tags: binding.Some([]string{"tag"})}, ann.ID)
				var refusal *fault.Error
				require.ErrorAs(t, err, &refusal)
				assert.Equal(t, fault.Missing("article"), refusal)
				if name == "renamed" {
					a, err := s.Get(ctx, "new", ann.ID)
					require.NoError(t, err, "the link that the renaming has told holds")
					assert.Equal(t, "b", a.Body)
				}
			})
		}
	})
}

func TestFavoriteOfSomeoneWhoIsGone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		ann := user.User{Username: "ann", Email: "a@x.org"}
		require.NoError(t, user.NewStore(db, time.Now).Create(ctx, &ann))
		s := article.NewStore(db, time.Now)
		_, err := s.Create(ctx, article.Draft{Title: "T", Description: "d", Body: "b"}, ann.ID)
		require.NoError(t, err)
		_, err = s.Favorite(ctx, "t", ann.ID+1)
		assert.Equal(t, fault.Missing("article"), err)
	})
}
