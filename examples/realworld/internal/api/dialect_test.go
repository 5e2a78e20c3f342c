package api_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
)

// TestHurlDialect checks what the RealWorld project's Hurl collection expects where it
// differs from the OpenAPI document. The rest of what it expects is in TestConduit.
func TestHurlDialect(t *testing.T) {
	s := newSuite(t, storetest.SQLite(t), api.Hurl)
	p := s.join(t, "hurl")
	register := func(username, email string) reply {
		return s.call(t, "POST", "/users", "", in("user", fields{"username": username, "email": email, "password": password}))
	}
	register(p.name, "other@example.com").refuses(409, "username", "has already been taken")
	register("other", p.email).refuses(409, "email", "has already been taken")

	r := s.call(t, "GET", "/user", p.token, nil).is(200)
	assert.Contains(t, r.at("user"), "bio")
	assert.Nil(t, r.at("user.bio"))
	assert.Nil(t, r.at("user.image"))
	for _, empty := range []any{"", nil} {
		r = s.call(t, "PUT", "/user", p.token, in("user", fields{"bio": "b", "image": "i"})).is(200)
		assert.Equal(t, "b", r.at("user.bio"))
		assert.Equal(t, "i", r.at("user.image"))
		r = s.call(t, "PUT", "/user", p.token, in("user", fields{"bio": empty, "image": empty})).is(200)
		assert.Nil(t, r.at("user.bio"))
		assert.Nil(t, r.at("user.image"))
	}
	slug := s.publish(t, p, "Hurl")
	r = s.call(t, "POST", "/articles/"+slug+"/comments", p.token, in("comment", fields{"body": "b"})).is(201)
	assert.Contains(t, r.at("comment.author"), "bio")
	assert.Nil(t, r.at("comment.author.bio"))
	s.call(t, "DELETE", fmt.Sprintf("/articles/%s/comments/%d", slug, r.number("comment.id")), p.token, nil).is(204)
}
