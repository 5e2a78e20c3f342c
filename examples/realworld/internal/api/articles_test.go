package api_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// milliseconds is the one form in which times are shown.
const milliseconds = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`

func (s *suite) testCreateArticle(t *testing.T) {
	p := s.join(t, "author")
	r := s.call(t, "POST", "/articles", p.token, in("article", fields{
		"title": "How to train your dragon", "description": "Ever wonder how?", "body": "Very <b>carefully</b>.",
		"tagList": []string{"training", " dragons ", "training", ""},
	})).is(201)
	assert.Equal(t, "how-to-train-your-dragon", r.at("article.slug"))
	assert.Equal(t, "How to train your dragon", r.at("article.title"))
	assert.Equal(t, "Ever wonder how?", r.at("article.description"))
	assert.Equal(t, "Very <b>carefully</b>.", r.at("article.body"))
	assert.Equal(t, []string{"dragons", "training"}, strs(r.at("article.tagList")), "sorted, each once")
	assert.Equal(t, false, r.at("article.favorited"))
	assert.Equal(t, 0, r.number("article.favoritesCount"))
	assert.Equal(t, p.name, r.at("article.author.username"))
	assert.Equal(t, false, r.at("article.author.following"))
	assert.Regexp(t, milliseconds, r.at("article.createdAt"))
	assert.Equal(t, r.at("article.createdAt"), r.at("article.updatedAt"))

	r = s.call(t, "POST", "/articles", p.token, in("article", fields{"title": "How to train your dragon!", "description": "d", "body": "b"})).is(201)
	assert.Regexp(t, `^how-to-train-your-dragon-[a-z0-9]{6}$`, r.at("article.slug"), "a title may be used twice, a slug may not")
	assert.Equal(t, []string{}, strs(r.at("article.tagList")))
	assert.NotNil(t, r.at("article.tagList"), "no tags are an empty list, not null")

	assert.Regexp(t, `^feed-[a-z0-9]{6}$`, s.publish(t, p, "Feed"), "the route /articles/feed does not hide an article")
	unicode := s.publish(t, p, "Привет, мир")
	assert.Equal(t, "привет-мир", unicode)
	s.call(t, "GET", "/articles/"+url.PathEscape(unicode), "", nil).is(200)
}

func (s *suite) testArticleRules(t *testing.T) {
	p := s.join(t, "author")
	post := func(change fields) reply {
		f := fields{"title": "t", "description": "d", "body": "b"}
		for k, v := range change {
			f[k] = v
		}
		return s.call(t, "POST", "/articles", p.token, in("article", f))
	}
	post(fields{"title": ""}).refuses(422, "title", "can't be blank")
	post(fields{"title": "  "}).refuses(422, "title", "can't be blank")
	post(fields{"description": ""}).refuses(422, "description", "can't be blank")
	post(fields{"body": ""}).refuses(422, "body", "can't be blank")
	post(fields{"title": strings.Repeat("x", 201)}).refuses(422, "title", "is too long")
	post(fields{"title": "nul\x00"}).refuses(422, "title", "is invalid")
	post(fields{"title": 1}).refuses(422, "title", "must be a string")
	post(fields{"tagList": []any{1, 2}}).refuses(422, "tagList", "must be a string")
	post(fields{"tagList": "go"}).refuses(422, "tagList", "must be an array")
	post(fields{"tagList": []string{"a\x1fb"}}).refuses(422, "tagList", "holds an invalid tag")
	post(fields{"tagList": []string{strings.Repeat("x", 51)}}).refuses(422, "tagList", "holds an invalid tag")
	post(fields{"tagList": strings.Split("a b c d e f g h i j k l m n o p q r s t u", " ")}).refuses(422, "tagList", "is too long (maximum is 20 tags)")

	all := s.call(t, "POST", "/articles", p.token, "{}").is(422)
	blank := []any{"can't be blank"}
	assert.Equal(t, map[string]any{"title": blank, "description": blank, "body": blank}, all.at("errors"))
}

func (s *suite) testReadArticle(t *testing.T) {
	p, reader := s.join(t, "author"), s.join(t, "reader")
	slug := s.publish(t, p, "Read me", "one", "two")
	r := s.call(t, "GET", "/articles/"+slug, "", nil).is(200)
	assert.Equal(t, "b", r.at("article.body"))
	assert.Equal(t, []string{"one", "two"}, strs(r.at("article.tagList")))
	assert.Equal(t, false, r.at("article.favorited"))

	s.call(t, "POST", "/articles/"+slug+"/favorite", reader.token, nil).is(200)
	s.call(t, "POST", "/profiles/"+p.name+"/follow", reader.token, nil).is(200)
	r = s.call(t, "GET", "/articles/"+slug, reader.token, nil).is(200)
	assert.Equal(t, true, r.at("article.favorited"))
	assert.Equal(t, true, r.at("article.author.following"))
	r = s.call(t, "GET", "/articles/"+slug, "", nil).is(200)
	assert.Equal(t, false, r.at("article.favorited"))
	assert.Equal(t, 1, r.number("article.favoritesCount"))
}

func (s *suite) testUpdateArticle(t *testing.T) {
	p := s.join(t, "author")
	slug := s.publish(t, p, "Before", "a", "b")
	before := s.call(t, "GET", "/articles/"+slug, "", nil).is(200)
	put := func(slug string, f fields) reply {
		return s.call(t, "PUT", "/articles/"+slug, p.token, in("article", f))
	}

	r := put(slug, fields{"body": "new body"}).is(200)
	assert.Equal(t, "new body", r.at("article.body"))
	assert.Equal(t, "Before", r.at("article.title"), "what is absent stays")
	assert.Equal(t, slug, r.at("article.slug"), "the slug stays while the title does")
	assert.Equal(t, []string{"a", "b"}, strs(r.at("article.tagList")))
	assert.Equal(t, before.at("article.createdAt"), r.at("article.createdAt"))
	assert.Greater(t, r.text("article.updatedAt"), before.text("article.updatedAt"))

	r = put(slug, fields{"title": "BEFORE!"}).is(200)
	assert.Equal(t, slug, r.at("article.slug"), "a title that gives the same slug keeps it")
	assert.Equal(t, "BEFORE!", r.at("article.title"))

	r = put(slug, fields{"title": "After"}).is(200)
	assert.Equal(t, "after", r.at("article.slug"))
	s.call(t, "GET", "/articles/"+slug, "", nil).refuses(404, "article", "not found")
	slug = "after"

	other := s.publish(t, p, "Other")
	r = put(slug, fields{"title": "Other"}).is(200)
	assert.Regexp(t, "^"+other+"-[a-z0-9]{6}$", r.at("article.slug"), "a new slug is unique as well")
	slug = r.text("article.slug")

	r = put(slug, fields{"tagList": []string{"d", "c", "d"}, "description": "new"}).is(200)
	assert.Equal(t, []string{"c", "d"}, strs(r.at("article.tagList")))
	assert.Equal(t, "new", r.at("article.description"))
	r = put(slug, fields{"tagList": []string{}}).is(200)
	assert.Equal(t, []string{}, strs(r.at("article.tagList")))
	put(slug, fields{}).is(200)

	put(slug, fields{"tagList": nil}).refuses(422, "tagList", "can't be null")
	put(slug, fields{"title": ""}).refuses(422, "title", "can't be blank")
	put(slug, fields{"title": nil}).refuses(422, "title", "can't be blank")
	put(slug, fields{"body": ""}).refuses(422, "body", "can't be blank")
	put(slug, fields{"description": " "}).refuses(422, "description", "can't be blank")
	s.call(t, "PUT", "/articles/"+slug, p.token, "{}").refuses(422, "article", "is required")
}

func (s *suite) testDeleteArticle(t *testing.T) {
	p := s.join(t, "author")
	slug := s.publish(t, p, "Short-lived", "gone-with-it")
	s.call(t, "POST", "/articles/"+slug+"/comments", p.token, in("comment", fields{"body": "hm"})).is(200)
	s.call(t, "POST", "/articles/"+slug+"/favorite", p.token, nil).is(200)
	r := s.call(t, "DELETE", "/articles/"+slug, p.token, nil).is(204)
	assert.Empty(t, r.raw)
	s.call(t, "GET", "/articles/"+slug, "", nil).refuses(404, "article", "not found")
	s.call(t, "DELETE", "/articles/"+slug, p.token, nil).refuses(404, "article", "not found")
	for _, table := range []string{"comments c JOIN articles a ON a.id = c.article_id WHERE a.slug = $1", "article_tags WHERE tag = 'gone-with-it' AND $1 <> ''"} {
		var n int
		require.NoError(t, s.db.Get(t.Context(), []any{&n}, "SELECT count(*) FROM "+table, slug))
		assert.Zero(t, n, table)
	}
}

func (s *suite) testFavorites(t *testing.T) {
	p, fan := s.join(t, "author"), s.join(t, "fan")
	slug := s.publish(t, p, "Likeable")
	for range 2 { // once more changes nothing
		r := s.call(t, "POST", "/articles/"+slug+"/favorite", fan.token, nil).is(200)
		assert.Equal(t, true, r.at("article.favorited"))
		assert.Equal(t, 1, r.number("article.favoritesCount"))
		assert.Equal(t, "b", r.at("article.body"))
	}
	r := s.call(t, "GET", "/articles?favorited="+strings.ToUpper(fan.name), fan.token, nil).is(200)
	assert.Equal(t, 1, r.number("articlesCount"))
	assert.Equal(t, true, r.at("articles.0.favorited"))
	for range 2 {
		r := s.call(t, "DELETE", "/articles/"+slug+"/favorite", fan.token, nil).is(200)
		assert.Equal(t, false, r.at("article.favorited"))
		assert.Equal(t, 0, r.number("article.favoritesCount"))
	}
	r = s.call(t, "GET", "/articles?favorited="+fan.name, "", nil).is(200)
	assert.Equal(t, 0, r.number("articlesCount"))
}
