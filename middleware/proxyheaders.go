package middleware

import (
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"strings"
	"sync"

	"github.com/dram-go/dram"
)

// This file makes the request that Proxy sends. httputil.ReverseProxy has taken
// the hop-by-hop headers from it by then, those that Connection names included
// (RFC 9110 section 7.6.1), so that a client cannot have removed what is set here.

// rewrite makes the outgoing request.
func (cfg *ProxyConfig) rewrite(c *dram.Context, target *url.URL, pr *httputil.ProxyRequest) {
	if cfg.StripPrefix != "" {
		stripPrefix(pr.Out.URL, cfg.StripPrefix)
	}
	pr.SetURL(target)
	if cfg.PreserveHost {
		pr.Out.Host = pr.In.Host
	}
	dropForwarded(pr.Out.Header)
	h := pr.Out.Header
	if ip := c.ClientIP(); ip != "" {
		h["X-Forwarded-For"] = []string{ip}
	}
	h["X-Forwarded-Host"] = []string{pr.In.Host}
	h["X-Forwarded-Proto"] = []string{c.Scheme()}
	if cfg.Rewrite != nil {
		cfg.Rewrite(c, pr.Out)
	}
}

// stripPrefix takes a prefix from a path, in both of its notations.
func stripPrefix(u *url.URL, prefix string) {
	rest, ok := strings.CutPrefix(u.Path, prefix)
	if !ok || rest != "" && rest[0] != '/' {
		return
	}
	u.Path = rest
	if rawRest, ok := strings.CutPrefix(u.RawPath, prefix); ok {
		u.RawPath = rawRest
	} else {
		u.RawPath = "" // the prefix was escaped in some way: the decoded path counts
	}
	if u.Path == "" {
		u.Path, u.RawPath = "/", ""
	}
}

// dropForwarded drops what claims to come from a proxy in front of this server.
// Names are compared with "-" for "_": servers that turn headers into variables
// (CGI, WSGI) cannot tell X_Forwarded_For from X-Forwarded-For.
func dropForwarded(h http.Header) {
	for name := range h {
		plain := name
		if strings.Contains(name, "_") {
			plain = textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
		}
		switch {
		case strings.HasPrefix(plain, "X-Forwarded-"), plain == "Forwarded", plain == "X-Real-Ip",
			plain == "X-Original-Url", plain == "X-Rewrite-Url", plain == "X-Original-Host",
			plain == "True-Client-Ip", plain == "X-Client-Ip", plain == "X-Cluster-Client-Ip", plain == "Proxy":
			delete(h, name)
		}
	}
}

// climbs tells whether a decoded path has a ".." segment, with parameters behind
// it ("..;x", which servers of Java's drop) or not. Sent on as it is, it would
// leave the path of the route or of the target, past the guards of both.
func climbs(path string) bool {
	for path != "" {
		end := strings.IndexAny(path, `/\`)
		if end < 0 {
			end = len(path)
		}
		if segment, _, _ := strings.Cut(path[:end], ";"); segment == ".." {
			return true
		}
		path = path[min(end+1, len(path)):]
	}
	return false
}

// copyBuffers keeps the buffers in which bodies are copied.
type copyBuffers struct{ pool sync.Pool }

func newCopyBuffers() *copyBuffers {
	return &copyBuffers{sync.Pool{New: func() any { return new([copyBufferSize]byte) }}}
}

const copyBufferSize = 32 << 10

// Get is part of httputil.BufferPool.
func (b *copyBuffers) Get() []byte { return b.pool.Get().(*[copyBufferSize]byte)[:] }

// Put is part of httputil.BufferPool.
func (b *copyBuffers) Put(buf []byte) {
	if cap(buf) >= copyBufferSize {
		b.pool.Put((*[copyBufferSize]byte)(buf[:copyBufferSize]))
	}
}
