package httpfield

import (
	"net/url"
	"strings"
)

// Attachment is the Content-Disposition (RFC 6266) for a file that the client is to store
// under a name: quoted for one in ASCII, else a plain fallback and the name itself by RFC 8187.
func Attachment(filename string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, filename)
	value := `attachment; filename="` + quoteEscaper.Replace(ascii) + `"`
	if ascii != filename {
		value += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(filename), "+", "%20")
	}
	return value
}

var quoteEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
