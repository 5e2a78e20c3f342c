package inspect_test

import (
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/middleware"
	"github.com/dram-go/dram/render"
)

func loadAuthor(c *dram.Context) { c.Next() }
func permissive(c *dram.Context) { c.Next() }
func isLoggedIn(c *dram.Context) { c.Next() }

// lintCases have, for each rule, what it finds (the words of a finding that has to be there), and what is
// nearly that and is not to be found.
var lintCases = []struct {
	rule, name string
	setUp      func(r *dram.Engine)
	found      string // "" if nothing
}{
	{"trusts-everybody", "all of IPv4", func(r *dram.Engine) { _ = r.SetTrustedProxies([]string{"10.0.0.1", "0.0.0.0/0"}) }, "trusts 0.0.0.0/0"},
	{"trusts-everybody", "all of IPv6", func(r *dram.Engine) { _ = r.SetTrustedProxies([]string{"::/0"}) }, "trusts ::/0"},
	{"trusts-everybody", "two halves", func(r *dram.Engine) { _ = r.SetTrustedProxies([]string{"0.0.0.0/1", "128.0.0.0/1"}) }, "trusts 0.0.0.0/1 and 128.0.0.0/1"},
	{"trusts-everybody", "parts of IPv6", func(r *dram.Engine) { _ = r.SetTrustedProxies([]string{"::/2", "4000::/2", "8000::/1"}) }, "trusts ::/2 and 4000::/2 and 8000::/1"},
	{"trusts-everybody", "all but a part", func(r *dram.Engine) { _ = r.SetTrustedProxies([]string{"0.0.0.0/1", "128.0.0.0/2", "224.0.0.0/3"}) }, ""},
	{"trusts-everybody", "a large network", func(r *dram.Engine) { _ = r.SetTrustedProxies([]string{"10.0.0.0/8"}) }, ""},

	{"templates-reparsed", "set by hand", func(r *dram.Engine) { r.HTMLRender = render.HTMLDebug{Glob: "*.html"} }, "HTMLRender is a render.HTMLDebug"},
	{"templates-reparsed", "parsed once", func(r *dram.Engine) { r.SetHTMLTemplate(template.New("")) }, ""},

	{"no-body-limit", "a limit that was removed", func(r *dram.Engine) {
		r.MaxBodyMemory = -1
		r.GET("/a", show)
		r.POST("/a", show)
		r.PUT("/a", show)
	}, "POST /a (lint_test.go:N) reads a body of any size into memory, since MaxBodyMemory is negative and there is no BodyLimit, and so does one more route"},
	{"no-body-limit", "BodyLimit in its place", func(r *dram.Engine) {
		r.MaxBodyMemory = -1
		r.Use(middleware.BodyLimit(middleware.BodyLimitConfig{}))
		r.POST("/a", show)
	}, ""},
	{"no-body-limit", "no bodies", func(r *dram.Engine) { r.MaxBodyMemory = -1; r.GET("/a", show) }, ""},

	{"recovery-outside-logger", "by two calls", func(r *dram.Engine) { r.Use(dram.Recovery()); r.Use(dram.Logger()); r.GET("/a", show) },
		"dram.RecoveryWithWriter is around dram.LoggerWithConfig"},
	{"recovery-outside-logger", "AccessLog", func(r *dram.Engine) {
		r.GET("/a", dram.CustomRecovery(nil), middleware.AccessLog(middleware.AccessLogConfig{}), show)
	}, "is around middleware.AccessLog"},
	{"recovery-outside-logger", "the order of Default", func(r *dram.Engine) { r.Use(dram.Logger(), dram.Recovery()); r.GET("/a", show) }, ""},
	{"recovery-outside-logger", "Recovery alone", func(r *dram.Engine) { r.Use(dram.Recovery()); r.GET("/a", show) }, ""},

	{"late-use", "Use behind a route", func(r *dram.Engine) { r.GET("/a", show); r.Use(auth) }, "Use (lint_test.go:N) comes after a route (GET /a, lint_test.go:N)"},
	{"late-use", "Use behind a group", func(r *dram.Engine) {
		group := r.Group("/g")
		r.Use(auth)
		group.GET("/a", show)
	}, "GET /g/a (lint_test.go:N) runs without the layers of Use"},
	{"late-use", "Use behind a route of a host", func(r *dram.Engine) { g := r.Host("a.example.com"); g.GET("/a", show); g.Use(auth) },
		"comes after a route (GET a.example.com/a, lint_test.go:N)"},
	{"late-use", "Use of another group", func(r *dram.Engine) { r.GET("/a", show); r.Group("/g").Use(auth) }, ""},

	{"layer-twice", "one function", func(r *dram.Engine) { r.Use(auth); r.Group("/g", auth).GET("/a", show) },
		"inspect_test.auth is inside inspect_test.auth (lint_test.go:N), so that the chain of GET /g/a (lint_test.go:N) has it twice"},
	{"layer-twice", "two Loggers", func(r *dram.Engine) { r.Use(dram.Logger(), dram.Logger()); r.GET("/a", show) }, "dram.LoggerWithConfig is inside dram.LoggerWithConfig"},
	{"layer-twice", "AccessLog inside Logger", func(r *dram.Engine) {
		r.Use(dram.Logger(), middleware.AccessLog(middleware.AccessLogConfig{}))
		r.GET("/a", show)
	}, "middleware.AccessLog is inside dram.LoggerWithConfig"},
	{"layer-twice", "two limits, the inner one smaller", func(r *dram.Engine) {
		r.Use(middleware.BodyLimit(middleware.BodyLimitConfig{}))
		r.POST("/a", middleware.BodyLimit(middleware.BodyLimitConfig{Max: 10}), show)
	}, ""},
	{"layer-twice", "one function in two chains", func(r *dram.Engine) { r.Group("/g", auth).GET("/a", show); r.Group("/h", auth).GET("/a", show) }, ""},

	{"guard-beside-catch-all", "an http.Handler", func(r *dram.Engine) {
		r.GET("/admin/a", auth, show)
		r.GET("/*any", dram.WrapH(http.NotFoundHandler()))
	},
		"as //admin/a a request gets past the layers of GET /admin/a"},
	{"guard-beside-catch-all", "an http.Handler as NoRoute", func(r *dram.Engine) { r.GET("/admin/a", auth, show); r.NoRoute(dram.WrapH(http.NotFoundHandler())) },
		"NoRoute (lint_test.go:N) is an http.Handler"},
	{"guard-beside-catch-all", "a handler of the program", func(r *dram.Engine) { r.Group("/admin", auth).GET("/a", show); r.GET("/*path", show) },
		"GET /*path (lint_test.go:N) takes what GET /admin/a (lint_test.go:N) does not, and so without inspect_test.auth: //admin/a"},
	{"guard-beside-catch-all", "below the guarded path", func(r *dram.Engine) {
		r.GET("/admin/:id/a", dram.BasicAuth(dram.Accounts{"a": "b"}), show)
		r.GET("/admin/*path", show)
	}, "without dram.basicAuth: /admin//id/a, and"},
	{"guard-beside-catch-all", "the same guard", func(r *dram.Engine) { r.GET("/admin/a", auth, show); r.GET("/*path", auth, show) }, ""},
	{"guard-beside-catch-all", "a catch-all with text in place of a param", func(r *dram.Engine) { r.GET("/:tenant/admin", auth, show); r.GET("/acme/*p", show) },
		"GET /acme/*p (lint_test.go:N) takes what GET /:tenant/admin (lint_test.go:N) does not, and so without inspect_test.auth: /acme/admin, and"},
	{"guard-beside-catch-all", "text in place of a param, and one in place of text", func(r *dram.Engine) { r.GET("/:t/api/admin", auth, show); r.GET("/x/:u/*p", show) },
		"without inspect_test.auth: /x/api/admin, and"},
	{"guard-beside-catch-all", "text in place of a param, all spellings one", func(r *dram.Engine) {
		r.RemoveExtraSlash = true
		r.GET("/:tenant/admin", auth, show)
		r.GET("/acme/*p", show)
	}, "without inspect_test.auth: /acme/admin, and"},
	{"guard-beside-catch-all", "an http.Handler below", func(r *dram.Engine) {
		r.GET("/api/admin", auth, show)
		r.GET("/api/*p", dram.WrapH(http.NotFoundHandler()))
	}, "GET /api/*p (lint_test.go:N) is an http.Handler, which may clean paths: as /api//admin a request gets past"},
	{"guard-beside-catch-all", "params of both", func(r *dram.Engine) { r.GET("/:t/:u/admin", auth, show); r.GET("/:a/*p", show) }, "without inspect_test.auth: /t//u/admin, and"},
	{"guard-beside-catch-all", "a catch-all further in that takes all", func(r *dram.Engine) {
		r.GET("/a/b", auth, show)
		r.GET("/a/*p", auth, show)
		r.GET("/a/b/*q", show)
	}, ""},
	{"guard-beside-catch-all", "another beginning", func(r *dram.Engine) { r.GET("/admin/a", auth, show); r.GET("/files/*path", show) }, ""},
	{"guard-beside-catch-all", "another method", func(r *dram.Engine) { r.POST("/admin/a", auth, show); r.GET("/*path", show) }, ""},
	{"guard-beside-catch-all", "Static, which knows one spelling", func(r *dram.Engine) { r.GET("/admin/a", auth, show); r.Static("/", "testdata") }, ""},
	{"guard-beside-catch-all", "CleanPath", func(r *dram.Engine) {
		r.Use(middleware.CleanPath(middleware.CleanPathConfig{}))
		r.GET("/admin/a", auth, show)
		r.GET("/*path", show)
	}, ""},
	{"guard-beside-catch-all", "a layer that loads authors", func(r *dram.Engine) { r.Group("/books", loadAuthor).GET("/:id", show); r.GET("/*path", show) }, ""},
	{"guard-beside-catch-all", "a permissive layer", func(r *dram.Engine) { r.Group("/books", permissive).GET("/:id", show); r.GET("/*path", show) }, ""},
	{"guard-beside-catch-all", "RemoveExtraSlash", func(r *dram.Engine) { r.RemoveExtraSlash = true; r.GET("/admin/a", auth, show); r.GET("/*path", show) }, ""},
	{"guard-beside-catch-all", "RemoveExtraSlash of escaped paths", func(r *dram.Engine) {
		r.RemoveExtraSlash, r.UseRawPath = true, true
		r.GET("/admin/a", auth, show)
		r.GET("/*path", show)
	}, "without inspect_test.auth"},
	{"guard-beside-catch-all", "only who is logged in", func(r *dram.Engine) { r.GET("/admin/a", isLoggedIn, show); r.GET("/*path", show) }, "without inspect_test.isLoggedIn"},
	{"guard-beside-catch-all", "a layer that guards nothing", func(r *dram.Engine) { r.GET("/a", dram.Logger(), show); r.GET("/*path", show) }, ""},

	{"never-matches", "a catch-all whose paths others take", func(r *dram.Engine) {
		r.GET("/*all", show)
		r.GET("/", show)
		r.GET("/:a", show)
		r.GET("/:a/*b", show)
	}, "GET /*all (lint_test.go:N) never gets a request: GET /, GET /:a, GET /:a/*b take all its paths"},
	{"never-matches", "all but those with a slash at the end", func(r *dram.Engine) {
		r.GET("/*all", show)
		r.GET("/", show)
		r.GET("/:a", show)
		r.GET("/:a/:b/*c", show)
	}, ""},
	{"never-matches", "HEAD, whose paths GET takes", func(r *dram.Engine) {
		r.HEAD("/x/*all", show)
		r.GET("/x/", show)
		r.GET("/x/:a", show)
		r.GET("/x/:a/*b", show)
	}, "HEAD /x/*all (lint_test.go:N) never gets a request"},
	{"never-matches", "HEAD as specific as GET", func(r *dram.Engine) { r.HEAD("/x/*all", show); r.GET("/x/*all", show) }, ""},
	{"never-matches", "a prefix before a param", func(r *dram.Engine) { r.GET("/~:a/*all", show); r.GET("/:a/:b", show); r.GET("/~~x/*all", show) }, ""},
	{"never-matches", "a method in lower case", func(r *dram.Engine) { r.Match([]string{"get"}, "/a", show) }, "get /a (lint_test.go:N): no request has this method"},
	{"never-matches", "a decoded pattern beside UseEscapedPath", func(r *dram.Engine) { r.UseEscapedPath = true; r.GET("/a b/:c", show) },
		`GET /a b/:c (lint_test.go:N) never gets a request: "a b" does not occur in an escaped path`},
	{"never-matches", "an escaped one", func(r *dram.Engine) { r.UseEscapedPath = true; r.GET("/a%20b/x\\:y/(v)", show) }, ""},
	{"never-matches", "a decoded pattern", func(r *dram.Engine) { r.GET("/a b/:c", show) }, ""},

	{"other-syntax", "braces", func(r *dram.Engine) { r.GET("/a/{id}", show) }, `"{id}" matches only itself`},
	{"other-syntax", "a param", func(r *dram.Engine) { r.GET("/a/:id", show) }, ""},

	{"unused-param", "one name for two", func(r *dram.Engine) { r.GET("/a/:id/b/:id", show) }, `two params are called "id"`},
	{"unused-param", "a name each", func(r *dram.Engine) { r.GET("/a/:id/b/:post", show) }, ""},
}

func TestLint(t *testing.T) {
	for _, tt := range lintCases {
		t.Run(tt.rule+"/"+strings.ReplaceAll(tt.name, "/", "_"), func(t *testing.T) {
			r := dram.New()
			tt.setUp(r)
			var found []inspect.Finding
			for _, f := range inspect.Lint(r) {
				if f.Rule == tt.rule {
					found = append(found, f)
				} else {
					assert.Empty(t, f.String(), "a finding of another rule")
				}
			}
			if tt.found == "" {
				assert.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			f := found[0]
			assert.Contains(t, inFile(f.Text), tt.found)
			assert.NotEmpty(t, f.Mend)
			if tt.rule == "templates-reparsed" { // of a field
				assert.Equal(t, f.Rule+": "+f.Text+": "+f.Mend, f.String())
				return
			}
			assert.Regexp(t, `inspect/lint_test\.go:\d+$`, f.Position)
			assert.Regexp(t, `^lint_test\.go:\d+: `+f.Rule+`: `, f.String())
		})
	}
}

// The path that a finding names comes to the catch-all that it names, and no guard is around it.
func TestThePathOfAFindingIsTrue(t *testing.T) {
	named := regexp.MustCompile(`GET (/\S*) .*(?:inspect_test.auth: |: as )(/\S*?),? `)
	for _, tt := range lintCases {
		if tt.rule != "guard-beside-catch-all" || tt.found == "" {
			continue
		}
		r := dram.New()
		tt.setUp(r)
		if found := named.FindStringSubmatch(inspect.Lint(r)[0].Text); found != nil {
			told := inspect.Explain(r, "GET", found[2])
			assert.Contains(t, told, "route   GET "+found[1]+" ", tt.name)
			assert.NotContains(t, told, "inspect_test.auth", tt.name)
		}
	}
}

// inFile is a text with its positions as those of files, without lines.
func inFile(text string) string {
	return positions.ReplaceAllStringFunc(text, func(position string) string {
		file := position[strings.LastIndexByte(position, '/')+1:]
		return file[:strings.LastIndexByte(file, ':')] + ":N"
	})
}

// The lines of one rule are one for each position, however many routes stand behind it.
func TestLintSaysAThingOnce(t *testing.T) {
	r := dram.New()
	r.Use(dram.Recovery(), dram.Logger(), dram.Logger())
	r.Any("/a", show)
	r.Any("/b", show)
	assert.Len(t, inspect.Lint(r), 2)
}

// Debug mode prints some findings while routes are registered, Mount the others when the engine
// listens: together they are those of Lint, each once.
func TestNoWarningIsPrintedTwice(t *testing.T) {
	dram.SetMode(dram.DebugMode)
	t.Cleanup(func() { dram.SetMode(dram.TestMode) })
	var printed strings.Builder
	was := dram.DefaultWriter
	dram.DefaultWriter = &printed
	t.Cleanup(func() { dram.DefaultWriter = was })
	for _, tt := range lintCases {
		printed.Reset()
		r := dram.New()
		tt.setUp(r)
		lines := strings.Count(printed.String(), "[WARNING] ") - strings.Count(printed.String(), "Running in \"debug\" mode")
		assert.Equal(t, len(inspect.Lint(r)), lines+len(inspect.StartLines(r)), "%s: %s\n%s", tt.rule, tt.name, printed.String())
		for _, f := range inspect.StartLines(r) {
			assert.NotContains(t, printed.String(), f.Text)
		}
	}
}

func checkToken(*dram.Context)       {}
func verifyJWT(*dram.Context)        {}
func JWTMiddleware(*dram.Context)    {}
func onlyStaff(*dram.Context)        {}
func mustBeUser(*dram.Context)       {}
func acl(*dram.Context)              {}
func protect(*dram.Context)          {}
func authenticator(*dram.Context)    {}
func requireRole(*dram.Context)      {}
func requireJSON(*dram.Context)      {}
func requiresBody(*dram.Context)     {}
func authorName(*dram.Context)       {}
func tokenBucket(*dram.Context)      {}
func requireHTTPSAuth(*dram.Context) {}

func TestGuardsAreKnownByTheirNames(t *testing.T) {
	for _, guard := range []dram.HandlerFunc{checkToken, verifyJWT, JWTMiddleware, onlyStaff, mustBeUser, acl, protect, authenticator, requireRole, requireHTTPSAuth} {
		r := dram.New()
		r.GET("/:t/*p", beside)
		r.GET("/:tenant/admin", guard, beside)
		r.GET("/acme/admin", guard, beside)
		found := inspect.Lint(r)
		if assert.Len(t, found, 1, caller.Name(guard)) {
			assert.Equal(t, "guard-beside-catch-all", found[0].Rule)
			assert.Contains(t, found[0].Text, "(and 1 more like it at this line)")
		}
	}
	for _, other := range []dram.HandlerFunc{requireJSON, requiresBody, authorName, tokenBucket} {
		r := dram.New()
		r.GET("/*p", beside)
		r.GET("/admin", other, beside)
		assert.Empty(t, inspect.Lint(r), caller.Name(other))
	}
}

// Routes of a loop have one line: none hides that there are others.
func TestAFindingSaysForHowManyItStands(t *testing.T) {
	r := dram.New()
	for _, pattern := range []string{"/a", "/b", "/c"} {
		r.GET(pattern, outer, outer, beside)
	}
	for _, prefix := range []string{"/x", "/y"} {
		r.GET(prefix+"/*p", dram.WrapH(http.NotFoundHandler()))
	}
	for _, prefix := range []string{"/x", "/y"} {
		r.GET(prefix+"/admin", requireRole, beside)
	}
	found := inspect.Lint(r)
	if assert.Len(t, found, 2, found) {
		assert.Contains(t, found[0].Text, "(and 1 more like it at this line)")
		assert.Contains(t, found[1].Text, "(and 2 more like it at this line)")
	}
}

func TestChainsWithoutARouteAreLookedAt(t *testing.T) {
	r := dram.New()
	r.Use(dram.Recovery())
	r.NoRoute(dram.Recovery(), beside)
	r.NoMethod(dram.Logger(), beside)
	r.HTMLRender = &render.HTMLDebug{}
	var all []string
	for _, f := range inspect.Lint(r) {
		all = append(all, fmt.Sprint(f.Rule, " ", regexp.MustCompile(`NoRoute|NoMethod|HTMLDebug|Logger`).FindString(f.Text)))
		assert.True(t, f.Position == "" || strings.Contains(f.Position, "lint_test.go:"), f.Position)
	}
	assert.ElementsMatch(t, []string{"templates-reparsed HTMLDebug", "recovery-outside-logger Logger", "layer-twice NoRoute"}, all)
}
