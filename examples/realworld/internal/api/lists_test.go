package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/article"
	"github.com/dram-go/dram/examples/realworld/internal/user"
)

// slugs returns the slugs of a list, in its order.
func slugs(r reply) []string {
	list := []string{}
	for i := range r.at("articles").([]any) {
		list = append(list, r.text(fmt.Sprintf("articles.%d.slug", i)))
	}
	return list
}

func (s *suite) testTags(t *testing.T) {
	p := s.join(t, "tagger")
	s.publish(t, p, "Tagged once", "tag-rare", "tag-common")
	s.publish(t, p, "Tagged twice", "tag-common")
	tags := strs(s.call(t, "GET", "/tags", "", nil).is(200).at("tags"))
	common, rare := slices.Index(tags, "tag-common"), slices.Index(tags, "tag-rare")
	require.NotEqual(t, -1, rare, "%v", tags)
	require.NotEqual(t, -1, common, "%v", tags)
	assert.Less(t, common, rare, "the most used first")
}

func (s *suite) testLists(t *testing.T) {
	a, b, fan := s.join(t, "list-a"), s.join(t, "list-b"), s.join(t, "list-fan")
	one := s.publish(t, a, "List one", "list-x", "list-y")
	two := s.publish(t, b, "List two", "list-y")
	three := s.publish(t, a, "List three")
	s.call(t, "POST", "/articles/"+one+"/favorite", fan.token, nil).is(200)
	s.call(t, "POST", "/articles/"+two+"/favorite", fan.token, nil).is(200)
	s.call(t, "POST", "/profiles/"+a.name+"/follow", fan.token, nil).is(200)
	list := func(query, token string) reply { return s.call(t, "GET", "/articles?"+query, token, nil).is(200) }

	r := list("author="+a.name, fan.token)
	assert.Equal(t, []string{three, one}, slugs(r), "the newest first")
	assert.Equal(t, 2, r.number("articlesCount"))
	assert.NotContains(t, r.at("articles.0"), "body", "lists leave the body out")
	assert.Len(t, r.at("articles.0"), 9)
	assert.Equal(t, false, r.at("articles.0.favorited"))
	assert.Equal(t, true, r.at("articles.1.favorited"))
	assert.Equal(t, true, r.at("articles.1.author.following"))
	assert.Equal(t, []string{"list-x", "list-y"}, strs(r.at("articles.1.tagList")))
	r = list("author="+a.name, "")
	assert.Equal(t, false, r.at("articles.1.favorited"))
	assert.Equal(t, false, r.at("articles.1.author.following"))
	assert.Equal(t, 1, r.number("articles.1.favoritesCount"))

	assert.Equal(t, []string{two, one}, slugs(list("tag=list-y", "")))
	assert.Equal(t, []string{two, one}, slugs(list("favorited="+fan.name, "")))
	assert.Equal(t, []string{one}, slugs(list(url.Values{"tag": {"list-y"}, "author": {a.name}, "favorited": {fan.name}}.Encode(), "")))

	r = list("author="+a.name+"&limit=1", "")
	assert.Equal(t, []string{three}, slugs(r))
	assert.Equal(t, 2, r.number("articlesCount"), "the count is of the whole list, not of the page")
	assert.Equal(t, []string{one}, slugs(list("author="+a.name+"&limit=1&offset=1", "")))
	r = list("author="+a.name+"&offset=5", "")
	assert.Equal(t, []any{}, r.at("articles"))
	assert.Equal(t, 2, r.number("articlesCount"))
	for _, nobody := range []string{"author=nobody-at-all", "favorited=nobody-at-all", "tag=no-such-tag"} {
		r = list(nobody, "")
		assert.Equal(t, []any{}, r.at("articles"), nobody)
		assert.Equal(t, 0, r.number("articlesCount"), nobody)
	}
	for bad, message := range map[string]string{
		"limit=0": "must be at least 1", "limit=-1": "must be at least 1", "limit=ten": "must be an integer",
		"limit=99999999999999999999": "must be an integer between -9223372036854775808 and 9223372036854775807",
	} {
		s.call(t, "GET", "/articles?"+bad, "", nil).refuses(422, "limit", message)
	}
	s.call(t, "GET", "/articles?offset=-1", "", nil).refuses(422, "offset", "must be at least 0")
	s.call(t, "GET", "/articles/feed?limit=0", a.token, nil).refuses(422, "limit", "must be at least 1")
	assert.Len(t, list("author="+a.name+"&limit=&offset=", "").at("articles"), 2, "an empty number counts as absent")
}

func (s *suite) testFeed(t *testing.T) {
	reader, celeb := s.join(t, "feed-reader"), s.join(t, "feed-celeb")
	feed := func(query string) reply { return s.call(t, "GET", "/articles/feed"+query, reader.token, nil).is(200) }
	r := feed("")
	assert.Equal(t, []any{}, r.at("articles"))
	assert.Equal(t, 0, r.number("articlesCount"))

	s.call(t, "POST", "/profiles/"+celeb.name+"/follow", reader.token, nil).is(200)
	one, two := s.publish(t, celeb, "Feed one"), s.publish(t, celeb, "Feed two")
	s.publish(t, reader, "My own is not in my feed")
	r = feed("")
	assert.Equal(t, []string{two, one}, slugs(r))
	assert.Equal(t, 2, r.number("articlesCount"))
	assert.Equal(t, true, r.at("articles.0.author.following"))
	assert.NotContains(t, r.at("articles.0"), "body")
	r = feed("?limit=1&offset=1")
	assert.Equal(t, []string{one}, slugs(r))
	assert.Equal(t, 2, r.number("articlesCount"))

	s.call(t, "DELETE", "/profiles/"+celeb.name+"/follow", reader.token, nil).is(200)
	assert.Equal(t, 0, feed("").number("articlesCount"))
}

// testAThousandArticles turns every page of a long list: each article once, in order, even
// though many share one millisecond.
func (s *suite) testAThousandArticles(t *testing.T) {
	p := s.join(t, "prolific")
	author, err := user.NewStore(s.db, time.Now).ByEmail(t.Context(), p.email)
	require.NoError(t, err)
	began, n := time.Now(), 0
	clock := func() time.Time { n++; return began.Add(time.Duration(n/7) * time.Millisecond) }
	articles := article.NewStore(s.db, clock)
	for i := range 1000 {
		_, err := articles.Create(t.Context(), article.Draft{Title: fmt.Sprintf("No. %d", i), Description: "d", Body: "b", Tags: []string{"thousand"}}, author.ID)
		require.NoError(t, err)
	}
	var turned []string
	for offset := 0; offset < 1000; offset += 100 {
		r := s.call(t, "GET", fmt.Sprintf("/articles?tag=thousand&limit=1000&offset=%d", offset), "", nil).is(200)
		assert.Equal(t, 1000, r.number("articlesCount"))
		require.Len(t, r.at("articles"), 100, "a page has at most 100")
		turned = append(turned, slugs(r)...)
	}
	require.Len(t, turned, 1000)
	for i, slug := range turned {
		require.Equal(t, fmt.Sprintf("no-%d", 999-i), slug)
	}
	assert.Len(t, s.call(t, "GET", "/articles?tag=thousand", "", nil).is(200).at("articles"), 20, "the default")
}

// testTextThatNoRowHas: PostgreSQL calls NUL, and what is not UTF-8, an error; for the client
// both databases are one.
func (s *suite) testTextThatNoRowHas(t *testing.T) {
	p := s.join(t, "odd")
	slug := s.publish(t, p, "Odd")
	for _, odd := range []string{"a%00b", "%ff"} {
		for path, methods := range map[string][]string{
			"/articles?tag=" + odd: {"GET"}, "/articles?author=" + odd: {"GET"}, "/articles?favorited=" + odd: {"GET"},
			"/articles/" + odd: {"GET", "DELETE"}, "/articles/" + odd + "/favorite": {"POST", "DELETE"},
			"/articles/" + odd + "/comments": {"GET"}, "/articles/" + odd + "/comments/1": {"DELETE"},
			"/profiles/" + odd: {"GET"}, "/profiles/" + odd + "/follow": {"POST", "DELETE"},
		} {
			for _, method := range methods {
				r := s.call(t, method, path, p.token, nil)
				assert.Less(t, r.status, 500, "%s %s: %s", method, path, r.raw)
			}
		}
	}
	s.call(t, "PUT", "/articles/a%00b", p.token, in("article", fields{"body": "b"})).refuses(422, "request", "is invalid")
	s.call(t, "PUT", "/articles/"+slug, p.token, in("article", fields{"title": "a\x00b"})).refuses(422, "title", "is invalid")
	s.call(t, "POST", "/users/login", "", in("user", fields{"email": "a\x00b", "password": password})).refuses(401, "credentials", "invalid")
}
