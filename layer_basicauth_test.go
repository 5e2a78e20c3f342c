package dram_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
)

func basic(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }

func askWith(engine *dram.Engine, header, value string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", "/", nil)
	if value != "" {
		req.Header.Set(header, value)
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, req)
	return w
}

func TestBasicAuth(t *testing.T) {
	engine := dram.New()
	engine.Use(dram.BasicAuth(dram.Accounts{"ann": "pass:word", "bob": "", "zoë": "ünï"}))
	engine.GET("/", func(c *dram.Context) { c.String(200, c.MustGet(dram.AuthUserKey).(string)) })
	cases := map[string]struct{ header, user string }{
		"right":                  {basic("ann:pass:word"), "ann"},
		"scheme in lower case":   {"basic " + basic("ann:pass:word")[6:], "ann"},
		"scheme in upper case":   {"BASIC " + basic("ann:pass:word")[6:], "ann"},
		"more spaces":            {"Basic   " + basic("ann:pass:word")[6:], "ann"},
		"empty password":         {basic("bob:"), "bob"},
		"UTF-8":                  {basic("zoë:ünï"), "zoë"},
		"nothing":                {"", ""},
		"wrong password":         {basic("ann:pass"), ""},
		"longer password":        {basic("ann:pass:words"), ""},
		"another's password":     {basic("bob:pass:word"), ""},
		"unknown user":           {basic("eve:pass:word"), ""},
		"no colon":               {basic("ann"), ""},
		"empty pair":             {basic(""), ""},
		"no base64":              {"Basic !!!!", ""},
		"scheme only":            {"Basic ", ""},
		"another scheme":         {"Bearer " + basic("ann:pass:word")[6:], ""},
		"header without scheme":  {basic("ann:pass:word")[6:], ""},
		"more than is looked at": {basic("ann:" + strings.Repeat("x", 1<<20)), ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := askWith(engine, "Authorization", tc.header)
			if tc.user != "" {
				assert.Equal(t, 200, w.Code)
				assert.Equal(t, tc.user, w.Body.String())
				return
			}
			assert.Equal(t, 401, w.Code)
			assert.Equal(t, `Basic realm="Authorization Required"`, w.Header().Get("WWW-Authenticate"))
			assert.Empty(t, w.Body.String())
		})
	}
}

func TestBasicAuthStopsTheChain(t *testing.T) {
	ran := false
	engine := dram.New()
	engine.Use(dram.BasicAuth(dram.Accounts{"ann": "x"}))
	engine.GET("/", func(*dram.Context) { ran = true })
	askWith(engine, "Authorization", basic("ann:y"))
	assert.False(t, ran)
}

func TestBasicAuthForRealm(t *testing.T) {
	engine := dram.New()
	engine.Use(dram.BasicAuthForRealm(dram.Accounts{"ann": "x"}, "the \"inner\"\r\nX-Evil: 1"))
	engine.GET("/", target)
	w := askWith(engine, "Authorization", "")
	assert.Equal(t, `Basic realm="the \"inner\"\r\nX-Evil: 1"`, w.Header().Get("WWW-Authenticate"), "quoted, on one line")
}

func TestBasicAuthForProxy(t *testing.T) {
	engine := dram.New()
	engine.Use(dram.BasicAuthForProxy(dram.Accounts{"ann": "x"}, ""))
	engine.GET("/", func(c *dram.Context) { c.String(200, c.GetString(dram.AuthProxyUserKey)) })
	w := askWith(engine, "Authorization", basic("ann:x"))
	assert.Equal(t, http.StatusProxyAuthRequired, w.Code)
	assert.Equal(t, `Basic realm="Proxy Authorization Required"`, w.Header().Get("Proxy-Authenticate"))
	w = askWith(engine, "Proxy-Authorization", basic("ann:x"))
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "ann", w.Body.String())
	assert.Equal(t, []string{"user", "proxy_user"}, []string{dram.AuthUserKey, dram.AuthProxyUserKey})
}

func TestBasicAuthRefusesWrongAccounts(t *testing.T) {
	for name, accounts := range map[string]dram.Accounts{"nil": nil, "none": {}, "empty name": {"": "x"}, "colon": {"a:b": "x"}} {
		t.Run(name, func(t *testing.T) {
			assert.Panics(t, func() { dram.BasicAuth(accounts) })
			assert.Panics(t, func() { dram.BasicAuthForProxy(accounts, "") })
		})
	}
}

func TestBasicAuthAsksOnError(t *testing.T) {
	for code, layer := range map[int]dram.HandlerFunc{
		401: dram.BasicAuth(dram.Accounts{"anna": "secret"}), 407: dram.BasicAuthForProxy(dram.Accounts{"anna": "secret"}, ""),
	} {
		r := dram.New()
		r.GET("/", layer, ok)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		assert.Equal(t, code, w.Code)
		assert.Empty(t, w.Body.String(), "as in Gin")
		challenge := w.Header()["Www-Authenticate"]
		r.OnError(dram.WriteError)
		w = httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		assert.Equal(t, code, w.Code)
		assert.Contains(t, w.Body.String(), `"status":`)
		assert.Equal(t, challenge, w.Header()["Www-Authenticate"])
		assert.NotEmpty(t, w.Header().Get("Www-Authenticate")+w.Header().Get("Proxy-Authenticate"))
		r.OnError(func(c *dram.Context, _ error) { c.String(-1, "log in") })
		w = httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		assert.Equal(t, challenge, w.Header()["Www-Authenticate"], "with a page of its own, too")
	}
}
