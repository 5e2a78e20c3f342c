package pathspell_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/internal/pathspell"
)

func TestAPathPastAPattern(t *testing.T) {
	for _, tt := range []struct {
		catchAll, pattern string
		plain, spelled    string // where the catch-all takes all of the pattern's paths, and where it takes other spellings alone
	}{
		{"/*path", "/admin/users", "/admin/users", "//admin/users"},
		{"/admin/*path", "/admin/users", "/admin/users", "/admin//users"},
		{"/api/admin/*path", "/api/admin/users", "/api/admin/users", "/api/admin//users"},
		{"/admin/*path", "/admin/", "/admin/", "/admin//"},
		{"/admin/*path", "/admin", "", ""},
		{"/admin/*path", "/other/users", "", ""},
		{"/adm*path", "/admin/users", "/admin/users", "//admin/users"},
		{"/:t/*path", "/:tenant/admin", "/tenant/admin", "/tenant//admin"},
		{"/:t/*path", "/acme/admin", "/acme/admin", "/acme//admin"},
		{"/:t/*path", "/:a/:b/*c", "/a/b/c", "/a//b/c"},
		{"/v:t/x/*path", "/v1/x/admin", "/v1/x/admin", "/v1/x//admin"},
		{"/v:t/x/*path", "/w1/x/admin", "", ""},
		{"/acme/*path", "/:tenant/admin", "/acme/admin", "/acme//admin"},
		{"/x/:u/*path", "/:t/api/admin", "/x/api/admin", "/x/api//admin"},
		{"/v1/*path", "/v:version/admin", "/v1/admin", "/v1//admin"},
		{"/acme/*path", "/v:version/admin", "", ""},
		{`/a\:b/*path`, `/a\:b/c`, "/a:b/c", "/a:b//c"},
		{"/plain", "/plain/x", "", ""},
	} {
		all := func(string) bool { return true }
		assert.Equal(t, tt.plain, pathspell.Past(tt.catchAll, tt.pattern, false, all), "%s %s", tt.catchAll, tt.pattern)
		assert.Equal(t, tt.plain, pathspell.Past(tt.catchAll, tt.pattern, true, all), "%s %s", tt.catchAll, tt.pattern)
		others := func(path string) bool { return path != tt.plain }
		assert.Equal(t, tt.spelled, pathspell.Past(tt.catchAll, tt.pattern, false, others), "%s %s", tt.catchAll, tt.pattern)
		assert.Empty(t, pathspell.Past(tt.catchAll, tt.pattern, true, others), "%s %s", tt.catchAll, tt.pattern)
	}
	escaped := func(path string) bool { return strings.Contains(path, "%") }
	assert.Equal(t, "/admin/%75sers", pathspell.Past("/*path", "/admin/users", false, escaped))
}
