package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func (s *suite) testComments(t *testing.T) {
	p, reader := s.join(t, "author"), s.join(t, "reader")
	slug := s.publish(t, p, "Discussed")
	path := "/articles/" + slug + "/comments"
	say := func(body any) reply {
		return s.call(t, "POST", path, reader.token, in("comment", fields{"body": body}))
	}

	r := say("It takes a Jacobian").is(200)
	assert.Equal(t, "It takes a Jacobian", r.at("comment.body"))
	assert.Equal(t, reader.name, r.at("comment.author.username"))
	assert.Regexp(t, milliseconds, r.at("comment.createdAt"))
	assert.Regexp(t, milliseconds, r.at("comment.updatedAt"))
	first := r.number("comment.id")
	second := say("Second").is(200).number("comment.id")

	s.call(t, "POST", "/profiles/"+reader.name+"/follow", p.token, nil).is(200)
	r = s.call(t, "GET", path, p.token, nil).is(200)
	assert.Len(t, r.at("comments"), 2)
	assert.Equal(t, first, r.number("comments.0.id"), "the oldest first")
	assert.Equal(t, true, r.at("comments.0.author.following"))
	r = s.call(t, "GET", path, "", nil).is(200)
	assert.Equal(t, false, r.at("comments.0.author.following"))

	s.call(t, "DELETE", fmt.Sprintf("%s/%d", path, first), reader.token, nil).is(204)
	r = s.call(t, "GET", path, "", nil).is(200)
	assert.Len(t, r.at("comments"), 1)
	assert.Equal(t, second, r.number("comments.0.id"))

	say("").refuses(422, "body", "can't be blank")
	say(" \n").refuses(422, "body", "can't be blank")
	say(strings.Repeat("x", 10_001)).refuses(422, "body", "is too long")
	say("nul\x00").refuses(422, "body", "is invalid")
	say(7).refuses(422, "body", "must be a string")
	s.call(t, "DELETE", path+"/one", reader.token, nil).refuses(422, "id", "must be an integer")

	empty := s.publish(t, p, "Silent")
	r = s.call(t, "GET", "/articles/"+empty+"/comments", "", nil).is(200)
	assert.Equal(t, []any{}, r.at("comments"), "no comments are an empty list, not null")
	s.call(t, "DELETE", fmt.Sprintf("/articles/%s/comments/%d", empty, second), reader.token, nil).refuses(404, "comment", "not found")
}

func (s *suite) testPermissions(t *testing.T) {
	owner, other := s.join(t, "owner"), s.join(t, "other")
	slug := s.publish(t, owner, "Mine", "mine")
	comment := s.call(t, "POST", "/articles/"+slug+"/comments", owner.token, in("comment", fields{"body": "mine too"})).is(200)
	path := fmt.Sprintf("/articles/%s/comments/%d", slug, comment.number("comment.id"))

	s.call(t, "PUT", "/articles/"+slug, other.token, in("article", fields{"body": "hijacked"})).refuses(403, "article", "forbidden")
	s.call(t, "PUT", "/articles/"+slug, other.token, in("article", fields{"tagList": []string{}})).refuses(403, "article", "forbidden")
	s.call(t, "DELETE", "/articles/"+slug, other.token, nil).refuses(403, "article", "forbidden")
	s.call(t, "DELETE", path, other.token, nil).refuses(403, "comment", "forbidden")

	// Nor does the author of an article delete what others say below it.
	theirs := s.call(t, "POST", "/articles/"+slug+"/comments", other.token, in("comment", fields{"body": "theirs"})).is(200)
	s.call(t, "DELETE", fmt.Sprintf("/articles/%s/comments/%d", slug, theirs.number("comment.id")), owner.token, nil).refuses(403, "comment", "forbidden")

	r := s.call(t, "GET", "/articles/"+slug, "", nil).is(200)
	assert.Equal(t, "b", r.at("article.body"))
	assert.Equal(t, []string{"mine"}, strs(r.at("article.tagList")))
	assert.Len(t, s.call(t, "GET", "/articles/"+slug+"/comments", "", nil).is(200).at("comments"), 2)
}

func (s *suite) testUnknownThings(t *testing.T) {
	p := s.join(t, "seeker")
	comment, change := in("comment", fields{"body": "b"}), in("article", fields{"body": "b"})
	for _, c := range []struct {
		method, path string
		body         any
		thing        string
	}{
		{"GET", "/profiles/no-such-user", nil, "profile"},
		{"POST", "/profiles/no-such-user/follow", nil, "profile"},
		{"DELETE", "/profiles/no-such-user/follow", nil, "profile"},
		{"GET", "/articles/no-such-slug", nil, "article"},
		{"PUT", "/articles/no-such-slug", change, "article"},
		{"DELETE", "/articles/no-such-slug", nil, "article"},
		{"POST", "/articles/no-such-slug/favorite", nil, "article"},
		{"DELETE", "/articles/no-such-slug/favorite", nil, "article"},
		{"GET", "/articles/no-such-slug/comments", nil, "article"},
		{"POST", "/articles/no-such-slug/comments", comment, "article"},
		{"DELETE", "/articles/no-such-slug/comments/1", nil, "article"},
		{"GET", "/no-such-route", nil, "route"},
	} {
		s.call(t, c.method, c.path, p.token, c.body).refuses(404, c.thing, "not found")
	}
	r := s.call(t, "PATCH", "/user", p.token, in("user", fields{"bio": "b"}))
	r.refuses(405, "method", "is not allowed here")
	assert.ElementsMatch(t, []string{"GET", "HEAD", "PUT"}, strings.Split(r.header.Get("Allow"), ", "))
}

func (s *suite) testBadRequests(t *testing.T) {
	p := s.join(t, "clumsy")
	slug := s.publish(t, p, "Clumsy")
	for _, op := range []struct{ method, path string }{
		{"POST", "/users"}, {"POST", "/users/login"}, {"PUT", "/user"},
		{"POST", "/articles"}, {"PUT", "/articles/" + slug}, {"POST", "/articles/" + slug + "/comments"},
	} {
		s.call(t, op.method, op.path, p.token, nil).refuses(422, "request", "must not be empty")
		s.call(t, op.method, op.path, p.token, `{"user":`).refuses(422, "request", "is cut off")
		s.call(t, op.method, op.path, p.token, `[]`).is(422)
		s.call(t, op.method, op.path, p.token, `{} {}`).is(422)
		s.call(t, op.method, op.path, p.token, `{"user":1,"article":1,"comment":1}`).is(422)
	}
	s.call(t, "PUT", "/user", p.token, `{"user":{"bio":7}}`).is(422)

	long := func(n int) fields { return fields{"title": "t", "description": "d", "body": strings.Repeat("x", n)} }
	s.call(t, "POST", "/articles", p.token, in("article", long(500_000))).is(201)
	s.call(t, "POST", "/articles", p.token, in("article", long(500_001))).refuses(422, "body", "is too long")
	s.call(t, "POST", "/articles", p.token, in("article", long(9<<20))).refuses(413, "request", "is too large")
	s.call(t, "PUT", "/user", p.token, in("user", fields{"bio": strings.Repeat("x", 300<<10)})).refuses(413, "request", "is too large")
}
