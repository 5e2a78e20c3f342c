package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/config"
)

const small = `
upstreams:
  books:
    servers:
      - {url: http://127.0.0.1:9001, version: v1}
      - {url: http://127.0.0.1:9002, version: v2}
routes:
  - {path: /books/*rest, to: books}
`

func TestDefaults(t *testing.T) {
	f, err := config.Parse("gateway.yaml", []byte(small))
	require.NoError(t, err)
	assert.Equal(t, ":8080", f.Listen.Addr)
	assert.Equal(t, "127.0.0.1:8081", f.Admin.Addr)
	assert.Equal(t, 10000, f.Listen.MaxConnections)
	assert.Equal(t, 10, f.Upstreams["books"].Breaker.Failures)
	assert.Equal(t, config.Bytes(1<<20), f.Routes[0].MaxBody)
	assert.Nil(t, f.Routes[0].Retry)
	assert.Equal(t, 8, f.Routes[0].Line)
	f, err = config.Parse("gateway.yaml", []byte(strings.Replace(small, "to: books}", "to: books, timeout: }", 1)+"listen: ~\n"))
	require.NoError(t, err)
	assert.Equal(t, "30s", f.Routes[0].Timeout.String(), "what is empty is as if it were not there")
	assert.Equal(t, ":8080", f.Listen.Addr)
}

// Every mistake has its line, its path, and what to write instead.
func TestMistakes(t *testing.T) {
	for _, file := range must(filepath.Glob("testdata/*.yaml")) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := config.Load(file)
			require.Error(t, err)
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if os.Getenv("UPDATE") != "" {
				require.NoError(t, os.WriteFile(golden, []byte(err.Error()+"\n"), 0o644))
			}
			want, _ := os.ReadFile(golden)
			assert.Equal(t, string(want), err.Error()+"\n")
			assert.NotContains(t, err.Error(), "hunter2", "of secrets at the wrong place")
		})
	}
}

func TestWarnings(t *testing.T) {
	f, err := config.Parse("gateway.yaml", []byte(`
auth: {a: {forward: {to: b}}}
upstreams: {b: {servers: [{url: "http://127.0.0.1:1"}]}}
routes:
  - {path: /adm, to: b, auth: {by: a}}
  - {path: /own, to: b, auth: {by: a}, cache: {for: 1s}}
  - {path: /own/*rest, to: b, auth: {by: a}}
  - {path: /*rest, to: b}
  - {path: /top, to: b, auth: {by: a}, hosts: a.example.com}
  - {path: /all, to: b, auth: {by: a}}
  - {path: /all/, to: b, hosts: b.example.com}
`))
	require.NoError(t, err)
	assert.EqualError(t, f.Warnings, `gateway.yaml:6: routes[1].cache: nothing is kept of what known clients get: leave it out, or auth
gateway.yaml:5: routes[0].path: "/adm" needs auth, and "/adm/" is answered by the route on line 8, which does not: write a route for it, too
gateway.yaml:9: routes[4].path: "/top" needs auth, and "/top/" is answered by the route on line 8, which does not: write a route for it, too
gateway.yaml:10: routes[5].path: "/all" needs auth, and "/all/" is answered by the route on line 11, which does not: write a route for it, too`)
}

// A host by its own name has none of the routes of its kind, which nobody sees who asks another one.
func TestAHostThatLacksTheRoutesOfItsKind(t *testing.T) {
	f, err := config.Parse("gateway.yaml", []byte(`
upstreams: {b: {servers: [{url: "http://127.0.0.1:1"}]}}
routes:
  - {path: "/p/:pid", to: b, hosts: "{tenant}.example.com"}
  - {path: /q, to: b, hosts: ["{tenant}.example.com", A.example.com]}
  - {path: "/r/:id", to: b, hosts: "{tenant}.example.com", methods: GET}
  - {path: "/r/*rest", to: b, hosts: a.example.com}
  - {path: /s, to: b, hosts: ["{tenant}.{zone}.com", a.example.org]}
`))
	require.NoError(t, err)
	assert.EqualError(t, f.Warnings, `gateway.yaml:4: routes[0].hosts: "/p/:pid" is not there for "a.example.com", which has routes of its own, on line 5: name that host as well
gateway.yaml:8: routes[4].hosts: "/s" is not there for "a.example.com", which has routes of its own, on line 5: name that host as well`)
}

// What is of two kinds goes to one of them, and what a pattern matches is not what its text says.
func TestKindsOfHostsThatMeet(t *testing.T) {
	for _, tc := range []struct{ name, routes, warns string }{
		{"two kinds", `{path: /p, to: b, hosts: "{t}.example.com"}, {path: /q, to: b, hosts: "a.{z}.com"}`,
			`gateway.yaml:3: routes[1].hosts: "/q" is not there for "a.example.com", which has the routes of "{t}.example.com", on line 3: name that host as well`},
		{"two kinds, and a host of both that has all", `{path: /p, to: b, hosts: "{t}.example.com"}, {path: /*rest, to: b, hosts: "a.{z}.com"}, {path: /*rest, to: b, hosts: a.example.com}`, ""},
		{"a rest and a param", `{path: "/u/*rest", to: b, hosts: "{t}.k.com"}, {path: "/u/:id", to: b, hosts: x.k.com}`,
			`gateway.yaml:3: routes[0].hosts: "/u/*rest" is not there for "x.k.com", which has routes of its own, on line 3: name that host as well`},
		{"a rest and a longer one", `{path: "/u/v/*rest", to: b, hosts: "{t}.k.com"}, {path: "/u/*all", to: b, hosts: x.k.com}`, ""},
		{"a param and a rest", `{path: "/u/:id", to: b, hosts: "{t}.k.com"}, {path: "/u/*all", to: b, hosts: x.k.com}`, ""},
		{"HEAD by GET", `{path: /v, to: b, hosts: "{t}.m.com", methods: [GET, HEAD]}, {path: /v, to: b, hosts: x.m.com, methods: GET}`, ""},
		{"POST by GET", `{path: /v, to: b, hosts: "{t}.m.com", methods: [GET, POST]}, {path: /v, to: b, hosts: x.m.com, methods: GET}`,
			`gateway.yaml:3: routes[0].hosts: "/v" is not there for "x.m.com", which has routes of its own, on line 3: name that host as well`},
	} {
		f, err := config.Parse("gateway.yaml", []byte("\nupstreams: {b: {servers: [{url: \"http://127.0.0.1:1\"}]}}\nroutes: ["+tc.routes+"]"))
		require.NoError(t, err, tc.name)
		assert.Equal(t, tc.warns, strings.TrimSpace(f.Warnings.Error()), tc.name)
	}
}

func TestAPathThatMatchesOnlyItself(t *testing.T) {
	f, err := config.Parse("gateway.yaml", []byte(`
upstreams: {b: {servers: [{url: "http://127.0.0.1:1"}]}}
routes: [{path: "/x/{id}", to: b, rewrite: /y}, {path: "/y/<int:id>", to: b}, {path: "/z/*.html", to: b}, {path: "/a b", to: b}, {path: "/users/:id", to: b}]
`))
	require.NoError(t, err)
	assert.EqualError(t, f.Warnings, `gateway.yaml:3: routes[0].path: "{id}" matches only itself: for a param write :id
gateway.yaml:3: routes[1].path: "<int:id>" matches only itself: for a param write :id
gateway.yaml:3: routes[2].path: "*.html" matches only itself: a catch-all takes the rest of the path, whatever its end: write /*path and look at it in the handler`)
}

func TestTwoRoutesOfOneName(t *testing.T) {
	f, err := config.Parse("gateway.yaml", []byte(`
upstreams: {b: {servers: [{url: "http://127.0.0.1:1"}]}}
routes:
  - {path: /x, name: books, to: b}
  - {path: /y, name: books, to: b}
  - {path: /z, to: b, methods: [GET]}
  - {path: /z, to: b, methods: [QUERY]}
`))
	require.NoError(t, err)
	assert.EqualError(t, f.Warnings, `gateway.yaml:5: routes[1].name: "books" is the name of the route on line 4 as well, and their figures are one: give it another`)
}

func TestAPathThatIsMoreThanTheVerbItIsMeantFor(t *testing.T) {
	f, err := config.Parse("gateway.yaml", []byte(`
upstreams: {b: {grpc: [{url: "h2c://127.0.0.1:1"}], descriptors: config_test.go}}
routes: [{path: "/v1/books:search", to: b, transcode: true}, {path: '/v1/books\:find', to: b, transcode: true}, {path: "/v1/:id", to: b, transcode: true}]
`))
	require.NoError(t, err)
	assert.EqualError(t, f.Warnings, `gateway.yaml:3: routes[0].path: "/v1/books:search" is every path that begins with "/v1/books", whatever its verb: write \: for a colon`)
}

func TestARestThatARewriteTakesForOneSegment(t *testing.T) {
	_, err := config.Parse("gateway.yaml", []byte(`
upstreams: {b: {servers: [{url: "http://127.0.0.1:1"}]}}
routes: [{path: "/a/*rest", to: b, rewrite: "/x/:rest"}, {path: "/b/*rest", to: b, rewrite: "/x/*rest"}, {path: "/c/:id", to: b, rewrite: "/x/*id"}]
`))
	assert.EqualError(t, err, `gateway.yaml:3: routes[0].rewrite: "rest" is the rest of a path, and not one segment: write *rest, at the end`)
}

// More values than there may be leave holes in the File: they are not looked into.
func TestMoreThanAFileMayHave(t *testing.T) {
	for _, more := range []string{
		"routes: [" + strings.Repeat("{path: /}, ", 100_000) + "]",
		"x-a: &a {x: 1}\nupstreams: {<<: [" + strings.Repeat("*a, ", 200_001) + "]}",
		"x-a: &a {" + strings.Repeat("k: ,", 1000) + "}\nupstreams: {<<: [" + strings.Repeat("*a, ", 100_000) + "]}",
	} {
		_, err := config.Parse("gateway.yaml", []byte(more))
		assert.ErrorContains(t, err, "the file has more than 200000 values")
	}
}

// What is repeated is written once.
func TestMerges(t *testing.T) {
	f, err := config.Parse("gateway.yaml", []byte(`
x-quick: &quick {timeout: 1s, retry: {times: 1}}
upstreams: {books: {servers: [{url: "http://127.0.0.1:1"}]}}
routes: [{<<: *quick, path: /a, to: books}, {timeout: 2s, path: /b, to: books, <<: [*quick]}]`))
	require.NoError(t, err)
	assert.Equal(t, "1s", f.Routes[0].Timeout.String())
	assert.Equal(t, "2s", f.Routes[1].Timeout.String(), "its own counts")
	assert.Equal(t, 1, f.Routes[1].Retry.Times)
}

func TestAMergeOfItself(t *testing.T) {
	_, err := config.Parse("gateway.yaml", []byte("x-a: &a {<<: [*a, *a]}\nadmin: *a"))
	assert.ErrorContains(t, err, "gateway.yaml:1: admin.<<: a group of fields stands where another group of fields belongs")
}

func TestCredentialsOfRequests(t *testing.T) {
	t.Setenv("GATEWAY_KEY", "Bearer s3cret")
	with := func(value string) *config.File {
		return must(config.Parse("a.yaml", []byte(strings.Replace(small, "to: books", `to: books, request: {set: {Authorization: "`+value+`", X-A: a}}`, 1))))
	}
	a, b := with("env:GATEWAY_KEY"), with("Bearer other")
	assert.Equal(t, "Bearer s3cret", a.Routes[0].Request.Set["Authorization"].Reveal())
	assert.Equal(t, "a", a.Routes[0].Request.Set["X-A"].Reveal())
	assert.Equal(t, []string{"~ routes./books/*rest.request.set.Authorization: * → *"}, config.Diff(a, b), "it has changed, and is not shown")
}

func TestASecretIsNeverInTheFileNorPrinted(t *testing.T) {
	t.Setenv("GATEWAY_KEY", strings.Repeat("s3cret-", 6))
	f, err := config.Parse("gateway.yaml", []byte(small+"identity: {key: env:GATEWAY_KEY}\n"))
	require.NoError(t, err)
	assert.Equal(t, "env:GATEWAY_KEY", f.Identity.Key.String())
	assert.True(t, strings.HasPrefix(f.Identity.Key.Reveal(), "s3cret-"))
	_, err = config.Parse("gateway.yaml", []byte(small+"identity: {key: s3cret-in-the-file}\n"))
	assert.ErrorContains(t, err, "write env:NAME or file:PATH")
	assert.NotContains(t, err.Error(), "s3cret")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// No text makes Parse panic or run for long, and what it accepts it accepts again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, file := range must(filepath.Glob("testdata/*.yaml")) {
		f.Add(must(os.ReadFile(file)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := config.Parse("gateway.yaml", text)
		assert.NotNil(t, file)
		if err != nil {
			assert.NotEmpty(t, err.Error())
		}
	})
}

// What stands in quotes is a text, whatever it reads like.
func TestValuesOfJSON(t *testing.T) {
	for text, want := range map[string]string{
		`"1"`: `"1"`, `'true'`: `"true"`, `"null"`: `"null"`, `""`: `""`, "'{\"a\":1}'": `"{\"a\":1}"`, "edge": `"edge"`, "2026-01-02": `"2026-01-02"`,
		"1": "1", "1.50": "1.50", "12345678901234567890123": "12345678901234567890123", "true": "true", "null": "null", "~": "null", "Null": "null", "0x10": "16",
		`{a: [1, "1", null]}`: `{"a":[1,"1",null]}`,
	} {
		f, err := config.Parse("gateway.yaml", []byte(strings.Replace(small, "to: books}", "to: books, request: {body: {set: {/a: "+text+"}}}}", 1)))
		if assert.NoError(t, err, text) {
			assert.Equal(t, config.JSON(want), f.Routes[0].Request.Body.Set["/a"])
		}
	}
	for text, want := range map[string]string{".nan": "it is not a value of JSON", "{b: [{1: a}]}": "it is not a value of JSON", "{1: a}": "it is not a value of JSON: write a text, a number, true, false, null, [a, b] or {name: a}, where a name that is a number stands in quotes", "": "it is empty: write null, another value", "&x [*x]": "it is not a value of JSON"} {
		_, err := config.Parse("gateway.yaml", []byte(strings.Replace(small, "to: books}", "to: books, request: {body: {set: {/a: "+text+"}}}}", 1)))
		assert.ErrorContains(t, err, "gateway.yaml:8: routes[0].request.body.set./a: "+want)
	}
}

func TestDiff(t *testing.T) {
	a := must(config.Parse("a.yaml", []byte(small)))
	b := must(config.Parse("b.yaml", []byte(strings.NewReplacer("/books/*rest, to: books", "/books/*rest, to: books, timeout: 5s, retry: {}", "version: v1", "version: v1, weight: 3").Replace(small)+
		"  - {path: /more, to: books, methods: [GET, POST]}\n")))
	assert.Equal(t, []string{
		"+ routes./books/*rest.retry",
		"~ routes./books/*rest.timeout: 30s → 5s",
		"+ routes.GET POST /more",
		"~ upstreams.books.servers.http://127.0.0.1:9001.weight: 1 → 3",
	}, config.Diff(a, b))
	set := func(secret string) *config.File {
		return must(config.Parse("c.yaml", []byte(strings.Replace(small, "to: books}", "to: books, request: {set: {X-Api-Key: "+secret+"}, body: {set: {/password: "+secret+
			", /in/api_key: "+secret+", /x/code/0: "+secret+", /secrets/db: "+secret+", /bearer: \"Bearer "+secret+"\", /user: '{\"pin\":\""+secret+"\"}', /n: \"1\"}}}}", 1))))
	}
	secrets := config.Diff(set("hunter1"), set("hunter2"))
	assert.Len(t, secrets, 7)
	for _, line := range secrets {
		assert.Regexp(t, `: \* → \*$`, line)
	}
	for _, text := range []string{"password = %s", "password: %s", "password == %s", "pw=a %s", "key = 'a %s'", "token -> %s", "password%%3D%s", "user:%s@h", "-----BEGIN PRIVATE KEY----- %s"} {
		set := func(secret string) *config.File {
			return must(config.Parse("c.yaml", []byte(strings.Replace(small, "to: books}", "to: books, request: {set: {X-V: \""+fmt.Sprintf(text, secret)+"\"}}}", 1))))
		}
		lines := config.Diff(set("hunter1"), set("HUNTER3"))
		assert.Len(t, lines, 1)
		assert.NotRegexp(t, "(?i)hunter", lines, text)
	}
	assert.Equal(t, []string{"- routes.GET POST /more"}, config.Diff(b, must(config.Parse("c.yaml", []byte(strings.NewReplacer("/books/*rest, to: books", "/books/*rest, to: books, timeout: 5s, retry: {}", "version: v1", "version: v1, weight: 3").Replace(small))))))
}
