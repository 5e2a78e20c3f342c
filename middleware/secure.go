package middleware

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// Secure sets the headers that make browsers protect the users of a service. It
// stands outside every layer that may answer, so that errors have them too.

// Off, as the value of a header in SecureConfig, leaves that header out.
const Off = "-"

// defaultCSP allows a page what comes from its own origin, and no inline scripts.
const defaultCSP = "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

// noncePlaceholder is replaced in the policy by the request's nonce.
const noncePlaceholder = "{nonce}"

// cspNonceKey is the Context's key of the nonce.
type cspNonceKey struct{}

// SecureConfig sets up Secure. For each field of type string, "" means the
// default of the field, and Off ("-") leaves the header out.
type SecureConfig struct {
	// HSTSMaxAge is how long browsers use HTTPS only (RFC 6797). Zero means one
	// year; negative sends no header. The header is sent over HTTPS only
	// (Context.Scheme), and never for localhost, where it would disable HTTP for
	// every other project.
	HSTSMaxAge time.Duration
	// HSTSSubdomains extends HSTS to all subdomains.
	HSTSSubdomains bool
	// HSTSPreload asks for inclusion in the preload lists of browsers, which is
	// hard to undo. It needs HSTSSubdomains and at least a year.
	HSTSPreload bool

	// ContentSecurityPolicy is the policy. "{nonce}" in it is replaced by
	// 'nonce-…', which is new for each request and available to templates by
	// CSPNonce: "script-src 'self' {nonce}". The default allows content of the
	// page's own origin, but no inline scripts, and no frames around the page.
	ContentSecurityPolicy string
	// CSPReportOnly has browsers report what the policy would block, and block
	// nothing.
	CSPReportOnly bool
	// ContentTypeOptions is X-Content-Type-Options. Default "nosniff".
	ContentTypeOptions string
	// FrameOptions is X-Frame-Options, for browsers without frame-ancestors.
	// Default "DENY".
	FrameOptions string
	// ReferrerPolicy is Referrer-Policy. Default
	// "strict-origin-when-cross-origin".
	ReferrerPolicy string
	// PermissionsPolicy is Permissions-Policy. Default: no access to camera,
	// microphone, location, payment and USB.
	PermissionsPolicy string
	// OpenerPolicy is Cross-Origin-Opener-Policy. Default "same-origin"; pages
	// that open a log-in or payment window want "same-origin-allow-popups".
	OpenerPolicy string
	// EmbedderPolicy is Cross-Origin-Embedder-Policy, such as "require-corp".
	// Default: not sent, since it blocks images of other origins that do not opt
	// in.
	EmbedderPolicy string
	// ResourcePolicy is Cross-Origin-Resource-Policy. Default: not sent;
	// "same-origin" or "same-site" keeps other sites from embedding the answers.
	ResourcePolicy string
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg SecureConfig) Validate() error {
	if cfg.HSTSMaxAge > 0 && cfg.HSTSMaxAge < time.Second {
		return misconfigured("Secure", "HSTSMaxAge", "%v is sent as 0, by which browsers forget what they know; write 365*24*time.Hour, or -1 for no header", cfg.HSTSMaxAge)
	}
	if cfg.HSTSPreload && (!cfg.HSTSSubdomains || cfg.HSTSMaxAge != 0 && cfg.HSTSMaxAge < hstsYear) {
		return misconfigured("Secure", "HSTSPreload", "the browsers' lists take only HSTSSubdomains with an HSTSMaxAge of a year or more")
	}
	if err := cfg.wrongWord(); err != nil {
		return err
	}
	for _, header := range cfg.headers() {
		if !httpfield.IsValue(header.value) {
			return misconfigured("Secure", header.name, "a header is one line, without control characters; join the parts with a space")
		}
	}
	if fault := cspFault(cfg.ContentSecurityPolicy); fault != "" {
		return misconfigured("Secure", "ContentSecurityPolicy", "%s", fault)
	}
	return nil
}

// wrongWord is the error of a header of which browsers know a few words, and leave out others.
func (cfg SecureConfig) wrongWord() error {
	for _, field := range []struct{ name, value, known, more string }{
		{"ContentTypeOptions", strings.ToLower(cfg.ContentTypeOptions), "nosniff", ""},
		{"FrameOptions", strings.ToUpper(cfg.FrameOptions), "DENY SAMEORIGIN", "; name origins in frame-ancestors of ContentSecurityPolicy"},
		{"ReferrerPolicy", strings.ToLower(cfg.ReferrerPolicy), "no-referrer no-referrer-when-downgrade origin origin-when-cross-origin same-origin strict-origin strict-origin-when-cross-origin unsafe-url", ""},
		{"OpenerPolicy", cfg.OpenerPolicy, "noopener-allow-popups same-origin same-origin-allow-popups unsafe-none", ""},
		{"EmbedderPolicy", cfg.EmbedderPolicy, "credentialless require-corp unsafe-none", ""},
		{"ResourcePolicy", cfg.ResourcePolicy, "cross-origin same-origin same-site", ""},
	} {
		known := strings.Fields(field.known)
		isKnown := func(word string) bool {
			word, _, _ = strings.Cut(word, ";") // behind it are parameters
			return slices.Contains(known, strings.TrimSpace(word))
		}
		// Of a list (Referrer-Policy) browsers take the last word that they know.
		if field.value != "" && field.value != Off && !slices.ContainsFunc(strings.Split(field.value, ","), isKnown) {
			return misconfigured("Secure", field.name, "browsers leave out %q, and know %s only%s", field.value, strings.Join(known, ", "), field.more)
		}
	}
	return nil
}

// cspFault finds a nonce that never changes and so protects nothing, and what browsers take for the name of a host
// or of a directive.
func cspFault(policy string) string {
	if strings.Contains(policy, "'nonce-") {
		return "a fixed nonce protects nothing; write {nonce} in its place and ask CSPNonce for it"
	}
	for directive := range strings.SplitSeq(policy, ";") {
		words := strings.Fields(directive)
		if len(words) > 0 && strings.HasSuffix(words[0], ":") {
			return fmt.Sprintf("%q is the header's name; write its value only", words[0])
		}
		if len(words) == 0 || !strings.Contains(words[0], "-src") && !slices.Contains([]string{"base-uri", "form-action", "frame-ancestors"}, strings.ToLower(words[0])) {
			continue // it lists other things than sources
		}
		for _, word := range words {
			switch word {
			case "self", "none", "unsafe-inline", "unsafe-eval", "strict-dynamic", "wasm-unsafe-eval":
				return fmt.Sprintf("without quotes %s is a host; write '%[1]s'", word)
			}
		}
	}
	return ""
}

// CSPNonce returns the nonce of the request, for the nonce attribute of script
// and style elements; "" if the policy has no {nonce}.
func CSPNonce(c *dram.Context) string {
	nonce, _ := c.Value(cspNonceKey{}).(string)
	return nonce
}

const hstsYear = 365 * 24 * time.Hour

// headers lists the headers with a fixed value.
func (cfg SecureConfig) headers() []struct{ name, value string } {
	list := []struct{ name, value, fallback string }{
		{"X-Content-Type-Options", cfg.ContentTypeOptions, "nosniff"},
		{"X-Frame-Options", cfg.FrameOptions, "DENY"},
		{"Referrer-Policy", cfg.ReferrerPolicy, "strict-origin-when-cross-origin"},
		{"Permissions-Policy", cfg.PermissionsPolicy, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
		{"Cross-Origin-Opener-Policy", cfg.OpenerPolicy, "same-origin"},
		{"Cross-Origin-Embedder-Policy", cfg.EmbedderPolicy, Off},
		{"Cross-Origin-Resource-Policy", cfg.ResourcePolicy, Off},
		{cfg.cspName(), cfg.ContentSecurityPolicy, defaultCSP},
	}
	var kept []struct{ name, value string }
	for _, header := range list {
		header.value = cmp.Or(header.value, header.fallback)
		if header.value != Off {
			kept = append(kept, struct{ name, value string }{header.name, header.value})
		}
	}
	return kept
}

func (cfg SecureConfig) cspName() string {
	if cfg.CSPReportOnly {
		return "Content-Security-Policy-Report-Only"
	}
	return "Content-Security-Policy"
}

// hsts returns the value of Strict-Transport-Security, nil if it is not sent.
func (cfg SecureConfig) hsts() []string {
	if cfg.HSTSMaxAge < 0 {
		return nil
	}
	age := cmp.Or(cfg.HSTSMaxAge, hstsYear)
	value := fmt.Sprintf("max-age=%d", int64(age.Seconds()))
	if cfg.HSTSSubdomains {
		value += "; includeSubDomains"
	}
	if cfg.HSTSPreload {
		value += "; preload"
	}
	return []string{value}
}

// Secure sets the security headers before the handlers run; a handler may
// replace one for its own answer.
func Secure(cfg SecureConfig) dram.HandlerFunc {
	must(cfg.Validate())
	hsts, csp := cfg.hsts(), ""
	type header struct {
		name  string
		value []string // shared by all requests: whoever appends to it copies it
	}
	var fixed []header
	for _, h := range cfg.headers() {
		if strings.Contains(h.value, noncePlaceholder) && h.name == cfg.cspName() {
			csp = h.value
			continue
		}
		fixed = append(fixed, header{h.name, []string{h.value}})
	}
	return func(c *dram.Context) {
		h := c.Writer.Header()
		for _, header := range fixed {
			h[header.name] = header.value
		}
		if csp != "" {
			nonce := newNonce()
			c.Set(cspNonceKey{}, nonce)
			h[cfg.cspName()] = []string{strings.ReplaceAll(csp, noncePlaceholder, "'nonce-"+nonce+"'")}
		}
		if hsts != nil && c.Scheme() == "https" && !isLocalhost(c.Request) {
			h["Strict-Transport-Security"] = hsts
		}
	}
}

// newNonce returns a nonce of 128 random bits (CSP level 3, section 7.1).
func newNonce() string {
	var nonce [16]byte
	rand.Read(nonce[:])
	return base64.RawURLEncoding.EncodeToString(nonce[:])
}

// isLocalhost reports whether the request was sent to localhost by name.
func isLocalhost(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
