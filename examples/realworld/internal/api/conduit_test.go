package api_test

import (
	"os"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// TestConduit is the suite: every operation and every refusal, on each database, each
// answer held against the OpenAPI document.
func TestConduit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newSuite(t, db, api.OpenAPI)
		t.Run("register", s.testRegister)
		t.Run("login", s.testLogin)
		t.Run("current user", s.testCurrentUser)
		t.Run("update user", s.testUpdateUser)
		t.Run("tokens", s.testTokens)
		t.Run("profiles", s.testProfiles)
		t.Run("create article", s.testCreateArticle)
		t.Run("article rules", s.testArticleRules)
		t.Run("read article", s.testReadArticle)
		t.Run("update article", s.testUpdateArticle)
		t.Run("delete article", s.testDeleteArticle)
		t.Run("favorites", s.testFavorites)
		t.Run("comments", s.testComments)
		t.Run("tags", s.testTags)
		t.Run("lists", s.testLists)
		t.Run("feed", s.testFeed)
		t.Run("permissions", s.testPermissions)
		t.Run("unknown things", s.testUnknownThings)
		t.Run("bad requests", s.testBadRequests)
		t.Run("text that no row has", s.testTextThatNoRowHas)
		t.Run("concurrent favorites", s.testConcurrentFavorites)
		t.Run("concurrent slugs", s.testConcurrentSlugs)
		t.Run("concurrent registrations", s.testConcurrentRegistrations)
		t.Run("a thousand articles", s.testAThousandArticles)
		t.Run("all operations were seen", s.spec.complete)
	})
}
