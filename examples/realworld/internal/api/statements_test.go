package api_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
)

// TestStatements counts what reaches the database driver. The numbers do not grow with
// what the answer holds: there is no N+1.
func TestStatements(t *testing.T) {
	db, counter := storetest.Counted(t)
	s := newSuite(t, db, api.OpenAPI)
	reader, author := s.join(t, "reader"), s.join(t, "author")
	s.call(t, "POST", "/profiles/"+author.name+"/follow", reader.token, nil).is(200)
	slug := s.publish(t, author, "First", "one", "two", "three")

	requests := []struct {
		path, token string
		want        int
	}{
		{"/articles?limit=100", "", 2},                                    // the count, the page
		{"/articles?limit=100", reader.token, 3},                          // and who asks
		{"/articles?tag=one&author=" + author.name + "&limit=100", "", 2}, // filters are part of them
		{"/articles?favorited=" + reader.name + "&limit=100", reader.token, 3},
		{"/articles/feed?limit=100", reader.token, 3},
		{"/articles/" + slug, "", 1},
		{"/articles/" + slug, reader.token, 2},
		{"/articles/" + slug + "/comments", reader.token, 3}, // who, which article, its comments
		{"/profiles/" + author.name, reader.token, 2},
		{"/tags", "", 1},
		{"/user", reader.token, 1},
	}
	for _, many := range []int{0, 5, 40} {
		for i := range many {
			another := s.publish(t, author, fmt.Sprintf("Article %d of %d", i, many), "one", "two", fmt.Sprint("tag-", i))
			s.call(t, "POST", "/articles/"+another+"/favorite", reader.token, nil).is(200)
			s.call(t, "POST", "/articles/"+slug+"/comments", reader.token, in("comment", fields{"body": "hm"})).is(200)
		}
		for _, c := range requests {
			got := counter.During(func() { s.call(t, "GET", c.path, c.token, nil).is(200) })
			assert.Equal(t, c.want, got, "GET %s, logged in: %t, %d more articles", c.path, c.token != "", many)
		}
	}
	r := s.call(t, "GET", "/articles?limit=100", "", nil).is(200)
	require.Len(t, r.at("articles"), 46, "the lists were as long as they should be")
}
