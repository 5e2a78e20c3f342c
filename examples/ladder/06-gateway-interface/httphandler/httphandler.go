// Package httphandler is Go's gateway interface on rung 05's server: it serves any
// http.Handler, a whole framework included, without net/http's server.
//
// # Why there is not a Go WSGI
//
// Python needed one because it had many servers and many frameworks, none of them in the
// standard library, and each framework ran on the servers of its friends. WSGI is the narrow
// place between n servers and m frameworks. Go has that place in its standard library, where
// it came together with a server that is good enough for production:
//
//	type Handler interface {
//		ServeHTTP(ResponseWriter, *Request)
//	}
//
// It says what WSGI says. *Request is environ, with types: the path once as a URL, the header
// as a map that knows no case, the context that ends when the client is gone. ResponseWriter
// is start_response and write. Only the iterable has turned round: a WSGI server pulls the body
// out of the application, since the application is one of a few threads and must not wait;
// a Go handler pushes it, since it has a goroutine of its own, where waiting costs little. When
// ServeHTTP returns, the answer is over: that is close, and defer does its work.
//
// So net/http/cgi, net/http/fcgi, HTTP/2, HTTP/3, httptest and the package here are servers, and
// dram.Engine is an application. Not one of them knows the other side.
package httphandler

import (
	"context"
	"io"
	"net"
	"net/http"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
)

// Serve answers the connections of a listener with handler, until the listener is closed; see
// http1.Server.Serve. Handlers have Flush; they have neither Hijack, deadlines nor trailers.
func Serve(ln net.Listener, handler http.Handler) error {
	server := &http1.Server{Handler: Adapt(handler)}
	return server.Serve(ln)
}

// Adapt makes an http1.Handler of an http.Handler.
func Adapt(handler http.Handler) http1.Handler {
	return func(w *http1.Response, r *http1.Request) {
		defer func() {
			switch reason := recover(); reason {
			case nil:
			case http.ErrAbortHandler:
				panic(http1.ErrAbort)
			default:
				panic(reason)
			}
		}()
		handler.ServeHTTP(writer{w}, request(r))
	}
}

// request is r as net/http's own server would have made it.
func request(r *http1.Request) *http.Request {
	req := &http.Request{
		Method:        r.Method,
		URL:           r.URL,
		Proto:         "HTTP/1." + string(rune('0'+r.Minor)),
		ProtoMajor:    1,
		ProtoMinor:    r.Minor,
		Header:        http.Header(r.Header),
		Body:          http.NoBody,
		ContentLength: r.ContentLength,
		Close:         r.Close,
		Host:          r.Host,
		RemoteAddr:    r.RemoteAddr.String(),
		RequestURI:    r.Target,
	}
	if r.ContentLength != 0 {
		req.Body = io.NopCloser(r.Body)
	}
	if r.ContentLength < 0 {
		req.Header.Del("Transfer-Encoding")
		req.TransferEncoding = []string{"chunked"}
	}
	return req.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, r.LocalAddr))
}

// writer is an http.ResponseWriter with Flush.
type writer struct{ *http1.Response }

func (w writer) Header() http.Header { return http.Header(w.Response.Header()) }

// Write does one thing more than http1's: http.ResponseWriter promises a Content-Type.
func (w writer) Write(p []byte) (int, error) {
	header := w.Response.Header()
	if _, ok := header["Content-Type"]; !ok && len(p) > 0 && header.Get("Content-Encoding") == "" {
		header.Set("Content-Type", http.DetectContentType(p))
	}
	return w.Response.Write(p)
}

func (w writer) FlushError() error { return w.Response.Flush() }

func (w writer) Flush() { _ = w.Response.Flush() }
