package config

import (
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/middleware"
)

// kind is what a text has to be, and what is said of one that is not.
type kind struct {
	is   func(text string) bool
	mend string
}

var celName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// kinds are those that the tag is names.
var kinds = map[string]kind{
	"address":      {isAddress, "is not an address: write host:port, such as 127.0.0.1:8080"},
	"host":         {isHost, "is not a host: write a name such as gateway.example.com"},
	"host pattern": {isHostPattern, "is not a host: write a name such as api.example.com or {tenant}.example.com, without a port"},
	"network":      {isNetwork, "is neither an address nor a network: write 10.0.0.7 or 10.0.0.0/8"},
	"path":         {isPath, "is not a path: begin it with /, and leave out ?, #, empty segments, . and .."},
	"pattern":      {isPattern, "is not a path: begin it with /, and leave out ?, #, empty segments, . and ..; a colon that begins no param is \\:"},
	"target":       {isTarget, "is not a path: begin it with /"},
	"token":        {grammar.IsToken, "is not the name of one: write letters, digits and -"},
	"header":       {isHeader, "is not a header that is set here: write letters, digits and -, and none that belongs to the message itself"},
	"sent header":  {isSent, "is not a header that can be read here: write letters, digits and -, and none that belongs to the message itself"},
	"own header":   {isOwn, "is not a header of the gateway's own: write one that nobody else uses, such as X-Identity"},
	"scope":        {isScope, "is not a scope, which has no spaces and quotes: write an entry for each"},
	"key":          {isKey, "is not known: write address, user or header:NAME"},
	"name":         {celName.MatchString, "is not a name for rules: write small letters, digits and _"},
	"pointer":      {isPointer, "is not a JSON Pointer to a member: write /name or /name/inner, with ~1 for / and ~0 for ~"},
}

// kind checks that a text is what it has to be: a kind, or a file that can be read.
func (r *report) kind(name string, line int, path, text string) {
	if name == "file" {
		r.reads(text)
		if err := readable(within(r.dir, text)); err != nil {
			before := len(r.faults)
			r.add(line, path, unreadable, shown(text), bare(err))
			r.missing += len(r.faults) - before
		}
		return
	}
	k := kinds[name]
	if k.is != nil && !k.is(text) {
		r.add(line, path, "%s %s", shown(text), k.mend)
	}
}

// reads notes a file that is read from now on.
func (r *report) reads(file string) {
	file = within(r.dir, file)
	r.files[file] = Stamp(file)
}

func isAddress(text string) bool {
	host, port, err := net.SplitHostPort(text)
	return err == nil && !strings.ContainsAny(host, "/@ ") && isPort(port)
}

// isPort reports whether a text is the number of a port, or its name.
func isPort(text string) bool {
	_, err := net.LookupPort("tcp", text)
	return err == nil
}

func isHost(text string) bool {
	return middleware.HostAllowlistConfig{Hosts: []string{text}}.Validate() == nil
}

func isHostPattern(text string) bool {
	_, is := hostPattern(text)
	return is
}

func isNetwork(text string) bool { return dram.New().SetTrustedProxies([]string{text}) == nil }

func isTarget(text string) bool { return strings.HasPrefix(text, "/") }

func isPath(text string) bool {
	return isTarget(text) && !strings.ContainsAny(text, "?#") && grammar.PathFault(text) == ""
}

func isPattern(text string) bool { return isPath(strings.ReplaceAll(text, `\:`, ":")) }

func isScope(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '"' || r == '\\' })
}

// isHeader reports whether an operator may set, remove, or pass on a header.
func isHeader(name string) bool { return grammar.IsToken(name) && !grammar.IsOfMessage(name) }

// isSent reports whether a header can be read where others are: net/http keeps some apart.
func isSent(name string) bool {
	apart := []string{"Host", "Content-Length", "Transfer-Encoding", "Trailer"}
	return grammar.IsToken(name) && !slices.Contains(apart, http.CanonicalHeaderKey(name))
}

// isOwn reports whether a header is none that others know: what the gateway sets there would take their place.
func isOwn(name string) bool {
	known := []string{"Authorization", "Cookie", "Set-Cookie", "Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Encoding", "Date", "Etag",
		"Expect", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Idempotency-Key", "Origin", "Range", "Referer",
		"Server", "Traceparent", "Tracestate", "User-Agent", "X-Request-Id"}
	return isHeader(name) && !slices.Contains(known, http.CanonicalHeaderKey(name))
}

// isKey reports whether a text says whose requests are counted or kept together.
func isKey(by string) bool {
	name, isHeader := strings.CutPrefix(by, "header:")
	return by == "address" || by == "user" || isHeader && isSent(name)
}

// isPointer reports whether a text is a JSON Pointer (RFC 6901) to a member.
func isPointer(text string) bool {
	escapes := strings.NewReplacer("~0", "", "~1", "").Replace(text)
	return strings.HasPrefix(text, "/") && !strings.Contains(escapes, "~")
}
