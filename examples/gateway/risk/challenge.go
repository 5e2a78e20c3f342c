package risk

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"html/template"
	"math/bits"
	"net/http"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// A challenge is work that costs a person's browser a moment, and somebody who sends thousands of
// requests from many addresses a lot: a number n for which the SHA-256 of "token.n" begins with
// enough zero bits. The token is signed, for one address and a time. "token.n" is then the cookie
// that passes, so that nothing has to be remembered. A browser gets a page that does the work, an
// API a problem that says what it is.

const (
	challengeBits = 17 // 131,000 tries in the mean, a tenth of a second in a browser
	challengeLife = 30 * time.Minute
	passCookie    = "gateway-pass"
	signed        = 16 // bytes of a token that the signature is of: when it ends, and a random number
)

//go:embed challenge.html
var challengeHTML string

//go:embed challenge.js
var challengeJS string

const challengeCSS = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;display:grid;min-height:90vh;place-content:center;text-align:center;padding:1rem}`

var (
	challengePage = template.Must(template.New("").Parse(challengeHTML))
	challengeCSP  = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src " + sourceHash(challengeJS) + "; style-src " + sourceHash(challengeCSS)
)

// sourceHash is the source of a policy that allows one inline text.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// sign returns the signature of a token's first bytes, for the client of the request.
func (j *Judge) sign(c *dram.Context, token []byte) []byte {
	mac := hmac.New(sha256.New, j.key)
	mac.Write([]byte("gateway challenge\x00" + middleware.ByClientIP(c) + "\x00"))
	mac.Write(token)
	return mac.Sum(nil)[:signed]
}

// token makes a token.
func (j *Judge) token(c *dram.Context) string {
	token := make([]byte, signed)
	binary.BigEndian.PutUint64(token, uint64(time.Now().Add(challengeLife).Unix()))
	_, _ = rand.Read(token[8:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(append(token, j.sign(c, token)...))
}

// hasPass reports whether the request has the cookie of a challenge that was met.
func (j *Judge) hasPass(c *dram.Context) bool {
	for _, cookie := range c.Request.CookiesNamed(passCookie) {
		text, n, _ := strings.Cut(cookie.Value, ".")
		token, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(token) != 2*signed || len(n) > 20 {
			continue
		}
		ends := time.Unix(int64(binary.BigEndian.Uint64(token)), 0)
		if hmac.Equal(token[signed:], j.sign(c, token[:signed])) && time.Now().Before(ends) && isWork(cookie.Value) {
			return true
		}
	}
	return false
}

// isWork reports whether the hash of a text begins with enough zero bits.
func isWork(text string) bool {
	sum := sha256.Sum256([]byte(text))
	return bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) >= challengeBits
}

// challenge answers with a token, and how to pass with it.
func (j *Judge) challenge(c *dram.Context) {
	token := j.token(c)
	header := c.Writer.Header()
	header.Add("Vary", "Accept, Cookie")
	header.Set("WWW-Authenticate", `Proof-Of-Work challenge="`+token+`"`)
	isPage := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
	if !isPage || c.NegotiateFormat("application/json", "text/html") != "text/html" {
		c.Fail(dram.NewProblem(http.StatusUnauthorized, "a challenge is to be met: find a number n for which the SHA-256 of token.n begins with so many zero bits, and send token.n as the cookie").
			With("challenge", map[string]any{"token": token, "bits": challengeBits, "cookie": passCookie}).WithHeader("Cache-Control", "no-store"))
		return
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", challengeCSP)
	var page bytes.Buffer
	_ = challengePage.Execute(&page, map[string]any{ // into memory, of texts: it does not fail
		"CSS": template.CSS(challengeCSS), "JS": template.JS(challengeJS), "Token": token, "Bits": challengeBits, "Cookie": passCookie,
		"Life": int(challengeLife.Seconds()),
	})
	c.Abort()
	c.Data(http.StatusUnauthorized, "text/html; charset=utf-8", page.Bytes())
}
