package article_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/article"
	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/seed"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
)

// TestPlans asks SQLite how it runs the lists. Every step must stand on an index: a scan
// of a whole table, or a sort of one, would grow with the data. Run it with -v to read the plans.
func TestPlans(t *testing.T) {
	ctx := context.Background()
	db := storetest.SQLite(t)
	hasher := auth.NewHasher(auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1})
	_, err := seed.Plant(ctx, db, hasher, seed.Size{Users: 50, Articles: 400}, time.Now())
	require.NoError(t, err)
	articles := article.NewStore(db, time.Now)

	plans := map[string]struct {
		filter article.Filter
		count  string // a step that the plan of the count must have
		page   string // a step that the plan of the page must have
	}{
		"all": {article.Filter{Limit: 20},
			"USING COVERING INDEX articles_newest", "SCAN a USING COVERING INDEX articles_newest"},
		"by author": {article.Filter{Author: "AdaAlmeida", Limit: 20},
			"SEARCH a USING COVERING INDEX articles_by_author (author_id=?)", "SEARCH a USING COVERING INDEX articles_by_author (author_id=?)"},
		"by tag": {article.Filter{Tag: "golang", Limit: 20},
			"SEARCH t USING COVERING INDEX article_tags_by_tag (tag=?)", "SEARCH t USING COVERING INDEX article_tags_by_tag (tag=?)"},
		"by reader": {article.Filter{FavoritedBy: "AdaAlmeida", Limit: 20},
			"SEARCH f USING COVERING INDEX favorites_by_user (user_id=?)", "SEARCH f USING COVERING INDEX favorites_by_user (user_id=?)"},
		"feed": {article.Filter{FollowedBy: 1, Limit: 20},
			"SEARCH b USING COVERING INDEX articles_by_author (author_id=?)", "SEARCH w USING COVERING INDEX sqlite_autoindex_follows_1"},
		"by all": {article.Filter{Tag: "golang", Author: "AdaAlmeida", FavoritedBy: "BelaBerg", Limit: 20},
			"(tag=?", "(tag=?"},
	}
	check := func(t *testing.T) {
		for name, c := range plans {
			t.Run(name, func(t *testing.T) {
				count, page, err := articles.Explain(ctx, c.filter, 1)
				require.NoError(t, err)
				t.Logf("count:\n  %s\npage:\n  %s", strings.Join(count, "\n  "), strings.Join(page, "\n  "))
				assert.Contains(t, strings.Join(count, "\n"), c.count)
				assert.Contains(t, strings.Join(page, "\n"), c.page)
				for _, step := range append(count, page...) {
					if strings.HasPrefix(step, "SCAN ") {
						assert.True(t, strings.Contains(step, "INDEX") || step == "SCAN page", "a scan without an index: %s", step)
					}
				}
			})
		}
	}
	t.Run("fresh", check)
	_, err = db.Exec(ctx, "ANALYZE")
	require.NoError(t, err)
	t.Run("analyzed", check)
}
