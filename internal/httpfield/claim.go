package httpfield

import (
	"slices"
	"strings"
)

// claims are headers in which proxies and platforms say who the client is and what it
// asked for: single names, and what those of families begin with, end with, or have in
// them, after a "-" or at the name's beginning. The server behind may believe them, so
// nobody's word but this server's goes on; Rewrite may set what a trusted proxy has said.
var claims = struct{ names, prefixes, suffixes, parts []string }{
	names: []string{"Proxy", "Front-End-Https", "X-Scheme", "X-Url-Scheme", "X-Host", "X-Http-Host-Override", "X-Http-Destinationurl", "Fastly-Ssl", "Fastly-Ff",
		"X-Http-Method", "X-Http-Method-Override", "X-Method-Override"},
	prefixes: []string{
		// the address, the path, and other things of the connection
		"X-Original-", "X-Rewrite-", "X-Remote-", "Remote-", "X-Appengine-", "X-Arr-", "X-Azure-", "X-Envoy-", "X-Nf-", "X-Vercel-", "Fly-", "Fastly-Client",
		"Cf-Connecting-", "Cf-Ip", "Cf-Pseudo-Ip", "Cf-Visitor", "Cf-Worker", "Cloudfront-",
		// the user
		"X-Auth-Request-", "X-Authenticated-", "X-Authentik-", "X-Consumer-", "X-Credential-", "X-Webauth-", "X-Pomerium-", "Oidc-", "Tailscale-", "Cf-Access-",
		"Iv-", "Sm-", "Impersonate-", "X-Auth-User", "X-Auth-Email", "X-Auth-Group", "X-Teleport-", "X-Vouch-", "X-Msisdn",
		"X-Amzn-Oidc-", "X-Goog-Authenticated-", "X-Goog-Iap-", "X-Ms-Client-Principal", "X-Ms-Token-",
		// its certificate
		"X-Amzn-Mtls-", "X-Ssl-", "Ssl-Client-", "X-Tls-Client-", "X-Client-Cert", "Client-Cert", "X-Client-Dn", "X-Client-Verify", "X-Client-S-Dn", "X-Client-I-Dn",
	},
	suffixes: []string{
		"-Client-Ip", "-Clientip", "-True-Ip", "-Connection-Ip", "-Originating-Ip", "-Proxyuser-Ip", "-Real-Ip", "-Src-Ip", "-Viewer-Address",
		"-Remote-User", "-Jwt-Assertion", "-Userinfo",
	},
	parts: []string{"-Connecting-Ip", "-Forwarded-", "-Forward-For-"},
}

// IsClaim reports whether a header, named as in http.Header, is one in which proxies
// and platforms say who the client is, or what it asked for.
func IsClaim(name string) bool {
	if slices.Contains(claims.names, name) || slices.ContainsFunc(claims.prefixes, func(s string) bool { return strings.HasPrefix(name, s) }) {
		return true
	}
	name = "-" + name
	return slices.ContainsFunc(claims.suffixes, func(s string) bool { return strings.HasSuffix(name, s) }) ||
		slices.ContainsFunc(claims.parts, func(s string) bool { return strings.Contains(name+"-", s) })
}
