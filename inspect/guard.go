package inspect

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/observe"
)

// This file says who may see the pages. A server on loopback is reached by every page that the
// developer's browser shows, by its address and by a name that leads there (DNS rebinding), and by
// whoever a proxy lets pass. So the Host has to be one that is known, what a page of another origin asks
// for is refused, nothing is shared (no CORS), and whoever asks shows a cookie, which only the token gives
// that was printed.
//
// A browser sends the cookies of a host to all its ports, to another program's server as well. So the pages
// are below a segment that only the printed address has: what is sent elsewhere opens nothing, and over http it is not
// even sent, since the cookie is for that segment. It has no Path: browsers take the folder of the address
// that they have asked for, which is right below a prefix too (RFC 6265 section 5.1.4).

// policy lets the pages load what is their own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// cookieName is what the name of the cookie has before the port.
const cookieName = "dram-inspect-"

// sessionLife is how long a cookie is good for.
const sessionLife = 12 * time.Hour

// guard stands before all pages.
type guard struct {
	path  string
	room  string // the segment behind path that all pages are below
	key   []byte // of cookies, which end with the process
	used  func() // is told that the token was used
	mu    sync.Mutex
	token string
	hosts map[httpfield.Host]bool // the named ones, for which a proxy may ask
	bound map[httpfield.Host]bool // the addresses that are listened at
}

func newGuard(cfg Config) *guard {
	g := &guard{path: cfg.Path, room: rand.Text()[:16], key: []byte(rand.Text()), token: rand.Text(), hosts: map[httpfield.Host]bool{}, bound: map[httpfield.Host]bool{}}
	for _, name := range cfg.Hosts {
		h, _ := httpfield.ParseHost(name) // Validate has parsed it
		g.hosts[h] = true
	}
	for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
		g.bound[httpfield.Host{Name: name}] = true
	}
	return g
}

// listens adds an address that is listened at: no name leads to it but its own.
func (g *guard) listens(at *net.TCPAddr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h, ok := httpfield.ParseHost(at.String()); ok && !at.IP.IsUnspecified() {
		g.bound[h] = true
	}
}

// link is where the pages are, with the token that works once.
func (g *guard) link() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.path + "/" + g.room + "/?token=" + g.token
}

// pass lets a request pass, or answers it.
func (g *guard) pass(c *dram.Context) {
	for name, value := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "X-Robots-Tag": "noindex",
	} {
		c.Header(name, value)
	}
	observe.Around(c, hide)
	asked, ok := httpfield.HostOf(c.Request)
	named, bound := g.knows(asked)
	switch {
	case !ok || !named && !bound:
		refuse(c, http.StatusMisdirectedRequest, "The pages of inspect are not for this host. Name it in Config.Hosts if it is the program's.")
	case !named && isForwarded(c.Request):
		refuse(c, http.StatusForbidden, "A proxy has passed the request on. Name the host that clients ask for in Config.Hosts, and have the proxy pass Host on.")
	case !isFromHere(c):
		refuse(c, http.StatusForbidden, "The request comes from a page of another origin.")
	case !g.isInside(c):
		g.ask(c)
	case c.Request.Method == http.MethodGet && g.page(c) == "" && c.Query("token") != "":
		g.enter(c, asked)
	default:
		session := g.session(c, asked)
		if session == "" {
			g.ask(c)
			return
		}
		c.Set(sessionKey, session)
	}
}

// sessionKey is the key of a request of the pages under which its session is.
const sessionKey = "inspect.session"

// isInside reports whether the address has the segment of the pages.
func (g *guard) isInside(c *dram.Context) bool {
	room, _, found := strings.Cut(strings.TrimPrefix(c.Param("page"), "/"), "/")
	return found && hmac.Equal([]byte(room), []byte(g.room))
}

// page is what the address has behind that segment, "requests/17".
func (g *guard) page(c *dram.Context) string {
	_, page, _ := strings.Cut(strings.TrimPrefix(c.Param("page"), "/"), "/")
	return page
}

func (g *guard) knows(h httpfield.Host) (named, bound bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	anyPort := httpfield.Host{Name: h.Name}
	return g.hosts[h] || g.hosts[anyPort], g.bound[h] || g.bound[anyPort]
}

// refuse answers in place of a page.
func refuse(c *dram.Context, status int, why string) {
	c.Abort()
	c.String(status, "%s\n", why)
}

// isForwarded reports whether a proxy says that it has passed the request on.
func isForwarded(req *http.Request) bool {
	for name := range req.Header {
		if name == "Forwarded" || name == "Via" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}

// isFromHere reports whether the pages themselves ask, or somebody follows a link to them.
func isFromHere(c *dram.Context) bool {
	req := c.Request
	switch site := req.Header.Get("Sec-Fetch-Site"); {
	case site == "same-origin" || site == "none":
		return true
	case site != "":
		return req.Method == http.MethodGet && req.Header.Get("Sec-Fetch-Mode") == "navigate" && req.Header.Get("Sec-Fetch-Dest") == "document"
	}
	origin := req.Header.Get("Origin")
	return origin == "" || origin == c.Scheme()+"://"+req.Host
}

// enter takes the token for a cookie, and leads to the pages, so that it does not stay in the address.
func (g *guard) enter(c *dram.Context, asked httpfield.Host) {
	if isPrefetch(c.Request.Header) || !g.take(c.Query("token")) {
		g.ask(c)
		return
	}
	g.used()
	ends := strconv.FormatInt(time.Now().Add(sessionLife).Unix(), 10)
	cookie := &http.Cookie{
		Name: g.cookie(c, asked), Value: ends + "." + g.sign(ends), MaxAge: int(sessionLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if c.Scheme() == "https" {
		cookie.Secure, cookie.Path = true, "/" // which __Host- asks for (RFC 6265bis section 4.1.3.2)
	}
	http.SetCookie(c.Writer, cookie)
	c.Abort()
	lead(c, "./")
}

// isPrefetch reports whether a browser asks before anybody wants to see the page: it would use the token up.
func isPrefetch(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if value := strings.ToLower(h.Get(name)); strings.Contains(value, "prefetch") || strings.Contains(value, "preview") {
			return true
		}
	}
	return false
}

// take reports whether a token is the one that was printed. It works once: then there is another one.
func (g *guard) take(token string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !hmac.Equal([]byte(token), []byte(g.token)) {
		return false
	}
	g.token = rand.Text()
	return true
}

// cookie is its name. Cookies do not know ports, and another program may run at another one.
func (g *guard) cookie(c *dram.Context, asked httpfield.Host) string {
	if c.Scheme() == "https" {
		return fmt.Sprintf("__Host-%s%d", cookieName, cmp.Or(asked.Port, 443))
	}
	return fmt.Sprintf("%s%d", cookieName, cmp.Or(asked.Port, 80))
}

func (g *guard) sign(text string) string {
	mac := hmac.New(sha256.New, g.key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// session returns what the cookie holds, if it is one that was given and has not ended; else "".
func (g *guard) session(c *dram.Context, asked httpfield.Host) string {
	// Others may have set cookies of that name, for other paths, which browsers send before it.
	for _, cookie := range c.Request.CookiesNamed(g.cookie(c, asked)) {
		ends, signature, _ := strings.Cut(cookie.Value, ".")
		at, err := strconv.ParseInt(ends, 10, 64)
		if err == nil && hmac.Equal([]byte(signature), []byte(g.sign(ends))) && time.Now().Unix() < at {
			return cookie.Value
		}
	}
	return ""
}

// formToken is what the forms of a page have to send back; only a page knows it.
func (g *guard) formToken() string { return g.sign("form") }

// isOwnForm reports whether a form of a page was sent.
func (g *guard) isOwnForm(c *dram.Context) bool {
	return hmac.Equal([]byte(c.PostForm("t")), []byte(g.formToken()))
}

// ask says what is missing.
func (g *guard) ask(c *dram.Context) {
	c.Abort()
	show(c, http.StatusUnauthorized, "ask", page{Title: "Open the printed address", Root: g.root(c), Data: g.isInside(c)})
}

// root leads from the page of a request to the pages' root, "./" or "../".
func (g *guard) root(c *dram.Context) string {
	return "./" + strings.Repeat("../", strings.Count(g.page(c), "/"))
}
