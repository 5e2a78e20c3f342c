package middleware

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
)

// Proxy passes requests on to another server. Which paths go on stands in
// proxy_path.go, which headers in proxy_headers.go, how the answer comes back in
// proxy_answer.go, and on which goroutine in proxy_trip.go.

// ProxyConfig sets up Proxy. Target must be set.
type ProxyConfig struct {
	// Target is the URL of the server; its path, if any, is put in front of those
	// of requests: "http://10.0.0.7:8080", "https://api.internal/v2".
	Target string
	// StripPrefix is removed from the front of request paths: "/api". It is only
	// removed at the end of a segment. If Target has no path, the server gets it
	// in X-Forwarded-Prefix.
	StripPrefix string
	// PreserveHost sends the client's Host to the server. Default false: the Host
	// is that of Target.
	PreserveHost bool
	// AllowEncodedSlash passes on paths with "%2F", for servers that keep names
	// with slashes in one segment. The router sees a slash there, so the route
	// that it guards may differ from the one that the server chooses: set it only
	// where both routes need the same rights.
	AllowEncodedSlash bool
	// AllowUnderscores passes on headers with "_" in their names. Servers that
	// turn headers into variables (CGI, WSGI, PHP) cannot tell X_User from X-User:
	// set it only if the server can.
	AllowUnderscores bool
	// Upgrades are protocols besides "websocket" to which a client may switch the
	// connection. After the switch no layer sees the requests any more.
	Upgrades []string
	// Rewrite, if set, makes the last changes to the outgoing request: it may set
	// a header with the name of the user, say. Headers that it sets are not
	// subject to the client's Connection header.
	Rewrite func(c *dram.Context, out *http.Request)
	// ModifyResponse, if set, may change the answer before the client gets it. An
	// error becomes a 502.
	ModifyResponse func(*http.Response) error
	// FlushInterval, if it is not 0, has the header and each read of a body flushed
	// at once, however long it is: no timer flushes later, since it would run layers
	// on a goroutine of its own. Streams without a length, and event streams, are
	// flushed so in any case.
	FlushInterval time.Duration
	// Transport sends the requests. Default: a transport of this layer alone that
	// ignores proxies from the environment, and waits 5 seconds for the connection
	// and 30 seconds for the header of the answer.
	Transport http.RoundTripper
	// OnError answers with 400 to ambiguous paths and to queries
	// that HTTP/1.1 cannot carry, with 413 to bodies over a
	// limit, with 501 to CONNECT and TRACE, with 504 if the server takes too long and with
	// 502 if it fails; see ErrorHandler. If the client leaves meanwhile the status is
	// 499, for the log, and 503 if the context of the request is ended with a cause of
	// its own. The error is in Context.Errors.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg ProxyConfig) Validate() error {
	target, err := url.Parse(cfg.Target)
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return misconfigured("Proxy", "Target", `%q is not the URL of a server; write one such as "http://10.0.0.7:8080"`, cfg.Target)
	}
	if target.RawQuery != "" || target.Fragment != "" || target.User != nil {
		return misconfigured("Proxy", "Target", "%q has a query, a fragment or a user; set them in Rewrite", target.Redacted())
	}
	fault := pathspell.Fault(target.Path, target.RawPath, pathspell.Server|pathspell.EscapedSlash)
	if target.Path != "" && fault != "" {
		return misconfigured("Proxy", "Target", "%q: %s; write the path in one way only", cfg.Target, fault)
	}
	if prefix := cfg.StripPrefix; prefix != "" {
		if fault := pathspell.Fault(prefix, "", pathspell.Server); fault != "" || strings.HasSuffix(prefix, "/") {
			return misconfigured("Proxy", "StripPrefix", `%q: write it as "/api"`, prefix)
		}
	}
	for _, protocol := range cfg.Upgrades {
		if !httpfield.IsToken(protocol) || strings.EqualFold(protocol, "h2c") || strings.EqualFold(protocol, "h2") {
			return misconfigured("Proxy", "Upgrades", `%q is not a protocol to switch to; HTTP/2 would carry requests past all layers`, protocol)
		}
	}
	return nilInside("Proxy", "Transport", cfg.Transport)
}

// Proxy returns a handler for routes that another server answers, usually a
// catch-all: r.Any("/api/*path", middleware.Proxy(…)). WebSockets and streams
// are supported; the chain ends.
//
// A path is passed on unchanged, and only if every server reads it as the
// router did: with "//", "." and ".." segments, "%2F", a backslash, ";" and the
// like it is refused with 400 (see AllowEncodedSlash). The query is passed on
// unchanged, byte for byte: the server may be able to read parts that
// url.ParseQuery cannot, and that no layer has therefore seen. A query with a
// space, a control or non-ASCII byte, '"', '<' or '>' is refused with 400, since
// HTTP/1.1 cannot carry it.
//
// Hop-by-hop headers are not passed on. X-Forwarded-For, X-Forwarded-Host,
// X-Forwarded-Proto and X-Real-IP say what this server knows (Context.ClientIP
// and Scheme, so trusted proxies count). What the client claims, in these and
// in the headers of other proxies and platforms, is dropped, and so are headers
// with "_" in their names.
//
// Some headers may be set both by the server and by a layer outside. Vary,
// Set-Cookie, Cache-Control, Link, Server-Timing and Via then have both values;
// headers that describe the answer itself (Content-Type, ETag, Location, …) are
// the server's; all others, such as policies and ids, are those of the layers.
// If CORS has let an origin read the answer, what the server says of that is dropped.
// A trailer whose name the header has is dropped. A 1xx has the server's headers
// only. If the server's answer breaks off, so does the client's. An event stream ends,
// whole, when this server begins to end (Context.Stopping), and so does a connection that
// was switched to another protocol: clients reconnect.
//
// All of it runs on the Context's goroutine, but for Transport, which has one of
// its own and reads the body from it.
//
// Requests are sent once: net/http repeats one only if the server closed the idle
// connection and the method is safe to repeat.
func Proxy(cfg ProxyConfig) dram.HandlerFunc {
	must(cfg.Validate())
	target, err := url.Parse(cfg.Target)
	must(err)
	if cfg.Transport == nil {
		cfg.Transport = newProxyTransport()
	}
	p := &proxy{cfg, target}
	shared := httputil.ReverseProxy{
		BufferPool: newCopyBuffers(),
		ErrorLog:   log.New(io.Discard, "", 0), // errors are in c.Errors
	}
	return func(c *dram.Context) {
		switch c.Request.Method {
		case http.MethodConnect:
			refuse(c, cfg.OnError, http.StatusNotImplemented, "this server opens no tunnels")
			return
		case http.MethodTrace: // the server would show the client what Rewrite has added
			refuse(c, cfg.OnError, http.StatusNotImplemented, "this server traces no requests")
			return
		}
		to, fault := p.address(c)
		if fault != "" {
			refuse(c, cfg.OnError, http.StatusBadRequest, fault)
			return
		}
		c.Abort()
		one := &passage{proxy: p, c: c, to: to, answer: newAnswerWriter(c)}
		passing := shared // its functions are of this request
		passing.Transport = one
		passing.Rewrite, passing.ModifyResponse, passing.ErrorHandler = one.rewrite, one.modify, one.failed
		defer one.body.release()
		one.pass(&passing)
	}
}

// proxy is what all requests of a Proxy share.
type proxy struct {
	ProxyConfig
	target *url.URL
}

// passage is the state of one request.
type passage struct {
	*proxy
	c      *dram.Context
	to     *url.URL
	answer answerWriter
	sent   *body.Blamed // the client's, nil without one
	body   recordedBody
}

// newProxyTransport returns the default transport.
func newProxyTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext: dialer.DialContext,
		// No proxy from the environment: the target is an internal server.
		MaxIdleConns: 256, MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 30 * time.Second,
		ExpectContinueTimeout: time.Second, ForceAttemptHTTP2: true,
		DisableCompression: true, // the client's Accept-Encoding is passed on
	}
}
