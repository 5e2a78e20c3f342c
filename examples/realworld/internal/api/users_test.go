package api_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
)

func (s *suite) testRegister(t *testing.T) {
	r := s.call(t, "POST", "/users", "", in("user", fields{"username": "Jacob", "email": "John@Jacob.org", "password": password})).is(201)
	assert.Equal(t, "Jacob", r.at("user.username"))
	assert.Equal(t, "John@Jacob.org", r.at("user.email"))
	assert.Equal(t, "", r.at("user.bio"))
	assert.Equal(t, "", r.at("user.image"))
	assert.Len(t, r.at("user"), 5, "nothing but the specification's members: %s", r.raw)
	s.call(t, "GET", "/user", r.text("user.token"), nil).is(200)

	register := func(username, email, password string) reply {
		return s.call(t, "POST", "/users", "", in("user", fields{"username": username, "email": email, "password": password}))
	}
	register("jACOB", "other@jacob.org", password).refuses(422, "username", "has already been taken")
	register("other", "JOHN@jacob.org", password).refuses(422, "email", "has already been taken")
	register("", "a@b.org", password).refuses(422, "username", "can't be blank")
	register("a", "", password).refuses(422, "email", "can't be blank")
	register("a", "a@b.org", "").refuses(422, "password", "can't be blank")
	register("a", "nonsense", password).refuses(422, "email", "is invalid")
	register("a", "a@b.org", "short").refuses(422, "password", "is too short (minimum is 8 characters)")
	register("a/b", "a@b.org", password).refuses(422, "username", "is invalid")

	all := s.call(t, "POST", "/users", "", in("user", fields{})).is(422)
	blank := []any{"can't be blank"}
	assert.Equal(t, map[string]any{"username": blank, "email": blank, "password": blank, "body": []any{}}, all.at("errors"))
}

func (s *suite) testLogin(t *testing.T) {
	p := s.join(t, "login")
	login := func(email, password string) reply {
		return s.call(t, "POST", "/users/login", "", in("user", fields{"email": email, "password": password}))
	}
	r := login(strings.ToUpper(p.email), password).is(200)
	assert.Equal(t, p.name, r.at("user.username"))
	s.call(t, "GET", "/user", r.text("user.token"), nil).is(200)

	wrong := login(p.email, "wrong password")
	wrong.refuses(401, "credentials", "invalid")
	assert.Equal(t, `Token realm="conduit"`, wrong.header.Get("WWW-Authenticate"))
	unknown := login("nobody@example.com", password)
	unknown.refuses(401, "credentials", "invalid")
	assert.JSONEq(t, string(wrong.raw), string(unknown.raw), "the answer does not tell which addresses are known")
	login("", password).refuses(422, "email", "can't be blank")
	login(p.email, "").refuses(422, "password", "can't be blank")
}

// Guessing is slowed down by address, so that nobody locks somebody else out. So is all else for
// which a password is hashed: a flood of registrations had the log-ins of others wait.
func TestAnAddressDoesNotHaveAllPasswordsHashed(t *testing.T) {
	tokens, err := auth.NewTokens([]byte(strings.Repeat("s3cret-", 6)), time.Hour, time.Now)
	require.NoError(t, err)
	engine := newEngine(t, storetest.SQLite(t), api.Dialects["web"], tokens, t.Output())
	send := func(from, method, path, token, user string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, "/api"+path, strings.NewReader(`{"user":`+user+`}`))
		req.RemoteAddr = from
		req.Header.Set("X-Forwarded-For", rand.Text()) // which is not believed
		req.Header.Set("Authorization", "Token "+token)
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, req)
		return w
	}
	var token string
	register := func(from string) *httptest.ResponseRecorder {
		name := rand.Text()
		return send(from, "POST", "/users", "", fmt.Sprintf(`{"username":%q,"email":"%[1]s@example.com","password":"password"}`, name))
	}
	change := func(from string) *httptest.ResponseRecorder {
		w := send(from, "PUT", "/user", token, `{"password":"password"}`)
		if w.Code == 200 {
			token = tokenIn(t, w.Body.Bytes())
		}
		return w
	}
	token = tokenIn(t, register("192.0.2.3:1").Body.Bytes())
	for _, of := range []struct {
		name        string
		try         func(from string) *httptest.ResponseRecorder
		done, limit int
	}{
		{"a log-in", func(from string) *httptest.ResponseRecorder {
			return send(from, "POST", "/users/login", "", `{"email":"x@example.com","password":"wrong"}`)
		}, 401, 30},
		{"a registration", register, 201, 60},
		{"a new password", change, 200, 60},
	} {
		t.Run(of.name, func(t *testing.T) {
			from := "192.0.2.1:"
			if of.name == "a new password" { // which has a bucket with registrations
				from = "192.0.2.4:"
			}
			w, tries := of.try(from+"1"), 1
			for ; w.Code == of.done && tries < 300; tries++ { // some are given back meanwhile
				w = of.try(fmt.Sprint(from, tries))
			}
			assert.Equal(t, 429, w.Code)
			assert.Greater(t, tries, of.limit)
			assert.NotEmpty(t, w.Header().Get("Retry-After"))
			assert.JSONEq(t, `{"errors":{"request":["is refused: Too Many Requests"]}}`, w.Body.String())
			assert.Equal(t, of.done, of.try("192.0.2.2:1").Code)
		})
	}
}

// tokenIn is the token of an answer with a user.
func tokenIn(t *testing.T, answer []byte) string {
	t.Helper()
	var in struct{ User struct{ Token string } }
	require.NoError(t, json.Unmarshal(answer, &in))
	require.NotEmpty(t, in.User.Token)
	return in.User.Token
}

func (s *suite) testCurrentUser(t *testing.T) {
	p := s.join(t, "current")
	r := s.call(t, "GET", "/user", p.token, nil).is(200)
	assert.Equal(t, p.name, r.at("user.username"))
	assert.Equal(t, p.email, r.at("user.email"))
	assert.Equal(t, p.token, r.at("user.token"))
	assert.Equal(t, "no-store", r.header.Get("Cache-Control"))
}

func (s *suite) testUpdateUser(t *testing.T) {
	p, other := s.join(t, "update"), s.join(t, "taken")
	put := func(f fields) reply { return s.call(t, "PUT", "/user", p.token, in("user", f)) }

	r := put(fields{"bio": "I like dragons", "image": "https://example.com/i.png"}).is(200)
	assert.Equal(t, "I like dragons", r.at("user.bio"))
	assert.Equal(t, p.name, r.at("user.username"), "what is absent stays")
	assert.Equal(t, p.token, r.at("user.token"))

	r = put(fields{"bio": nil}).is(200)
	assert.Equal(t, "", r.at("user.bio"), "null empties; the document wants a string")
	assert.Equal(t, "https://example.com/i.png", r.at("user.image"))
	r = put(fields{"image": ""}).is(200)
	assert.Equal(t, "", r.at("user.image"))

	r = put(fields{"username": p.name + "_upd", "email": "upd_" + p.email, "password": ""}).is(200)
	assert.Equal(t, p.name+"_upd", r.at("user.username"))
	r = s.call(t, "GET", "/user", p.token, nil).is(200)
	assert.Equal(t, "upd_"+p.email, r.at("user.email"), "it was kept")

	login := func(password string) reply {
		return s.call(t, "POST", "/users/login", "", in("user", fields{"email": "upd_" + p.email, "password": password}))
	}
	login(password).is(200) // an empty password in the form above left it as it was
	elsewhere := login(password).is(200).text("user.token")
	old := p.token
	p.token = put(fields{"password": "a new password"}).is(200).text("user.token")
	for _, token := range []string{old, elsewhere} {
		s.call(t, "GET", "/user", token, nil).refuses(401, "token", "is invalid")
	}
	s.call(t, "GET", "/user", p.token, nil).is(200)
	login(password).is(401)
	login("a new password").is(200)

	put(fields{"username": other.name}).refuses(422, "username", "has already been taken")
	put(fields{"email": strings.ToUpper(other.email)}).refuses(422, "email", "has already been taken")
	put(fields{"username": ""}).refuses(422, "username", "can't be blank")
	put(fields{"username": nil}).refuses(422, "username", "can't be blank")
	put(fields{"email": nil}).refuses(422, "email", "can't be blank")
	put(fields{"email": "x"}).refuses(422, "email", "is invalid")
	put(fields{"password": "short"}).refuses(422, "password", "is too short (minimum is 8 characters)")
	put(fields{}).refuses(422, "user", "needs at least one field")
	s.call(t, "PUT", "/user", p.token, "{}").refuses(422, "user", "needs at least one field")
}

// testTokens goes through every way in which a token can fail.
func (s *suite) testTokens(t *testing.T) {
	p := s.join(t, "tokens")
	slug := s.publish(t, p, "Tokens")
	past, err := auth.NewTokens([]byte(strings.Repeat("s3cret-", 6)), time.Hour, func() time.Time { return time.Now().Add(-2 * time.Hour) })
	require.NoError(t, err)
	expired, err := past.Issue(1, "")
	require.NoError(t, err)
	ghost, err := s.tokens.Issue(999_999, "")
	require.NoError(t, err)

	for _, op := range []struct{ method, path string }{
		{"GET", "/user"}, {"PUT", "/user"},
		{"POST", "/profiles/x/follow"}, {"DELETE", "/profiles/x/follow"},
		{"GET", "/articles/feed"}, {"POST", "/articles"}, {"PUT", "/articles/x"}, {"DELETE", "/articles/x"},
		{"POST", "/articles/x/favorite"}, {"DELETE", "/articles/x/favorite"},
		{"POST", "/articles/x/comments"}, {"DELETE", "/articles/x/comments/1"},
	} {
		s.call(t, op.method, op.path, "", nil).refuses(401, "token", "is missing")
		s.call(t, op.method, op.path, "not.a.token", nil).refuses(401, "token", "is invalid")
	}
	s.call(t, "GET", "/user", expired, nil).refuses(401, "token", "is invalid")
	s.call(t, "GET", "/user", ghost, nil).refuses(401, "token", "is invalid")
	for _, path := range []string{"/articles", "/profiles/" + p.name, "/articles/" + slug + "/comments"} {
		s.call(t, "GET", path, "", nil).is(200)
		s.call(t, "GET", path, expired, nil).refuses(401, "token", "is invalid")
	}
	for _, path := range []string{"/tags", "/articles/" + slug} { // the document knows no 401 here
		s.call(t, "GET", path, expired, nil).is(200)
	}

	s.call(t, "GET", "/user", "Bearer "+p.token, nil).is(200) // as well as Token
}

func (s *suite) testProfiles(t *testing.T) {
	fan, star := s.join(t, "fan"), s.join(t, "star")
	s.call(t, "PUT", "/user", star.token, in("user", fields{"bio": "shines", "image": "https://example.com/s.png"})).is(200)
	following := func(token string) any {
		r := s.call(t, "GET", "/profiles/"+star.name, token, nil).is(200)
		assert.Equal(t, star.name, r.at("profile.username"))
		assert.Equal(t, "shines", r.at("profile.bio"))
		assert.Equal(t, "https://example.com/s.png", r.at("profile.image"))
		assert.Len(t, r.at("profile"), 4)
		return r.at("profile.following")
	}
	assert.Equal(t, false, following(""))
	assert.Equal(t, false, following(fan.token))
	for range 2 { // once more changes nothing
		r := s.call(t, "POST", "/profiles/"+strings.ToUpper(star.name)+"/follow", fan.token, nil).is(200)
		assert.Equal(t, true, r.at("profile.following"))
	}
	assert.Equal(t, true, following(fan.token))
	assert.Equal(t, false, following(star.token))
	assert.Equal(t, false, following(""))
	for range 2 {
		r := s.call(t, "DELETE", "/profiles/"+star.name+"/follow", fan.token, nil).is(200)
		assert.Equal(t, false, r.at("profile.following"))
	}
	assert.Equal(t, false, following(fan.token))
	s.call(t, "POST", "/profiles/"+fan.name+"/follow", fan.token, nil).refuses(422, "username", "can't be your own")
}
