// Package middleware stands between the two sides of WSGI: to the server it is an
// application, to the application a server. It needs no help from either, which is what made
// WSGI's middleware work with every framework; and it is the form of all middleware since.
// net/http's is func(http.Handler) http.Handler, and rung 08's onion is this without a
// function around a function.
package middleware

import (
	"fmt"
	"io"
	"maps"
	"strings"
)

type (
	app   = func(environ map[string]any, start start) iterable
	start = func(status string, header [][2]string, excInfo error) (write func([]byte) error)

	iterable = interface {
		Next() ([]byte, error)
		Close() error
	}
)

// Header adds a field to each answer. What an application says about its answer passes
// through start, so that is what a middleware has to take the place of.
func Header(name, value string, inner app) app {
	return func(environ map[string]any, start start) iterable {
		return inner(environ, func(status string, header [][2]string, excInfo error) func([]byte) error {
			own := append([][2]string{{name, value}}, header...) // the application's slice stays its own
			return start(status, own, excInfo)
		})
	}
}

// Mount calls inner for the paths below prefix and rest for the others. Inner finds the prefix
// in SCRIPT_NAME and what is left in PATH_INFO, so it need not know where it is mounted. In net/http
// that is StripPrefix; in a framework, a group.
func Mount(prefix string, inner, rest app) app {
	return func(environ map[string]any, start start) iterable {
		below, ok := strings.CutPrefix(environ["PATH_INFO"].(string), prefix)
		if !ok || below != "" && below[0] != '/' {
			return rest(environ, start)
		}
		environ = maps.Clone(environ)
		environ["SCRIPT_NAME"] = environ["SCRIPT_NAME"].(string) + prefix
		environ["PATH_INFO"] = below
		return inner(environ, start)
	}
}

// Log writes a line for each answer: when the body is over, not when the application has
// returned, for then it has only begun. So the body needs a middleware of its own.
func Log(out io.Writer, inner app) app {
	return func(environ map[string]any, start start) iterable {
		logged := &logged{out: out, request: fmt.Sprintf("%s %q", environ["REQUEST_METHOD"], environ["PATH_INFO"])}
		logged.iterable = inner(environ, func(status string, header [][2]string, excInfo error) func([]byte) error {
			logged.status = status
			write := start(status, header, excInfo)
			return func(piece []byte) error {
				logged.size += len(piece)
				return write(piece)
			}
		})
		return logged
	}
}

// logged has its own Next and Close around an application's. The list's Len is hidden behind
// it, so the answer loses its Content-Length and is sent in chunks: what wraps a value hides
// whatever else the value could do. net/http's ResponseWriter has the same trouble with
// Flusher and Hijacker, and http.ResponseController was made for it.
type logged struct {
	iterable
	out             io.Writer
	request, status string
	size            int
}

func (l *logged) Next() ([]byte, error) {
	piece, err := l.iterable.Next()
	l.size += len(piece)
	return piece, err
}

// Close calls the application's, as each middleware that has wrapped a body must.
func (l *logged) Close() error {
	fmt.Fprintf(l.out, "%s: %s, %d bytes\n", l.request, l.status, l.size)
	return l.iterable.Close()
}
