package middleware

import (
	"io"
	"net/http"
	"net/http/httputil"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file makes the request that Proxy sends. httputil.ReverseProxy has
// already removed the hop-by-hop headers from it, including those that
// Connection names (RFC 9110 section 7.6.1), so a client cannot remove what is
// set here.

// rewrite makes the outgoing request.
func (p *passage) rewrite(pr *httputil.ProxyRequest) {
	in, out := pr.In, pr.Out
	out.URL, out.Host = p.to, ""
	if p.PreserveHost {
		out.Host = in.Host
	}
	h := out.Header
	for name := range h {
		if p.drops(name) {
			delete(h, name)
		}
	}
	setForwarded(p.c, h)
	prefix := p.c.BasePath()
	if p.to.Path != in.URL.Path {
		prefix += p.StripPrefix
	}
	if prefix != "" && strings.TrimSuffix(p.target.Path, "/") == "" {
		h["X-Forwarded-Prefix"] = []string{prefix}
	}
	delete(h, "Connection")
	delete(h, "Upgrade")
	if protocol := p.upgrade(in); protocol != "" {
		h["Connection"], h["Upgrade"] = []string{"Upgrade"}, []string{protocol}
	}
	if p.Rewrite != nil {
		p.Rewrite(p.c, out)
	}
	if p.AllowUnderscores {
		dropTwins(out.Header)
	}
	if out.Body != nil && out.Body != http.NoBody {
		p.sent = body.Blame(out.Body) // what fails there is no fault of the server
		out.Body = p.sent
	}
	p.passTrailer(in, out)
}

// setForwarded sets what this server knows about the client.
func setForwarded(c *dram.Context, h http.Header) {
	values := []string{c.ClientIP(), c.ClientIP(), c.Request.Host, c.Scheme()} // whoever appends to one copies it
	for i, name := range [...]string{"X-Forwarded-For", "X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values[i] != "" {
			h[name] = values[i : i+1 : i+1]
		}
	}
}

// drops reports whether a header of the client is not passed on: a claim, in
// any spelling, or a name that the server could confuse with another.
func (p *proxy) drops(name string) bool {
	isOdd := func(r rune) bool { // what is lost when a server makes a variable of the name
		return r >= 0x80 || r != '-' && !httpfield.IsAlphaNum(byte(r)) && (r != '_' || !p.AllowUnderscores)
	}
	if strings.ContainsFunc(name, isOdd) {
		return true
	}
	plain := httpfield.Name(name)
	return httpfield.IsClaim(plain) || httpfield.HopByHop(plain) && plain != "Te" && plain != "Connection" && plain != "Upgrade"
}

// dropTwins drops headers with "_" in their names if there is one of the same
// name with "-" too, which may be set by Rewrite.
func dropTwins(h http.Header) {
	for name := range h {
		if plain := httpfield.Name(name); plain != name && len(h[plain]) > 0 {
			delete(h, name)
		}
	}
}

// upgrade returns the protocol to which the connection may be switched, "" if
// none.
func (p *proxy) upgrade(in *http.Request) string {
	if in.Method == http.MethodGet && httpfield.Upgrades(in.Header, "websocket") {
		return "websocket"
	}
	for _, protocol := range p.Upgrades {
		if httpfield.Upgrades(in.Header, protocol) {
			return protocol
		}
	}
	return ""
}

// passTrailer passes on the trailers that the client announces if their names
// are allowed: a server may merge them into the headers (RFC 9110 section 6.5).
// They are available when the body has been read.
func (p *proxy) passTrailer(in, out *http.Request) {
	for name := range out.Trailer {
		if _, twice := out.Header[name]; twice || p.drops(name) {
			delete(out.Trailer, name)
		}
	}
	if len(out.Trailer) == 0 || out.Body == nil {
		out.Trailer = nil
		return
	}
	out.Body = &trailedBody{out.Body, in.Trailer, out.Trailer}
}

// trailedBody is a body that copies its trailers when it ends.
type trailedBody struct {
	io.ReadCloser
	from, to http.Header
}

func (b *trailedBody) Read(buf []byte) (int, error) {
	n, err := b.ReadCloser.Read(buf)
	if err == io.EOF {
		for name := range b.to {
			b.to[name] = b.from[name]
		}
	}
	return n, err
}
