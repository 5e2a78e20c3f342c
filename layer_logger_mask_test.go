package dram_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func ExampleMaskQuery() {
	fmt.Println(dram.MaskQuery("page=2&access_token=4f2a&sort=name"))
	// Output: page=2&access_token=*&sort=name
}

func ExampleMaskHeader() {
	fmt.Println(dram.MaskHeader("X_Api_Key", "4f2a"))
	fmt.Println(dram.MaskHeader("Referer", "https://a.example/callback?code=4f2a&page=2"))
	// Output:
	// *
	// https://a.example/callback?code=*&page=2
}

// secretHeaders are headers of credentials that servers, gateways, clouds and
// frameworks use.
var secretHeaders = []string{
	"Authorization", "Proxy-Authorization", "Authentication", "Authentication-Info", "Proxy-Authentication-Info", "Cookie", "Cookie2", "Set-Cookie", "DPoP",
	"X-Api-Key", "Api-Key", "Apikey", "X-Apikey", "X-Api-Token", "X-Api-Secret", "X-Auth", "X-Auth-Token", "X-Auth-Key", "X-Auth-User", "X-Authkey", "X-Sentry-Auth",
	"X-Access-Token", "X-Access-Key", "X-Refresh-Token", "X-Id-Token", "X-Token", "Token", "X-Client-Secret", "Client-Secret", "X-Secret", "Secret-Key", "X-Private-Key",
	"X-Amz-Security-Token", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Server-Side-Encryption-Customer-Key", "X-Amzn-Oidc-Data", "X-Amzn-Oidc-Accesstoken", "X-Amzn-Oidc-Identity", "X-Amzn-Mtls-Clientcert",
	"X-Goog-Api-Key", "X-Goog-Iap-Jwt-Assertion", "X-Goog-Authenticated-User-Email", "X-Goog-Iam-Authorization-Token", "X-Goog-Channel-Token", "X-Goog-Signature",
	"Cf-Access-Jwt-Assertion", "Cf-Access-Client-Secret", "Cf-Access-Client-Id", "Cf-Access-Token", "X-Vault-Token", "X-Consul-Token", "Ocp-Apim-Subscription-Key", "X-Functions-Key",
	"X-Ms-Client-Principal", "X-Ms-Token-Aad-Access-Token", "X-Arr-Clientcert", "X-Forwarded-Client-Cert", "X-Ssl-Client-Cert", "Ssl-Client-Cert", "Client-Cert", "Client-Cert-Chain",
	"X-Forwarded-Access-Token", "X-Auth-Request-Access-Token", "X-Nextauth-Session", "X-Csrf-Token", "X-Xsrf-Token", "X-Csrftoken", "X-Session-Id", "X-Sid", "X-Sessionid",
	"X-Hub-Signature-256", "Stripe-Signature", "X-Slack-Signature", "X-Shopify-Hmac-Sha256", "X-Shopify-Access-Token", "Signature", "Signature-Input", "X-Webhook-Secret",
	"Private-Token", "Job-Token", "X-Gitlab-Token", "X-Github-Otp", "X-Plex-Token", "Circle-Token", "Fastly-Key", "X-Rapidapi-Key", "X-Parse-Master-Key", "X-Parse-Session-Token", "X-Parse-Rest-Api-Key",
	"Dd-Api-Key", "Dd-Application-Key", "X-Honeycomb-Team", "X-License-Key", "X-Insert-Key", "X-Hasura-Admin-Secret", "X-Algolia-Api-Key", "X-Saml-Assertion", "X-Jwt", "Jwt", "X-Wsse", "X-Macaroon",
	"X-Password", "X-Passwd", "X-Pass", "X-Pwd", "Passphrase", "X-Otp", "X-Pin", "X-Credentials", "X-Bearer", "X-Ms-Authorization-Auxiliary", "X-Authn", "X-Authz", "X-Kong-Admin-Token",
	"Sec-WebSocket-Protocol", "X-Mfa-Code", "X-2fa", "X-Verification-Code", "X-Creds", "X-Ldap-Creds", "X-Vault",
}

func TestMaskHeaderByName(t *testing.T) {
	for _, name := range secretHeaders {
		for _, written := range []string{name, strings.ToLower(name), strings.ToUpper(name), strings.ReplaceAll(name, "-", "_")} {
			assert.Equal(t, "*", dram.MaskHeader(written, "v"), written)
		}
	}
	for name, value := range map[string]string{
		"Accept": "text/html;q=0.9, */*", "User-Agent": "curl/8.5.0", "Content-Type": "multipart/form-data; boundary=x", "X-Request-Id": "7f3a",
		"X-Author": "Ada", "X-Authority": "a.example", "Author-Id": "7", "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"X-Forwarded-For": "10.0.0.1, 10.0.0.2", "X-Keyword": "spin", "X-Status-Code": "200", "Cache-Control": "max-age=0", "If-None-Match": `W/"a=b"`,
		"Referer": "https://example.com/a?page=2&sort=name", "Sec-Ch-Ua": `"Not;A=Brand";v="24"`, "Range": "bytes=0-9", "Origin": "https://example.com",
	} {
		assert.Equal(t, value, dram.MaskHeader(name, value), name)
	}
}

func TestMaskHeaderByValue(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
	for _, tt := range []struct{ name, value, want string }{
		{"X-Custom", "Bearer abc", "*"}, {"X-Custom", "bearer abc", "*"}, {"X-Custom", "Basic YTpi", "*"}, {"X-Custom", "Negotiate YII", "*"}, {"X-Custom", "NTLM TlR", "*"}, {"X-Custom", "token 4f2a", "*"}, {"X-Custom", "a glpat-4f2a4f2a4f2a", "*"}, {"X-Custom", jwt, "*"}, {"X-Custom", "id=" + jwt, "*"},
		{"Sec-Websocket-Protocol", "base64url.bearer.authorization.k8s.io.dG9rZW4, v1", "*"},
		{"Referer", "https://a.example/cb?code=4f2a&state=7", "https://a.example/cb?code=*&state=7"},
		{"Referer", "https://a.example/#access_token=4f2a&n=1", "https://a.example/#access_token=*&n=1"},
		{"Referer", "https://ada:4f2a@a.example/x?y=1", "https://*@a.example/x?y=1"},
		{"Location", "/cb?n=1&id_token=4f2a", "/cb?n=1&id_token=*"},
		{"X-Original-Url", "/a?sig=4f2a", "/a?sig=*"},
		{"Link", `</a?token=4f2a>; rel="next", </b?token=4f2a>; rel=last`, `</a?token=*>; rel="next", </b?token=*>; rel=last`},
		{"Refresh", "0;url=/a?password=4f2a", "0;url=/a?password=*"},
		{"Baggage", "user=7,token=4f2a", "user=7,token=*"},
	} {
		assert.Equal(t, tt.want, dram.MaskHeader(tt.name, tt.value), tt.value)
	}
}

func TestMaskQuery(t *testing.T) {
	for _, name := range []string{
		"access_token", "id_token", "refresh_token", "token", "code", "password", "passwd", "pwd", "secret", "client_secret", "api_key", "apikey", "key", "sig", "signature",
		"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Goog-Signature", "session", "session_id", "sessionid", "PHPSESSID", "jsessionid", "connect.sid", "sid",
		"jwt", "auth", "auth_token", "authtoken", "oauth_token", "oauth_verifier", "code_verifier", "assertion", "client_assertion", "SAMLResponse", "ticket", "otp", "pin", "pass", "hmac",
		"AWSAccessKeyId", "Key-Pair-Id", "subscription-key", "accessToken", "apiKey", "userPassword", "new_password", "passwordConfirm", "passphrase", "csrf_token", "_csrf", "xsrf",
		"token[]", "user[password]", "user%5Bpassword%5D", "%74oken", "to%6Ben", "api+key", "x.api.key", "credentials.secret", "ACCESS_TOKEN", "Pass_Word" + "d" + "_token", "user_code", "authorization",
		"oobCode", "verification_code", "recovery_code", "mfa", "invite_code", "magic", "reset", "creds",
		strings.Repeat("a", 129), "%zz",
	} {
		assert.Equal(t, "a=1&"+name+"=*&z=2", dram.MaskQuery("a=1&"+name+"=4f2a&z=2"), name)
	}
	for _, query := range []string{
		"", "a", "a=", "=", "&&", "page=2&sort=-name", "q=a=b", "author=Ada&authors[]=x", "keyword=spin&monkey=1", "zip_code=1010&status_code=200&country_code=at",
		"pinned=1&spin=2&opinion=3", "sigma=1", "design=x", "asid=1", "q=a%20b+c", "url=https%3A%2F%2Fa.example%2F%3Fpage%3D2", "token", "a;b", "state=7", "q=basic+income", "q=token+ring", "u=https://a.example/@ada", "resource=acct:ada@a.example", "u=ssh://git@a.example/x", "q=100%25", `filter={"name":"ada"}`, "100%25=1",
		"sort_key=title", "key=user.name", "max_tokens=512", "code=404", "code=NOT_FOUND", "pass=3", "reset=true", `e={"code":"NOT_FOUND"}`, "code=",
	} {
		assert.Equal(t, query, dram.MaskQuery(query), query)
	}
	for query, want := range map[string]string{
		"token=a,b;c#d e":                                       "token=*",
		"a=1;token=4f2a&b=2":                                    "a=1;token=*&b=2",
		"token=&token=4f2a":                                     "token=&token=*",
		"token=true&token=true,4f2a":                            "token=true&token=*",
		"next=/x?token=4f2a&n=1":                                "next=/x?token=*&n=1",
		"q=token=4f2a":                                          "q=token=*",
		"id=Bearer%204f2a":                                      "id=*",
		"u=https://a:4f2a@h/&n=1":                               "u=*&n=1",
		"h=Basic%20YTo0ZjJh":                                    "h=*",
		"t=eyJh%2EeyJz%2Ec2ln&n=1":                              "t=*&n=1",
		"next=%252Fcb%253Faccess_token%253D4f2a&n=1":            "next=*&n=1",
		"eyJh.eyJz.c2ln&n=1":                                    "*&n=1",
		"a={\"user\":1,\"password\":\"4f2a\"}&n=1":              "a=*&n=1",
		"a=%7B%22password%22%3A%224f2a%22%7D&n=1":               "a=*&n=1",
		"a=%257B%2522pin%2522%253A%25221%2522%257D":             "a=*",
		"a={" + strings.Repeat(`"b":1,`, 65) + "}&n=1":          "a=*&n=1",
		"p%2561ssword=4f2a&n=1":                                 "p%2561ssword=*&n=1",
		"code=SplxlOBeZQQYbYS6WxSbIA&state=7":                   "code=*&state=7",
		"code=123456&n=1":                                       "code=*&n=1",
		"key=hidden-word":                                       "key=*",
		"key=title;token=4f2a":                                  "key=*",
		"key=%2541":                                             "key=*",
		"tokens=zebra":                                          "tokens=*",
		"q=AKIAIOSFODNN7EXAMPLE":                                "q=*",
		"t=eyJh.eyJz.c2ln&page=1":                               "t=*&page=1",
		"next=" + url.QueryEscape("/x?a=1&token=4f2a") + "&n=1": "next=*&n=1",
		"next=" + url.QueryEscape("/x?to="+url.QueryEscape("/y?password=4f2a")): "next=*",
	} {
		assert.Equal(t, want, dram.MaskQuery(query), query)
	}
}

// TestMaskQueryIsBounded: what a client sends costs no more than it is long.
func TestMaskQueryIsBounded(t *testing.T) {
	many := dram.MaskQuery(strings.Repeat("a=1&", 1<<16) + "token=4f2a")
	assert.Less(t, len(many), 1<<12)
	assert.NotContains(t, many, "4f2a")
	urls := strings.Repeat("a://b ", 1<<17)
	assert.Equal(t, urls, dram.MaskHeader("X", urls))
	nested := "token=4f2a"
	for range 9 {
		nested = "a=" + url.QueryEscape(nested)
	}
	assert.Equal(t, "a=*", dram.MaskQuery(nested))
	inside := strings.Repeat("a=", 400) + "%252541" // pairs inside of pairs, which are escaped
	assert.Equal(t, inside, dram.MaskQuery(inside))
}

func TestMaskingAllocatesNothingForWhatIsNotSecret(t *testing.T) {
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		dram.MaskQuery("page=2&sort=-name&authorId=7&q=Radix+tree&token")
		dram.MaskHeader("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	}))
}

func FuzzMaskQuery(f *testing.F) {
	for _, seed := range []string{"a=1", "b&c", "%", "a=%3D", "x=?", "=&="} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		before, after = strings.ReplaceAll(before, "4f2a", "-"), strings.ReplaceAll(after, "4f2a", "-")
		query := before + "&access_token=4f2a"
		assert.NotContains(t, dram.MaskQuery(query+"&"+after), "4f2a")
		assert.NotContains(t, dram.MaskHeader("Referer", "http://a.example/?"+query), "4f2a")
		once := dram.MaskQuery(before)
		pairs, again := strings.Split(once, "&"), strings.Split(dram.MaskQuery(once), "&")
		require.Len(t, again, len(pairs), "%q", once)
		for i, pair := range again { // of which more may be masked: in pwd:"==" nothing is, and in pwd:"=* the * could be
			assert.True(t, strings.HasPrefix(pairs[i], strings.TrimSuffix(pair, "*")), "%q becomes %q", once, again)
		}
	})
}

// TestLoggerMasksSecretsOfTheQuery holds the Logger's line.
func TestLoggerMasksSecretsOfTheQuery(t *testing.T) {
	line := logged(dram.LoggerConfig{}, httptest.NewRequest("GET", "/cb?page=2&access_token=4f2a&to%6Ben=4f2a", nil), target)
	assert.Contains(t, line, `"/cb?page=2&access_token=*&to%6Ben=*"`)
	line = logged(dram.LoggerConfig{Formatter: func(p dram.LogFormatterParams) string { return p.Path }}, httptest.NewRequest("GET", "/cb?code=4f2a", nil), target)
	assert.Equal(t, "/cb?code=*", line)
}

// TestLogsMaskSecretsOfThePath: what a client has escaped once too often is a path.
func TestLogsMaskSecretsOfThePath(t *testing.T) {
	inMode(t, dram.DebugMode)
	const path = "/x%3Faccess_token=4f2a"
	assert.Contains(t, logged(dram.LoggerConfig{}, httptest.NewRequest("GET", path, nil), target), `"/x?access_token=*"`)
	assert.Equal(t, "/x?access_token=*", slogged(t, nil, path, target)["path"])
	out := captureWriter(t)
	engine := dram.New()
	engine.Use(dram.RecoveryWithWriter(out))
	engine.GET("/:name", func(*dram.Context) { panic("oh") })
	engine.GET("/:name/b", target)
	serve(engine, "GET", path)
	serve(engine, "GET", path+"/b/") // redirects
	assert.Contains(t, out.String(), `GET "/x?access_token=*"`)
	assert.Contains(t, out.String(), "GET /x%3Faccess_token=* HTTP/1.1")
	assert.Contains(t, out.String(), "redirecting")
	assert.NotContains(t, out.String(), "4f2a")
}

// TestLogsMaskParamsWithTheNameOfASecret: a link to reset a password has its token in the path.
func TestLogsMaskParamsWithTheNameOfASecret(t *testing.T) {
	inMode(t, dram.DebugMode)
	var out, records bytes.Buffer
	engine := dram.New()
	engine.Use(dram.LoggerWithWriter(&out), dram.LoggerWithSlog(slog.New(slog.NewJSONHandler(&records, nil))), dram.RecoveryWithWriter(&out))
	engine.GET("/reset/:token/:page", func(*dram.Context) { panic("oh") })
	serve(engine, "GET", "/reset/4f2a/7")
	assert.Contains(t, out.String(), `GET      "/reset/*/7"`)
	assert.Contains(t, out.String(), `panic recovered: GET "/reset/*/7"`)
	assert.Contains(t, out.String(), "GET /reset/*/7 HTTP/1.1")
	assert.Contains(t, records.String(), `"path":"/reset/*/7"`)
	assert.NotContains(t, out.String()+records.String(), "4f2a")
}

// A request that a handler has served again, at another path, is logged with the one that it came with.
func TestLogsMaskParamsOfARequestThatIsServedAgain(t *testing.T) {
	inMode(t, dram.DebugMode)
	var out, records bytes.Buffer
	engine := dram.New()
	engine.Use(dram.LoggerWithWriter(&out), dram.LoggerWithSlog(slog.New(slog.NewJSONHandler(&records, nil))), dram.RecoveryWithWriter(&out))
	engine.GET("/done", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	engine.GET("/reset/:token", func(c *dram.Context) {
		c.Request.URL.Path = "/done"
		engine.HandleContext(c)
	})
	engine.GET("/pin/:pin", func(c *dram.Context) {
		again := c.Request.Clone(c.Request.Context())
		again.URL.Path = "/done"
		engine.HandleContextWith(c, again)
		panic("oh")
	})
	engine.GET("/key/:token", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	engine.NoRoute(func(c *dram.Context) {
		c.Request.URL.Path = strings.TrimPrefix(c.Request.URL.Path, "/old")
		engine.HandleContext(c)
	})
	engine.GET("/r/:id", func(c *dram.Context) { // a longer one
		c.Request.URL.Path = "/account/x/key/" + c.Param("id")
		engine.HandleContext(c)
	})
	engine.GET("/account/x/key/:token", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	for _, path := range []string{"/reset/4f2a", "/old/key/4f2a", "/pin/4f2a", "/r/4f2a"} {
		serve(engine, "GET", path)
	}
	assert.Contains(t, out.String(), `GET      "/reset/*"`)
	assert.Contains(t, records.String(), `"path":"/reset/*"`)
	assert.Contains(t, out.String(), `panic recovered: GET "/pin/*"`)
	assert.Contains(t, out.String(), `GET      "/r/*"`)
	assert.NotContains(t, out.String()+records.String(), "4f2a")
}

// The route is there, but for another method, or behind a redirect.
func TestLogsMaskParamsOfARouteThatWasMeant(t *testing.T) {
	inMode(t, dram.DebugMode)
	for _, method := range []string{"GET", "POST"} {
		out, records := captureWriter(t), new(bytes.Buffer)
		engine := dram.New()
		engine.HandleMethodNotAllowed, engine.RedirectFixedPath = method == "GET", method == "GET"
		engine.Use(dram.LoggerWithWriter(out), dram.LoggerWithSlog(slog.New(slog.NewJSONHandler(records, nil))))
		engine.Handle(method, "/reset/:token", func(*dram.Context) {})
		engine.GET("/x/*any", func(*dram.Context) {})
		engine.POST("/x/:token/y", func(*dram.Context) {})
		for _, path := range []string{"/reset/4f2a", "/reset/4f2a/", "//reset/4f2a", "/./reset/4f2a", "/z/../reset/4f2a"} {
			for _, method := range []string{"GET", "OPTIONS", "DELETE", "PUT"} {
				serve(engine, method, path)
			}
		}
		serve(engine, "DELETE", "/x/4f2a/y")
		if method == "GET" {
			serve(engine, "GET", "/RESET/4f2a")
		}
		assert.Contains(t, out.String(), `OPTIONS  "/reset/*"`)
		assert.Contains(t, records.String(), `"path":"/reset/*"`)
		assert.NotContains(t, out.String()+records.String(), "4f2a")
	}
}

// TestReportMasksSecrets holds Recovery's report in every mode.
func TestReportMasksSecrets(t *testing.T) {
	for _, mode := range []string{dram.DebugMode, dram.ReleaseMode, dram.TestMode} {
		inMode(t, mode)
		out := captureWriter(t)
		engine := dram.New()
		engine.Use(dram.RecoveryWithWriter(out))
		engine.GET("/*path", func(*dram.Context) { panic("oh") })
		req := httptest.NewRequest("GET", "/cb?page=2&client_secret=4f2a", nil)
		for _, name := range secretHeaders {
			req.Header[name] = []string{"4f2a", "4f2a"}
			req.Header[strings.ReplaceAll(name, "-", "_")] = []string{"4f2a"}
		}
		req.Header.Set("Referer", "https://a.example/?code=4f2a&page=3")
		req.Header.Set("X-Custom", "Bearer 4f2a")
		engine.ServeHTTP(httptest.NewRecorder(), req)
		assert.Contains(t, out.String(), "panic recovered")
		assert.NotContains(t, out.String(), "4f2a", mode)
		if mode == dram.DebugMode {
			assert.Contains(t, out.String(), "GET /cb?page=2&client_secret=* HTTP/1.1\n")
			assert.Contains(t, out.String(), "Referer: https://a.example/?code=*&page=3\n")
		}
	}
}

// TestErrorsThatQuoteURLs: http.Client's errors hold the whole URL of the request.
func TestErrorsThatQuoteURLs(t *testing.T) {
	failed := fmt.Errorf("charge: %w", &url.Error{Op: "Get", URL: "https://ada:4f2a@pay.example/v1?page=2&api_key=4f2a#token=4f2a", Err: errors.New("no route to https://x/?sig=4f2a")})
	const want = `charge: Get "https://*@pay.example/v1?page=2&api_key=*`
	fails := func(c *dram.Context) { _ = c.Error(failed) }

	line := logged(dram.LoggerConfig{}, httptest.NewRequest("GET", "/", nil), fails)
	assert.Contains(t, line, want)
	assert.Contains(t, line, "no route to https://x/?sig=*")
	assert.NotContains(t, line, "4f2a")

	record := slogged(t, nil, "/users/7", fails)
	assert.Contains(t, fmt.Sprint(record["errors"]), want)
	assert.NotContains(t, fmt.Sprint(record), "4f2a")
	assert.Contains(t, failed.Error(), "4f2a", "the error itself stays as it is")

	out := captureWriter(t)
	engine := dram.New()
	engine.Use(dram.RecoveryWithWriter(out))
	engine.GET("/", func(*dram.Context) { panic(failed) })
	serve(engine, "GET", "/")
	assert.Contains(t, out.String(), want)
	assert.NotContains(t, out.String(), "4f2a")
}

// TestNoDebugLineIsTheClients: a line break in what a client says ends no line,
// and secrets of a redirect's query are masked.
func TestNoDebugLineIsTheClients(t *testing.T) {
	const forged = "[DRAM-debug] [ERROR] the disk is full"
	inMode(t, dram.DebugMode)
	for name, req := range map[string]*http.Request{
		"redirect of a slash": httptest.NewRequest("GET", "/u/x%0A"+url.PathEscape(forged)+"/?token=4f2a", nil),
		"carriage return":     httptest.NewRequest("GET", "/u/x%0D"+url.PathEscape(forged)+"/", nil),
		"line separator":      httptest.NewRequest("GET", "/u/x%E2%80%A8"+url.PathEscape(forged)+"/", nil),
		"escape sequence":     httptest.NewRequest("GET", "/u/x%1B[2J"+url.PathEscape(forged)+"/", nil),
		"multipart form":      multipartRequest("x\n" + forged),
	} {
		t.Run(name, func(t *testing.T) {
			out := captureWriter(t)
			engine := dram.New()
			engine.GET("/u/:id", target)
			engine.POST("/form", func(c *dram.Context) { c.PostForm("a") })
			out.Reset()
			engine.ServeHTTP(httptest.NewRecorder(), req)
			assert.NotEmpty(t, out.String(), "the line that is tried")
			assert.Equal(t, 1, strings.Count(out.String(), "\n"), out.String())
			assert.NotContains(t, out.String(), "\r")
			assert.NotContains(t, out.String(), "\x1b")
			assert.NotContains(t, out.String(), "\u2028")
			assert.NotContains(t, out.String(), "4f2a")

			var lines []string
			dram.DebugPrintFunc = func(_ string, values ...any) {
				for _, value := range values {
					if text, ok := value.(string); ok {
						lines = append(lines, text)
					}
				}
			}
			defer func() { dram.DebugPrintFunc = nil }()
			engine.ServeHTTP(httptest.NewRecorder(), req)
			assert.NotContains(t, strings.Join(lines, ""), "\n", "nor in what DebugPrintFunc gets")
		})
	}
}

// multipartRequest is a form that cannot be parsed, whose error quotes text.
func multipartRequest(text string) *http.Request {
	req := httptest.NewRequest("POST", "/form", strings.NewReader("--b\r\n"+text+"\r\n\r\n"))
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	return req
}
