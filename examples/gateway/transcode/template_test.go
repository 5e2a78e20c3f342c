package transcode

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTemplatesThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "v1", "/", "/a//b", "/a/", "/{a", "/{a}b", "/{a b}", "/{a=}", "/a:", "/a*", "/a?b", "/a%2Fb", "/{a={b}}", "/x{a}", "/{a.b.}/c", "/{name=a/*}:b:c/", "/{a=x/**}/b", "/**/b",
	} {
		_, err := parseTemplate(text)
		assert.ErrorContains(t, err, "write", text)
	}
}

// The rule that is the most specific from left to right is the one that matches.
func TestWhichRuleAPathIs(t *testing.T) {
	r := new(Rules)
	for _, text := range []string{"/v1/**", "/v1/{a=**}:go", "/v1/*", "/v1/books", "/v1/*/x", "/v1/{a=books/*}", "/v1/books:go", "/v1/{a}/{b=c/**}"} {
		made, err := parseTemplate(text)
		require.NoError(t, err)
		r.rules = append(r.rules, rule{template: made, method: "GET"})
	}
	slices.SortStableFunc(r.rules, func(a, b rule) int { return compare(a.template, b.template) })
	for path, want := range map[string]string{
		"/v1/books":        "/v1/books",
		"/v1/bo%6Fks":      "/v1/books",
		"/v1/books:go":     "/v1/books:go",
		"/v1/films:go":     "/v1/{a=**}:go a=films",
		"/v1/films/1/2:go": "/v1/{a=**}:go a=films/1/2",
		"/v1/films:stop":   "/v1/*",
		"/v1/books/7":      "/v1/{a=books/*} a=books/7",
		"/v1/books/x":      "/v1/{a=books/*} a=books/x",
		"/v1/films/x":      "/v1/*/x",
		"/v1/f%2Bg/c/d/e":  "/v1/{a}/{b=c/**} a=f+g b=c/d/e",
		"/v1/f/c/d/e%20f":  "/v1/{a}/{b=c/**} a=f b=c/d/e f",
		"/v1/f/c":          "/v1/{a}/{b=c/**} a=f b=c",
		"/v1/a/b/c":        "/v1/**",
		"/v1":              "/v1/**",
		"/v2":              "",
	} {
		found, parts, _ := r.find("GET", path)
		got := ""
		if found != nil {
			got = found.text
			for _, v := range found.vars {
				got += fmt.Sprintf(" %s=%s", v.field, found.value(v, parts))
			}
		}
		assert.Equal(t, want, got, path)
	}
}

func TestWhereAFaultOfABodyIs(t *testing.T) {
	text := "{\"a\": {\"é~/\": [1,\n {\"b\": true}, [ 3 ]]},\n \"c\": null}"
	for part, want := range map[string]string{`{"a"`: "", `"a"`: "/a", `"é~`: "/a/é~0~1", "1,": "/a/é~0~1/0", `{"b"`: "/a/é~0~1/1", "true": "/a/é~0~1/1/b", "3 ]": "/a/é~0~1/2/0", `"c"`: "/c", "null": "/c"} {
		before := text[:strings.Index(text, part)]
		line := strings.Count(before, "\n") + 1
		column := len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
		assert.Equal(t, want, pointerAt([]byte(text), fmt.Errorf("x (line %d:%d): y", line, column)), part)
	}
	assert.Empty(t, pointerAt([]byte(text), errors.New("x")))
	assert.Empty(t, pointerAt([]byte("{}"), errors.New("(line 9:9)")))
}

// No template makes parseTemplate or match panic, and a path that is made of one that is accepted fits it.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{"/v1/{name=shelves/*/books/*}:move", "/v1/**", "/{a.b}/c", "/%2F/x", "/{a=**}"} {
		f.Add(text, "/v1/x%2Fy/z:move")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		made, err := parseTemplate(text)
		if err != nil {
			return
		}
		r := &Rules{rules: []rule{{template: made, method: "GET"}}}
		own := "/" + strings.NewReplacer("**", "a/b", "*", "a").Replace(strings.Join(made.segments, "/")) + strings.TrimSuffix(":"+made.verb, ":")
		found, _, _ := r.find("GET", own)
		require.NotNil(t, found, own)
		if found, parts, _ := r.find("GET", path); found != nil {
			for _, v := range found.vars {
				assert.NotNil(t, found.value(v, parts))
			}
		}
	})
}
