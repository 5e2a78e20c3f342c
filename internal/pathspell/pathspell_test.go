package pathspell

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNamesOfFiles(t *testing.T) {
	for name, want := range map[string]struct{ unix, windows bool }{
		"a":                      {true, true},
		"a/b.txt":                {true, true},
		".env":                   {true, true},
		"a b/ä.txt":              {true, true},
		"a;b":                    {true, true},
		"..a":                    {true, true},
		"a~b":                    {true, true},
		strings.Repeat("a", 300): {true, true},
		"a:b":                    {true, false},
		"secret.txt::$DATA":      {true, false},
		"c:/x":                   {true, false},
		"ADMIN~1/x":              {true, false},
		"x/SECRET~2.TXT":         {true, false},
		"":                       {true, true},
		"/":                      {true, true},
		"a/":                     {true, true},
		"/a/b/":                  {true, true},
		"//":                     {},
		"//a":                    {},
		"/a//":                   {},
		"/.":                     {},
		"a//b":                   {},
		"./a":                    {},
		"a/..":                   {},
		"a./b":                   {},
		"a /b":                   {},
		"a.":                     {},
		"...":                    {},
		`a\b`:                    {},
		"a\x00":                  {},
		"a\nb":                   {},
		"\x7f":                   {},
		"\xc0\xaf":               {},
		"\xe4":                   {},
	} {
		assert.Equal(t, want.unix, fault(name, "", File, false) == "", "%q", name)
		assert.Equal(t, want.windows, fault(name, "", File, true) == "", "%q on Windows", name)
	}
}

func TestFault(t *testing.T) {
	for _, tc := range []struct {
		rules     Rules
		path, raw string
		want      string // a part of the fault
	}{
		{0, "/", "", ""},
		{0, "/a/", "", ""},
		{0, "/a;b./100%25 /c~1", "", ""},
		{0, "", "", "begin"},
		{0, "a", "", "begin"},
		{0, "//a", "", "empty"},
		{0, "/a//", "", "empty"},
		{0, "/a/.", "", "segment"},
		{0, "/../a", "", "segment"},
		{0, `/\a`, "", "backslash"},
		{0, "/a\x00", "", "control"},
		{0, "/a\x7f", "", "control"},
		{0, "/a\xff", "", "UTF-8"},
		{0, "/a/b", "/a%2Fb", "slash"},
		{EscapedSlash, "/a/b", "/a%2fb", ""},
		{EscapedSlash, "/a//b", "/a/%2Fb", "empty"},
		{Server, "/a.", "/%61.", ""},
		{Server, "/a;b", "", `";"`},
		{Server, "/a%2e", "", "twice"},
		{Server, "/100%", "", ""},
		{Server, "/a/b", "/a%2fb", "slash"},
		{MatchedEscaped, "/a@b", "/a%40b", "needs no escape"},
		{MatchedEscaped, "/ä", "/%c3%a4", "lower-case"},
		{MatchedEscaped, `/a"`, `/%61"`, "needs no escape"},
		{MatchedEscaped, "/a(b)", "/a(b)", ""},
		{MatchedEscaped, "/ä", "", ""},
		{MatchedEscaped | EscapedSlash, "/ä/b c", "/%C3%A4%2Fb%20c", ""},
		{MatchedEscaped | EscapedSlash, "/a/b", "/a%2fb", "lower-case"},
		{File, "/a b", "/a%20b", ""},
		{File, "/ä", "/%c3%a4", ""},
		{File, "/a;b", "/a%3Bb", ""},
		{File, "/%2F", "", ""},
		{File, "/a/b", "/a%2Fb", "slash"},
		{File, "/b", `/a%5C/../b`, "slash"},
		{File, "/a", "/%61", "needs no escape"},
		{File, "/~me", "/%7Eme", "needs no escape"},
		{File, "/a.", "", "dot"},
	} {
		got := Fault(tc.path, tc.raw, tc.rules)
		if tc.want == "" {
			assert.Empty(t, got, "%q", tc.path)
			continue
		}
		assert.Contains(t, got, tc.want, "%q %q", tc.path, tc.raw)
		assert.Contains(t, got, "the path ", "clients see it")
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() { Fault("/a/b ä/100%25.txt", "/a/b%20%C3%A4/100%2525.txt", File|Server) }))
}

func TestNormalize(t *testing.T) {
	for escaped, want := range map[string]string{
		"/a%20b": "/a%20b", "/%61%2e%2F%7E": "/a.%2F~", "/%%41": "/%A", "/%2561": "/%2561", "/%4": "/%4", "/%zz%61": "/%zza",
	} {
		assert.Equal(t, want, Normalize(escaped), escaped)
	}
}

func TestSpellings(t *testing.T) {
	for _, row := range []struct {
		path    string
		escaped bool
		want    [3]string
	}{
		{"/a", true, [3]string{"/a", "/a", "/a"}},
		{"/adm%21n", true, [3]string{"/adm!n", "/adm%21n", "/adm!n"}},
		{"/caf\u00e9", false, [3]string{"/caf%C3%A9", "/caf%C3%A9", "/caf\u00e9"}},
		{"/%252F(x)%2fb%2F", true, [3]string{"/%252F(x)%2Fb%2F", "/%252F%28x%29%2Fb%2F", "/%2F(x)%2Fb%2F"}},
		{"/%zz", true, [3]string{"/%25zz", "/%25zz", "/%zz"}},
	} {
		assert.Equal(t, row.want, Spellings(row.path, row.escaped), row.path)
	}
	assert.True(t, IsSame("/adm%21n/:x", "/adm!n/:x"))
	assert.False(t, IsSame("/a/:x", "/a/*x"))
	assert.False(t, IsSame("/%zz", "/%zz"))
}

func TestEscaped(t *testing.T) {
	for _, row := range []struct{ path, raw, want string }{
		{"/a b", "", "/a%20b"},
		{"/a/{b}", "/a%2F{b}", "/a%2F%7Bb%7D"},
		{"/a/\u00e9!", "/%61%2f\u00e9!", "/%61%2f%C3%A9!"},
		{"/other", "/a%2F{b}", "/other"},
		{"/a", "/%zz", "/a"},
	} {
		assert.Equal(t, row.want, Escaped(&url.URL{Path: row.path, RawPath: row.raw}), row.raw)
	}
}

func TestIsMadeOf(t *testing.T) {
	for _, row := range []struct {
		name, part string
		want       bool
	}{
		{"/srv/admin/a", "//admin/a", true},
		{"admin/a", "/x/../admin/a", true},
		{"/srv/admin/a.txt", `\admin\a`, true},
		{"/srv/../etc/passwd", "../etc/passwd", true},
		{"/srv/u-a/b", "a/b", true},
		{"/srv/u-x/../../etc/passwd", "x/../../etc/passwd", true},
		{"/srv/page.html", "//admin/a", false},
		{"/srv/page.html", "", false},
		{"/srv/page.html", "/", false},
		{"/", "//", true},
		{"/srv/admin/a", `/x\y/../admin/a`, true},
		{"/srv/admin/a", `/q/b\c/../..\admin/a`, true},
		{"/srv/admin", `/admin/x\y/..`, true},
		{"/srv/admin", `/admin/x\y/../`, true},
		{"/srv/a", "/files/x/../a", true},
		{"/srv", "/files/x/..", true},
		{"/srv/admin/a", "//ADMIN/A", true},
		{`/srv/b\a`, `/x/../b\a`, true},
		{"/srv/admin.html", "//admin", true},
		{"/srv/user-7", "7", true},
		{"/srv/page.html", "//admin/age.html", false},
		{"/srv/admin/a.txt", "//admin/a.html", true},
		{"/srv/admin/index.html", "/x/../admin/users", true},
		{"/srv/index.html", "/q/..", true},
		{"/srv/secret.txt", "/x/../sec\x00ret.txt", true},
		{"/srv/admin/a", "//admin/a ", true},
		{"/srv/admin/a", "//admin/a@2x", true},
		{"/srv/admin/a", "//admin/a\xff", true},
		{"/srv/.env", "//.env", true},
		{"/srv/é", "//É.html", true},
	} {
		assert.Equal(t, row.want, IsMadeOf(row.name, row.part), "%s of %s", row.name, row.part)
	}
}

func TestIsOf(t *testing.T) {
	for _, row := range []struct {
		name, part string
		want       bool
	}{
		{"/srv/admin/a", "/admin/a/", true},
		{"/srv/admin/a.html", "/admin/a/", true},
		{"/srv/only.txt", "/files/only.txt/", true},
		{"/srv/dist/index.html", "/dist/", false},
		{"/srv/dist/index.html", "/i/", false},
		{"dist/index.html", "/users/dist/", false},
		{"dist/index.html", "/users/index/", false},
		{"dist/index.html", "/users/i/", false},
		{"dist/index.html", "de", false},
		{"dist/index.html", "/", false},
		{"dist/index.html", "", false},
	} {
		assert.Equal(t, row.want, IsOf(row.name, row.part), "%s of %s", row.name, row.part)
	}
}

func TestPlainTakesAwayOnlyWhatNothingNeeds(t *testing.T) {
	for raw, plain := range map[string]string{
		"": "", "/x": "/x", "/%78": "/x", "/%7e%2D%2E%5f%41%30": "/~-._A0", "/%2F%20%c3%2f": "/%2F%20%c3%2f",
		"/%2578": "/%2578", "/%25%37%38": "/%2578", "/%": "/%", "/%7": "/%7", "/%zz%78": "/%zzx",
	} {
		assert.Equal(t, plain, Plain(raw), raw)
	}
}
