package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/middleware"
)

// A listener on loopback is reached by every page that the operator's browser shows: by its
// address, and by a name that leads there (DNS rebinding). So the Host has to be one that is
// known, what a page of another origin asks for is refused, nothing is shared (no CORS), and
// whoever asks shows the token, or the cookie that the token became.

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// sessionLife is how long a session lasts.
const sessionLife = 12 * time.Hour

type guard struct {
	hosts   []string
	token   func() string  // of the file, "" without one
	once    string         // the token that works once
	used    atomic.Bool    // it was used
	session session.Config // they end with the process
}

func newGuard(cfg config.Admin, token func() string) *guard {
	g := &guard{once: rand.Text(), token: token}
	host, port, _ := net.SplitHostPort(cfg.Addr)
	g.session = session.Config{
		Name:  "gateway-admin-" + port, // cookies do not know ports
		Store: session.NewMemoryStore(0), Lifetime: sessionLife, SameSite: http.SameSiteStrictMode,
	}
	if ip := net.ParseIP(host); host == "" || host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		g.hosts = []string{"localhost", "127.0.0.1", "[::1]"}
	}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		g.hosts = append(g.hosts, strings.TrimSuffix(net.JoinHostPort(host, ""), ":"))
	}
	for i := range g.hosts {
		if port != "0" {
			g.hosts[i] += ":" + port
		}
	}
	g.hosts = append(g.hosts, cfg.Hosts...)
	return g
}

// Start is what an operator opens, given the address that is listened at. The token in it
// works once.
func (a *Admin) Start(addr string) string {
	if host, port, err := net.SplitHostPort(addr); err == nil {
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			addr = net.JoinHostPort("127.0.0.1", port)
		}
	}
	if a.guard.token() != "" {
		return "http://" + addr + "/"
	}
	return "http://" + addr + "/?token=" + a.guard.once
}

// layers stand in front of all that is served.
func (g *guard) layers() []dram.HandlerFunc {
	isSecure := func(c *dram.Context) bool { return c.Scheme() == "https" }
	plain := g.session
	plain.Insecure = true
	return []dram.HandlerFunc{
		middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: policy, ReferrerPolicy: "no-referrer", ResourcePolicy: "same-origin"}),
		middleware.NoCache(),
		middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: g.hosts}),
		sameOrigin,
		middleware.Only(isSecure, session.Sessions(g.session)),
		middleware.Skip(isSecure, session.Sessions(plain)),
		middleware.CSRF(middleware.CSRFConfig{}),
	}
}

// sameOrigin refuses what pages of other origins ask for, be it only to read; a link that is
// followed is not that.
func sameOrigin(c *dram.Context) {
	switch c.GetHeader("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return
	}
	if c.Request.Method != http.MethodGet || c.GetHeader("Sec-Fetch-Mode") != "navigate" || c.GetHeader("Sec-Fetch-Dest") != "document" {
		c.Fail(dram.NewProblem(http.StatusForbidden, "the request comes from a page of another origin"))
	}
}

// known lets in who is known, and takes a token in the address.
func (g *guard) known(c *dram.Context) {
	if hasToken(c) {
		g.enter(c, c.Query("token"))
	} else if token := g.token(); session.From(c).User() != operator(token) && (token == "" || !equal(middleware.FromBearer(c), token)) {
		g.ask(c, "")
	}
}

func hasToken(c *dram.Context) bool  { return c.Query("token") != "" && c.Request.URL.Path == "/" }
func hasBearer(c *dram.Context) bool { return middleware.FromBearer(c) != "" }

// operator is whose a session is: of those who have shown the token that there is. Another one ends it.
func operator(token string) string {
	sum := sha256.Sum256([]byte("operator " + token))
	return hex.EncodeToString(sum[:])
}

// take reports whether a token is right; one that works once does not work again.
func (g *guard) take(token string) bool {
	if known := g.token(); known != "" {
		return equal(token, known)
	}
	return equal(token, g.once) && g.used.CompareAndSwap(false, true)
}

func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// ask asks for the token; said is why the one that was shown does not do.
func (g *guard) ask(c *dram.Context, said string) {
	c.Header("WWW-Authenticate", "Bearer")
	if c.NegotiateFormat("application/json", "text/html") == "text/html" {
		render(c, http.StatusUnauthorized, "log-in", struct{ Said string }{said})
		c.Abort()
		return
	}
	c.Fail(dram.NewProblem(http.StatusUnauthorized, "show the token: Authorization: Bearer …, or open the address that the gateway printed when it began"))
}

// logIn takes a token from the form.
func (g *guard) logIn(c *dram.Context) { g.enter(c, c.PostForm("token")) }

// enter begins a session if the token is right, and leads to the page, so that the token does not stay
// in the address.
func (g *guard) enter(c *dram.Context, token string) {
	if !g.take(token) {
		g.ask(c, "The token is not right, or was used already.")
		return
	}
	if err := session.From(c).LogIn(operator(g.token())); err != nil {
		c.Fail(err)
		return
	}
	c.Abort()
	c.Redirect(http.StatusSeeOther, "./")
}

func (g *guard) logOut(c *dram.Context) {
	if err := session.From(c).LogOut(); err != nil {
		c.Fail(err)
		return
	}
	c.Redirect(http.StatusSeeOther, "./")
}
