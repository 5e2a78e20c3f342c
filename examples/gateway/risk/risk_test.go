package risk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/risk"
)

const upstreams = `
upstreams: {books: {servers: [{url: "http://127.0.0.1:9001"}]}}
routes: [{path: /, to: books}]
`

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// judge compiles the fields of risk, in a directory with lists.
func judge(t *testing.T, dir, fields string, before *risk.Judge) (*risk.Judge, error) {
	return logged(t, dir, fields, before, slog.DiscardHandler)
}

func logged(t *testing.T, dir, fields string, before *risk.Judge, log slog.Handler) (*risk.Judge, error) {
	file, err := config.Parse(filepath.Join(dir, "gateway.yaml"), []byte("risk:\n"+fields+upstreams))
	require.NoError(t, err)
	return risk.New(file, before, slog.New(log), nil)
}

// service is a handler behind a Judge, with auth: the header User is who it is, a bad one is 401.
func service(j *risk.Judge, rules ...string) *dram.Engine {
	outside, inside := j.Layers("the route", rules)
	e := dram.New()
	chain := append(outside, func(c *dram.Context) {
		if user := c.GetHeader("User"); user == "bad" {
			c.Fail(dram.NewProblem(401, "who?"))
		} else if user != "" {
			c.Set(dram.AuthUserKey, user)
		}
	})
	e.Any("/*rest", append(append(chain, inside...), func(c *dram.Context) { c.String(200, "in") })...)
	return e
}

// ask sends a request from an address, with headers "Name: value".
func ask(h http.Handler, method, path, from string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = net.JoinHostPort(from, "1234")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func write(t *testing.T, dir, name, text string) {
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

func TestWhatRulesSee(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "tor.txt", "# exits\n203.0.113.0/24\n2001:db8::/32 # a network\n198.51.100.7\n")
	write(t, dir, "bots.txt", "SQLMap\nnikto\nanna@example.com")
	for rule, requests := range map[string][]struct {
		deny    bool
		path    string
		from    string
		headers []string
	}{
		"address in lists.tor": {
			{true, "/", "203.0.113.9", nil}, {true, "/", "198.51.100.7", nil}, {true, "/", "::ffff:198.51.100.7", nil}, {true, "/", "2001:db8::7", nil},
			{false, "/", "203.0.114.1", nil}, {false, "/", "198.51.100.8", nil}, {false, "/", "2001:db9::7", nil},
		},
		"agent.mentions(lists.bots)": {
			{true, "/", "192.0.2.1", []string{"User-Agent: sqlmap/1.8 (x)"}}, {true, "/", "192.0.2.1", []string{"User-Agent: Mozilla Nikto"}},
			{false, "/", "192.0.2.1", []string{"User-Agent: sqlmapper"}}, {false, "/", "192.0.2.1", nil},
		},
		"user in lists.bots": {
			{true, "/", "192.0.2.1", []string{"User: Anna@example.com"}}, {false, "/", "192.0.2.1", []string{"User: anna"}}, {false, "/", "192.0.2.1", nil},
		},
		`path.startsWith("/wp-") || host == "evil.example" || path.matches("[.]php$")`: {
			{true, "/wp-admin", "192.0.2.1", nil}, {true, "http://evil.example/", "192.0.2.1", nil}, {true, "/x.php", "192.0.2.1", nil}, {false, "/php", "192.0.2.1", nil},
		},
		`int(agent) > 5 && method == "GET"`: { // what cannot be evaluated counts
			{true, "/", "192.0.2.1", []string{"User-Agent: 6"}}, {false, "/", "192.0.2.1", []string{"User-Agent: 5"}},
			{true, "/", "192.0.2.1", []string{"User-Agent: " + strings.Repeat("9", 40)}}, {true, "/", "192.0.2.1", nil},
		},
		`agent.contains("sqlmap")`: { // wherever it stands
			{true, "/", "192.0.2.1", []string{"User-Agent: " + strings.Repeat("x", 60<<10) + " sqlmap"}},
			{true, "/", "192.0.2.1", []string{"User-Agent: x", "User-Agent: sqlmap"}},
		},
	} {
		j, err := judge(t, dir, "  lists: {tor: tor.txt, bots: bots.txt}\n  rules: {r: {score: 100, when: '"+rule+"'}}", nil)
		require.NoError(t, err, rule)
		h := service(j, "r")
		for _, r := range requests {
			assert.Equal(t, r.deny, ask(h, "GET", r.path, r.from, r.headers...).Code == 403, "%s: %v", rule, r)
		}
	}
}

func TestFaultsOfRules(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "tor.txt", "203.0.113.0/24\n203.0.113.0/33\n")
	_, err := judge(t, dir, `  lists: {tor: tor.txt}
  velocity: {tries: {per: 1m}}
  rules:
    a: {when: 'velocity.trys > 5'}
    b: {when: 'agnet == "x"'}
    c: {when: 'velocity.tries > "5"'}
    d: {when: 'velocity.tries'}
    e: {when: 'path.matches("(")'}
    g: {when: 'velocity.tries >'}
`, nil)
	var faults config.Faults
	require.ErrorAs(t, err, &faults)
	text := err.Error()
	for _, want := range []string{
		"tor.txt:2: 203.0.113.0/33 is not a network: write",
		`gateway.yaml:5: risk.rules.a.when: column 9: there is no "velocity.trys": write velocity.tries`,
		`gateway.yaml:6: risk.rules.b.when: column 1: there is no "agnet": write agent`,
		"gateway.yaml:7: risk.rules.c.when: column 16: found no matching overload for '_>_' applied to '(int, string)': compare",
		"gateway.yaml:8: risk.rules.d.when: its value is of the kind int, and not true or false: write a comparison",
		"gateway.yaml:9: risk.rules.e.when: error parsing regexp",
		"gateway.yaml:10: risk.rules.g.when: column ",
	} {
		assert.Contains(t, text, want)
	}
}

// Failed log-ins of an address close the door on it, for a time, whatever is sent then.
func TestFailedLogInsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fields := "  velocity: {failed: {of: failures, per: 1m}}\n  rules: {guess: {score: 90, when: velocity.failed >= 3}}"
		j, err := judge(t, t.TempDir(), fields, nil)
		require.NoError(t, err)
		h := service(j, "guess")
		for range 3 {
			assert.Equal(t, 200, ask(h, "POST", "/", "192.0.2.1", "User: anna").Code)
			assert.Equal(t, 401, ask(h, "POST", "/", "192.0.2.1", "User: bad").Code)
		}
		assert.Equal(t, 403, ask(h, "POST", "/", "192.0.2.1", "User: anna").Code)
		assert.Equal(t, 200, ask(h, "POST", "/", "192.0.2.2", "User: anna").Code)

		again, err := judge(t, t.TempDir(), "  dry_run: false\n"+fields, j)
		require.NoError(t, err)
		assert.Equal(t, 403, ask(service(again, "guess"), "POST", "/", "192.0.2.1").Code, "counters live on over a reload")

		time.Sleep(130 * time.Second)
		assert.Equal(t, 200, ask(h, "POST", "/", "192.0.2.1", "User: anna").Code, "the refusals did not count as failures")
	})
}

// A user's velocity is known behind auth, from whatever address the user comes.
func TestVelocityOfAUser(t *testing.T) {
	j, err := judge(t, t.TempDir(), "  velocity: {much: {by: user, per: 1h}}\n  rules: {much: {score: 90, when: velocity.much > 3}}", nil)
	require.NoError(t, err)
	h := service(j, "much")
	for i := range 4 {
		want := 200
		if i == 3 {
			want = 403
		}
		assert.Equal(t, want, ask(h, "GET", "/", fmt.Sprint("192.0.2.", i), "User: anna").Code, i)
	}
	assert.Equal(t, 200, ask(h, "GET", "/", "192.0.2.1", "User: ben").Code)
}

func TestThrottledClientsGetALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, err := judge(t, t.TempDir(), "  throttle_to: 2/min\n  rules: {r: {score: 30, when: agent == 'x'}}", nil)
		require.NoError(t, err)
		h := service(j, "r")
		x := func() *httptest.ResponseRecorder { return ask(h, "GET", "/", "192.0.2.1", "User-Agent: x") }
		assert.Equal(t, 200, x().Code)
		assert.Equal(t, 200, x().Code)
		w := x()
		assert.Equal(t, 429, w.Code)
		assert.Equal(t, "30", w.Header().Get("Retry-After"))
		assert.Equal(t, 200, ask(h, "GET", "/", "192.0.2.1", "User-Agent: y").Code)
		time.Sleep(30 * time.Second)
		assert.Equal(t, 200, x().Code)
	})
}

// An API is told what to do, does it, and is in: from its address, and not for ever.
func TestAChallengeIsMet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, err := judge(t, t.TempDir(), "  rules: {r: {score: 60, when: 'true'}}", nil)
		require.NoError(t, err)
		h := service(j, "r")
		w := ask(h, "POST", "/", "192.0.2.1", "Accept: application/json")
		require.Equal(t, 401, w.Code)
		assert.NotEmpty(t, w.Header().Get("WWW-Authenticate"))
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		var problem struct {
			Challenge struct {
				Token, Cookie string
				Bits          int
			}
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &problem))
		ch := problem.Challenge
		require.Equal(t, 17, ch.Bits)
		assert.Equal(t, 401, ask(h, "POST", "/", "192.0.2.1", "Cookie: "+ch.Cookie+"="+ch.Token+".0").Code, "no work")
		pass := "Cookie: " + ch.Cookie + "=" + risk.Work(ch.Token)
		assert.Equal(t, 200, ask(h, "POST", "/", "192.0.2.1", pass).Code)
		assert.Equal(t, 401, ask(h, "POST", "/", "192.0.2.2", pass).Code, "of another address")
		forged := "B" + ch.Token[1:] // lives longer
		assert.Equal(t, 401, ask(h, "POST", "/", "192.0.2.1", "Cookie: "+ch.Cookie+"="+risk.Work(forged)).Code, "not signed")
		time.Sleep(31 * time.Minute)
		assert.Equal(t, 401, ask(h, "POST", "/", "192.0.2.1", pass).Code, "for half an hour")

		page := ask(h, "GET", "/", "192.0.2.1", "Accept: text/html,*/*;q=0.8")
		assert.Equal(t, 401, page.Code)
		assert.Contains(t, page.Body.String(), "<title>One moment</title>")
		assert.NotContains(t, page.Header().Get("Content-Security-Policy"), "unsafe")
	})
}

// What a dry run would have done is recorded, and nothing is done.
func TestADryRunAndTheAudit(t *testing.T) {
	var text bytes.Buffer
	for _, dry := range []string{"true", "false"} {
		j, err := logged(t, t.TempDir(), "  dry_run: "+dry+"\n  rules: {a: {score: 50, when: 'true'}, b: {score: 45, when: 'true'}, c: {score: 9, when: 'false'}}", nil, slog.NewJSONHandler(&text, nil))
		require.NoError(t, err)
		h := service(j, "a", "b", "c")
		code := ask(h, "GET", "/x?password=secret", "192.0.2.1").Code
		assert.Equal(t, dry == "true", code == 200)
		last, n := j.Recent()
		require.Equal(t, 1, n)
		assert.Equal(t, risk.Deny, last[0].Action)
	}
	assert.NotContains(t, text.String(), "secret")
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	require.Len(t, lines, 2)
	for i, line := range lines {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		assert.Equal(t, "deny", record["action"])
		assert.Equal(t, i == 0, record["dry_run"])
		assert.Equal(t, i == 1, record["refused"])
		assert.EqualValues(t, 95, record["score"])
		assert.Equal(t, []any{"a", "b"}, record["rules"])
		assert.Equal(t, "192.0.2.1", record["client"])
		assert.Equal(t, "the route", record["route"])
	}
}

// A rule that fails is told, also where its score is too low to do anything.
func TestARuleThatFailsIsRecorded(t *testing.T) {
	var text bytes.Buffer
	j, err := logged(t, t.TempDir(), "  rules: {a: {score: 10, when: 'int(agent) > 5'}}", nil, slog.NewJSONHandler(&text, nil))
	require.NoError(t, err)
	assert.Equal(t, 200, ask(service(j, "a"), "GET", "/", "192.0.2.1", "User-Agent: six").Code)
	last, n := j.Recent()
	require.Equal(t, 1, n)
	assert.Equal(t, risk.Allow, last[0].Action)
	assert.Contains(t, last[0].Failed["a"], "type conversion error")
	assert.Contains(t, text.String(), `"failed":{"a":"type conversion error`)
}

func TestVelocityForgetsWhoWasNotSeen(t *testing.T) {
	young, old := risk.Sizes(t, 300_000)
	assert.LessOrEqual(t, young+old, 1<<17)
}

// The cost of a request that is judged by three rules.
func BenchmarkJudge(b *testing.B) {
	file, err := config.Parse("gateway.yaml", []byte(`
risk:
  velocity: {all: {}}
  rules: {a: {when: velocity.all > 1000000000}, b: {when: 'agent.contains("x") && path.startsWith("/y")'}, c: {when: 'path.matches("[.]php$")'}}
`+upstreams))
	require.NoError(b, err)
	j, err := risk.New(file, nil, slog.Default(), nil)
	require.NoError(b, err)
	h := service(j, "a", "b", "c")
	r := httptest.NewRequest("GET", "/", nil)
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
