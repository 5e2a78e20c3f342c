// The rows of docs/migration.md, one by one: what Gin does, and what dram does, by the small
// trials of testdata/differ/tries*.go. What one request shows as well is in differ_test.go.

package gin_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tried are the trials, with what is in the outcome on Gin and on dram only.
var tried = []struct{ name, gin, dram string }{
	// routing, redirects, 404 and 405
	{"missed", "404", "/:a/:b [a=users b=7]"},
	{"names", "panic: ':name' in new path", "/a/:name/x [name=1]"},
	{"beside", "panic: '/a/:id' in new path", "/a/:id [id=1]"},
	{"twice", "already registered for path '/a'", "tries.go:"},
	{"colon", "404", "/a:b"},
	{"head", "HEAD /*all", "GET /users/:id"},
	{"headofget", "404", "X-Route:[GET /]"},
	{"plus", "[id=a b/]", "[id=a+b/]"},
	{"nil", "true", "panic: dram: handler 1 of GET '/'"},
	{"routes", "/bc", "/a"},
	{"strip", "301", "X-Route:[GET /]"},
	{"logged", "301", "X-Layer:[ran]"},
	{"redirect", "307", "301"},
	{"allow", "Allow:[GET]", "Allow:[GET, HEAD]"},
	{"prefix", "Location:[/pre/a/]", "Location:[/a/]"},

	// the Context
	{"cancelled", "[<nil>]", "context canceled"},
	{"value", "[<nil>]", "seven"},
	{"copy", "panic: runtime error", "cannot write a response"},
	{"next", "panic: runtime error: index out of range", "done"},
	{"returning", "4 false, 78 true, 122 true, 124 true", "2 false, 39 false, 61 false, 63 true"},
	{"contenttype", "Text/Plain", "text/plain"},
	{"cookie", "[<nil>]", "invalid URL escape"},
	{"cookiedata", "[/]", "[]"},
	{"readerheaders", "map[Content-Length:1]", "map[]"},
	{"wrapped", "[inner]", "[outer: inner]"},
	{"copyerrors", "[[]]", "[[before]]"},
	{"texts", "panic: key k does not exist", "panic: dram: key k does not exist: "},
	{"meta", `{"A":7}`, `{"A":7,"error":"e"}`},
	{"metaint", `int Value`, `{"1":"one","error":"e"}`},

	// who the client is
	{"forged", "6.6.6.6", "192.0.2.1"},
	{"platform", "text", "1.2.3.4"},
	{"entry", "6.6.6.6", "1.2.3.4"},
	{"mapped", "::ffff:6.6.6.6", `"6.6.6.6"`},
	{"zone", `[""]`, "fe80::1"},
	{"unix", `"<nil>" ""`, `"" ""`},
	{"abstract", `"6.6.6.6" ""`, `"" ""`},

	// binding
	{"field", "'person.Name' Error:Field validation for 'Name'", "'json.name' Error:Field validation for 'name'"},
	{"type", `[strconv.ParseInt: parsing "x": invalid syntax]`, "\ndram: query \"bool\": must be a boolean"},
	{"alltype", "[json: cannot unmarshal number", "\ndram: json \"age\": must be an integer"},
	{"eof", "true", "false"},
	{"cut", "true", "false"},
	{"sliceas", "false", "true"},
	{"sliceindex", "[0]", "[1]"},
	{"null", "panic: reflect", "[<nil>]"},
	{"anyrule", "panic: strconv", "failed on the 'gt' tag"},
	{"alias", "[word min]", "[word word]"},
	{"embedded", "<nil> {{{x} }}", "is not valid JSON"},
	{"huge", "[<nil>]", "raise Engine.MaxBodyMemory"},
	{"after", "[<nil>]", "there is more behind it"},
	{"documents", "[<nil>]", "several documents"},
	{"elements", "[<nil>]", "goes on after its element"},
	{"bytes", "[<nil>]", "goes on after its value"},
	{"case", "form", "json"},
	{"default", "form", "json"},
	{"parser", "[<nil>]", "parser=none is not known"},
	{"collection", "[<nil>]", "not supported as collection_format"},
	{"nilmap", "can not convert", "must be a pointer to a struct or a map that is not nil"},
	{"destination", "panic: reflect", "must be a pointer"},
	{"string", "[<nil>]", "must be a pointer"},
	{"textunmarshaler", "invalid character", "<nil> {1.2.3.4}"},
	{"fileoftext", "true <nil>", "failed on the 'required' tag"},
	{"utf8", "[<nil>]", "must be valid UTF-8"},
	{"nan", "[<nil>]", "must be a finite number"},
	{"number", "[<nil>]", "must be a number"},
	{"unpacked", "<nil> []uint8", "<nil> string"},
	{"emptynested", "unexpected end of JSON input", "[<nil>]"},

	// rendering
	{"unfit", "200", "500"},
	{"markup", "<map><a b>1</a b></map>", "500"},
	{"early", "0 before, then 200", "1 before, then 200"},
	{"astral", `"\u1f600"`, `"\ud83d\ude00"`},
	{"notype", "Content-Type:[]", "map[Content-Length:[6]]"},
	{"unloaded", "panic: runtime error", "500"},
	{"events", "data:a", "X-Accel-Buffering:[no]"},
	{"space", "data: a\\r\n", "data:  a\n"},
	{"array", "data:[1 2]", "data:[1,2]"},
	{"page", "Content-Type:[a/b]", `<a href="/x">Found</a>`},
	{"stream", "panic: interface conversion", "200"},
	{"toomuch", `200 "" unexpected EOF`, `500 "" <nil>`},
	{"fails", `200 "part" <nil>`, "no answer"},
	{"packed", "\xa4\x00\x00\x00\x01", "\xd6\xff\x00\x00\x00\x01"},
	{"table", "'text'", "500"},
	{"later", "[<nil>]", "panic: dram: load the HTML templates: open none.tmpl"},
	{"jsonp", "alert(1)//", "400"},
	{"typestar", "application/json", "text/html"},
	{"wholetypes", "application/json", "[]"},
	{"textxml", "406", "<string>a</string>"},
	{"offer", "text/*", "[]"},

	// files
	{"attachment", "%C3%BC+b.txt", `filename="_ b.txt"; filename*=UTF-8''%C3%BC%20b.txt`},
	{"missing", "Content-Disposition", "404 map[Content-Type:[text/plain]]"},
	{"index", "Location:[./]", "200"},
	{"nolist", `<a href="a.txt">`, "404"},
	{"spelling", "200", "404"},
	{"static", "404", "200"},
	{"directory", "Location:[sub/]", "Location:[./sub/]"},
	{"precondition", "412 map[] ", "not in the state"},
	{"saved", "new", "old"},

	// Logger, Recovery, BasicAuth
	{"mark", "[GIN]", "[DRAM"},
	{"passes", "false", "true"},
	{"masked", "true", "false"},
	{"maskedreport", "true", "false"},
	{"half", `"half" <nil>`, `"half" unexpected EOF`},
	{"epipe", "200", "500"},
	{"onlylogs", "200", "500"},
	{"recovered", "[0]", "[1]"},
	{"abort", "200", "no answer"},
	{"basic", "401", "200"},
	{"twobasic", "200", "401"},
	{"accountof", "true", "panic: dram: BasicAuth"},
}

func TestDifference(t *testing.T) {
	gin, dram := startProgram(t, "differ", "", false), startProgram(t, "differ", replacement(t), false)
	t.Run("requests", func(t *testing.T) { answersAreGinsButForTheDocumentedDifferences(t, gin, dram) })
	for _, tt := range tried {
		t.Run(tt.name, func(t *testing.T) {
			ours, theirs := asks("/try/"+tt.name).to(dram), asks("/try/"+tt.name).to(gin)
			assert.Contains(t, theirs.body, tt.gin)
			assert.Contains(t, ours.body, tt.dram)
			assert.NotContains(t, theirs.body, tt.dram, "there is no difference any more")
		})
	}
}

func TestTheGoLineBecomesThatOfContrib(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "differ"))))
	goes(t, dir, "mod", "edit", "-go=1.25.0")
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	require.Contains(t, string(mod), "\ngo 1.25.0\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), append(mod, replacement(t)...), 0o600))
	goes(t, dir, "list", "-mod=mod", ".")
	mod, err = os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	assert.NotContains(t, string(mod), "\ngo 1.25.0\n")
}
