package gateway

import (
	"cmp"
	"net"
	"os"
	"strings"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
)

// Environ is a request in the variables of CGI (RFC 3875 section 4.1), with those that WSGI
// adds. What it cannot say is lost: whether a slash of the path was escaped, in which order
// fields came, how a name was spelled.
func Environ(r *http1.Request) map[string]any {
	local, port, _ := net.SplitHostPort(r.LocalAddr.String())
	peer, _, _ := net.SplitHostPort(r.RemoteAddr.String())
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	name := cmp.Or(host, local) // never empty; HTTP/1.0 need not name a host
	if strings.Contains(name, ":") {
		name = "[" + name + "]" // which belong to it (RFC 3875 section 4.1.14)
	}
	environ := map[string]any{
		"GATEWAY_INTERFACE": "CGI/1.1",
		"REQUEST_METHOD":    r.Method,
		"SCRIPT_NAME":       "", // the part of the path that leads to the application
		"PATH_INFO":         r.URL.Path,
		"QUERY_STRING":      r.URL.RawQuery,
		"SERVER_PROTOCOL":   "HTTP/1." + string(rune('0'+r.Minor)),
		"SERVER_NAME":       name,
		"SERVER_PORT":       port,
		"REMOTE_ADDR":       peer,

		"wsgi.version":          [2]int{1, 0},
		"wsgi.url_scheme":       "http",
		"wsgi.input":            r.Body,
		"wsgi.input_terminated": true, // it ends where the body does, also without a CONTENT_LENGTH
		"wsgi.errors":           os.Stderr,
		"wsgi.multithread":      true,  // another call may run at the same time
		"wsgi.multiprocess":     false, // but not in another process
		"wsgi.run_once":         false,
	}
	if r.Host != "" {
		environ["HTTP_HOST"] = r.Host
	}
	for name, values := range r.Header {
		switch key := strings.ToUpper(strings.ReplaceAll(name, "-", "_")); {
		case strings.Contains(name, "_"): // X_User would be taken for X-User, which a proxy has checked
		case key == "CONTENT_LENGTH" || key == "CONTENT_TYPE":
			environ[key] = values[0]
		case key == "PROXY": // HTTP_PROXY is what programs read where their proxy is: "httpoxy"
		case key == "CONNECTION" || key == "TRANSFER_ENCODING": // between the client and this server
		case key == "COOKIE":
			environ["HTTP_COOKIE"] = strings.Join(values, "; ")
		default:
			environ["HTTP_"+key] = strings.Join(values, ", ")
		}
	}
	return environ
}
