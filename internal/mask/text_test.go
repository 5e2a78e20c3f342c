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
		"a -----BEGIN RSA PRIVATE KEY-----\nzebra\n-----END RSA PRIVATE KEY----- b":          "a * b",
		"private_key: -----BEGIN PRIVATE KEY-----\nzebra\n-----END PRIVATE KEY-----":         "private_key: *",
		"a -----BEGIN PRIVATE KEY-----\nzebra":                                               "a *",
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

// A password in a URL may have any character that its writer has not escaped: url.Parse refuses it, and quotes it.
func TestErrorsOfURLsHideTheirPasswords(t *testing.T) {
	for _, password := range []string{"ab/zebra", "zebra/ab", "a?zebra", "a#zebra", "zebra#", "ab zebra", `ab"zebra`, "ab'zebra", "ab<zebra", "ab@zebra", "ab/ze@bra", "a:b/zebra", "ab/c d@zebra"} {
		address := "postgres://ada:" + password + "@db:5432/x"
		_, err := url.Parse(address + "%zz")
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

func TestTextKeepsTheRest(t *testing.T) {
	for _, text := range []string{
		"the password is too short, in token.go:12: basic rules, n=5", "dial tcp 127.0.0.1:5432: connect: connection refused", `{"user":"ann","n":[1,2]}`,
		"10:30: ann@example.com has written", "user: not found", `parsing "x=1": invalid`, "text/html;q=0.9, */*", "a = b", "main.go:7", "", "password", "password:",
	} {
		assert.Equal(t, text, mask.Text(text))
	}
}

func FuzzText(f *testing.F) {
	for _, text := range []string{`password="x"`, `{"pin":[1,{"a`, "token: a\nb", `don't 'key=`, `\"key\":\"`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		assert.NotContains(t, mask.Text("password: "+"zebra"+strings.ReplaceAll(text, "zebra", "")), "zebra")
	})
}
