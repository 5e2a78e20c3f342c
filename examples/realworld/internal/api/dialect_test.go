package api_test

import (
	"fmt"
	"strings"
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

// TestErrorsAsFrontEndsPrintThem prints refusals in the two ways of public front ends: a
// line for each field with its messages, and a line for each message. No line says "body"
// of another field, and none comes twice.
func TestErrorsAsFrontEndsPrintThem(t *testing.T) {
	for name, dialect := range api.Dialects {
		t.Run(name, func(t *testing.T) {
			s := newSuite(t, storetest.SQLite(t), dialect)
			p := s.join(t, "front")
			slug := s.publish(t, p, "Front")
			comments := "/articles/" + slug + "/comments"
			for _, c := range []struct {
				method, path, token string
				body                any
				lines               []string
			}{
				{"POST", "/users", "", in("user", fields{"username": "x", "email": p.email, "password": password}), []string{"email has already been taken"}},
				{"POST", "/users", "", in("user", fields{"username": strings.Repeat("/\x00", 40), "email": "x", "password": ""}),
					[]string{"email is invalid", "password can't be blank", "username is too long"}},
				{"POST", "/users/login", "", in("user", fields{"email": p.email, "password": "wrong"}), []string{"credentials invalid"}},
				{"POST", comments, p.token, in("comment", fields{"body": ""}), []string{"body can't be blank"}},
				{"POST", comments, "", in("comment", fields{"body": "b"}), []string{"token is missing"}},
				{"PUT", "/articles/" + slug, p.token, in("article", fields{"tagList": []int{1, 2}}), []string{"tagList must be a string"}},
				{"GET", "/articles/nothing", "", nil, []string{"article not found"}},
				{"GET", "/articles?limit=0&offset=x", "", nil, []string{"limit must be at least 1", "offset must be an integer"}},
			} {
				var byField, byMessage []string
				said := s.call(t, c.method, c.path, c.token, c.body).at("errors").(map[string]any)
				for field, messages := range said {
					byField = append(byField, field+" "+strings.Join(strs(messages), ","))
					for _, message := range strs(messages) {
						byMessage = append(byMessage, field+" "+message)
					}
				}
				assert.ElementsMatch(t, c.lines, byMessage, "%s %s", c.method, c.path)
				if !dialect.ErrorsHaveBody {
					assert.ElementsMatch(t, c.lines, byField, "%s %s", c.method, c.path)
				}
			}
		})
	}
}
