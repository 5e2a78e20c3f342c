package dram_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/router"
)

// This file compares the Engine with net/http's ServeMux: the same route, the same params, the
// same 404 and 405, wherever both take the patterns.

// asMux is a pattern in the syntax of ServeMux: /a/:b is /a/{b}, /a/*b is /a/{b...}, and what ends
// in a slash is for that path alone, {$}. It reports whether ServeMux has such a pattern.
func asMux(pattern string) (same string, ok bool) {
	if !strings.HasPrefix(pattern, "/") || pattern != router.CleanPath(pattern) || strings.ContainsAny(pattern, `{}%\`) {
		return "", false
	}
	segments := strings.Split(pattern[1:], "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		switch name := segment[min(1, len(segment)):]; {
		case segment == "" && last:
			segments[i] = "{$}"
		case strings.HasPrefix(segment, ":") && isName(name):
			segments[i] = "{" + name + "}"
		case strings.HasPrefix(segment, "*") && isName(name) && last:
			segments[i] = "{" + name + "...}"
		case strings.ContainsAny(segment, ":*"):
			return "", false
		}
	}
	return "/" + strings.Join(segments, "/"), true
}

var isName = regexp.MustCompile(`^[a-z]\w*$`).MatchString

// bothTake registers routes with an Engine and a ServeMux, each a method and a pattern in a line,
// and returns the names of their params. Routes that one of the two refuses are left out.
func bothTake(t *testing.T, list string) (r *dram.Engine, mux *http.ServeMux) {
	r, mux = dram.New(), http.NewServeMux()
	r.RedirectTrailingSlash, r.HandleMethodNotAllowed = false, true
	for i, line := range strings.Split(list, "\n") {
		method, pattern, _ := strings.Cut(line, " ")
		theirs, ok := asMux(pattern)
		if !ok || !slices.Contains([]string{"GET", "POST", "PUT"}, method) {
			continue
		}
		var names []string
		for _, found := range regexp.MustCompile(`[:*](\w+)`).FindAllStringSubmatch(pattern, -1) {
			names = append(names, found[1])
		}
		refused := panics(func() {
			mux.HandleFunc(method+" "+theirs, func(w http.ResponseWriter, req *http.Request) {
				_, _ = fmt.Fprint(w, i)
				for _, name := range names {
					_, _ = fmt.Fprintf(w, " %s=%q", name, req.PathValue(name))
				}
			})
		})
		if refused != nil { // of two that match one path, neither is more specific: here there is an order
			continue
		}
		require.Nil(t, panics(func() {
			r.Handle(method, pattern, func(c *dram.Context) {
				c.Writer.WriteString(fmt.Sprint(i))
				for _, name := range names {
					value := c.Param(name)
					if strings.HasSuffix(pattern, "/*"+name) {
						value = strings.TrimPrefix(value, "/")
					}
					c.Writer.WriteString(fmt.Sprintf(" %s=%q", name, value))
				}
			})
		}), "ServeMux takes %s %s", method, pattern)
	}
	return r, mux
}

// panics returns what f panics with.
func panics(f func()) (with any) {
	defer func() { with = recover() }()
	f()
	return nil
}

// answerTo is the answer of a handler to a request for a path.
func answerTo(h http.Handler, method, path string) (status int, body string, allow []string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, &http.Request{Method: method, URL: &url.URL{Path: path}, Host: "example.com", Header: http.Header{}})
	if w.Code == http.StatusMethodNotAllowed {
		allow = strings.Split(w.Header().Get("Allow"), ", ")
		slices.Sort(allow)
	}
	if w.Code != http.StatusOK {
		return w.Code, "", allow
	}
	return w.Code, w.Body.String(), nil
}

// FuzzAgainstServeMux asks an Engine and a ServeMux with the same routes for the same path.
// ServeMux redirects to a slash at the end by itself, before a catch-all too, and counts what is
// there for Allow: nothing is compared where it does.
func FuzzAgainstServeMux(f *testing.F) {
	f.Add("GET /users/:id\nGET /users/new\nPOST /users/:id\nGET /*all", "/users/new")
	f.Add("GET /a/\nGET /a/*b\nPUT /a/b\nGET /a/:c/d", "/a/b")
	f.Add("GET /\nPOST /:x\nGET /:x/:y/", "/x/y/")
	f.Add("GET /é/:a\nGET /é/ü\nPOST /é/*b", "/é/ü/ö")
	f.Add("GET /a b\nGET /a+b\nGET /:x", "/a b")
	f.Add("GET /files/*path\nGET /files/:name\nGET /files/a", "/files/b/")
	f.Fuzz(func(t *testing.T, list, path string) {
		if !strings.HasPrefix(path, "/") || path != router.CleanPath(path) {
			return // ServeMux redirects it
		}
		r, mux := bothTake(t, list)
		all := []string{"GET", "HEAD", "POST", "PUT", "DELETE"}
		slashed := slices.ContainsFunc(all, func(method string) bool {
			status, _, _ := answerTo(mux, method, path+"/")
			return status == http.StatusOK
		})
		for _, method := range all {
			theirs, theirBody, theirAllow := answerTo(mux, method, path)
			ours, body, allow := answerTo(r, method, path)
			if slashed && theirs != http.StatusOK {
				continue
			}
			require.Equal(t, theirs, ours, "%s %q of %q", method, path, list)
			require.Equal(t, theirAllow, allow, "%s %q of %q", method, path, list)
			if method != http.MethodHead {
				require.Equal(t, theirBody, body, "%s %q of %q", method, path, list)
			}
		}
	})
}
