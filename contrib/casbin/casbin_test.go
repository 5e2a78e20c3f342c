package casbin_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/fstest"

	theirs "github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"
	stringadapter "github.com/casbin/casbin/v3/persist/string-adapter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/casbin"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

const policy = `
p, role:editor, /articles/:id, *
p, role:reader, /articles/:id, GET
p, role:admin, /admin/*, *
p, guest, /articles, GET
g, ann, role:editor
g, bob, role:reader
g, root, role:admin
`

// serving returns an engine whose user is named by a header.
func serving(t testing.TB, edit func(*casbin.Config)) *dram.Engine {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, policy)
	require.NoError(t, err)
	cfg := casbin.Config{Enforcer: enforcer}
	if edit != nil {
		edit(&cfg)
	}
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Set(dram.AuthUserKey, c.GetHeader("User")) }, casbin.Authorize(cfg))
	for _, route := range []string{"/articles", "/articles/:id", "/admin/users/:id", "/adminer"} {
		r.Any(route, func(c *dram.Context) { c.Status(http.StatusNoContent) })
	}
	return r
}

func ask(h http.Handler, user, method, target string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, nil)
	req.Header.Set("User", user)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestAuthorize(t *testing.T) {
	r := serving(t, nil)
	for _, tt := range []struct {
		user, method, path string
		want               int
	}{
		{"ann", "DELETE", "/articles/1", 204},
		{"bob", "GET", "/articles/1", 204},
		{"bob", "DELETE", "/articles/1", 403},
		{"bob", "GET", "/articles", 403},
		{"eve", "GET", "/articles/1", 403},
		{"", "GET", "/articles", 403},
		{"root", "POST", "/admin/users/1", 204},
		{"root", "POST", "/adminer", 403},
		{"admin", "POST", "/admin/users/1", 403},
		{"role:admin", "POST", "/admin/users/1", 403},
		{"bob", "GET", "/admin/users/1", 403},
		{"bob", "GET", "/admin/users%2F1", 403},
		{"bob", "GET", "/articles/%2e%2e", 204}, // one article, whatever its id looks like
		{"bob", "GET", "/no/such", 403},
	} {
		t.Run(tt.user+" "+tt.method+" "+tt.path, func(t *testing.T) {
			w := ask(r, tt.user, tt.method, tt.path)
			assert.Equal(t, tt.want, w.Code)
			if tt.want == 403 {
				assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			}
		})
	}
}

// A policy for a route with a catch-all let in to all routes beside it.
func TestAPolicyForACatchAllIsForThatRouteAlone(t *testing.T) {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, "p, ann, /files/*path, GET\np, bob, /files/*, GET\np, root, *, *")
	require.NoError(t, err)
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Set(dram.AuthUserKey, c.GetHeader("User")) }, casbin.Authorize(casbin.Config{Enforcer: enforcer}))
	for _, route := range []string{"/files/*path", "/files/secret/:id", "/other"} {
		r.GET(route, func(c *dram.Context) { c.Status(http.StatusNoContent) })
	}
	for user, want := range map[string][]int{"ann": {204, 403, 403}, "bob": {204, 204, 403}, "root": {204, 204, 204}} {
		for i, path := range []string{"/files/a/b", "/files/secret/1", "/other"} {
			assert.Equal(t, want[i], ask(r, user, "GET", path).Code, "%s %s", user, path)
		}
	}
}

// http.FileServer, for one, cleans the path that it serves.
func TestAPathWithoutARouteHasOneSpelling(t *testing.T) {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, "p, guest, /public/*, GET\np, root, *, *")
	require.NoError(t, err)
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Set(dram.AuthUserKey, c.GetHeader("User")) })
	r.Use(casbin.Authorize(casbin.Config{Enforcer: enforcer, Anonymous: "guest"}))
	r.NoRoute(dram.WrapH(http.FileServerFS(fstest.MapFS{"public/a": {}, "admin/a": {}})))
	for path, want := range map[string]int{
		"/public/a": 200, "/admin/a": 403, "/public/../admin/a": 403, "/public/%2e%2e/admin/a": 403, "/public//../../admin/a": 403, "/public/..%2fadmin/a": 403,
	} {
		assert.Equal(t, want, ask(r, "", "GET", path).Code, path)
		assert.NotEqual(t, 403, ask(r, "root", "GET", path).Code, path)
	}
}

// A policy for a route of one host does not hold for the same path of another one.
func TestHostsAreToldApart(t *testing.T) {
	r := serving(t, nil)
	r.Host("{tenant}.example.com").GET("/articles/:id", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	assert.Equal(t, http.StatusNoContent, ask(r, "ann", "GET", "http://other.test/articles/7").Code)
	assert.Equal(t, http.StatusForbidden, ask(r, "ann", "GET", "http://shop.example.com/articles/7").Code)
}

func TestConfig(t *testing.T) {
	r := serving(t, func(cfg *casbin.Config) {
		cfg.Subject = func(c *dram.Context) string { return c.Query("user") }
		cfg.Anonymous = "guest"
		cfg.Object = func(*dram.Context) string { return "/articles" }
		cfg.Action = func(*dram.Context) string { return "GET" }
	})
	assert.Equal(t, 204, ask(r, "", "DELETE", "/articles/1").Code)
	assert.Equal(t, 403, ask(r, "", "DELETE", "/articles/1?user=ann").Code)
}

// A cache outside keeps nothing of what somebody was let to see, however it is known who they are.
func TestACacheOutsideGivesNobodyWhatAnotherMaySee(t *testing.T) {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, "p, ann, /secret, GET\np, guest, /open, GET\np, ann, /open, GET")
	require.NoError(t, err)
	r := dram.New()
	r.Use(middleware.Cache(middleware.CacheConfig{}), casbin.Authorize(casbin.Config{
		Enforcer: enforcer, Anonymous: "guest",
		Subject: func(c *dram.Context) string { return c.GetHeader("User") }, // of a proxy that logs in
	}))
	ran := 0
	for _, path := range []string{"/secret", "/open"} {
		r.GET(path, func(c *dram.Context) {
			ran++
			c.Header("Cache-Control", "max-age=60")
			c.String(http.StatusOK, "for %s", c.GetHeader("User"))
		})
	}
	assert.Equal(t, "for ann", ask(r, "ann", "GET", "/secret").Body.String())
	assert.Equal(t, http.StatusForbidden, ask(r, "bob", "GET", "/secret").Code)
	assert.Equal(t, "for ann", ask(r, "ann", "GET", "/open").Body.String())
	for range 2 {
		assert.Equal(t, "for ", ask(r, "", "GET", "/open").Body.String())
	}
	assert.Equal(t, 3, ran, "what everybody may see is kept")
}

type broken struct{}

func (broken) Enforce(...any) (bool, error) { return true, errors.New("the database is gone") }

func TestBrokenEnforcerForbids(t *testing.T) {
	var recorded error
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Next(); recorded = c.Errors.Last() })
	r.Use(casbin.Authorize(casbin.Config{Enforcer: broken{}, Anonymous: "guest"}))
	r.GET("/", func(c *dram.Context) { t.Error("the handler ran") })
	w := ask(r, "", http.MethodGet, "/")
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.NotContains(t, w.Body.String(), "database")
	assert.ErrorContains(t, recorded, "the database is gone")
}

func TestRolesAreDistinguishedFromUsers(t *testing.T) {
	_, err := casbin.NewEnforcer(casbin.RouteModel, "p, admin, /admin/*, *\ng, root, admin")
	assert.EqualError(t, err, `dram: contrib/casbin: the policy: a user named "admin" would have the role "admin"; write "role:admin" for the role`)
}

// Nor does a grant that is made later, nor one that an enforcer of Casbin's own has read,
// make a user of what is meant for a role.
func TestRolesOfLaterGrantsAreDistinguishedFromUsers(t *testing.T) {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, policy)
	require.NoError(t, err)
	_, err = enforcer.AddGroupingPolicy("ann", "staff")
	assert.ErrorContains(t, err, `write "role:staff"`)
	_, err = enforcer.AddGroupingPolicy("staff", "role:admin") // a user by now
	require.NoError(t, err)
	allowed, err := enforcer.Enforce("ann", "/admin/users/:id", "GET")
	require.NoError(t, err)
	assert.False(t, allowed)

	m, err := model.NewModelFromString(casbin.RouteModel)
	require.NoError(t, err)
	own, err := theirs.NewSyncedEnforcer(m, stringadapter.NewAdapter("p, admin, /admin/*, *\ng, root, admin"))
	require.NoError(t, err)
	allowed, err = own.Enforce("root", "/admin/users/:id", "GET")
	require.NoError(t, err)
	assert.False(t, allowed, "it is the policy of the user admin")
}

// A rule that is not understood may be the one that forbids.
func TestPolicyThatIsNotUnderstood(t *testing.T) {
	for name, line := range map[string]string{
		"a column too many": "p, role:admin, /admin/*, GET, deny", "a column too few": "p, role:admin, /admin/*",
		"another kind": "q, role:admin, /admin/*, GET", "a grant of nothing": "g, ann", "prose": "hello", "an open quote": `p, "role:admin, /x, GET`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := casbin.NewEnforcer(casbin.RouteModel, policy+line)
			assert.ErrorContains(t, err, "dram: contrib/casbin: the policy: ")
			assert.ErrorContains(t, err, fmt.Sprintf("%q is not a rule of the model", line))
		})
	}
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, "# who may what\r\n\r\n\tp, role:a, \"/x\", GET  \r\n  g, ann, role:a \r\n")
	require.NoError(t, err)
	allowed, err := enforcer.Enforce("ann", "/x", "GET")
	require.NoError(t, err)
	assert.True(t, allowed, "space around a line is none of a name's")
}

func TestPoliciesMayChangeWhileServing(t *testing.T) {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, policy)
	require.NoError(t, err)
	r := serving(t, func(cfg *casbin.Config) { cfg.Enforcer = enforcer })
	assert.Equal(t, 403, ask(r, "eve", "GET", "/articles/1").Code)
	_, err = enforcer.AddGroupingPolicy("eve", "role:reader")
	require.NoError(t, err)
	assert.Equal(t, 204, ask(r, "eve", "GET", "/articles/1").Code)
}

func TestWrongConfiguration(t *testing.T) {
	var fault *middleware.ConfigError
	assert.ErrorAs(t, casbin.Config{}.Validate(), &fault)
	assert.Panics(t, func() { casbin.Authorize(casbin.Config{}) })
	assert.ErrorAs(t, casbin.Config{Enforcer: (*theirs.SyncedEnforcer)(nil)}.Validate(), &fault)
	_, err := casbin.NewEnforcer("nonsense", policy)
	assert.ErrorContains(t, err, "dram: contrib/casbin: the model")
}

func Example() {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, `
		p, role:editor, /articles/:id, *
		p, role:reader, /articles/:id, GET
		g, ann, role:editor
		g, bob, role:reader`)
	if err != nil {
		panic(err)
	}
	r := dram.New()
	r.Use(dram.BasicAuth(dram.Accounts{"ann": "secret", "bob": "hidden"}))
	r.Use(casbin.Authorize(casbin.Config{Enforcer: enforcer}))
	r.DELETE("/articles/:id", func(c *dram.Context) { c.Status(http.StatusNoContent) })

	for _, login := range [][2]string{{"ann", "secret"}, {"bob", "hidden"}} {
		req := httptest.NewRequest(http.MethodDelete, "/articles/7", nil)
		req.SetBasicAuth(login[0], login[1])
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(login[0], w.Code)
	}
	// Output:
	// ann 204
	// bob 403
}

func BenchmarkAuthorize(b *testing.B) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	r := serving(b, nil)
	req := httptest.NewRequest(http.MethodGet, "/articles/1", nil)
	req.Header.Set("User", "bob")
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		r.ServeHTTP(w, req)
	}
}

// A route with an escaped colon and one with a param have one FullPath, and permissions of their own.
func TestEscapedColonHasItsOwnPermissions(t *testing.T) {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, `p, ann, /items\:batch, POST
p, bob, /items:batch, POST`)
	require.NoError(t, err)
	for user, want := range map[string][2]int{"ann": {200, 403}, "bob": {403, 200}} {
		r := dram.New()
		r.Use(casbin.Authorize(casbin.Config{Enforcer: enforcer, Subject: func(*dram.Context) string { return user }}))
		for _, pattern := range []string{`/items\:batch`, "/items:batch"} {
			r.POST(pattern, func(c *dram.Context) { c.Status(200) })
		}
		for i, path := range []string{"/items:batch", "/items7"} {
			w := httptest.NewRecorder()
			r.ServeHTTP(w, httptest.NewRequest("POST", path, nil))
			assert.Equal(t, want[i], w.Code, "%s: %s", user, path)
		}
	}
}
