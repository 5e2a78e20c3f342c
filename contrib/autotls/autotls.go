// Package autotls serves an Engine over TLS with certificates that it obtains
// and renews automatically from Let's Encrypt or another authority that speaks
// ACME (RFC 8555), with golang.org/x/crypto/acme/autocert. See docs/contrib.md.
//
//	err := autotls.Run(ctx, engine, "example.com", "www.example.com")
//
// Run listens on the ports 443 and 80. The authority uses either to verify that
// the domains are ours (TLS-ALPN-01, RFC 8737; HTTP-01); all other requests to
// port 80 are redirected to https. A certificate is requested when a client
// first needs it, which then waits a few seconds, and only for the configured
// domains: a client cannot cause requests for others. Certificates and the
// account key are kept in a directory, so that a restart requests nothing
// again; the rate limits of the authorities are tight. A service may start
// before its authority does: a certificate that could not be obtained is
// requested again a minute later, when a client needs it, and until then
// handshakes for that name fail, each with its error in the log.
//
// By running it you agree to the authority's terms of service.
package autotls

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/net/idna"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/internal/serve"
)

// answerTimeout is how long the authority may take to answer. An order is several requests.
const answerTimeout = 30 * time.Second

// Config sets up Serve. Domains must be set.
type Config struct {
	// Domains are the names to obtain certificates for, without wildcards.
	Domains []string
	// CacheDir is the directory where certificates and keys are kept, readable by
	// the current user only. Default: dram-autotls in the cache directory of the
	// user.
	CacheDir string
	// Cache, if set, keeps them instead of CacheDir: in a database, for several
	// processes.
	Cache autocert.Cache
	// Email is the address to which the authority writes about problems. Default:
	// none.
	Email string
	// DirectoryURL is the directory of the authority. Default: that of Let's
	// Encrypt. Its staging directory,
	// https://acme-staging-v02.api.letsencrypt.org/directory, is for tests.
	DirectoryURL string
	// Client is the ACME client, for a proxy or an existing account. Default: a
	// client for DirectoryURL, which waits for each answer for 30 seconds: handshakes wait
	// with it.
	Client *acme.Client
	// HTTPSAddr and HTTPAddr are the addresses to listen on. Default ":443" and
	// ":80". The authority always connects to these ports: use others only behind
	// a port forwarding.
	HTTPSAddr, HTTPAddr string
	// NoHTTP does not listen on HTTPAddr. Domains are then verified by TLS-ALPN-01
	// only, which does not work behind a proxy that terminates TLS.
	NoHTTP bool
	// Logger is told of what could not be kept, is broken, or was not renewed. Default slog.Default().
	Logger *slog.Logger
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	if len(cfg.Domains) == 0 {
		return layer.Misconfigured("autotls", "Domains", `is empty, so anybody could have certificates asked for; write the names of this service, such as "example.com"`)
	}
	for _, domain := range cfg.Domains {
		if !isName(domain) {
			return layer.Misconfigured("autotls", "Domains", `%q is not a name that a certificate can be obtained for here; write one such as "www.example.com", without a scheme, port, wildcard or dot at the end`, domain)
		}
	}
	switch {
	case cfg.Cache != nil && cfg.CacheDir != "":
		return layer.Misconfigured("autotls", "Cache", "set it or CacheDir, not both")
	case cfg.Client != nil && cfg.DirectoryURL != "":
		return layer.Misconfigured("autotls", "Client", "set it or DirectoryURL, not both")
	case cfg.DirectoryURL != "" && !isAddress(cfg.DirectoryURL):
		return layer.Misconfigured("autotls", "DirectoryURL", "%q is not an address; write the one of the authority's documentation, such as %q", cfg.DirectoryURL, acme.LetsEncryptURL)
	}
	return nil
}

// isAddress reports whether an authority can be asked at an address.
func isAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// asked are names as clients may ask for them by TLS: what autocert takes, and none whose labels are empty
// or too long for DNS.
var asked = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// isName reports whether a client may ask for a domain by TLS. autocert refuses all handshakes
// for those that it cannot read, and says so to nobody who has written them.
func isName(domain string) bool {
	ascii, err := asked.ToASCII(domain)
	return err == nil && net.ParseIP(ascii) == nil && strings.Contains(ascii, ".") && !strings.HasSuffix(ascii, ".")
}

// Manager returns the autocert.Manager of the configuration, to serve by other
// means, such as contrib/http3 with its TLSConfig. It panics if the
// configuration is wrong, and returns an error if there is no directory to keep
// certificates in.
func (cfg Config) Manager() (*autocert.Manager, error) {
	layer.Must(cfg.Validate())
	m, err := cfg.manager()
	if err != nil {
		return nil, fmt.Errorf("dram: contrib/autotls: %w", err)
	}
	return m, nil
}

func (cfg Config) manager() (*autocert.Manager, error) {
	m := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		HostPolicy: autocert.HostWhitelist(cfg.Domains...),
		Cache:      cfg.Cache,
		Client:     cfg.Client,
		Email:      cfg.Email,
	}
	if m.Client == nil {
		m.Client = &acme.Client{DirectoryURL: cfg.DirectoryURL, HTTPClient: &http.Client{Timeout: answerTimeout}}
	}
	if m.Cache == nil {
		dir := cfg.CacheDir
		if dir == "" {
			base, err := os.UserCacheDir()
			if err != nil {
				return nil, fmt.Errorf("there is nowhere to keep certificates, set CacheDir: %w", err)
			}
			dir = filepath.Join(base, "dram-autotls")
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("certificates cannot be kept in CacheDir: %w", err)
		}
		m.Cache = autocert.DirCache(dir)
	}
	m.Cache = kept{m.Cache, cmp.Or(cfg.Logger, slog.Default())}
	return m, nil
}

// Run serves engine over TLS for the domains until ctx is done. Then the Engine
// shuts down, as with Engine.RunContext: it waits for the requests in flight,
// for its ShutdownTimeout at most, and Run returns nil, or an error if some
// were cut off. Engine.Shutdown ends it as well.
func Run(ctx context.Context, engine *dram.Engine, domains ...string) error {
	return Serve(ctx, engine, Config{Domains: domains})
}

// Serve is Run with a full configuration. Engine.OnListen is called with the
// address of HTTPS and then, unless NoHTTP is set, with that of HTTP. If the
// configuration is wrong, Serve returns the error and does not panic.
func Serve(ctx context.Context, engine *dram.Engine, cfg Config) error {
	life, _, _ := serve.Of(engine)
	if err := cfg.Validate(); err != nil {
		return life.Report(err)
	}
	return serve.Ended(life.Run(ctx, "contrib/autotls", engine.ShutdownTimeout, func() ([]serve.Server, error) {
		return cfg.servers(ctx, engine)
	}))
}

// servers are that of HTTPS and, unless NoHTTP is set, that of HTTP.
func (cfg Config) servers(ctx context.Context, engine *dram.Engine) ([]serve.Server, error) {
	manager, err := cfg.manager()
	if err != nil {
		return nil, err
	}
	secure, err := serve.TCP(cmp.Or(cfg.HTTPSAddr, ":443"))
	if err != nil {
		return nil, err
	}
	server := engine.Server("")
	serve.Watch(engine, server)
	servers := []serve.Server{serve.HTTP(ctx, server, tls.NewListener(secure, manager.TLSConfig()), (*http.Server).Serve)}
	if cfg.NoHTTP {
		return servers, nil
	}
	plain, err := serve.TCP(cmp.Or(cfg.HTTPAddr, ":80"))
	if err != nil {
		_ = secure.Close()
		return nil, err
	}
	server = engine.Server("")
	serve.Watch(engine, server)
	server.Handler = manager.HTTPHandler(Redirect(manager.HostPolicy, secure.Addr().(*net.TCPAddr).Port))
	return append(servers, serve.HTTP(ctx, server, plain, (*http.Server).Serve)), nil
}

// Redirect returns a handler that redirects GET and HEAD requests for the hosts
// of a policy to the same URL with https (308). Other methods get 400, since
// their body has already been sent in plain text; a host that the policy
// refuses gets 421 (RFC 9110 section 15.5.20), so that no client is redirected
// to a foreign host. A port of 443 or 0 is left out of the URL.
func Redirect(policy autocert.HostPolicy, port int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if err := policy(r.Context(), strings.ToLower(strings.TrimSuffix(host, "."))); err != nil {
			http.Error(w, "this host is not served here", http.StatusMisdirectedRequest)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "use https", http.StatusBadRequest)
			return
		}
		if port != 443 && port != 0 {
			host = net.JoinHostPort(host, fmt.Sprint(port))
		}
		location := "https://" + host + pathspell.Local(r.URL.EscapedPath())
		if r.URL.RawQuery != "" {
			location += "?" + r.URL.RawQuery
		}
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusPermanentRedirect)
	})
}
