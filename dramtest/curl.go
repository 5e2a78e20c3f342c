package dramtest

import (
	"unicode/utf8"

	"github.com/dram-go/dram/internal/curl"
)

// curlLine writes a request as a line for a shell. Secrets in it are "*". A client in process has no
// address: the line is for a server on this machine.
func curlLine(r *request, s *server) string {
	line := curl.Request{
		Method: r.http.Method, Base: "http://localhost:8080", Path: r.http.URL.EscapedPath(), Query: r.http.URL.RawQuery,
		Header: r.http.Header.Clone(),
	}
	line.Header.Del(headerExchange)
	if s.socket {
		line.Base, line.Options = s.base, " -k"
	}
	switch {
	case r.body == nil:
	case len(r.body) > maxShown || !utf8.Valid(r.body):
		line.Data = " --data-binary @body"
	default:
		line.Data = curl.Data(string(r.body))
	}
	return line.Line()
}
