package gateway_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

// ask asks a gateway; header are names and values.
func asked(g http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, req)
	return w
}

// mirrorBack answers with what it has got.
func mirrorBack(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s tenant=%s secret=%s %d", r.Method, r.RequestURI, body, r.Header.Get("X-Tenant"), r.Header.Get("X-Secret"), r.ContentLength)
}

func TestRequestsAreChanged(t *testing.T) {
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}}
routes:
  - {path: "/a/:id/*rest", to: books, rewrite: "/v2/:id/x/*rest", request: {set: {X-Tenant: "7"}, remove: [X-Secret],
     body: {rename: {/old: /new/name}, set: {/n: 1, /t: text, /list/0/a: null}, remove: [/admin, /list/1/b, /none/x]}}}
  - {path: "/b/*rest", to: books, strip_prefix: /b/}
`, mirrorBack)
	w := asked(g, "POST", "/a/i%20d/p%C3%A4/q?x=%20", `{"old":"v","admin":true,"big":12345678901234567890,"list":[{},{"b":1,"c":"<"}]}`,
		"Content-Type", "application/json", "X-Secret", "s", "X-Tenant", "8", "Connection", "X-Tenant")
	body := `{"big":12345678901234567890,"list":[{"a":null},{"c":"<"}],"n":1,"new":{"name":"v"},"t":"text"}`
	assert.Equal(t, fmt.Sprintf("POST /v2/i%%20d/x/p%%C3%%A4/q?x=%%20 %s tenant=7 secret= %d", body, len(body)), w.Body.String())
	assert.Equal(t, "GET /c  tenant=8 secret= 0", asked(g, "GET", "/b/c", "", "X-Tenant", "8").Body.String())
	w = asked(g, "POST", "/a/1/x", `{"old":"v","new":7}`, "Content-Type", "application/json")
	assert.Contains(t, w.Body.String(), `"new":7,"old":"v"`, "what cannot be moved is not lost")
	for name, tc := range map[string]struct {
		body, media, coding string
		status              int
	}{
		"not JSON": {`{"old":`, "application/json", "", 400}, "two values": {`{} {}`, "application/json", "", 400},
		"in another charset": {`{"admin":true}`, "application/json; charset=utf-7", "", 415},
		"says it is text":    {`{"admin":true}`, "text/plain", "", 415}, "a coding": {`{"admin":true}`, "application/json", "gzip", 415},
		"no body": {"", "", "", 200}, "a list": {`[1]`, "application/json", "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := asked(g, "POST", "/a/1/x", tc.body, "Content-Type", tc.media, "Content-Encoding", tc.coding)
			assert.Equal(t, tc.status, w.Code, w.Body)
		})
	}
}

func TestAnswersAreChanged(t *testing.T) {
	var media, body string
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}}
routes:
  - {path: "/*rest", to: books, max_body: 1KiB, response: {set: {X-A: b}, remove: [Server], body: {remove: [/inner/secret], rename: {/a: /b}}}}
`, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("Server", "old")
		w.Header().Set("Etag", `"1"`)
		if strings.HasPrefix(r.URL.Path, "/coded") {
			w.Header().Set("Content-Encoding", "br")
		}
		if strings.HasPrefix(r.URL.Path, "/pieces") {
			_, _ = io.WriteString(w, body[:5])
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, body[5:])
			return
		}
		assert.Empty(t, r.Header.Get("Accept-Encoding"))
		_, _ = io.WriteString(w, body)
	})
	server := httptest.NewServer(g)
	defer server.Close()
	media, body = "application/problem+json", `{"a":1,"inner":{"secret":2,"c":"é"}}`
	for _, path := range []string{"/whole", "/pieces"} {
		resp, err := http.Get(server.URL + path)
		require.NoError(t, err)
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, `{"b":1,"inner":{"c":"é"}}`, string(got), path)
		assert.Equal(t, int64(len(got)), resp.ContentLength)
		assert.Equal(t, "b", resp.Header.Get("X-A"))
		assert.Empty(t, resp.Header.Get("Server"))
		assert.Equal(t, `W/"1"`, resp.Header.Get("Etag"))
	}
	assert.Equal(t, 502, asked(g, "GET", "/coded", "").Code)
	assert.Equal(t, 200, asked(g, "HEAD", "/whole", "").Code)
	long := `{"inner":{"secret":"` + strings.Repeat("x", 1024) + `"}}`
	for _, path := range []string{"/whole", "/pieces"} {
		body = long
		w := asked(g, "GET", path, "")
		assert.Equal(t, 502, w.Code, path)
		assert.NotContains(t, w.Body.String(), "xxx")
	}
	body = `{"inner":{"secret":`
	assert.Equal(t, 502, asked(g, "GET", "/whole", "").Code)
	media, body = "text/plain", "any text, with a secret"
	assert.Equal(t, body, asked(g, "GET", "/whole", "").Body.String())
}

func TestAnswersAreMerged(t *testing.T) {
	type part struct {
		status        int
		body, control string
	}
	var (
		mu       sync.Mutex // a part that is given up may still be answering
		parts    = map[string]part{"/u/7": {200, `{"name":"A"}`, "max-age=5"}, "/o": {200, `[1,2]`, "max-age=5"}, "/ads/7": {200, "null", "max-age=5"}}
		together *sync.WaitGroup // of one request
	)
	backend := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		p, all := parts[r.URL.Path], together
		mu.Unlock()
		all.Done()
		all.Wait() // they are asked at the same time
		w.Header().Set("Cache-Control", p.control)
		w.Header().Set("Vary", "Accept-Language")
		if r.Header.Get("If-None-Match") != "" || r.Header.Get("X-Forwarded-For") == "evil" || r.ContentLength != 0 {
			p.status = 500
		}
		w.WriteHeader(p.status)
		if p.status != 204 {
			_, _ = io.WriteString(w, p.body)
		}
	}
	g, _ := start(t, `
upstreams: {users: {servers: [{url: $1}]}, orders: {servers: [{url: $2}]}, ads: {servers: [{url: $3}]}}
routes:
  - path: /me/:id
    methods: [GET]
    merge: [{as: user, to: users, path: "/u/:id"}, {as: orders, to: orders, path: /o}, {as: "ads \"x\"", to: ads, path: "/ads/:id", optional: true}]
`, backend, backend, backend)
	get := func(path string, p part) *httptest.ResponseRecorder {
		mu.Lock()
		before := parts[path]
		parts[path] = p
		together = new(sync.WaitGroup)
		together.Add(3)
		mu.Unlock()
		defer func() {
			mu.Lock()
			parts[path] = before
			mu.Unlock()
		}()
		return asked(g, "GET", "/me/7", "a body", "If-None-Match", `"x"`, "X-Forwarded-For", "evil")
	}
	w := get("/o", parts["/o"])
	assert.Equal(t, `{"user":{"name":"A"},"orders":[1,2],"ads \"x\"":null}`, w.Body.String())
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	assert.Equal(t, "max-age=5", w.Header().Get("Cache-Control"))
	assert.Equal(t, "Accept-Language", w.Header().Get("Vary"))
	assert.Equal(t, "no-store", get("/o", part{200, "1", "private"}).Header().Get("Cache-Control"))

	w = get("/ads/7", part{200, "not JSON", "max-age=5"})
	assert.Equal(t, `{"user":{"name":"A"},"orders":[1,2]}`, w.Body.String())
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"), "a part is missing")
	w = get("/u/7", part{404, "", ""})
	assert.Equal(t, 404, w.Code)
	assert.Contains(t, w.Body.String(), "user is answered with this status")
	for _, status := range []int{500, 204, 302} {
		w = get("/u/7", part{status, "{}", ""})
		assert.Equal(t, 502, w.Code, status)
		assert.Contains(t, w.Body.String(), fmt.Sprintf("user is answered with %d, where 200 is wanted.", status))
	}
	w = get("/u/7", part{200, `"` + strings.Repeat("x", 1<<20) + `"`, ""})
	assert.Equal(t, 502, w.Code)
	assert.Contains(t, w.Body.String(), "user is answered with more than 1048576 bytes.")
	assert.Equal(t, 405, asked(g, "POST", "/me/7", "").Code)
}

// A part that is slow takes no more than its time: an optional one is left out then.
func TestAPartThatIsSlow(t *testing.T) {
	g, _ := start(t, `
upstreams: {fast: {servers: [{url: $1}]}, slow: {servers: [{url: $2}], eject: {after: 1}}}
routes:
  - {path: /a, methods: [GET], timeout: 1m, merge: [{as: fast, to: fast, path: /}, {as: slow, to: slow, path: /, optional: true, timeout: 20ms}]}
  - {path: /b, methods: [GET], timeout: 1m, merge: [{as: fast, to: fast, path: /}, {as: slow, to: slow, path: /, timeout: 20ms}]}
  - {path: /c, methods: [GET], timeout: 100ms, merge: [{as: fast, to: fast, path: /}, {as: slow, to: slow, path: /, optional: true}]}
`, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "1") }, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	assert.Equal(t, `{"fast":1}`, asked(g, "GET", "/a", "").Body.String())
	assert.Equal(t, 504, asked(g, "GET", "/b", "").Code)
	assert.Equal(t, `{"fast":1}`, asked(g, "GET", "/c", "").Body.String())
	metrics := httptest.NewRecorder()
	g.Metrics().ServeHTTP(metrics, httptest.NewRequest("GET", "/metrics", nil))
	assert.Contains(t, metrics.Body.String(), `health="ejected"`, "a server that is too slow has failed")
}

func TestCopies(t *testing.T) {
	got, release := make(chan string, 100), make(chan struct{})
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}, shadow: {servers: [{url: $2}]}}
routes: [{path: "/*rest", to: books, rewrite: "/v2/*rest", mirror: {to: shadow, queue: 2}}]
`, mirrorBack, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.Method + " " + r.RequestURI + " " + string(body)
		<-release
		w.WriteHeader(500)
	})
	count := func(result string) (n int) {
		metrics := httptest.NewRecorder()
		g.Metrics().ServeHTTP(metrics, httptest.NewRequest("GET", "/metrics", nil))
		_, rest, _ := strings.Cut(metrics.Body.String(), `gateway_mirror_copies_total{result="`+result+`",route="/*rest"} `)
		_, _ = fmt.Sscan(rest, &n)
		return n
	}
	assert.Equal(t, `POST /v2/a?b=c hello tenant= secret= 5`, asked(g, "POST", "/a?b=c", "hello").Body.String())
	assert.Equal(t, "POST /v2/a?b=c hello", <-got, "the copy is the request that the upstream gets")
	assert.Equal(t, 200, asked(g, "POST", "/long", strings.Repeat("x", 64<<10+1)).Code)
	assert.Equal(t, 1, count("dropped"), "a body that is too long")
	for range 30 { // nobody answers: eight are on their way, two wait, the others are dropped
		require.Equal(t, 200, asked(g, "GET", "/", "").Code)
	}
	assert.GreaterOrEqual(t, count("dropped"), 1+30-7-2-8)
	assert.Less(t, count("dropped"), 31)
	require.NoError(t, g.Use(append(g.Text(), '\n')))
	close(release)
	assert.Eventually(t, func() bool { return count("sent")+count("dropped") == 32 }, 5*time.Second, time.Millisecond)
	assert.Zero(t, count("failed"))
}

// Why copies fail is said once, not of each.
func TestCopiesThatFailSayWhy(t *testing.T) {
	backend := httptest.NewServer(answer("ok"))
	defer backend.Close()
	var log safeBuffer
	g, err := gateway.New("gateway.yaml", []byte(strings.ReplaceAll(`{upstreams: {a: {servers: [{url: $1}]}, shadow: {servers: [{url: "http://127.0.0.1:1"}]}}, routes: [{path: /, to: a, mirror: {to: shadow}}]}`, "$1", `"`+backend.URL+`"`)),
		gateway.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	defer g.Close()
	for range 3 {
		assert.Equal(t, 200, ask(g, "/").Code)
	}
	require.Eventually(t, func() bool { return shows(g, `gateway_mirror_copies_total{result="failed",route="/"} 3`) }, 5*time.Second, time.Millisecond)
	assert.Equal(t, 1, strings.Count(log.String(), "copies of requests fail"))
	assert.Regexp(t, `msg="copies of requests fail" route=/ upstream=shadow error=".*connection refused"`, log.String())
}

// What response.body changes are the upstream's answers.
func TestTheGatewaysOwnProblemsAreNotChanged(t *testing.T) {
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}, gone: {servers: [{url: "http://127.0.0.1:1"}]}}
routes:
  - {path: /own, to: books, request: {body: {set: {/a: 1}}}, response: &change {body: {set: {/n: 1}, remove: [/title]}}}
  - {path: /gone, to: gone, response: *change}
  - {path: /merged, methods: GET, merge: [{as: a, to: gone, path: /}], response: *change}
`, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(503)
		fmt.Fprint(w, `{"title":"theirs"}`)
	})
	for path, want := range map[string]string{
		"/own":    `{"n":1}`,
		"/gone":   `{"title":"Bad Gateway","status":502,"detail":"the server behind this one cannot be reached"}`,
		"/merged": `{"title":"Bad Gateway","status":502,"detail":"the server behind this one cannot be reached"}`,
	} {
		assert.Equal(t, want, strings.TrimSpace(asked(g, "GET", path, "").Body.String()), path)
	}
	assert.Equal(t, `{"title":"Bad Request","status":400,"detail":"The body is not JSON."}`, strings.TrimSpace(asked(g, "POST", "/own", "{", "Content-Type", "application/json").Body.String()))
	g.Pools()["gone"].Servers[0].Drain(true)
	w := asked(g, "GET", "/gone", "")
	assert.Equal(t, `{"title":"Service Unavailable","status":503,"detail":"No server can take the request at the moment."}`, strings.TrimSpace(w.Body.String()))
}

const openapi = `
openapi: %s
info: {title: t, version: "1"}
servers: [{url: https://books.example/v1}]
components:
  schemas:
    Book:
      type: object
      required: [title]
      additionalProperties: false
      properties:
        title: {type: string, minLength: 3}
        pages: {type: integer, minimum: 1}
        kind: {enum: [a, b]}
        items: {type: array, items: {$ref: "#/components/schemas/Book"}}
        tag: {oneOf: [{type: string, pattern: "^x"}, {type: integer, minimum: 5}]}
        when: {type: string, format: date-time}%s
paths:
  /books/{id}:
    post:
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
        - {name: dry, in: query, schema: {type: boolean}}
        - {name: tags, in: query, schema: {type: array, items: {type: integer}, maxItems: 2}}
        - {name: mode, in: query, schema: {enum: [x, y]}}
        - {name: X-Key, in: header, required: true, schema: {type: string, minLength: 3}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}}}
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}}}
`

// checking loads a gateway with an OpenAPI file.
func checking(t testing.TB, doc string, log io.Writer, backend http.HandlerFunc) (*gateway.Gateway, error) {
	dir := t.TempDir()
	server := httptest.NewServer(backend)
	t.Cleanup(server.Close)
	text := `
upstreams: {books: {servers: [{url: ` + server.URL + `}]}}
routes: [{path: "/api/*rest", to: books, strip_prefix: /api, openapi: books.yaml, check_answers: log, max_body: 4KiB}]
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "books.yaml"), []byte(doc), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "gateway.yaml"), []byte(text), 0o600))
	return gateway.Load(filepath.Join(dir, "gateway.yaml"), gateway.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
}

func TestRequestsAreCheckedByADocument(t *testing.T) {
	const null = "\n        fixed: {const: 1}\n        opt: {type: [string, 'null']}"
	for version, more := range map[string]string{"3.0.3": "", "3.1.0": "", "3.1.1": null} {
		opt := ""
		if more != "" {
			opt = `,"opt":null`
		}
		g, err := checking(t, fmt.Sprintf(openapi, version, more), io.Discard, mirrorBack)
		require.NoError(t, err)
		for _, tc := range []struct {
			name, method, path, body string
			header                   []string
			status                   int
			want                     []string // in, pointer, rule
		}{
			{"right", "POST", "/books/1?dry=true&tags=1", `{"title":"abc","pages":3,"items":[{"title":"abc"}],"tag":7` + opt + `}`, []string{"X-Key", "abc"}, 200, nil},
			{"everything at once", "POST", "/books/secretx?dry=secrety&tags=1&tags=2&tags=3&mode=secret", `{"title":"se","pages":"secret1","kind":"secret2","secret3":1,"items":[{"title":1}],"tag":"secret4","when":"secret5"}`, nil, 422, []string{
				"path /id type", "query /dry type", "query /tags maxItems", "query /mode enum", "header /X-Key required",
				"body /title minLength", "body /pages type", "body /kind enum", "body /items/0/title type", "body /tag oneOf", "body /when format", "body /secret3 unknown"}},
			{"missing", "POST", "/books/1", `{}`, []string{"X-Key", "abc"}, 422, []string{"body /title required"}},
			{"syntax", "POST", "/books/1", `{"title":`, []string{"X-Key", "abc"}, 400, []string{"body  syntax"}},
			{"no body", "POST", "/books/1", ``, []string{"X-Key", "abc"}, 422, []string{"body  required"}},
			{"a body of another type", "POST", "/books/1", `x`, []string{"X-Key", "abc", "Content-Type", "text/plain"}, 415, []string{"header /Content-Type oneof"}},
			{"a body where none is", "GET", "/books/1", `{}`, nil, 422, []string{"body  unknown"}},
			{"HEAD as GET", "HEAD", "/books/1", ``, nil, 200, nil},
			{"another method", "DELETE", "/books/1", ``, nil, 405, nil},
			{"no such path", "GET", "/boks/1", ``, nil, 404, nil},
			{"too long", "POST", "/books/1", strings.Repeat(" ", 5<<10), []string{"X-Key", "abc"}, 413, nil},
		} {
			t.Run(version+" "+tc.name, func(t *testing.T) {
				header := tc.header
				if !strings.Contains(strings.Join(header, " "), "Content-Type") {
					header = append(header, "Content-Type", "application/json")
				}
				w := asked(g, tc.method, "/api/v1"+tc.path, tc.body, header...)
				require.Equal(t, tc.status, w.Code, w.Body)
				if tc.status == 200 && tc.method == "POST" {
					assert.Contains(t, w.Body.String(), "POST /v1"+tc.path+" "+tc.body)
				}
				if tc.status == 405 {
					assert.Equal(t, "GET, HEAD, POST", w.Header().Get("Allow"))
				}
				said := pick(t, w.Body.Bytes())
				for _, want := range tc.want {
					assert.Contains(t, said, want)
				}
				assert.Len(t, said, len(tc.want))
				without := strings.NewReplacer("/secret3", "", " secret= ", "").Replace(w.Body.String()) // the name of a member, on the way to a value
				assert.NotContains(t, without, "secret")
			})
		}
	}
}

func TestAnswersAreLookedAt(t *testing.T) {
	lines := new(safeBuffer)
	body := `{"title":"abc"}`
	g, err := checking(t, fmt.Sprintf(openapi, "3.0.3", ""), lines, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	})
	require.NoError(t, err)
	get := func() {
		assert.Equal(t, body, asked(g, "GET", "/api/v1/books/1", "").Body.String(), "the client gets it as it is")
	}
	get()
	body = `{"title":"a","pages":"secret"}`
	for range 5 {
		get()
	}
	assert.Eventually(t, func() bool { return strings.Contains(lines.String(), "answer is not as its document has it") }, 5*time.Second, time.Millisecond)
	text := lines.String()
	assert.Contains(t, text, "GET /books/{id}")
	assert.Contains(t, text, "minLength")
	assert.Contains(t, text, "/pages")
	assert.Equal(t, 1, strings.Count(text, "not as its document"))
	assert.NotContains(t, text, "secret")
}

func TestWhatIsWrongWithADocument(t *testing.T) {
	doc := fmt.Sprintf(openapi, "3.1.0", "")
	for want, text := range map[string]string{
		"books.yaml:2: it is not a document":                              "a: [",
		"books.yaml:13: it is not a document":                             strings.Replace(doc, "minimum: 1}", "minimum: x}", 1),
		`map key "Bok" not found`:                                         strings.Replace(doc, `items: {$ref: "#/components/schemas/Book"}`, `items: {$ref: "#/components/schemas/Bok"}`, 1),
		"books.yaml:16: it is not a document of OpenAPI 3: inva":          strings.Replace(doc, `"^x"`, `"(?=x"`, 1),
		"unsupported 'type' value":                                        strings.Replace(doc, "type: boolean", "type: bolean", 1),
		`books.yaml:20: POST /books/{id} has the parameter "dry", an obj`: strings.Replace(doc, "{name: dry, in: query, schema: {type: boolean}}", "{name: dry, in: query, explode: false, schema: {type: object}}", 1),
		"a form whose other fields have a schema":                         strings.Replace(doc, "content: {application/json: {schema: {", "content: {application/x-www-form-urlencoded: {schema: {additionalProperties: {type: integer}}}, application/json: {schema: {", 1),
		"value of openapi must be":                                        "swagger: '2.0'\n",
		"no-such-host.example":                                            strings.Replace(doc, `items: {$ref: "#/components/schemas/Book"}`, `items: {$ref: "https://no-such-host.example/x.yaml"}`, 1),
	} {
		_, err := checking(t, text, io.Discard, mirrorBack)
		var faults config.Faults
		if assert.ErrorAs(t, err, &faults, "%v", err) {
			assert.ErrorContains(t, faults, want)
		}
	}
}

// pick are the faults of a problem: in, pointer and rule of each.
func pick(t *testing.T, body []byte) (all []string) {
	for _, fault := range detailed(t, body) {
		all = append(all, strings.Join(strings.SplitN(fault, " ", 4)[:3], " "))
	}
	return all
}

// detailed are the faults of a problem, with their details.
func detailed(t *testing.T, body []byte) (all []string) {
	var problem struct {
		Errors []struct{ In, Pointer, Rule, Detail string }
	}
	if json.Unmarshal(body, &problem) != nil {
		return nil
	}
	for _, fault := range problem.Errors {
		assert.NotEmpty(t, fault.Detail)
		all = append(all, fault.In+" "+fault.Pointer+" "+fault.Rule+" "+fault.Detail)
	}
	return all
}

// What is wrong with all files that routes name is told at once, each once.
func TestFaultsOfAllRoutes(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.yaml": "a: [", "b.yaml": "swagger: '2.0'", "gateway.yaml": `
upstreams: {books: {servers: [{url: "http://127.0.0.1:1"}]}}
routes: [{path: /b, to: books, openapi: b.yaml}, {path: /a, to: books, openapi: a.yaml}, {path: /c, to: books, openapi: a.yaml}]`} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	_, err := gateway.Load(filepath.Join(dir, "gateway.yaml"), gateway.Options{})
	var faults config.Faults
	require.ErrorAs(t, err, &faults)
	assert.Equal(t, 1, strings.Count(faults.Error(), "a.yaml:2: it is not a document of OpenAPI 3: "))
	assert.Contains(t, faults.Error(), "b.yaml:1: it is not a document of OpenAPI 3: ")
}

// What is wrong with all that a file names is told at once, in the order of the file: whoever mends one mistake is not
// told of the next one then.
func TestFaultsOfAllThatAFileNames(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"keys": "acme abc", "none.pem": "none", "api.yaml": "a: [", "list": "1.2.3.4/99", "gateway.yaml": `listen:
  tls:
    cert: none.pem
    key: none.pem
    client_ca: none.pem
auth:
  a: {jwt: {issuer: "https://a", audience: b, algorithm: ES256, jwks: "http://a/jwks"}}
  k: {keys: {file: keys, header: X-Api-Key}}
upstreams:
  one: {servers: [{url: "https://127.0.0.1:1"}], ca: none.pem}
  two: {servers: [{url: "https://127.0.0.1:1"}], ca: gone.pem}
  books: {grpc: [{url: "h2c://127.0.0.1:1"}], descriptors: none.pem}
risk:
  lists: {b: list, c: gone}
  rules:
    y: {when: "nope(", score: 1}
    x: {when: "1", score: 1}
  from: {throttle: 1, challenge: 2, deny: 3}
routes:
  - {path: /a, to: one, openapi: api.yaml, auth: {by: [a, k]}, risk: [x, y]}
  - {path: /b, to: two, openapi: gone.yaml}
`} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	err := gateway.Check(filepath.Join(dir, "gateway.yaml"))
	var faults config.Faults
	require.ErrorAs(t, err, &faults)
	var got []string
	for _, fault := range faults {
		got = append(got, fmt.Sprintf("%s:%d %s", filepath.Base(fault.File), fault.Line, fault.Path))
	}
	assert.Equal(t, []string{
		"list:1 ", "api.yaml:2 ", "gateway.yaml:3 listen.tls.cert", "gateway.yaml:3 listen.tls.client_ca", "gateway.yaml:7 auth.a.jwt.jwks",
		"gateway.yaml:8 auth.k.keys.file", "gateway.yaml:10 upstreams.one.ca", "gateway.yaml:11 upstreams.two.ca",
		"gateway.yaml:12 upstreams.books.descriptors", "gateway.yaml:14 risk.lists.c", "gateway.yaml:16 risk.rules.y.when", "gateway.yaml:17 risk.rules.x.when",
		"gateway.yaml:21 routes[1].openapi",
	}, got, err)
}

// safeBuffer is what a log is written to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// What the file sets for the parts of a merge comes, whatever the client says of the header.
func TestWhatIsSetForAMergeComes(t *testing.T) {
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}}
routes: [{path: /m, methods: GET, merge: [{as: a, to: books, path: /a}], request: {set: {X-Role: guest, Accept-Language: de}, remove: [X-Gone]}}]
`, func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode([]string{r.Header.Get("X-Role"), r.Header.Get("Accept-Language"), r.Header.Get("X-Gone")})
	})
	w := asked(g, "GET", "/m", "", "Connection", "X-Role, X-Gone", "X-Role", "admin", "Accept-Language", "en", "X-Gone", "no")
	assert.JSONEq(t, `{"a":["guest","de",""]}`, w.Body.String())
}

// A secret is for the upstream that it is set for.
func TestCopiesHaveNoSecrets(t *testing.T) {
	t.Setenv("BACKEND_TOKEN", "hunter2")
	copied := make(chan http.Header, 1)
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}, shadow: {servers: [{url: $2}]}}
routes: [{path: "/*rest", to: books, mirror: {to: shadow}, request: {set: {X-Secret: "env:BACKEND_TOKEN", X-Tenant: "7"}}}]
`, mirrorBack, func(w http.ResponseWriter, r *http.Request) { copied <- r.Header })
	w := asked(g, "GET", "/a", "", "X-Api-Key", "k", "Authorization", "Bearer k", "Cookie", "k=k")
	assert.Contains(t, w.Body.String(), "secret=hunter2")
	h := <-copied
	for _, name := range []string{"X-Secret", "X-Api-Key", "Authorization", "Cookie"} { // also where no way of auth asks for it
		assert.Empty(t, h.Get(name), name)
	}
	assert.Equal(t, "7", h.Get("X-Tenant"))
}

func TestASecretThatIsNamedAsADocumentIsNotShown(t *testing.T) {
	for _, text := range []string{"hunter2hunter2", `"hunter2"`, "openapi: 3.0.0\ninfo: hunter2\n"} {
		_, err := checking(t, text, io.Discard, mirrorBack)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}
