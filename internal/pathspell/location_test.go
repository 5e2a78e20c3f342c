package pathspell_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/internal/pathspell"
)

// browsed is where a browser goes from https://own.example/app/a/b, by the steps of "URL
// parsing" in the WHATWG URL Standard: what it takes for the host, and the path.
func browsed(location string) (host, path string) {
	location = strings.Trim(location, "\x00\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ")
	location = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(location)
	if end := strings.IndexAny(location, "?#"); end >= 0 {
		location = location[:end]
	}
	location = strings.ReplaceAll(location, `\`, "/")
	if rest, ok := strings.CutPrefix(location, "//"); ok {
		host, path, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
		return host, "/" + path
	}
	segments := []string{"app", "a"}
	if strings.HasPrefix(location, "/") {
		segments, location = nil, location[1:]
	}
	for segment := range strings.SplitSeq(location, "/") {
		switch dots := strings.NewReplacer("%2e", ".", "%2E", ".").Replace(segment); dots {
		case "..":
			segments = segments[:max(0, len(segments)-1)]
		case ".":
		default:
			segments = append(segments, segment)
		}
	}
	return "own.example", "/" + strings.Join(segments, "/")
}

// Whatever a program passes on from a client, browsers stay at the host and below the prefix.
func FuzzLocate(f *testing.F) {
	for _, seed := range []string{
		"/x", "x", "", "..", "../../..", "/..", `/\evil.example`, `\\evil.example`, "//evil.example", "///evil", "/\t/evil.example", "\t//e", "\x00//e", " //e", "/%2e%2e/x",
		"/.%2E/x", `/a\..\..\x`, "/a/..//evil", "/app/../x", `/app\..\x`, "/app/%2e%2e", "?/../x", "#/../x", "h\tttps://e", "/app?x", "/app#x", "%2e%2e/%2e./..", "/./", "/a/./b/..", "..\x00 ", ".%2E ", "/.. ", " /..", ".. ?x",
	} {
		f.Add(seed, "/a/b")
	}
	f.Add("y", `/\evil.example/x`)
	f.Add("y", "//evil.example/x")
	f.Add("y", "/../../x")
	f.Add("y", "*")
	f.Fuzz(func(t *testing.T, location, asked string) {
		if scheme, _, ok := strings.Cut(location, ":"); ok && scheme != "" && strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") == "" {
			t.Skip("it may have a scheme")
		}
		for _, base := range []string{"", "/app"} {
			for _, got := range []string{pathspell.Locate(base, &url.URL{Path: asked}, location), base + pathspell.Local(location)} {
				host, path := browsed(got)
				assert.Equal(t, "own.example", host, "%q becomes %q", location, got)
				assert.True(t, path == base || strings.HasPrefix(path, base+"/"), "%q becomes %q, which is %q", location, got, path)
				assert.True(t, strings.HasPrefix(got, "/"), "%q becomes %q, which has to be resolved", location, got)
				assert.Equal(t, got, pathspell.Locate(base, &url.URL{Path: asked}, got), "%q is changed twice", location)
			}
		}
	})
}

func TestWhatHasASchemeLeadsWhereItSays(t *testing.T) {
	for _, location := range []string{"https://other.example/a/../b", "HTTP://other.example", "mailto:a@b.example", "https:other.example", "a+b-c.d:e", `https:\\other.example`} {
		assert.Equal(t, location, pathspell.Locate("/app", &url.URL{Path: "/a/b"}, location))
	}
	for location, want := range map[string]string{
		":x": "/app/a/:x", "1a:x": "/app/a/1a:x", "a/b:c": "/app/a/a/b:c", "a?b:c": "/app/a/a?b:c", "ä:x": "/app/a/ä:x", "a\x00:x": "/app/a/a:x",
	} {
		assert.Equal(t, want, pathspell.Locate("/app", &url.URL{Path: "/a/b"}, location))
	}
}
