package dram_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// askBelow asks as a trusted proxy does that has taken prefix away.
func askBelow(t *testing.T, r *dram.Engine, prefix, path string) *httptest.ResponseRecorder {
	t.Helper()
	require.NoError(t, r.SetTrustedProxies([]string{"10.0.0.0/8"}))
	req := httptest.NewRequest("GET", path, nil)
	req.RemoteAddr = "10.1.1.1:5"
	if prefix != "" {
		req.Header.Set("X-Forwarded-Prefix", prefix)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

var forwardedPrefixes = []struct{ name, header, base string }{
	{"none", "", ""},
	{"plain", "/app", "/app"},
	{"no slash", "app", "/app"},
	{"a slash at the end", "/app/", "/app"},
	{"the root", "/", ""},
	{"several segments", "/a//b/", "/a/b"},
	{"unreserved characters", "/my_app-1.2~x", "/my_app-1.2~x"},
	{"up", "/a/../../b", "/b"},
	{"up, once what is between is gone", "/a/.!./b", "/b"},
	{"a URL", "https://evil.example/", "/https/evil.example"},
	{"two slashes", "//evil.example", "/evil.example"},
	{"backslashes", `\\evil.example`, "/evil.example"},
	{"a line break", "/a\r\nX: y", "/aXy"},
	{"nothing kept", "!!", ""},
	{"the client's in front of the proxy's", "/evil, /app", "/app"},
}

func TestBasePathIsTheTrustedProxysWord(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(200, "%s %s", c.BasePath(), c.URL("/x")) })
	for _, tt := range forwardedPrefixes {
		assert.Equal(t, tt.base+" "+tt.base+"/x", askBelow(t, r, tt.header, "/").Body.String(), tt.name)
	}
	req := httptest.NewRequest("GET", "/", nil)
	req.Header.Set("X-Forwarded-Prefix", "/app")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, " /x", w.Body.String(), "of a client that is not a proxy")
}

func TestURLNeverLeadsToAnotherHost(t *testing.T) {
	r := dram.New()
	var path string
	r.GET("/", func(c *dram.Context) { c.String(200, "%s", c.URL(path)) })
	for given, want := range map[string]string{
		"/x": "/x", "x": "/x", "": "/", "/": "/", "/x/": "/x/", "/x?a=//b": "/x?a=//b",
		"/%2e%2e/x": "/x", "/.%2E/%2e/x": "/x", `/a\..\..\x`: "/x", "/a/.\t./.\n./x": "/x", "/a/..//evil.example": "/evil.example", "/a/..": "/", "/a/b/.": "/a/b/",
		"/x?a=\\..\\y": `/x?a=\..\y`, "/x#/../..": "/x#/../..", "/a//b": "/a//b", "/...": "/...", "/%2e%2e%2fx": "/%2e%2e%2fx", "/%252e%252e/x": "/%252e%252e/x",
		"//evil.example": "/evil.example", `/\evil.example`: "/evil.example", "/\t/evil.example": "/evil.example",
		"\n//evil.example": "/evil.example", "../x": "/x", "/a/../../../x?b=/../c": "/x?b=/../c", "/a/./b/": "/a/b/", "/.well-known/x": "/.well-known/x", "https://evil.example": "/https://evil.example", `\\evil`: "/evil",
	} {
		path = given
		assert.Equal(t, want, askBelow(t, r, "", "/").Body.String(), "%q", given)
		assert.Equal(t, "/app"+want, askBelow(t, r, "/app", "/").Body.String(), "%q", given)
	}
}

func TestRedirectsBelowAPrefix(t *testing.T) {
	for _, tt := range []struct{ location, plain, below string }{
		{"/login", "/login", "/app/login"},
		{"/", "/", "/app/"},
		{"/login?next=/x", "/login?next=/x", "/app/login?next=/x"},
		{"./", "/books/7/", "/app/books/7/"},
		{"../8", "/books/8", "/app/books/8"},
		{"../../../up", "/up", "/app/up"},
		{`..\..\..\up`, "/up", "/app/up"},
		{"%2e%2e/%2E./../up", "/up", "/app/up"},
		{"", "/books/7/", "/app/books/7/"},
		{"/%2e%2e/x", "/x", "/app/x"},
		{`/a\..\..\x`, "/x", "/app/x"},
		{"/\t/../x", "/x", "/app/x"},
		{"/app/%2e%2e/x", "/x", "/app/x"},
		{`/app\..\x`, "/x", "/app/x"},
		{"/#/../../x", "/#/../../x", "/app/#/../../x"},
		{"/x?y=/../z", "/x?y=/../z", "/app/x?y=/../z"},
		{`/\evil.example`, "/evil.example", "/app/evil.example"},
		{`\\evil.example`, "/evil.example", "/app/evil.example"},
		{"/\t/evil.example", "/evil.example", "/app/evil.example"},
		{"\t//evil.example", "/evil.example", "/app/evil.example"},
		{"///evil.example", "/evil.example", "/app/evil.example"},
		{"/x/..//evil.example", "/evil.example", "/app/evil.example"},
		{"ht\ttps://evil.example", "/books/7/https://evil.example", "/app/books/7/https://evil.example"},
		{" https://evil.example", "/books/7/https://evil.example", "/app/books/7/https://evil.example"},
		{".. ", "/books/", "/app/books/"},
		{" /..\x00 ", "/", "/app/"},
		{"/\r\nSet-Cookie: a=b", "/Set-Cookie: a=b", "/app/Set-Cookie: a=b"},
		{"/ü", "/%c3%bc", "/app/%c3%bc"},
		{"?page=2", "/books/7/?page=2", "/app/books/7/?page=2"},
		{"/app/login", "/app/login", "/app/login"},
		{"/app", "/app", "/app"},
		{"/app?x=1", "/app?x=1", "/app?x=1"},
		{"/application", "/application", "/app/application"},
		{"/../../x", "/x", "/app/x"},
		{"/app/../x", "/x", "/app/x"},
		{"https://other.example/x", "https://other.example/x", "https://other.example/x"},
		{"//other.example/x", "/other.example/x", "/app/other.example/x"},
	} {
		r := dram.New()
		r.GET("/books/7/edit", func(c *dram.Context) { c.Redirect(http.StatusSeeOther, tt.location) })
		assert.Equal(t, tt.plain, askBelow(t, r, "", "/books/7/edit").Header().Get("Location"), tt.location)
		assert.Equal(t, tt.below, askBelow(t, r, "/app", "/books/7/edit").Header().Get("Location"), tt.location)
	}
	r := dram.New()
	r.GET("/a", func(c *dram.Context) { c.Redirect(http.StatusSeeOther, c.URL("/login")) })
	assert.Equal(t, "/app/login", askBelow(t, r, "/app", "/a").Header().Get("Location"), "the prefix is there once")
}

// A relative location belongs to the path of the request, which is the client's.
func TestNoRelativeRedirectFollowsThePathOfTheRequest(t *testing.T) {
	for asked, want := range map[string]string{
		"/%5Cevil.example/x": "/%5Cevil.example/y", "//evil.example/x": "/evil.example/y", "/%09/evil.example/x": "/%09/evil.example/y",
		"/a/../../x": "/y", "/%2e%2e/x": "/y", "/a%3Fb%23/x": "/a%3Fb%23/y", "/app/x": "/app/y",
	} {
		r := dram.New()
		r.GET("/*path", func(c *dram.Context) { c.Redirect(http.StatusSeeOther, "y") })
		assert.Equal(t, want, askBelow(t, r, "", asked).Header().Get("Location"), asked)
		assert.Equal(t, "/app"+want, askBelow(t, r, "/app", asked).Header().Get("Location"), asked)
	}
}

// A router that matches escaped paths sees no dots in "%2e%2e".
func TestNoRedirectOfAMissLeavesThePrefixByEscapedDots(t *testing.T) {
	r := dram.New()
	r.UseRawPath, r.UseEscapedPath = true, true
	r.GET("/a/:b/:c/", ok)
	w := askBelow(t, r, "/app", "/a/%2e%2e/%2E%2e?x=y")
	assert.Equal(t, http.StatusNotFound, w.Code)
	assert.Empty(t, w.Header().Get("Location"))
	assert.Equal(t, "/app/a/b/c%2Fd/", askBelow(t, r, "/app", "/a/b/c%2Fd").Header().Get("Location"))
}

func TestRedirectsOfMissesBelowAPrefix(t *testing.T) {
	for _, tt := range forwardedPrefixes {
		r := dram.New()
		r.RedirectFixedPath = true
		r.GET("/path", ok)
		for _, asked := range []string{"/path/", "/PATH", "/x/..//path"} {
			assert.Equal(t, tt.base+"/path", askBelow(t, r, tt.header, asked).Header().Get("Location"), "%s, %s", tt.name, asked)
		}
	}
}

func TestCookiesBelowAPrefix(t *testing.T) {
	for _, tt := range []struct{ name, path, plain, below string }{
		{"a", "", "/", "/app"},
		{"a", "/", "/", "/app"},
		{"a", "/admin", "/admin", "/app/admin"},
		{"a", "/app/admin", "/app/admin", "/app/admin"},
		{"__Host-a", "", "/", "/"},
		{"__host-a", "/", "/", "/"},
	} {
		r := dram.New()
		r.GET("/", func(c *dram.Context) {
			c.SetCookie(tt.name, "1", 60, tt.path, "", true, true)
			c.SetCookieData(&http.Cookie{Name: tt.name, Value: "1", Path: tt.path, Secure: true})
		})
		for prefix, want := range map[string]string{"": tt.plain, "/app": tt.below} {
			for _, line := range askBelow(t, r, prefix, "/").Header()["Set-Cookie"] {
				assert.Contains(t, strings.Split(line, "; "), "Path="+want, "%+v", tt)
			}
		}
	}
}

func ExampleContext_URL() {
	r := dram.New()
	if err := r.SetTrustedProxies([]string{"10.0.0.7"}); err != nil { // the proxy that takes /app away
		panic(err)
	}
	r.GET("/", func(c *dram.Context) {
		c.String(200, `<a href="%s">log in</a>`, c.URL("/login"))
	})

	req := httptest.NewRequest("GET", "/", nil)
	req.RemoteAddr = "10.0.0.7:4711"
	req.Header.Set("X-Forwarded-Prefix", "/app")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println(w.Body)
	// Output: <a href="/app/login">log in</a>
}

// A handler's unit test may have no request.
func TestCookiesWithoutARequest(t *testing.T) {
	w := httptest.NewRecorder()
	c, _ := dram.CreateTestContext(w)
	c.SetCookie("a", "1", 60, "", "", false, true)
	c.SetCookieData(&http.Cookie{Name: "b", Value: "2"})
	assert.Equal(t, []string{"a=1; Path=/; Max-Age=60; HttpOnly", "b=2; Path=/"}, w.Header()["Set-Cookie"])
	assert.Equal(t, "/x", c.URL("/x"))
}
