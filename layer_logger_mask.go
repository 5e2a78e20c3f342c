package dram

import "github.com/dram-go/dram/internal/mask"

// This file gives the list of what no log shows, which Logger and Recovery ask, to
// programs that print requests themselves.
// See docs/internals/02-default.md.

// MaskHeader returns the value of a header as a log may show it: "*" for those of
// credentials and of whatever has a name like theirs (Authorization, Cookie,
// X-Api-Key, X_Auth_Token …) or a value like theirs (Bearer …, a JWT), and with
// MaskQuery applied to the URLs in all others.
func MaskHeader(name, value string) string { return mask.Header(name, value) }

// MaskQuery returns a URL's query, without its "?", as a log may show it: the values
// of access_token, code, password, sig and the like are "*". What is not secret
// stays as it was written, in a query of more than 512 pairs up to there.
func MaskQuery(rawQuery string) string { return mask.Query(rawQuery) }

// logLine is a text that quotes others, an error's, as a log may show it: on one
// line, without the secrets in its URLs.
func logLine(text string) string { return mask.OneLine(mask.URLs(text)) }
