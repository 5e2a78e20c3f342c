package mask_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/internal/mask"
)

type account struct {
	User, Password string
	Age            int
}

// What stands beside the name of a secret is masked, however the text is written; what comes behind it is kept where it is seen
// where the value ends.
func TestTextMasksWhatStandsBesideASecretsName(t *testing.T) {
	for text, want := range map[string]string{
		`login with password="zebra" failed`:                 `login with password=* failed`,
		`login with password='zebra zoo' failed`:             `login with password=* failed`,
		`login with password=zebra failed`:                   `login with password=* failed`,
		`host=db user=u password=zebra dbname=x`:             `host=db user=u password=* dbname=x`,
		`password = zebra`:                                   `password = *`,
		`refused {"user":"u","password":"zebra","n":1}`:      `refused {"user":"u","password":*,"n":1}`,
		`refused {"user":"u","pin":12345, "n":1}`:            `refused {"user":"u","pin":*, "n":1}`,
		`refused "{\"password\":\"zebra\",\"n\":1}"`:         `refused "{\"password\":*,\"n\":1}"`,
		`{"password": "zeb\"ra zoo", "n":1}`:                 `{"password": *, "n":1}`,
		`{"tokens":["zebra","zoo"],"n":1}`:                   `{"tokens":*,"n":1}`,
		`{"password":"zebra`:                                 `{"password":*`,
		`Password: zebra`:                                    `Password: *`,
		"api_key: zebra\nn: 1":                               "api_key: *\nn: 1",
		`Authorization: Digest username="u", response="zeb"`: `Authorization: *`,
		`Set-Cookie: sid=zebra; Path=/`:                      `Set-Cookie: *`,
		`session:zebra`:                                      `session:*`,
		`u:zebra@h`:                                          `*@h`,
		`dial u:zebra@tcp(db:3306)/x`:                        `dial *@tcp(db:3306)/x`,
		`filter[password]=zebra&n=1`:                         `filter[password]=*&n=1`,
		`Basic dTp6ZWJyYQ==] is wrong`:                       `Basic *] is wrong`,
		`a "token=zebra": refused`:                           `a "token=*": refused`,
		`don't say token=zebra, don't`:                       `don't say token=*, don't`,
		fmt.Sprint("no: ", http.Header{"Authorization": {"Basic dTp6ZWJyYQ=="}, "X": {"y"}}): `no: map[Authorization:*]`,
		fmt.Sprint("no: ", http.Header{"Authorization": {"Token zebra"}, "X": {"y"}}):        `no: map[Authorization:*]`,
		fmt.Sprint("no: ", http.Header{"X-Api-Key": {"a", "zebra"}}):                         `no: map[X-Api-Key:*]`,
		fmt.Sprint("no: ", http.Header{"Cookie": {"a=dark; sid=zebra; x=zebra"}}):            `no: map[Cookie:*]`,
		fmt.Sprintf("%+v", account{"u", "zebra zoo", 7}):                                     `{User:u Password:*}`,
		fmt.Sprintf("%#v", account{"u", "zebra", 7}):                                         `mask_test.account{User:"u", Password:*}`,
		fmt.Sprintf("%#v", http.Header{"X-Token": {"zebra", "zoo"}, "Y": {"y"}}):             `http.Header{"X-Token":*, "Y":[]string{"y"}}`,
	} {
		assert.Equal(t, want, mask.Text(text), text)
	}
}

func TestSecretsThatTextHidesHoweverOftenTheyAreEscaped(t *testing.T) {
	text := `{"a":1,"password":"zeb\"ra"}`
	for range 5 {
		assert.NotContains(t, mask.Text(text), "ra\\", text)
		assert.NotContains(t, mask.Text(text), "zeb", text)
		assert.NotContains(t, mask.Line("got "+text), "zeb", text)
		assert.Contains(t, mask.Text(text), "}", "what is behind the value is kept")
		text = fmt.Sprintf(`{"b":%q}`, text)
	}
	for text, want := range map[string]string{
		"{\"password\":\n\t\"zebra\"}":         "{\"password\":\n\t*}",
		`{"pass\u0077ord":"zebra"}`:            `{"pass\u0077ord":*}`,
		`got 'password: 'zebra' 7'`:            `got 'password: *`,
		`got 'key: 'a1b2c3d4' 7'`:              `got 'key: * 7'`,
		`got "{"password":"zebra"}"`:           `got "{"password":*}"`,
		`{"password":"zebra\\","n":1}`:         `{"password":*,"n":1}`,
		`token == zebra`:                       `token == *`,
		`token := zebra`:                       `token := *`,
		`<a:Password n="1">zebra</a:Password>`: `<a:Password n="1">*</a:Password>`,
		"a -----BEGIN RSA PRIVATE KEY-----\nzebra\n-----END RSA PRIVATE KEY----- b":  "a * b",
		"private_key: -----BEGIN PRIVATE KEY-----\nzebra\n-----END PRIVATE KEY-----": "private_key: *",
		"a -----BEGIN PGP PRIVATE KEY BLOCK-----\nzebra":                             "a *",
		"a -----BEGIN PRIVATE KEY-----\nzebra":                                       "a *",
	} {
		assert.Equal(t, want, mask.Text(text), text)
	}
	assert.Equal(t, "<password>*</password>", mask.Line("<password>zebra</password>"))
	assert.Equal(t, "<password>*</password>", mask.Line("<password><![CDATA[zebra]]></password>"))
	assert.Equal(t, "<code><![CDATA[OK]]></code>", mask.Line("<code><![CDATA[OK]]></code>"))
}

// A password in a URL may have any character that its writer has not escaped: url.Parse refuses it, and quotes it.
func TestErrorsOfURLsHideTheirPasswords(t *testing.T) {
	for _, password := range []string{"ab/zebra", "zebra/ab", "a?zebra", "a#zebra", "zebra#", "ab zebra", `ab"zebra`, "ab'zebra", "ab<zebra", "ab@zebra", "ab/ze@bra", "a:b/zebra", "ab/c d@zebra", "#zebra", "?zebra", "/zebra"} {
		address := "postgres://ada:" + password + "@db:5432/x"
		_, err := url.Parse(address + "%zz")
		if err == nil { // behind "?" and "#" it is right
			err = fmt.Errorf("parse %q: refused", address)
		}
		for where, shown := range shown(address) {
			assert.NotContains(t, shown, "bra", where)
		}
		for _, text := range []string{err.Error(), fmt.Sprintf("open %q: refused", address)} {
			assert.NotContains(t, mask.Line(text), "bra", text)
			assert.Contains(t, mask.Line(text), "postgres://*", text)
		}
		assert.Equal(t, "postgres://*@db:5432/x is wrong", mask.Line(address+" is wrong"))
	}
}

// Two slashes are not those of a path.
func TestUserInfoBehindSlashesIsMasked(t *testing.T) {
	for text, want := range map[string]string{
		`{"url":"postgres:\/\/ada:zebra7@db:5432\/x"}`: `{"url":"postgres:\/\/*@db:5432\/x"}`,
		"//ada:zebra7@db:5432/x":                       "//*@db:5432/x",
		"docker.io/a/b:v7@sha256:4f2a":                 "docker.io/a/b:v7@sha256:4f2a",
	} {
		assert.Equal(t, want, mask.Text(text))
		assert.Equal(t, want, mask.Prose(text))
	}
}

func TestErrorsOfValidationAreShownWhole(t *testing.T) {
	const text = "Key: 'User.Age' Error:Field validation for 'Age' failed on the 'min' tag\n" +
		"Key: 'User.Addresses[0].Line1' Error:Field validation for 'Line1' failed on the 'required' tag\n" +
		"Key: 'Form.VeryLongNameOfAFieldOfManyWords' Error:Field validation for 'VeryLongNameOfAFieldOfManyWords' failed on the 'url' tag\n" +
		"Key: 'query.$k8sP2P' Error:Field validation for '$k8sP2P' failed on the 'min' tag\n" +
		"[3]: Key: 'json.password' Error:Field validation for 'password' failed on the 'max' tag\n" +
		"Key: 'Form.OAuth2Token' Error:Field validation for 'OAuth2Token' failed on the 'jwt' tag"
	assert.Equal(t, text, mask.Text(text))
	assert.Equal(t, strings.ReplaceAll(text, "\n", `\n`), mask.Line(text))
	const ofMap = "Key: 'json.users[4f2aB7c9D1e3F5a7].age' Error:Field validation for 'age' failed on the 'min' tag" // with what a client has sent
	assert.Equal(t, "Key: * Error:Field validation for 'age' failed on the 'min' tag", mask.Line(ofMap))
}

// Names that other things have as well: what stands beside them is masked if it does not look like one of those things.
func TestCommonNames(t *testing.T) {
	for _, text := range []string{
		"{Code:404 Message:no book}", "{Key:title Desc:true}", "&{Code:0 Key: Desc:x}", `{"code":"NOT_FOUND","key":"user.name"}`, `{"code":"E1001"}`, `{"code":-32601}`, "code = NotFound", "exit code=-1",
		"prompt_tokens:12 completion_tokens:34", `{"totalTokens":128000}`, "max_tokens=512", "pass=3 fail=0", "token_count=128000", "{PasswordLength:8 TokenType:mac}", "sort_key=title", "map[key:user-agent]", "ticket: refused", "reset=true", "dup key: { name: \"ada\" }",
		"Email:ann7@example.com", "{Name:ann Owner:ann@example.com}", "to:bob@x", "docker.io/a/b:v1.2-alpine3@sha256:4f2a", "npm i @scope/a:1@latest",
		`oauth2: "invalid_grant" "Bad Request"`, `Get "http://auth-service:8080/users": EOF`, "GET http://token:80 failed",
	} {
		assert.Equal(t, text, mask.Line(text))
		assert.Equal(t, text, mask.Text(text))
	}
	const key = "4f2aB7c9D1e3F5a7B9c1D3e5F7a9B1"
	for text, want := range map[string]string{
		"got code=" + key + " twice":        "got code=* twice",
		"reset=" + key:                      "reset=*",
		"magic=" + key:                      "magic=*",
		"ticket: " + key + " is used":       "ticket: * is used",
		"{Key:" + key + " Desc:true}":       "{Key:* Desc:true}",
		`{"code":"` + key + `","n":1}`:      `{"code":*,"n":1}`,
		`{"code":"123456"}`:                 `{"code":*}`,
		"code=SplxlOBeZQQYbYSxWxSbIA":       "code=*",
		"code=abc123":                       "code=*",
		"key=550e8400-e29b-41d4-a716":       "key=*",
		"map[X-Key:[" + key + "] Y:[y]]":    "map[X-Key:* Y:[y]]",
		`{"X-Key":[]string{"` + key + `"}}`: `{"X-Key":*}`,
		`{"tokens":["zebra"],"n":1}`:        `{"tokens":*,"n":1}`,
		"pass=zebra":                        "pass=*",
		"pass=123456":                       "pass=*",
		"token_type=" + key:                 "token_type=*",
		"api_key=zebra":                     "api_key=*",
		"{Token:zebra}":                     "{Token:*}",
		"ada:zebra@db.example.com:5432":     "*@db.example.com:5432",
		"ada:zebra7@db.example.com":         "*@db.example.com",
	} {
		assert.Equal(t, want, mask.Line(text), text)
		assert.Equal(t, want, mask.Text(text), text)
	}
}

func TestANameAndItsValueInTwoMembers(t *testing.T) {
	for text, want := range map[string]string{
		`{"name":"password","value":"zebra","n":1}`:          `{"name":"password","value":*,"n":1}`,
		`"{\"key\":\"pin\",\"value\":\"1234\"}"`:             `"{\"key\":\"pin\",\"value\":*}"`,
		"[{Key:token Value:zebra} {Key:n Value:7}]":          "[{Key:token Value:*} {Key:n Value:7}]",
		`<add key="ApiKey" value="zebra"/>`:                  `<add key="ApiKey" value=*>`,
		"- name: DB_PASSWORD\n  value: zebra7\n- name: a":    "- name: DB_PASSWORD\n  value: *\n- name: a",
		`{"name":"ada","value":"zebra7"}`:                    `{"name":"ada","value":"zebra7"}`,
		`{"name":"token"} {"id":7,"value":"zebra7"}`:         `{"name":"token"} {"id":7,"value":"zebra7"}`,
		"name: " + strings.Repeat("a", 200) + ", value: zoo": "name: " + strings.Repeat("a", 200) + ", value: zoo",
	} {
		assert.Equal(t, want, mask.Prose(text))
		assert.Equal(t, want, mask.Text(text))
	}
}

// To see that there is no token, or that one is required, is what a log is read for.
func TestEmptyValuesAndSwitchesAreShownBesideASecretsName(t *testing.T) {
	for _, text := range []string{
		"token=nil", "token=<nil>", `password="" user=ada`, `{"token":null,"password":"","n":1}`, `{\"token\":\"\"}`, "{Token:<nil> Session:<nil>}", "{Authenticated:false Tokens:[] N:1}",
		"cookie=false", "password: true", "unexpected token: ')'", "SELECT * FROM sessions WHERE token = $1 AND user_id = $2", "UPDATE users SET password_hash = $1, n = 2", "token=",
	} {
		assert.Equal(t, text, mask.Line(text))
		assert.Equal(t, text, mask.Text(text))
	}
	for text, want := range map[string]string{
		"{Password:true zebra N:1}":  "{Password:*}",
		"password=true-zebra n=1":    "password=* n=1",
		"password=nil7":              "password=*",
		"password_hash=$2a$10$zebra": "password_hash=*",
		`password="',zebra"`:         `password=*`,
	} {
		assert.Equal(t, want, mask.Line(text), text)
		assert.Equal(t, want, mask.Text(text), text)
	}
}

// Generators of passwords use all characters that a keyboard has, in front too.
func TestAPasswordMayHaveWhatElseEndsAValue(t *testing.T) {
	for _, c := range "&;,<>)]}[({" {
		for _, password := range []string{"7ab" + string(c) + "7zebra", string(c) + "7zebra"} {
			for _, text := range []string{
				"login with password=" + password + " failed", "password: " + password, fmt.Sprintf("%+v", account{"u", password, 7}), fmt.Sprint(map[string]string{"password": password, "user": "u"}),
				"dial ada:" + password + "@tcp(db:3306)/x", "dial postgres://ada:a" + password + "@db:5432/x",
			} {
				assert.NotContains(t, mask.Line(text), "zebra", text)
				assert.NotContains(t, mask.Text(text), "zebra", text)
			}
		}
	}
	for text, want := range map[string]string{
		"Server=db;Password=a;b7;User Id=u":      "Server=db;Password=*;User Id=u",
		"user=u,password=zebra7,n=1":             "user=u,password=*,n=1",
		"(password=zebra7), twice":               "(password=*), twice",
		"<a href=/?token=zebra7</a>":             "<a href=/?token=*</a>",
		"unexpected token: )":                    "unexpected token: )",
		"session: closed(7)":                     "session: closed(7)",
		`{"code":"OK","pin":1234},{"code":"OK"}`: `{"code":"OK","pin":*},{"code":"OK"}`,
	} {
		assert.Equal(t, want, mask.Line(text))
	}
}

func TestTextKeepsTheRest(t *testing.T) {
	for _, text := range []string{
		"the password is too short, in token.go:12: basic rules, n=5", "dial tcp 127.0.0.1:5432: connect: connection refused", `{"user":"ann","n":[1,2]}`,
		"10:30: ann@example.com has written", "user: not found", `parsing "x=1": invalid`, "text/html;q=0.9, */*", "a = b", "main.go:7", "", "password", "password:",
	} {
		assert.Equal(t, text, mask.Text(text))
	}
}

func FuzzText(f *testing.F) {
	for _, text := range []string{`password="x"`, `{"pin":[1,{"a`, "token: a\nb", `don't 'key=`, `\"key\":\"`, "://a:b/", "a:b@c(", `--key "`, "<key>"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, "zebra", "")
		assert.NotContains(t, mask.Text("password: zebra"+text), "zebra")
		assert.NotContains(t, mask.Line(text+" password=zebra"), "zebra")
		assert.NotContains(t, mask.Line(`{"a":1,"password":"zebra`+text), "zebra")
	})
}
