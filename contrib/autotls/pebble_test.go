package autotls_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/dram-go/dram/contrib/autotls"
	"github.com/dram-go/dram/contrib/internal/certtest"
	"github.com/dram-go/dram/internal/freeport"
)

// These tests are against Pebble, Let's Encrypt's small ACME server: it verifies
// signatures and domains, refuses one nonce in twenty, and finalizes orders after
// its answer.

// pebbleEnv is the environment variable with the program's path.
const pebbleEnv = "DRAM_TEST_PEBBLE"

// pebble is an authority of the test's own, for which every domain leads to 127.0.0.1.
type pebble struct {
	path, addr, admin, dns string
	authority              *certtest.Authority // of the server, not of what it issues
	life                   time.Duration       // of a certificate
	blocked                []string            // domains that it refuses

	cmd *exec.Cmd
}

// newPebble returns a server that does not run yet. The test is skipped without Pebble.
func newPebble(t *testing.T) *pebble {
	t.Helper()
	path := os.Getenv(pebbleEnv)
	if path == "" {
		t.Skip(pebbleEnv + " is not set: .ci/services builds Pebble and sets it to the program's path")
	}
	p := &pebble{
		path: path, addr: freeport.Addr(t), admin: freeport.Addr(t), dns: serveDNS(t),
		authority: certtest.NewAuthority(t), life: 90 * 24 * time.Hour,
	}
	t.Cleanup(p.stop)
	return p
}

// start runs Pebble, which verifies domains at the two ports.
func (p *pebble) start(t *testing.T, tlsPort, httpPort int) {
	t.Helper()
	certFile, keyFile := p.authority.Files()
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": p.addr, "managementListenAddress": p.admin, "certificate": certFile, "privateKey": keyFile,
		"tlsPort": tlsPort, "httpPort": httpPort, "domainBlocklist": p.blocked, "keyAlgorithm": "ecdsa",
		"retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles":   map[string]any{"default": map[string]any{"description": "of the test", "validityPeriod": int(p.life.Seconds())}},
	}})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "pebble.json")
	require.NoError(t, os.WriteFile(file, config, 0o600))
	p.cmd = exec.Command(p.path, "-config", file, "-dnsserver", p.dns)
	p.cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	require.NoError(t, p.cmd.Start())
	for _, url := range []string{p.directory(), p.rootURL()} { // at two ports
		require.Eventually(t, func() bool {
			resp, err := p.client().Get(url)
			return err == nil && resp.Body.Close() == nil
		}, time.Minute, 10*time.Millisecond)
	}
}

func (p *pebble) stop() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.cmd = nil
}

func (p *pebble) directory() string { return "https://" + p.addr + "/dir" }
func (p *pebble) rootURL() string   { return "https://" + p.admin + "/roots/0" }

// client is one that trusts the server.
func (p *pebble) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: p.authority.Pool()},
	}}
}

// config is that of a service which asks Pebble.
func (p *pebble) config(t *testing.T, domains ...string) autotls.Config {
	return autotls.Config{
		Domains: domains, CacheDir: t.TempDir(), Email: "ann@example.com",
		Client: &acme.Client{DirectoryURL: p.directory(), HTTPClient: p.client()},
	}
}

// roots are what clients of the service trust.
func (p *pebble) roots(t *testing.T) *x509.CertPool {
	resp, err := p.client().Get(p.rootURL())
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	return roots
}

// serveDNS answers at the address that it returns, over TCP: each name is at 127.0.0.1.
func serveDNS(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerDNS(conn)
		}
	}()
	return listener.Addr().String()
}

// answerDNS answers the questions of a connection (RFC 1035 section 4).
func answerDNS(conn net.Conn) {
	defer conn.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		end := 12 // of the header
		for question[end] != 0 {
			end += 1 + int(question[end])
		}
		end += 5 // the end of the name, its type and class
		answer := append(question[:2:2], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
		answer = append(answer, question[12:end]...)
		if question[end-3] == 1 { // an A record, not an AAAA
			answer[7] = 1
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
		}
		binary.BigEndian.PutUint16(length[:], uint16(len(answer)))
		_, _ = conn.Write(append(length[:], answer...))
	}
}

// asPort80 returns a port that leads to addr like the public port 80, for which Host has no
// port.
func asPort80(t *testing.T, addr net.Addr) int {
	forward := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: addr.String()})
		r.Out.Host, _, _ = net.SplitHostPort(r.In.Host)
	}})
	t.Cleanup(forward.Close)
	return port(forward.Listener.Addr())
}

// A service may start before its authority does: it serves on, and gets its certificate
// when the authority is there.
func TestPebbleGoneAtStart(t *testing.T) {
	p := newPebble(t)
	s := start(t, p.config(t, "shop.example.com", "www.example.com"))
	s.roots = x509.NewCertPool()
	_, err := s.get(t, "shop.example.com")
	assert.ErrorContains(t, err, "internal error", "of the handshake, at once")
	assert.Equal(t, http.StatusPermanentRedirect, s.plain(t, "/page").StatusCode)

	p.start(t, port(s.https), port(s.http))
	s.roots = p.roots(t)
	body, err := s.get(t, "www.example.com") // a name that failed is asked for again after a minute
	require.NoError(t, err)
	assert.Equal(t, "HTTP/2.0 for www.example.com", body)

	p.stop()
	body, err = s.get(t, "www.example.com")
	require.NoError(t, err, "a certificate that is there needs no authority")
	assert.Equal(t, "HTTP/2.0 for www.example.com", body)
}

// TLS-ALPN-01 does not work behind a proxy that terminates TLS, HTTP-01 does not without
// a port 80: each is tried.
func TestPebbleVerifiesDomains(t *testing.T) {
	for _, tt := range []struct {
		name         string
		noHTTP, both bool
	}{{name: "by TLS-ALPN-01", noHTTP: true, both: true}, {name: "by HTTP-01"}, {name: "by either", both: true}} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPebble(t)
			cfg := p.config(t, "shop.example.com")
			cfg.NoHTTP = tt.noHTTP
			s := start(t, cfg)
			tlsPort, httpPort := 1, 1
			if tt.both {
				tlsPort = port(s.https)
			}
			if !tt.noHTTP {
				httpPort = asPort80(t, s.http)
			}
			p.start(t, tlsPort, httpPort)
			s.roots = p.roots(t)
			body, err := s.get(t, "SHOP.example.com")
			for i := 0; err != nil && i < 5; i++ { // on a busy machine the authority takes longer than a handshake may
				body, err = s.get(t, "SHOP.example.com")
			}
			require.NoError(t, err)
			assert.Equal(t, "HTTP/2.0 for SHOP.example.com", body)
			if !tt.noHTTP {
				assert.Equal(t, fmt.Sprintf("https://shop.example.com:%d/page", port(s.https)), s.plain(t, "/page").Header.Get("Location"))
			}

			require.NoError(t, s.stop())
			p.stop()
			kept := start(t, cfg)
			kept.roots = s.roots
			_, err = kept.get(t, "shop.example.com")
			require.NoError(t, err, "a restart asks for nothing")
		})
	}
}

func TestPebbleRefusesADomain(t *testing.T) {
	p := newPebble(t)
	p.blocked = []string{"blocked.example.com"}
	s := start(t, p.config(t, "blocked.example.com", "shop.example.com"))
	p.start(t, port(s.https), port(s.http))
	s.roots = p.roots(t)
	_, err := s.get(t, "blocked.example.com")
	assert.ErrorContains(t, err, "internal error")
	_, err = s.get(t, "shop.example.com")
	assert.NoError(t, err, "the others are served")
}

func TestPebbleRenews(t *testing.T) { renews(t, false) }

// A certificate that was renewed and cannot be kept is not dropped, so that the old one would expire.
func TestPebbleRenewsWhenTheCacheIsFull(t *testing.T) { renews(t, true) }

func renews(t *testing.T, full bool) {
	t.Parallel()
	p := newPebble(t)
	if testing.Short() {
		t.Skip("it waits for a certificate to grow old")
	}
	p.life = 12 * time.Second
	cfg := p.config(t, "shop.example.com")
	cache := &fullCache{Cache: autocert.DirCache(cfg.CacheDir)}
	cfg.CacheDir, cfg.Cache, cfg.Logger = "", cache, slog.New(slog.DiscardHandler)
	s := start(t, cfg)
	p.start(t, port(s.https), port(s.http))
	s.roots = p.roots(t)
	serial := func() (string, error) {
		conn, err := tls.Dial("tcp", s.https.String(), &tls.Config{ServerName: "shop.example.com", RootCAs: s.roots})
		if err != nil {
			return "", err
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String(), nil
	}
	first, err := serial()
	require.NoError(t, err)
	cache.full.Store(full)
	require.Eventually(t, func() bool {
		next, err := serial()
		return err == nil && next != first
	}, time.Minute, 100*time.Millisecond, "without a restart")
}

// An authority that accepts connections and never answers does not keep the service from
// ending.
func TestSilentAuthorityDoesNotHinderTheEnd(t *testing.T) {
	t.Parallel() // net/http waits five seconds for a handshake
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	s := start(t, autotls.Config{
		Domains: []string{"shop.example.com"}, CacheDir: t.TempDir(),
		Client: &acme.Client{DirectoryURL: "https://" + silent.Addr().String()},
	})
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 100 * time.Millisecond}, "tcp", s.https.String(), &tls.Config{ServerName: "shop.example.com"})
	if err == nil {
		_ = conn.Close()
	}
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NoError(t, s.stop())
}
