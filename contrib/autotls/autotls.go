// Package autotls serves an Engine over TLS with certificates that it gets, and
// renews, by itself from Let's Encrypt or another authority that speaks ACME (RFC
// 8555), with golang.org/x/crypto/acme/autocert.
//
//	err := autotls.Run(ctx, engine, "example.com", "www.example.com")
//
// Run listens on the ports 443 and 80. The authority proves on either that the
// domains are ours (TLS-ALPN-01, RFC 8737; HTTP-01); on port 80 all else is
// redirected to https. A certificate is asked for when a client first wants it,
// which then waits some seconds, and only for the domains that are named: a client
// cannot have others asked for. Certificates and the account's key are kept in a
// directory, so that a restart asks for nothing; the authorities' limits are tight.
//
// By running it you agree to the authority's terms of service.
package autotls

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/internal/serve"
)

// Config sets up Serve. Domains must be set.
type Config struct {
	// Domains are the names to have certificates for, without wildcards.
	Domains []string
	// CacheDir is where certificates and keys are kept, readable by this user
	// alone. Default: dram-autotls in the user's cache directory.
	CacheDir string
	// Cache keeps them instead: in a database, for several processes.
	Cache autocert.Cache
	// Email is where the authority writes to about problems. Default: nowhere.
	Email string
	// DirectoryURL is the authority. Default Let's Encrypt; its staging
	// directory, https://acme-staging-v02.api.letsencrypt.org/directory, is for
	// trying things out.
	DirectoryURL string
	// Client asks the authority, over its proxy or with its account. Default: one
	// for DirectoryURL.
	Client *acme.Client
	// HTTPSAddr and HTTPAddr are where to listen. Default ":443" and ":80". The
	// authority always comes to these ports: others are for a forwarding in
	// front.
	HTTPSAddr, HTTPAddr string
	// NoHTTP leaves port 80 alone. Then only TLS-ALPN-01 proves a domain, which
	// does not go through a proxy that ends TLS.
	NoHTTP bool
}

// Validate tells what is wrong with the configuration.
func (cfg Config) Validate() error {
	if len(cfg.Domains) == 0 {
		return layer.Misconfigured("autotls", "Domains", `is empty, so anybody could have certificates asked for; write the names of this service, such as "example.com"`)
	}
	for _, domain := range cfg.Domains {
		if net.ParseIP(domain) != nil || !strings.Contains(strings.Trim(domain, "."), ".") || strings.ContainsAny(domain, "*:/ ") {
			return layer.Misconfigured("autotls", "Domains", `%q is not a name that a certificate can be had for here; write one such as "www.example.com", without a scheme, port or wildcard`, domain)
		}
	}
	switch {
	case cfg.Cache != nil && cfg.CacheDir != "":
		return layer.Misconfigured("autotls", "Cache", "set it or CacheDir, not both")
	case cfg.Client != nil && cfg.DirectoryURL != "":
		return layer.Misconfigured("autotls", "Client", "set it or DirectoryURL, not both")
	}
	return nil
}

// Manager makes the autocert.Manager of the configuration: to serve by other
// means, such as contrib/http3 with its TLSConfig. It panics if the configuration
// is wrong, and returns an error if there is no directory to keep certificates in.
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
	if m.Client == nil && cfg.DirectoryURL != "" {
		m.Client = &acme.Client{DirectoryURL: cfg.DirectoryURL}
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
		m.Cache = autocert.DirCache(dir)
	}
	return m, nil
}

// Run serves engine over TLS for the domains until ctx is done. Then the Engine
// ends, as with Engine.RunContext: it waits for the requests in flight, for its
// ShutdownTimeout at most, and Run returns nil, or an error if some were cut off.
// Engine.Shutdown ends it as well.
func Run(ctx context.Context, engine *dram.Engine, domains ...string) error {
	return Serve(ctx, engine, Config{Domains: domains})
}

// Serve is Run with all there is to configure. Engine.OnListen is told of the
// address of HTTPS and then, unless NoHTTP is set, of that of HTTP. It returns,
// and does not panic with, the error of a wrong configuration.
func Serve(ctx context.Context, engine *dram.Engine, cfg Config) error {
	life := serve.Of(engine)
	if err := cfg.Validate(); err != nil {
		return life.Report(err)
	}
	err := life.Run(ctx, "contrib/autotls", engine.ShutdownTimeout, func() ([]serve.Server, error) {
		return cfg.servers(ctx, engine)
	})
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// servers are that of HTTPS and, unless there is to be none, that of HTTP.
func (cfg Config) servers(ctx context.Context, engine *dram.Engine) ([]serve.Server, error) {
	manager, err := cfg.manager()
	if err != nil {
		return nil, err
	}
	secure, err := serve.TCP(cmp.Or(cfg.HTTPSAddr, ":443"))
	if err != nil {
		return nil, err
	}
	servers := []serve.Server{serve.HTTP(ctx, engine.Server(""), tls.NewListener(secure, manager.TLSConfig()), (*http.Server).Serve)}
	if cfg.NoHTTP {
		return servers, nil
	}
	plain, err := serve.TCP(cmp.Or(cfg.HTTPAddr, ":80"))
	if err != nil {
		_ = secure.Close()
		return nil, err
	}
	server := engine.Server("")
	server.Handler = manager.HTTPHandler(Redirect(manager.HostPolicy, secure.Addr().(*net.TCPAddr).Port))
	return append(servers, serve.HTTP(ctx, server, plain, (*http.Server).Serve)), nil
}

// Redirect sends GET and HEAD requests for the hosts of a policy to the same URL
// with https (308). What has a body was sent in the clear already and gets 400; a
// host that is not ours gets 421 (RFC 9110 section 15.5.20), so that nobody is
// sent elsewhere. A port of 443 is left out of the URL, as is 0.
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
		w.Header().Set("Location", "https://"+host+r.URL.RequestURI())
		w.WriteHeader(http.StatusPermanentRedirect)
	})
}
