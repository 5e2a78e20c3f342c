package middleware

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/dram-go/dram"
)

// Proxy passes requests on to another server. What goes over stands in
// proxyheaders.go.

// ProxyConfig sets up Proxy. Target must be set.
type ProxyConfig struct {
	// Target is the server, and the path in front of those of requests:
	// "http://10.0.0.7:8080", "https://api.internal/v2".
	Target string
	// StripPrefix is taken from the front of request paths: "/api". It is cut at
	// a segment's end only.
	StripPrefix string
	// PreserveHost sends the client's Host. Default: the target's.
	PreserveHost bool
	// Rewrite, if set, changes the request at last: a header with the user's
	// name, say. What it sets is not subject to the client's Connection header.
	Rewrite func(c *dram.Context, out *http.Request)
	// ModifyResponse, if set, sees the answer before the client does. An error
	// becomes a 502.
	ModifyResponse func(*http.Response) error
	// FlushInterval is how often a body is flushed while it is copied; negative
	// is after each read. Streams without a length, and event streams, are
	// flushed at once in any case.
	FlushInterval time.Duration
	// Transport makes the requests. Default: one of the layer's own, without
	// the environment's proxy, that waits 5 seconds for the connection and 30
	// for the header of the answer.
	Transport http.RoundTripper
	// OnError answers with 400 paths that climb (".."), with 413 bodies over a
	// limit, with 504 when the server is late and with 502 when it is not there;
	// see ErrorHandler. The error is in c.Errors.
	OnError ErrorHandler
}

// Validate tells what is wrong with the configuration.
func (cfg ProxyConfig) Validate() error {
	target, err := url.Parse(cfg.Target)
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return misconfigured("Proxy", "Target", `%q is no URL of a server; write one such as "http://10.0.0.7:8080"`, cfg.Target)
	}
	if target.RawQuery != "" || target.Fragment != "" || target.User != nil {
		return misconfigured("Proxy", "Target", "%q has a query, a fragment or a user; set them in Rewrite", target.Redacted())
	}
	if cfg.StripPrefix != "" && (cfg.StripPrefix[0] != '/' || strings.HasSuffix(cfg.StripPrefix, "/")) {
		return misconfigured("Proxy", "StripPrefix", `%q: write it as "/api"`, cfg.StripPrefix)
	}
	return nil
}

// Proxy is the handler of routes that another server answers, usually of a
// catch-all: r.Any("/api/*path", middleware.Proxy(…)). Upgrades (WebSocket) and
// streams go through; the chain ends.
//
// Hop-by-hop headers are not passed on, and X-Forwarded-For, -Host and -Proto say
// what this server knows (Context.ClientIP and Scheme, so trusted proxies count): what the
// client claimed is dropped, not added to.
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
	shared := httputil.ReverseProxy{
		Transport: cfg.Transport, FlushInterval: cfg.FlushInterval, BufferPool: newCopyBuffers(),
		ErrorLog: log.New(io.Discard, "", 0), // errors are in c.Errors
	}
	return func(c *dram.Context) {
		if climbs(c.Request.URL.Path) {
			refuse(c, cfg.OnError, http.StatusBadRequest, `the path has ".." in it`)
			return
		}
		c.Abort()
		proxy := shared // its functions are of this request
		proxy.Rewrite = func(pr *httputil.ProxyRequest) { cfg.rewrite(c, target, pr) }
		proxy.ModifyResponse = func(res *http.Response) error { return cfg.modify(c, res) }
		proxy.ErrorHandler = func(_ http.ResponseWriter, req *http.Request, err error) { cfg.failed(c, req, err) }
		proxy.ServeHTTP(c.Writer, c.Request)
	}
}

// newProxyTransport is the default transport.
func newProxyTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext: dialer.DialContext,
		// Without the environment's proxy: the target is an inner server.
		MaxIdleConns: 256, MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 30 * time.Second,
		ExpectContinueTimeout: time.Second, ForceAttemptHTTP2: true,
		DisableCompression: true, // the client's Accept-Encoding is passed on
	}
}

// listHeaders are the headers of which layers outside and the server may each add
// theirs.
var listHeaders = map[string]bool{"Link": true, "Server-Timing": true, "Set-Cookie": true, "Vary": true, "Via": true}

// modify sees an answer on its way to the client. What the layers outside have
// said (X-Frame-Options, Access-Control-Allow-Origin, X-Request-Id …) is not said
// twice, which browsers would take for neither.
func (cfg *ProxyConfig) modify(c *dram.Context, res *http.Response) error {
	if cfg.ModifyResponse != nil {
		if err := cfg.ModifyResponse(res); err != nil {
			return err
		}
	}
	for name := range c.Writer.Header() {
		if !listHeaders[name] {
			res.Header.Del(name)
		}
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		c.Status(res.StatusCode) // the connection is taken over: this is for the log
	}
	return nil
}

// failed answers for a server that did not.
func (cfg *ProxyConfig) failed(c *dram.Context, req *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	var timeout net.Error
	status, detail := http.StatusBadGateway, "the server behind this one cannot be reached"
	switch {
	case errors.As(err, &tooLarge):
		status, detail = http.StatusRequestEntityTooLarge, "the body is larger than this resource takes"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		status, detail = http.StatusGatewayTimeout, "the server behind this one took too long"
	case errors.Is(req.Context().Err(), context.Canceled):
		detail = "the client is gone" // for the log: nobody will read it
	}
	if c.Writer.Written() {
		_ = c.Error(err)
		return
	}
	fail(c, cfg.OnError, status, detail, err)
}
