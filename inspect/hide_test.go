package inspect_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
)

// reset is an engine with secrets in some paths and in the names of some hosts, and with other routes that take such paths.
func reset() *dram.Engine {
	r := dram.New()
	r.Use(dram.RecoveryWithWriter(io.Discard))
	r.POST("/reset/:token/done", beside)
	r.POST("/:tenant/invite-:code", beside)
	r.GET("/:user/:repo", beside)
	r.GET("/u/:id", beside)
	r.GET("/file/*path", beside)
	r.Host("{apikey}.keys.example.com").GET("/x/:a", beside)
	r.NoRoute(beside)
	return r
}

// shows returns all that the pages show of the last request.
func (s *site) shows() string {
	id := s.last().ID
	all := s.page("requests")
	for _, page := range []string{"", "/json", "/trace"} {
		all += s.page(fmt.Sprint("requests/", id, page))
	}
	return all
}

// A secret is where a route has its param, whatever route has taken the request, and wherever the path stands.
func TestAttackASecretsPlaceInWhateverIsShown(t *testing.T) {
	s := serve(t, reset(), inspect.Config{}).open()
	for _, tt := range [][]string{
		{"/reset/zebra"}, {"/RESET/zebra"}, {"/reset/zebra/done/"}, {"/app/v1/reset/zebra"}, {"/file/reset/zebra"}, {"/file/a/invite-zebra"}, {"/INVITE-zebra"},
		{"/file/%2572eset%252Fzebra"}, {"/u/1?next=/reset/zebra"}, {"/u/1?next=%2Freset%2Fzebra"}, {"/u/1?next=%252Freset%252Fzebra"},
		{"/u/1?url=http%3A%2F%2Fh%2Freset%2Fzebra"}, {"/u/1?/reset/zebra"}, {"/u/1?q={%22password%22:%22zebra%22}"}, {"/u/1?a=u:zebra@h"},
		{"/u/1", "Referer", "http://h/u/1?next=/reset/zebra"}, {"/u/1", "Referer", "HTTP://H/RESET/zebra"}, {"/u/1", "Link", "<http://h/reset/zebra>; rel=x"},
		{"/u/1", "X-Original-Uri", "reset/zebra"}, {"/u/1", "X-Original-Uri", "/reset/zebra;a=b"}, {"/u/1", "X-Line", "GET /reset/zebra HTTP/1.1"},
		{"/u/1", "X-Data", `{"password":"zebra"}`}, {"/u/1", "From", "u:zebra@h"}, {"/u/1", "Referer", "http://zebra.keys.example.com/x"},
		{"/x/1", "Host", "zebra.keys.example.com"}, {"/x/1", "Host", "zebra.keys.example.com", "X-Also", "zebra", "Referer", "http://h/zebra"},
		{"/none/1/2", "Host", "zebra.keys.example.com"}, {"/reset/zebra", "X-Also", "the zebra, once more"},
	} {
		s.ask("GET", tt[0], "", tt[1:]...)
		assert.NotContains(t, strings.ToLower(s.shows()), "zebra", strings.Join(tt, " "))
	}
	s.ask("GET", "/reset/zebra", "")
	assert.Equal(t, "/reset/*", s.last().Path)
	assert.Equal(t, []pair{{"user", "reset"}, {"repo", "*"}}, s.last().Params)
	s.ask("GET", "/u/1?next=/reset/zebra&n=2", "")
	assert.Equal(t, "next=*&n=2", s.last().Query)
}

func TestAttackASecretInErrorsPanicsAndKeys(t *testing.T) {
	texts := []string{"GET /reset/zebra: no", `Get "http://h/reset/zebra": refused`, `body {"password": "zebra"}`, "at http://zebra.keys.example.com"}
	r := reset()
	r.GET("/keys/:i/x", func(c *dram.Context) {
		for i, text := range texts {
			_ = c.Error(errors.New(text))
			c.Set(fmt.Sprint("k", i), text)
		}
		c.Set("session:zebra", 1)
		panic(texts[0])
	})
	s := serve(t, r, inspect.Config{}).open()
	s.ask("GET", "/keys/1/x", "")
	assert.NotContains(t, s.shows(), "zebra")
	assert.Contains(t, s.last().Keys, pair{"k0", "GET /reset/* no"})
}

// What is not a secret is shown: the text of a pattern, an address, the words of an error.
func TestTheRestIsShown(t *testing.T) {
	r := reset()
	r.GET("/about", beside)
	r.GET("/:token", beside)
	s := serve(t, r, inspect.Config{}).open()
	for target, want := range map[string]string{"/about": "/about", "/zebra": "/*", "/u/7": "/u/7", "/file/a/b": "/file/a/b"} {
		s.ask("GET", target, "", "X-Plain", "a, b; c=d", "Accept", "text/html;q=0.9, */*")
		rec := s.last()
		assert.Equal(t, want, rec.Path)
		assert.Contains(t, rec.Header, pair{"X-Plain", "a, b; c=d"})
		assert.Contains(t, rec.Header, pair{"Accept", "text/html;q=0.9, */*"})
	}
}

// However many segments a client makes secrets of, a page is one.
func TestAttackManySecretsInOnePath(t *testing.T) {
	r := dram.New()
	r.GET("/all/*token", beside)
	s := serve(t, r, inspect.Config{Bytes: 64 << 20}).open()
	res := s.ask("GET", "/all"+strings.Repeat("/zebra1/zebra2", 30_000), "", "X-Also", "zebra1")
	assert.Equal(t, http.StatusOK, res.StatusCode)
	assert.NotContains(t, s.shows(), "zebra")
}
