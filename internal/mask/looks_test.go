package mask_test

import (
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/internal/mask"
)

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"

// shown is a value in all that dram logs.
func shown(value string) map[string]string {
	escaped := url.QueryEscape(value)
	return map[string]string{
		"query":                mask.Query("a=" + escaped + "&z=1"),
		"query, %20":           mask.Query("a=" + strings.ReplaceAll(escaped, "+", "%20")),
		"query, as it is":      mask.Query("a=" + strings.ReplaceAll(value, " ", "+")),
		"query, twice":         mask.Query("a=" + url.QueryEscape(escaped)),
		"query without a name": mask.Query(escaped),
		"path":                 mask.Path("/a/" + value),
		"escaped path":         mask.Path("/a/" + url.PathEscape(value)),
		"header":               mask.Header("X-Custom", value),
		"Referer":              mask.Header("Referer", "https://a.example/?u="+escaped),
		"error":                mask.Line("upstream said: " + value + ": refused"),
		"quoted in an error":   mask.Line(`upstream said "` + value + `"`),
		"inspection":           mask.Text("upstream said: " + value),
	}
}

func TestWhatLooksLikeASecretIsMaskedEverywhere(t *testing.T) {
	const key = "4f2aB7c9D1e3F5a7B9c1D3e5F7a9B1c3D5e7"
	for value, secret := range map[string]string{
		"https://ada:PWPW@h/":               "PWPW",
		"postgres://ada:PWPW@db:5432/x":     "PWPW",
		"Basic YWRhOjRmMmFQV1BXUFc=":        "YWRhOjRmMmFQV1BXUFc",
		"basic YWRhOjRmMmFQV1BXUFc":         "YWRhOjRmMmFQV1BXUFc",
		"Bearer 4f2a-9c":                    "4f2a",
		"bearer zebra7":                     "zebra",
		"Negotiate YIIJvwYGKwYBBQUCoIIJ":    "YIIJ",
		"NTLM TlRMTVNTUAABAAAAB4IIogAA":     "TlRM",
		"token " + key:                      key,
		"DPoP " + key:                       key,
		jwt:                                 "c2lnbmF0dXJl",
		strings.ReplaceAll(jwt, ".", "%2E"): "c2lnbmF0dXJl",
		"id=" + jwt:                         "c2lnbmF0dXJl",
		"ghp_" + key:                        key, "gho_" + key: key, "github_pat_11A_" + key: key, "glpat-" + key: key,
		"sk_live_" + key: key, "rk_test_" + key: key, "whsec_" + key: key, "xoxb-17-" + key: key, "xapp-1-" + key: key,
		"AKIAIOSFODNN7EXAMPLE": "IOSFODNN7", "AIzaSy" + key: key, "sk-ant-" + key: key, "npm_" + key: key,
		"the key (ghp_" + key + ")": key,
		"sk-" + key:                 key, "sk-svcacct-" + key: key, "hvs." + key: key, "dop_v1_" + key: key, "shpat_" + key: key, "sq0atp-" + key: key,
		"glrt-" + key: key, "gsk_" + key: key, "glsa_" + key: key, "tskey-auth-" + key: key, "AGE-SECRET-KEY-1" + key: key,
		"glcbt-" + key: key, "lin_api_" + key: key, "v2.local." + key: key, "v4.public." + key: key,
		"eyAiYWxnIjoiSFMyNTYifQ.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl": "c2lnbmF0dXJl", // { "alg"
		"ewogImFsZyI6IkhTMjU2In0.ewogInN1YiI6MX0.c2lnbmF0dXJl":   "c2lnbmF0dXJl",
		"postgres://ada:ab/PWPW@db:5432/x":                       "PWPW",
		"postgres://ada:p@PWPW@db:5432/x":                        "PWPW",
		"postgres://ada@db:ab/PWPW@db:5432/x":                    "PWPW",
		"redis://:ab/PWPW@db:6379/0":                             "PWPW",
		"ada:PWPW@tcp(db)/x":                                     "PWPW",
		"ada:p@PWPW@tcp(db:3306)/x":                              "PWPW",
		"ada:p/PWPW@unix(/run/db.sock)/x":                        "PWPW",
	} {
		for where, text := range shown(value) {
			assert.NotContains(t, text, secret, "%s: %s", where, value)
			assert.Contains(t, text, "*", "%s: %s", where, value)
		}
	}
}

// Who has the address of a webhook can post; an http.Client's error quotes it.
func TestAddressesOfWebhooksAreMasked(t *testing.T) {
	for address, want := range map[string]string{
		"https://hooks.slack.com/services/T00/B00/4f2aB7c9D1":       "https://hooks.slack.com/services/*",
		"https://discord.com/api/webhooks/123/4f2aB7-c9D1":          "https://discord.com/api/webhooks/*",
		"https://api.telegram.org/bot123456789:AAF-4f2aB7c9D1/send": "https://api.telegram.org/bot*",
		"https://hooks.slack.com/services/":                         "https://hooks.slack.com/services/",
	} {
		assert.Equal(t, `Post "`+want+`": EOF`, mask.Line(`Post "`+address+`": EOF`))
		assert.Equal(t, `Post "`+want+`": EOF`, mask.Text(`Post "`+address+`": EOF`))
		for _, text := range []string{mask.Query("u=" + url.QueryEscape(address)), mask.Header("X-Callback", address)} {
			assert.NotContains(t, text, "4f2a")
		}
	}
}

func TestWhatIsNotASecretIsShownEverywhere(t *testing.T) {
	for _, value := range []string{
		"basic income", "basic training 101", "token ring", "tokens", "negotiate a price", "ntlm", "/tokens/list", "page 2", "https://a.example/@ada", "http://[::1]:80/",
		"ann@example.com", "mailto:ada@example.com", "acct:ada@example.com", "git@github.com:dram-go/dram.git", "AKIA", "ghp_tokens", "sk_live_", "SG.mp3", "hey.Jude.mp3", "eyJ", "eyJava.md",
		"550e8400-e29b-41d4-a716-446655440000", "100%", "a.b.c", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101", "10:30", "café", "npm_config", "xoxb", "hf_transfer",
		"http://a.example/a@b", "http://a.example:80/a@b", "http://[::1]:80/a@b", "http://localhost:8080/u?mail=ann@example.com", "sk-learn", "v4.public.key", "ewog", "-----BEGIN PUBLIC KEY-----",
	} {
		for where, text := range shown(value) {
			switch {
			case where == "query, as it is" && value == "100%", where == "header" && (strings.HasPrefix(value, "basic ") || value == "token ring"), value == "git@github.com:dram-go/dram.git" && strings.HasPrefix(where, "insp"):
				continue // masked as ever: to be safe
			}
			assert.NotContains(t, text, "*", "%s: %s", where, value)
		}
	}
}

func TestPath(t *testing.T) {
	for path, want := range map[string]string{
		"/x?access_token=4f2a":         "/x?access_token=*",
		"/x?access_token=4f/2a&n=1":    "/x?access_token=*&n=1",
		"/x%3Faccess_token=4f2a":       "/x%3Faccess_token=*",
		"/x%3Faccess_token%3D4f2a/b":   "/*/b",
		"/x%253Faccess_token%253D4f2a": "/*",
		"/a;jsessionid=4f2a/b":         "/a;jsessionid=*/b",
		"/a/https://u:4f2a@h/b":        "/a/https://*@h/b",
		"/v1/" + jwt + "/b":            "/v1/*/b",
	} {
		assert.Equal(t, want, mask.Path(path), path)
	}
	for _, path := range []string{
		"", "/", "*", "/tokens/list", "/docs/bearer-tokens", "/auth/session/keys", "/a;v=1/b", "/a=b", "/100%/x", "/v1/books:batch", "/a//b/", "/a?b=c", "/über/%C3%BC", "/password/reset",
	} {
		assert.Equal(t, path, mask.Path(path))
	}
}

func TestPathOfARoute(t *testing.T) {
	for _, tt := range []struct{ pattern, path, want string }{
		{"/reset/:token", "/reset/zebra", "/reset/*"},
		{"/reset/:token/:page", "/reset/zebra/7", "/reset/*/7"},
		{"/:user/key-:api_key/x", "/ada/key-zebra/x", "/ada/key-*/x"},
		{"/:user/:token", "/ada/zebra/zoo", "/ada/*"}, // the slash was escaped
		{"/:user/:token", "//ada/zebra", "//*"},
		{"/s/*secret", "/s/zebra/zoo", "/s/*"},
		{"/reset/:token", "/reset", "/reset"},
		{"/countries/:code", "/countries/at", "/countries/at"},
		{"/gifts/:code", "/gifts/4f2aB7c9D1", "/gifts/*"},
		{"/:id/a", "/7/a;token=zebra", "/7/a;token=*"},
		{`/v1\:x/a\:b:token`, "/v1:x/a:bzebra", "/v1:x/a:b*"},
		{"", "/a/b", "/a/b"},
	} {
		assert.Equal(t, tt.want, mask.PathOf(tt.pattern, tt.path), tt.pattern)
	}
}

// A program that makes Engines as long as it runs, for its customers, has ever new patterns.
func TestPatternsOfOldEnginesAreForgotten(t *testing.T) {
	const size = 1 << 10
	inUse := func() (bytes uint64) {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := inUse()
	for i := range 1 << 16 {
		assert.Equal(t, "/a", mask.PathOf("/"+strings.Repeat("x", size)+strconv.Itoa(i), "/a"))
	}
	assert.Less(t, inUse(), before+(1<<15)*size, "half of them")
}

// What the header of an authentication would be is one under another name as well.
func TestHeaderThatIsCredentialsAsAWhole(t *testing.T) {
	for _, value := range []string{"Negotiate YII", "NTLM TlR", "token 4f2a", "Token 4f2a", "Basic 4f2a", "DPoP 4f2a", "Bearer 4f2a"} {
		assert.Equal(t, "*", mask.Header("X-Custom", value))
	}
	assert.Equal(t, "*", mask.Header("X-Json", `{"user":"u","password":"zebra"}`))
	for _, value := range []string{`"Chromium";v="118", "Not(A:Brand";v="8"`, `{"name":"ada"}`, "Negotiate", "token", "token ring network", "a token", "NTLM, Kerberos"} {
		assert.Equal(t, value, mask.Header("X-Custom", value))
	}
}

func TestLineMasksSecretsOfErrors(t *testing.T) {
	for text, want := range map[string]string{
		"login with password=zebra failed":       "login with password=* failed",
		`refused {"password":"zebra","n":1}`:     `refused {"password":*,"n":1}`,
		`refused {"pin":1234,"n":1}`:             `refused {"pin":*,"n":1}`,
		"{User:u Password:zebra zoo}":            "{User:u Password:*}",
		"map[Authorization:[Digest zebra] X:[]]": "map[Authorization:*]",
		"bad line: Cookie: a=b; sid=zebra":       "bad line: Cookie: *",
		"header Authorization: Bearer zebra.":    "header Authorization: *",
		"got Bearer zebra7, want none":           "got Bearer *, want none",
		"dial ada:zebra@tcp(db:3306)/x":          "dial *@tcp(db:3306)/x",
		"redirect to /cb?code=zebra7&n=1":        "redirect to /cb?code=*&n=1",
		"password: 'zebra zoo'":                  "password: *",
		"password: hunter2":                      "password: *",
		"x-amz-security-token: zebra7 is wrong":  "x-amz-security-token: *",
		"line 3: db_pin: 1234":                   "line 3: db_pin: *",
		"two\nlines \x1b[2J":                     `two\nlines \x1b[2J`,

		// What does not look like a word is none of a sentence.
		"token: 0123456789ABCDEF0123456789ABCDEF": "token: *",
		"token: 12345678901234567890":             "token: *",
		"secret: JBSWY3DPEHPK3PXP":                "secret: *",
		"session: a1b2c3d4e5f6":                   "session: *",
		"password: p@$$w":                         "password: *",
		"otp: 123456":                             "otp: *",
		"pin: 1234":                               "pin: *",
		"token == zebra7":                         "token == *",
		"Cookie: dark; a=zebra":                   "Cookie: *",
		`invalid token "a1b2c3d4", want none`:     "invalid token *, want none",
		"run --password a1b2c3d4 again":           "run --password * again",
		"run -password zebra7 again":              "run -password * again",
		"exec [mysql --pass Zx9secretQ7 -u a]: 1": "exec [mysql --pass * -u a]: 1",
		`[]string{"--password", "Zx9"}`:           `[]string{"--password", *}`,
		`["-u","ada","--pass","Zx9secretQ7"]`:     `["-u","ada","--pass",*]`,
		"run --key 'Zx9secretQ7' again":           "run --key * again",
		`wrong password "zebra7" of ada`:          `wrong password * of ada`,
		`pin "1234" is wrong`:                     `pin * is wrong`,
		"refreshToken: zebra7":                    "refreshToken: *",
		"{DBUser:u DBPass:zebra}":                 "{DBUser:u DBPass:*}",
		`{"a":[1],"pin":1234}`:                    `{"a":[1],"pin":*}`,
	} {
		assert.Equal(t, want, mask.Line(text), text)
	}
}

func TestLineKeepsSentences(t *testing.T) {
	for _, text := range []string{
		"session: not found", "csrf-token: mismatch", "oauth2: cannot fetch the token: 401 Unauthorized", "jwt: signature is invalid", "password: required", "rpc error: code = NotFound desc = no book",
		"exit code=1", `strconv.Atoi: parsing "token": invalid syntax`, `field "password": is required`, "dial tcp: lookup auth: no such host", "dial auth:8080: connection refused",
		"token == nil", "bearer token is missing", "Bearer authentication is required", "unexpected token in token.go:12", "basic auth: no credentials", "urn:ietf:params:oauth:token-type:jwt",
		"GET /v1/tokens:revoke --> main.revoke (3 handlers) at token.go:12", "runtime error: index out of range [5] with length 3", "invalid %zz: a?b", "cookie: too long", "securecookie: expired",
		"bearer certificates expired", "missing bearer token", "verify cert: x509: certificate has expired", "get token: oauth2: 401 Unauthorized", "auth: 2fa is required", "session: id=7 is closed",
		`unexpected token "EOF"`, `secret "db-creds" not found`, `key "4f2a-4f2a" not found`, "--password is required", "--key title --pass 3", "--max-tokens 512", "--pass is needed", "--token zebra", "token != nil", "<Error><Code>NoSuchKey</Code><Key>a.txt</Key></Error>", "cannot negotiate TLS_AES_128_GCM_SHA256",
	} {
		assert.Equal(t, text, mask.Line(text))
	}
}

// TestMaskingIsLinear holds that what is escaped inside of pairs inside of pairs is read once at each level.
func TestMaskingIsLinear(t *testing.T) {
	texts := []string{
		strings.Repeat("a=", 400) + "%252541", strings.Repeat("a=%252541", 1000), strings.Repeat("%2525", 1<<12), strings.Repeat("eyJ", 1<<14), strings.Repeat("eyJ.", 1<<14),
		strings.Repeat("://", 1<<14), strings.Repeat("bearer ", 1<<13), "bearer" + strings.Repeat(" ", 1<<15), strings.Repeat("ghp_", 1<<13), strings.Repeat(`pin:{"`, 1<<12),
		strings.Repeat("key:", 1<<14), strings.Repeat("key:'Key ", 1<<13), strings.Repeat("key: 'a[1]", 1<<13), strings.Repeat(`\`, 1<<16), strings.Repeat(`key:\"`, 1<<14), strings.Repeat(`token "`, 1<<14), strings.Repeat("a:b@", 1<<14), strings.Repeat("a:b@c(", 1<<14),
		strings.Repeat("://a:b", 1<<13), strings.Repeat("://a:b ", 1<<13), strings.Repeat("<a>", 1<<14), strings.Repeat("-----BEGIN ", 1<<12), strings.Repeat("key=Key;", 1<<13),
	}
	if !testing.Short() {
		schemes := strings.Repeat("basic:token.", 1<<17) // of one word
		mask.Query(schemes)
		mask.Line(schemes)
		mask.Line(strings.Repeat("password=a;", 1<<17))                 // without a blank
		mask.Line(strings.Repeat("basic:AKIAIOSFODNN7EXAMPLE/", 1<<16)) // and keys between them, of which each is found
	}
	for _, text := range texts { // hours, or no time
		mask.Query(text)
		mask.Header("X", text)
		mask.Path(text)
		mask.Line(text)
		assert.NotEmpty(t, mask.Text(text))
	}
}
