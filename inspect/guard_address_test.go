package inspect_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
)

// browser is a client that keeps cookies as browsers do.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Jar: jar}
}

func get(t *testing.T, client *http.Client, address string) *http.Response {
	t.Helper()
	res, err := client.Get(address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// Cookies do not know ports: another program's server at localhost gets none of the pages' cookies, and with one it would not
// know the address.
func TestAttackACookieReplayedByAnotherPort(t *testing.T) {
	s := serve(t, hello(), inspect.Config{})
	s.ask("GET", "/", "")
	client := browser(t)
	require.Equal(t, http.StatusOK, get(t, client, s.server.URL+s.link()).StatusCode)
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { got = append(got, req.Header.Get("Cookie")) }))
	defer other.Close()
	for _, path := range []string{"/", "/debug/dram", "/debug/dram/", "/debug/dram/requests", "/debug/dram/guess/requests"} {
		get(t, client, other.URL+path)
	}
	assert.Equal(t, make([]string, 5), got)

	s.open()
	room := s.room
	for _, path := range []string{"/debug/dram/requests", "/debug/dram/" + strings.Repeat("A", len(room)) + "/requests", "/debug/dram//requests", "/debug/dram/" + room} {
		s.room = ""
		assert.Equal(t, http.StatusUnauthorized, s.ask("GET", path, "").StatusCode, path)
	}
}

// Another program, or a page of it, may set cookies of the name: browsers send those with longer paths first.
func TestAttackACookieOfTheSameNameInFront(t *testing.T) {
	s := serve(t, hello(), inspect.Config{}).open()
	name, _, _ := strings.Cut(s.cookie, "=")
	s.cookie = name + "=forged; " + s.cookie + "; " + name + "=1.2"
	assert.Equal(t, http.StatusOK, s.ask("GET", "/debug/dram/requests", "").StatusCode)
	s.cookie = name + "=forged; " + name + "=1.2"
	assert.Equal(t, http.StatusUnauthorized, s.ask("GET", "/debug/dram/requests", "").StatusCode)
}

func TestThePrintedAddressWorksBelowAPrefix(t *testing.T) {
	inner, out := hello(), new(output)
	require.NoError(t, inspect.Mount(inner, inspect.Config{Out: out}))
	outer := dram.New()
	outer.Any("/api/v1/*path", dram.WrapH(http.StripPrefix("/api/v1", inner)))
	server := httptest.NewServer(outer)
	defer server.Close()
	client := browser(t)
	get(t, client, server.URL+"/api/v1/")
	s := &site{t: t, out: out}
	res := get(t, client, server.URL+"/api/v1"+s.link())
	assert.Equal(t, http.StatusOK, res.StatusCode)
	assert.Equal(t, "/api/v1/debug/dram/"+s.room+"/requests", res.Request.URL.Path)
	assert.Equal(t, http.StatusOK, get(t, client, server.URL+"/api/v1/debug/dram/"+s.room+"/style.css").StatusCode)
}

func TestThePrintedAddressIsNotThatOfAHostWithItsOwnRoutes(t *testing.T) {
	r := hello()
	r.Host("localhost").GET("/", func(*dram.Context) {})
	s := serve(t, r, inspect.Config{})
	s.ask("GET", "/", "")
	address := regexp.MustCompile(`http://\S+`).FindString(s.out.String())
	assert.Contains(t, address, "http://127.0.0.1:")
	assert.Equal(t, http.StatusOK, get(t, browser(t), address).StatusCode)

	r = hello()
	r.Host("localhost").GET("/", func(*dram.Context) {})
	r.Host("127.0.0.1").GET("/", func(*dram.Context) {})
	s = serve(t, r, inspect.Config{})
	s.ask("GET", "/", "", "Host", "x")
	assert.Contains(t, s.out.String(), "Engine.Host has routes for localhost and 127.0.0.1")
}

func TestGuardedIsRefusedWhereNothingGuardsOrNothingIsPrinted(t *testing.T) {
	assert.ErrorContains(t, inspect.Mount(dram.New(), inspect.Config{Guarded: true}), "the engine has no layers")
	defer dram.SetMode(dram.TestMode)
	dram.SetMode(dram.ReleaseMode)
	r := dram.New()
	r.Use(outer)
	assert.ErrorContains(t, inspect.Mount(r, inspect.Config{Guarded: true}), "set Config.Out")
	assert.NoError(t, inspect.Mount(r, inspect.Config{Guarded: true, Out: new(output)}))
}

func TestThePagesAreGoneWhenTheProgramGoesToReleaseMode(t *testing.T) {
	s := serve(t, hello(), inspect.Config{}).open()
	s.ask("GET", "/", "")
	before := s.last().ID
	defer dram.SetMode(dram.TestMode)
	dram.SetMode(dram.ReleaseMode)
	for _, path := range []string{"requests", "style.css", "requests/1/json"} {
		assert.Equal(t, http.StatusNotFound, s.ask("GET", "/debug/dram/"+path, "").StatusCode)
	}
	s.ask("GET", "/", "")
	dram.SetMode(dram.TestMode)
	assert.Equal(t, before, s.last().ID, "nothing was recorded meanwhile")
}
