package gateway_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const cached = `
upstreams: {books: {servers: [{url: $1, version: v1}, {url: $2, version: v2}]}}
routes: [{path: /books, to: books, cache: {for: 10m}, split: {shares: {v1: 100%, v2: 0}, header: X-V}}]
`

// numbered answers with a name, and how often it has.
func numbered(name string) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			n++
		}
		if r.Header.Get("Log-In") != "" {
			w.Header().Set("Set-Cookie", "session=1")
		}
		fmt.Fprint(w, name, " ", n)
	}
}

func TestAKeptAnswerIsThatOfItsVersion(t *testing.T) {
	g, _ := start(t, cached, numbered("v1"), numbered("v2"))
	get := func(version string) string { return ask(g, "/books", "X-V", version).Body.String() }
	for range 2 {
		assert.Equal(t, "v1 1", get("v1"))
		assert.Equal(t, "v2 1", get("v2"))
	}
	assert.Equal(t, 200, asked(g, "POST", "/books", "", "X-V", "v1").Code)
	assert.Equal(t, "v1 2", get("v1"))
	assert.Equal(t, "v2 2", get("v2"), "a change is one of all versions")
}

func TestWhatOneClientGetsIsForNoCacheInFront(t *testing.T) {
	keys := write(t, "keys", keyLine("ann", "a", ""))
	g, _ := start(t, cached+"auth: {partners: {keys: {file: "+keys+", header: X-Partner}}}", numbered("v1"), numbered("v2"))
	for name, headers := range map[string][]string{
		"the file's own kind of key": {"X-Partner", "a"}, "a key": {"X-Api-Key", "a"},
		"a cookie": {"Cookie", "a=b"}, "a credential": {"Authorization", "Basic x"}, "a cookie that is set": {"Log-In", "1"},
	} {
		w := ask(g, "/books", headers...)
		assert.Contains(t, w.Header().Get("Cache-Control"), "private", name)
	}
	assert.Equal(t, "max-age=600", ask(g, "/books").Header().Get("Cache-Control"))
}

func TestAFileThatSaysSomethingElseOfARouteDropsItsCopies(t *testing.T) {
	g, _ := start(t, cached, numbered("v1"), numbered("v2"))
	ask(g, "/books")
	for i, edit := range [][2]string{
		{"", "# a comment\n"}, {"for: 10m", "for: 20m"}, {"cache:", "response: {set: {X-A: b}}, cache:"}, {"version: v1}", "version: v1, weight: 2}"},
	} {
		require.NoError(t, g.Use([]byte(strings.Replace(string(g.Text()), edit[0], edit[1], 1))))
		assert.Equal(t, fmt.Sprint("v1 ", i+1), ask(g, "/books").Body.String(), edit)
	}
}

// What an answer says itself counts, in whatever words; and what nobody may keep unasked is not kept.
func TestTheFileDoesNotOverruleTheAnswer(t *testing.T) {
	var status int
	var header http.Header
	g, _ := start(t, strings.Replace(cached, ", header: X-V", "", 1), func(w http.ResponseWriter, r *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
	}, numbered("v2"))
	for _, tc := range []struct {
		status       int
		header       http.Header
		cacheControl string
	}{
		{200, http.Header{"Expires": {"0"}}, ""}, {200, http.Header{"Cache-Control": {"max-age=0"}}, "max-age=0"},
		{302, http.Header{"Location": {"/log-in"}}, ""}, {500, nil, "no-store"}, {200, nil, "max-age=600"},
	} {
		status, header = tc.status, tc.header
		assert.Equal(t, tc.cacheControl, ask(g, "/books").Header().Get("Cache-Control"), tc)
	}
}

// Caches in front are told by what a version is chosen.
func TestAnAnswerVariesByWhatChoosesItsVersion(t *testing.T) {
	for _, cache := range []string{"", "cache: {for: 10m}, "} {
		g, _ := start(t, strings.NewReplacer("cache: {for: 10m}, ", cache, "header: X-V", "header: X-V, cookie: v").Replace(cached), numbered("v1"), numbered("v2"))
		for range 2 {
			assert.Equal(t, []string{"X-V", "Cookie"}, ask(g, "/books", "X-V", "v2").Header()["Vary"])
		}
	}
}

func TestASecretThatIsRotatedDropsCopies(t *testing.T) {
	g, file := start(t, cached, numbered("v1"), numbered("v2"))
	key := write(t, "key", "one")
	text := strings.Replace(string(g.Text()), "cache:", "request: {set: {X-Key: 'file:"+key+"'}}, cache:", 1)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	require.NoError(t, g.Reload())
	assert.Equal(t, "v1 1", ask(g, "/books").Body.String())
	assert.Equal(t, "v1 1", ask(g, "/books").Body.String())
	require.NoError(t, os.WriteFile(key, []byte("two"), 0o600))
	require.NoError(t, g.Reload())
	assert.Equal(t, "v1 2", ask(g, "/books").Body.String())
}
