package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/gateway"
)

const watched = `
admin: {addr: "127.0.0.1:0"}
risk: {rules: {odd: {score: 90, when: agent == 'odd'}}}
upstreams: {books: {servers: [{url: $1, version: v1}, {url: $2, version: v2}]}}
routes: [{name: shelf, path: "/books/*rest", to: books, risk: odd}]
`

// operator is a client of the admin listener, with cookies.
type operator struct {
	*testing.T
	url    string // with the token that works once
	at     string
	client *http.Client
}

func operate(t *testing.T, g *gateway.Gateway) *operator {
	a := g.Admin()
	server := httptest.NewServer(a.Handler())
	t.Cleanup(server.Close)
	jar, _ := cookiejar.New(nil)
	return &operator{t, a.Start(server.Listener.Addr().String()), server.URL, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// ask sends a request with headers, and returns the answer with its body.
func (o *operator) ask(method, path, body string, headers ...string) (*http.Response, string) {
	o.Helper()
	target := o.at + path
	if strings.HasPrefix(path, "http") {
		target = path
	}
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	require.NoError(o, err)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	resp, err := o.client.Do(req)
	require.NoError(o, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(o, err)
	return resp, string(text)
}

func (o *operator) status(method, path, body string, headers ...string) int {
	o.Helper()
	resp, _ := o.ask(method, path, body, headers...)
	return resp.StatusCode
}

const form = "Content-Type: application/x-www-form-urlencoded"

func TestWhoMayOperate(t *testing.T) {
	g, _ := start(t, watched, answer("1"), answer("2"))
	o := operate(t, g)
	for _, path := range []string{"/", "/state", "/metrics", "/file", "/events"} {
		assert.Equal(t, 401, o.status("GET", path, ""), path)
	}
	assert.Equal(t, 200, o.status("GET", "/healthz", ""))
	assert.Equal(t, 401, o.status("GET", "/?token=wrong", ""))
	assert.Equal(t, 401, o.status("POST", "/log-in", "token=wrong", form))

	resp, _ := o.ask("GET", o.url, "")
	require.Equal(t, 303, resp.StatusCode)
	cookie := resp.Header.Get("Set-Cookie")
	assert.Contains(t, cookie, "HttpOnly")
	assert.Contains(t, cookie, "SameSite=Strict")
	resp, page := o.ask("GET", "/", "", "Accept: text/html")
	require.Equal(t, 200, resp.StatusCode)
	assert.Contains(t, page, "shelf")
	assert.NotContains(t, resp.Header.Get("Content-Security-Policy"), "unsafe")
	assert.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))

	assert.Equal(t, 421, o.status("GET", "/", "", "Host: evil.example"), "a name that leads here")
	for _, site := range []string{"cross-site", "same-site"} {
		assert.Equal(t, 403, o.status("GET", "/state", "", "Sec-Fetch-Site: "+site, "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"))
		assert.Equal(t, 403, o.status("POST", "/servers", "do=drain", form, "Sec-Fetch-Site: "+site, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"))
	}
	assert.Equal(t, 403, o.status("POST", "/servers", "do=drain", form, "Origin: http://localhost:1"))

	other := operate(t, g)
	other.at, other.url = o.at, o.url
	assert.Equal(t, 401, other.status("GET", o.url, ""), "the token has worked once")
	mine := "Cookie: " + strings.Split(cookie, ";")[0]
	assert.Equal(t, 200, other.status("GET", "/state", "", mine))
	assert.Equal(t, 401, other.status("GET", "/state", "", mine[:len(mine)-1]))
	assert.Equal(t, 303, o.status("POST", "/log-out", "", form))
	assert.Equal(t, 401, other.status("GET", "/state", "", mine), "it has ended")
}

// What cannot be stored is not used, and what comes from elsewhere is changed there.
func TestAFileThatCannotBeStored(t *testing.T) {
	text := strings.NewReplacer("$1", "'http://127.0.0.1:1'", "$2", "'http://127.0.0.1:2'").Replace(watched)
	g, err := gateway.New("gateway.yaml", []byte(text), gateway.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	o := operate(t, g)
	o.ask("GET", o.url, "")
	resp, problem := o.ask("PUT", "/file", text, "If-Match: *")
	assert.Equal(t, 409, resp.StatusCode)
	assert.Contains(t, problem, "change it where it comes from")

	g, file := start(t, text)
	o = operate(t, g)
	o.ask("GET", o.url, "")
	tag := g.Tag()
	require.NoError(t, os.Rename(file, file+".gone"))
	resp, _ = o.ask("PUT", "/file", text+"# more", "If-Match: *")
	assert.Equal(t, 500, resp.StatusCode)
	assert.Equal(t, tag, g.Tag())
}

// Tokens are tried only so often, also those that do not come by the form.
func TestTokensThatAreGuessed(t *testing.T) {
	t.Setenv("ADMIN_TOKEN", "0123456789abcdef")
	g, _ := start(t, strings.Replace(watched, "admin: {", "admin: {token: env:ADMIN_TOKEN, ", 1), answer("1"), answer("2"))
	o := operate(t, g)
	for _, guess := range []func() int{
		func() int { return o.status("GET", "/?token=guess", "") },
		func() int { return o.status("GET", "/state", "", "Authorization: Bearer guess") },
	} {
		code, tries := 0, 0
		for code = 401; code == 401 && tries < 1000; tries++ {
			code = guess()
		}
		assert.Equal(t, 429, code)
	}
}

func TestTheTokenOfTheFile(t *testing.T) {
	t.Setenv("ADMIN_TOKEN", "0123456789abcdef")
	g, _ := start(t, strings.Replace(watched, "admin: {", "admin: {token: env:ADMIN_TOKEN, ", 1), answer("1"), answer("2"))
	o := operate(t, g)
	assert.NotContains(t, o.url, "token")
	assert.Equal(t, 200, o.status("GET", "/metrics", "", "Authorization: Bearer 0123456789abcdef"))
	assert.Equal(t, 401, o.status("GET", "/metrics", "", "Authorization: Bearer 0123456789abcdeF"))
	assert.Equal(t, 303, o.status("POST", "/log-in", "token=0123456789abcdef", form))
	assert.Equal(t, 200, o.status("GET", "/", ""))
	assert.Equal(t, 303, o.status("POST", "/log-out", "", form))
	assert.Equal(t, 401, o.status("GET", "/", ""))
}

func TestServersAreSteered(t *testing.T) {
	g, _ := start(t, watched, answer("1"), answer("2"))
	o := operate(t, g)
	o.ask("GET", o.url, "")
	first := string(g.Text())[strings.Index(string(g.Text()), "http://"):]
	first = first[:strings.Index(first, ",")]
	steer := func(fields string) int {
		return o.status("POST", "/servers", "upstream=books&server="+url.QueryEscape(first)+"&"+fields, form)
	}
	state := func() string { _, text := o.ask("GET", "/state", ""); return text }
	served := func() (first bool) {
		for range 40 {
			first = first || strings.HasPrefix(get(g, "/books/1").Body.String(), "1 ")
		}
		return first
	}
	assert.True(t, served())
	assert.Equal(t, 303, steer("do=drain"))
	assert.False(t, served())
	assert.Contains(t, state(), `"Health":"drained"`)
	assert.Equal(t, 303, steer("do=back"))
	assert.True(t, served())
	assert.Equal(t, 303, steer("do=eject"))
	assert.Contains(t, state(), `"Health":"ejected"`)
	assert.Equal(t, 303, steer("do=weight&weight=2.5"))
	assert.Contains(t, state(), `"Weight":2.5`)
	for _, bad := range []string{"do=weight&weight=NaN", "do=weight&weight=0", "do=dance", ""} {
		assert.Equal(t, 422, steer(bad), bad)
	}
	assert.Equal(t, 303, steer("do=drain"))
	require.NoError(t, g.Use([]byte(strings.Replace(string(g.Text()), "servers:", "slow_start: 1s, servers:", 1))))
	assert.Contains(t, state(), `"Health":"drained"`, "another file does not bring it back")
	assert.Equal(t, 404, o.status("POST", "/servers", "upstream=books&server=none&do=drain", form))
	assert.Equal(t, 405, o.status("DELETE", "/servers", ""))
	assert.Equal(t, 409, o.status("POST", "/ramps", "route=shelf&do=pause", form))
}

func TestTheFileIsPut(t *testing.T) {
	g, file := start(t, watched, answer("1"), answer("2"))
	o := operate(t, g)
	o.ask("GET", o.url, "")
	resp, text := o.ask("GET", "/file", "")
	tag := resp.Header.Get("ETag")
	require.Equal(t, string(g.Text()), text)
	assert.Equal(t, 428, o.status("PUT", "/file", text))
	assert.Equal(t, 412, o.status("PUT", "/file", text, `If-Match: "other"`))
	assert.Equal(t, 428, o.status("PUT", "/file", text, `If-Match: , `))
	assert.Equal(t, 204, o.status("PUT", "/file", text, `If-Match: ,`+tag), "an empty member says nothing")

	resp, problem := o.ask("PUT", "/file", strings.NewReplacer("to: books", "to: book", "score: 90", "score: many").Replace(text), "If-Match: "+tag)
	assert.Equal(t, 422, resp.StatusCode)
	assert.Contains(t, problem, `"line":3,"path":"risk.rules.odd.score"`)
	assert.Contains(t, problem, "write books")
	assert.Equal(t, tag, g.Tag())

	resp, problem = o.ask("PUT", "/file", strings.Replace(text, "agent ==", "agnet ==", 1), "If-Match: "+tag)
	assert.Equal(t, 422, resp.StatusCode)
	assert.Contains(t, problem, "write agent", "of rules, too")

	changed := strings.Replace(text, "shelf", "shelves", 1)
	resp, _ = o.ask("PUT", "/file", changed, "If-Match: "+tag)
	require.Equal(t, 204, resp.StatusCode)
	assert.Equal(t, g.Tag(), resp.Header.Get("ETag"))
	stored, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, changed, string(stored))
	info, _ := os.Stat(file)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	assert.Equal(t, 412, o.status("PUT", "/file", text, "If-Match: "+tag), "of the file before")

	real := file + ".real"
	require.NoError(t, os.Rename(file, real))
	require.NoError(t, os.Symlink(real, file))
	require.Equal(t, 204, o.status("PUT", "/file", text+"# linked", `If-Match: "other", `+g.Tag()))
	stored, _ = os.ReadFile(real)
	assert.Equal(t, text+"# linked", string(stored), "the link stays")
	require.Equal(t, 204, o.status("PUT", "/file", text, `If-Match: *`))
	require.NoError(t, os.Rename(real, file))

	require.NoError(t, os.WriteFile(file, []byte(text+"# by hand"), 0o600))
	assert.Equal(t, 412, o.status("PUT", "/file", text, "If-Match: "+g.Tag()), "somebody has changed it on the disk")
	entries, _ := os.ReadDir(strings.TrimSuffix(file, "/gateway.yaml"))
	assert.Len(t, entries, 1, "nothing is left beside it")
}

// The page hears of what changes, and of nothing else.
func TestEventsOfThePage(t *testing.T) {
	g, _ := start(t, watched, answer("1"), answer("2"))
	o := operate(t, g)
	o.ask("GET", o.url, "")
	resp, err := o.client.Get(o.at + "/events")
	require.NoError(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	until := func(want string) string {
		for lines.Scan() {
			if strings.Contains(lines.Text(), want) {
				return lines.Text()
			}
		}
		t.Fatal("the stream ended before ", want)
		return ""
	}
	until(`-health","text":"well","state":"good"`)
	get(g, "/books/<script>", "User-Agent: odd")
	old, err := o.client.Get(o.at + "/events?tag=other")
	require.NoError(t, err)
	defer old.Body.Close()
	event, _ := bufio.NewReader(old.Body).ReadString('\n')
	assert.Equal(t, "event:file\n", event, "a page of another file")
	rows := until("deny")
	assert.NotContains(t, rows, "<script>")
	require.NoError(t, g.Use([]byte(string(g.Text())+"# more\n")))
	until("event:file")
}

// A body that does not come, or not to its end, is not a failure of the gateway, which an operator would look for on its
// disk.
func TestABodyOfAnOperatorThatDoesNotCome(t *testing.T) {
	defer gateway.SetOperatorsPatience(gateway.SetOperatorsPatience(300 * time.Millisecond))
	t.Setenv("ADMIN_TOKEN", "0123456789abcdef0123456789abcdef")
	g, _ := start(t, `
listen: {addr: "127.0.0.1:0"}
admin: {addr: "127.0.0.1:0", token: env:ADMIN_TOKEN}
`+one[1:], answer("book"))
	_, operators, stop, ended := operating(t, g)
	for _, target := range []string{"PUT /file", "POST /servers", "POST /ramps"} {
		for name, tc := range map[string]struct {
			framing, body string
			ends          bool
			want          string
		}{
			"it does not come":  {"Content-Length: 9", "a", false, "408"},
			"it ends too early": {"Content-Length: 9", "a", true, "400"},
			"it is broken":      {"Transfer-Encoding: chunked", "ZZ\r\n", false, "400"},
		} {
			t.Run(target+", "+name, func(t *testing.T) {
				conn, err := net.Dial("tcp", operators)
				require.NoError(t, err)
				defer conn.Close()
				fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\nIf-Match: *\r\nContent-Type: application/x-www-form-urlencoded\r\n%s\r\n\r\n%s", target, operators, tc.framing, tc.body)
				if tc.ends {
					require.NoError(t, conn.(*net.TCPConn).CloseWrite())
				}
				_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
				got, err := io.ReadAll(conn)
				require.NoError(t, err)
				assert.Regexp(t, "^HTTP/1.1 "+tc.want, string(got))
			})
		}
	}
	stop()
	assert.NoError(t, <-ended)
}
