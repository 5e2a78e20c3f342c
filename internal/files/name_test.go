package files

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestIsName(t *testing.T) {
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
		"":                       {},
		"/":                      {},
		"a/":                     {},
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
		assert.Equal(t, want.unix, isName(name, false), "%q", name)
		assert.Equal(t, want.windows, isName(name, true), "%q on Windows", name)
	}
	assert.True(t, IsClean("/"))
	assert.True(t, IsClean(""))
	assert.True(t, IsClean("/a/b/"))
	assert.False(t, IsClean("//"))
	assert.False(t, IsClean("/a//"))
	assert.False(t, IsClean("/."))
	assert.False(t, IsClean("//a"))
}

func TestIsDisguised(t *testing.T) {
	for raw, want := range map[string]bool{
		"": false, "/a%20b": false, "/%C3%A4": false, "/a%3Bb": false, "/%252F": false, "/100%": false, "/%2": false,
		"/a%2Fb": true, "/a%2fb": true, "/a%5Cb": true, "/%61": true, "/%2e%2e/a": true, "/%7Eme": true, "/a%zz": true,
	} {
		assert.Equal(t, want, IsDisguised(raw), raw)
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
	} {
		assert.Equal(t, row.want, IsMadeOf(row.name, row.part), "%s of %s", row.name, row.part)
	}
}
