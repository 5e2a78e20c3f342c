package dram

import (
	"github.com/dram-go/dram/internal/mask"
	"github.com/dram-go/dram/router"
)

// This file gives the list of what no log shows, which Logger and Recovery ask, to
// programs that print requests themselves.
// See docs/internals/02-default.md.

// MaskHeader returns the value of a header as a log may show it. It is "*" if
//
//   - the name is, or is like, that of a credential: Authorization, Cookie, X-Api-Key, X_Auth_Token …;
//   - it is credentials of the schemes Basic, Bearer, DPoP, Negotiate, NTLM or token;
//   - it has a JWT, a private key, a key with a known prefix (GitHub's ghp_ and github_pat_, GitLab's glpat-,
//     Stripe's sk_live_, Slack's xoxb-, AWS's AKIA, Google's AIza and the like), the address of a webhook (Slack's, Discord's, Telegram's), or such credentials inside.
//
// Else what stands in front of a host in a URL is "*" (https://*@a.example), and so are the values of pairs
// that MaskQuery masks.
func MaskHeader(name, value string) string { return mask.Header(name, value) }

// MaskQuery returns a URL's query, without its "?", as a log may show it. A value is "*" if
//
//   - its name is like that of a secret: access_token, password, sig, user[api_key] …, and it is something, and not true, false or null;
//   - its name is one that other things have as well (code, key, tokens, pass …), and it is neither a word nor a small number;
//   - it shows that it is one, as for MaskHeader, or is a URL with a password (https://ada:…@a.example) or such a DSN;
//   - it has the pair of a secret or such a value inside, escaped up to four times, or is escaped more often;
//   - it cannot be unescaped.
//
// A part without "=" is masked if it shows that it is a secret. What is not secret stays as it was written, in a
// query of more than 512 pairs up to there.
func MaskQuery(rawQuery string) string { return mask.Query(rawQuery) }

// logLine is a text that quotes others, an error's, as a log may show it: on one
// line, without secrets.
func logLine(text string) string { return mask.Line(text) }

// loggedPath is the path of a request that the route with this pattern has taken, with secrets masked: those of the route as well
// by which a handler has served it again. Of one that no route has taken they are those of the routes that were meant.
func loggedPath(c *Context, pattern, path string) string {
	shown := path
	if pattern == "" {
		shown = c.maskMissed(path)
	}
	shown = mask.PathOf(pattern, shown)
	if c.fullPath != pattern {
		for _, p := range c.Params {
			shown = mask.Param(shown, p.Key, p.Value)
		}
		shown = mask.PathOf(c.fullPath, shown)
	}
	return shown
}

// maskMissed masks what is a secret of a route that another method has, or that a redirect leads to. A request without a route
// has its path all the same: it is a preflight, or has a slash too much.
func (c *Context) maskMissed(path string) string {
	var params Params
	shown, clean := path, router.CleanPath(path)
	for _, entry := range c.trees().list {
		route := entry.tree.Lookup(clean, &params)
		if meant, found := entry.tree.FindTrailingSlash(clean); route == nil && found {
			route = entry.tree.Lookup(meant, &params)
		}
		if route == nil && c.engine.RedirectFixedPath {
			meant, _ := entry.tree.FindCaseInsensitive(clean, true)
			route = entry.tree.Lookup(meant, &params)
		}
		if route != nil {
			shown = mask.PathOf(route.Pattern, shown)
		}
	}
	return shown
}

func init() {
	mask.OfContext = func(c any, path string) string { return loggedPath(c.(*Context), c.(*Context).fullPath, path) }
}
