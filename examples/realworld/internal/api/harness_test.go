package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/store"
)

// suite is a server on a real listener, and what the tests say to it. Every answer that
// passes through it is held against the OpenAPI document.
type suite struct {
	url    string
	db     *store.DB
	tokens *auth.Tokens
	spec   *contract

	mu     sync.Mutex
	people int
}

// password is the password of everyone whom suite.join registers.
const password = "johnnyjacob"

func newSuite(t *testing.T, db *store.DB, dialect api.Dialect) *suite {
	t.Helper()
	tokens, err := auth.NewTokens([]byte(strings.Repeat("s3cret-", 6)), time.Hour, time.Now)
	require.NoError(t, err)
	engine := newEngine(t, db, dialect, tokens, t.Output())
	require.NoError(t, engine.SetTrustedProxies([]string{"127.0.0.1"}))
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return &suite{url: server.URL, db: db, tokens: tokens, spec: loadContract(t, dialect)}
}

func newEngine(t *testing.T, db *store.DB, dialect api.Dialect, tokens *auth.Tokens, log io.Writer) *dram.Engine {
	t.Helper()
	return api.New(api.Options{
		DB:      db,
		Hasher:  auth.NewHasher(auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}),
		Tokens:  tokens,
		Log:     slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError})),
		Dialect: dialect,
		Origins: []string{"*"},
		Now:     time.Now,
	})
}

// reply is an answer, read and checked.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	raw    []byte
	body   any
}

// call sends a request, with the token unless it is "" (of the scheme Token, unless it says
// another), and the body as JSON unless it is nil (a string goes as it is), and checks that the answer keeps to the document.
func (s *suite) call(t *testing.T, method, path, token string, body any) reply {
	t.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		require.NoError(t, err)
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+"/api"+path, content)
	require.NoError(t, err)
	if token != "" && !strings.Contains(token, " ") {
		token = "Token " + token
	}
	req.Header.Set("Authorization", token)
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", rand.N(256), rand.N(256), rand.N(256))) // people, not one flood
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	r := reply{t: t, status: res.StatusCode, header: res.Header, raw: raw}
	if len(raw) > 0 && strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		require.NoError(t, json.Unmarshal(raw, &r.body), "%s", raw)
	}
	assert.NoError(t, s.spec.check(req, r), "%s %s: %d %s", method, path, r.status, raw)
	return r
}

// is requires the status and returns the reply.
func (r reply) is(status int) reply {
	r.t.Helper()
	require.Equal(r.t, status, r.status, "%s", r.raw)
	return r
}

// at returns the value at a path such as "articles.0.author.username", nil when there is none.
func (r reply) at(path string) any {
	value := r.body
	for _, step := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

func (r reply) text(path string) string {
	r.t.Helper()
	s, ok := r.at(path).(string)
	require.True(r.t, ok, "%s is not a string in %s", path, r.raw)
	return s
}

func (r reply) number(path string) int {
	r.t.Helper()
	f, ok := r.at(path).(float64)
	require.True(r.t, ok, "%s is not a number in %s", path, r.raw)
	return int(f)
}

// refuses requires a refusal with that status and that message for that field, and with no
// other but the empty "body" of the OpenAPI dialect, which the contract looks after.
func (r reply) refuses(status int, field, message string) {
	r.t.Helper()
	r.is(status)
	said, _ := r.at("errors").(map[string]any)
	if list, _ := said["body"].([]any); len(list) == 0 {
		delete(said, "body")
	}
	assert.Equal(r.t, map[string]any{field: []any{message}}, said, "%s", r.raw)
}

// person is a registered user.
type person struct{ name, email, token string }

// join registers someone new.
func (s *suite) join(t *testing.T, name string) person {
	t.Helper()
	s.mu.Lock()
	s.people++
	name = fmt.Sprintf("%s%d", name, s.people)
	s.mu.Unlock()
	email := name + "@example.com"
	r := s.call(t, "POST", "/users", "", in("user", fields{"username": name, "email": email, "password": password})).is(201)
	return person{name, email, r.text("user.token")}
}

// publish writes an article and returns its slug.
func (s *suite) publish(t *testing.T, p person, title string, tags ...string) string {
	t.Helper()
	r := s.call(t, "POST", "/articles", p.token, in("article", fields{"title": title, "description": "d", "body": "b", "tagList": tags})).is(201)
	return r.text("article.slug")
}

type fields map[string]any

// in wraps the members of a request as the specification does: {"user": {…}}.
func in(envelope string, f fields) any { return map[string]any{envelope: f} }

func strs(v any) []string {
	list, _ := v.([]any)
	out := []string{}
	for _, x := range list {
		out = append(out, x.(string))
	}
	return out
}
