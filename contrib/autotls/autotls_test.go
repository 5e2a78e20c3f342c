package autotls_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/autotls"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// running is a service that is served.
type running struct {
	engine      *dram.Engine
	https, http net.Addr
	roots       *x509.CertPool // what its clients trust
	ended       chan error
	stop        func() error
}

// run starts a service whose certificates are those of ca.
func run(t *testing.T, ca *fakeCA, cfg autotls.Config) *running {
	t.Helper()
	cfg.DirectoryURL = ca.URL + "/directory"
	s := start(t, cfg)
	s.roots = ca.authority.Pool()
	ca.is(s.https, s.http)
	return s
}

// start starts a service.
func start(t *testing.T, cfg autotls.Config) *running {
	t.Helper()
	cfg.HTTPSAddr, cfg.HTTPAddr = "127.0.0.1:0", "127.0.0.1:0"
	engine, addrs, ended := dram.New(), make(chan net.Addr, 2), make(chan error, 1)
	engine.ShutdownTimeout = time.Minute
	engine.OnListen = func(addr net.Addr) { addrs <- addr }
	engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "%s for %s", c.Request.Proto, c.Request.Host) })
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- autotls.Serve(ctx, engine, cfg) }()
	next := func() net.Addr {
		select {
		case addr := <-addrs:
			return addr
		case err := <-ended:
			require.NoError(t, err)
			return nil
		}
	}
	s := &running{engine: engine, ended: ended, https: next()}
	if !cfg.NoHTTP {
		s.http = next()
	}
	stopped := false
	s.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() { assert.NoError(t, s.stop()) })
	return s
}

// get asks for https://host/ as if its name led here.
func (s *running) get(t *testing.T, host string) (string, error) {
	transport := &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: s.roots},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", s.https.String())
		},
	}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("https://" + host + "/")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// plain asks for a path of shop.example.com without TLS, and follows no redirect.
func (s *running) plain(t *testing.T, path string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+s.http.String()+path, nil)
	require.NoError(t, err)
	req.Host = "shop.example.com"
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	_ = resp.Body.Close()
	return resp
}

func port(addr net.Addr) int { return addr.(*net.TCPAddr).Port }

func TestCertificates(t *testing.T) {
	for _, challenge := range []string{"tls-alpn-01", "http-01"} {
		t.Run(challenge, func(t *testing.T) {
			ca, dir := newFakeCA(t, challenge), filepath.Join(t.TempDir(), "new")
			cfg := autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: dir, Email: "ann@example.com"}
			s := run(t, ca, cfg)
			body, err := s.get(t, "shop.example.com")
			require.NoError(t, err)
			assert.Equal(t, "HTTP/2.0 for shop.example.com", body)

			for _, host := range []string{"evil.example.com", "example.com"} {
				_, err = s.get(t, host)
				assert.Error(t, err, host)
			}
			assert.Equal(t, 1, ca.count(), "nobody else's certificate is asked for")

			require.NoError(t, s.stop())
			s = run(t, ca, cfg)
			_, err = s.get(t, "SHOP.example.com")
			require.NoError(t, err)
			assert.Equal(t, 1, ca.count(), "the certificate was kept")
			info, err := os.Stat(filepath.Join(dir, "shop.example.com"))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		})
	}
}

// RFC 8555 section 7.4 does not ask for the order's address, and some authorities
// leave it out.
func TestCertificateOfAnAuthorityWithoutLocation(t *testing.T) {
	ca := newFakeCA(t, "tls-alpn-01")
	ca.slow = true
	s := run(t, ca, autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: t.TempDir()})
	body, err := s.get(t, "shop.example.com")
	require.NoError(t, err)
	assert.Equal(t, "HTTP/2.0 for shop.example.com", body)
}

func TestHelloWithoutNameIsRefused(t *testing.T) {
	ca := newFakeCA(t, "tls-alpn-01")
	s := run(t, ca, autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: t.TempDir(), NoHTTP: true})
	_, err := tls.Dial("tcp", s.https.String(), &tls.Config{InsecureSkipVerify: true})
	assert.Error(t, err)
	_, err = tls.Dial("tcp", s.https.String(), &tls.Config{InsecureSkipVerify: true, ServerName: "evil.example.com"})
	assert.Error(t, err)
	_, err = tls.Dial("tcp", s.https.String(), &tls.Config{InsecureSkipVerify: true, ServerName: "shop.example.com", NextProtos: []string{"acme-tls/1"}})
	assert.Error(t, err, "no challenge runs")
	assert.Zero(t, ca.count())
}

func TestRedirect(t *testing.T) {
	policy := autocert.HostWhitelist("shop.example.com")
	for _, tt := range []struct {
		name, method, target, host string
		port, want                 int
		location                   string
	}{
		{"page", "GET", "/a%2Fb?q=1", "shop.example.com", 443, 308, "https://shop.example.com/a%2Fb?q=1"},
		{"another port", "HEAD", "/", "SHOP.example.com:80", 8443, 308, "https://SHOP.example.com:8443/"},
		{"two slashes", "GET", "//evil.example.com", "shop.example.com", 0, 308, "https://shop.example.com/evil.example.com"},
		{"form", "POST", "/", "shop.example.com", 443, 400, ""},
		{"another host", "GET", "/", "evil.example.com", 443, 421, ""},
		{"no host", "GET", "/", "", 443, 421, ""},
		{"address", "GET", "/", "127.0.0.1", 443, 421, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := httptest.NewRequest(tt.method, "http://x"+tt.target, nil)
			req.Host = tt.host
			w := httptest.NewRecorder()
			autotls.Redirect(policy, tt.port).ServeHTTP(w, req)
			assert.Equal(t, tt.want, w.Code)
			assert.Equal(t, tt.location, w.Header().Get("Location"))
		})
	}
}

// A request's target may be a URI without slashes, whose text follows the host's.
func TestNoTargetOfARequestIsTakenForAPartOfTheHost(t *testing.T) {
	for _, target := range []string{"http:.evil.example/x", "x:@evil.example/x", "http:8080/x"} {
		req, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: shop.example.com\r\n\r\n")))
		require.NoError(t, err)
		w := httptest.NewRecorder()
		autotls.Redirect(autocert.HostWhitelist("shop.example.com"), 443).ServeHTTP(w, req)
		assert.Equal(t, "https://shop.example.com/", w.Header().Get("Location"), target)
	}
}

func TestPlainPortRedirects(t *testing.T) {
	s := run(t, newFakeCA(t, "http-01"), autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: t.TempDir()})
	resp := s.plain(t, "/page")
	assert.Equal(t, http.StatusPermanentRedirect, resp.StatusCode)
	assert.Equal(t, fmt.Sprintf("https://shop.example.com:%d/page", port(s.https)), resp.Header.Get("Location"))
}

func TestEndsWithTheEngine(t *testing.T) {
	s := run(t, newFakeCA(t, "http-01"), autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: t.TempDir()})
	told := false
	s.engine.OnShutdown(func(context.Context) { told = true })
	require.NoError(t, s.engine.Shutdown(context.Background()))
	assert.True(t, told)
	<-dram.CreateTestContextOnly(httptest.NewRecorder(), s.engine).Stopping() // closed with its servers
	assert.NoError(t, <-s.ended)
	for _, addr := range []net.Addr{s.https, s.http} {
		_, err := net.Dial("tcp", addr.String())
		assert.Error(t, err, "nobody listens any more")
	}
	s.ended <- nil // for the end of the test
}

func TestErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	addr, ctx, domains := taken.Addr().String(), context.Background(), []string{"shop.example.com"}
	for _, cfg := range []autotls.Config{
		{Domains: domains, CacheDir: t.TempDir(), HTTPSAddr: addr, NoHTTP: true},
		{Domains: domains, CacheDir: t.TempDir(), HTTPSAddr: "127.0.0.1:0", HTTPAddr: addr},
	} {
		assert.ErrorContains(t, autotls.Serve(ctx, dram.New(), cfg), "dram: contrib/autotls: listen tcp")
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	assert.NoError(t, autotls.Run(done, dram.New(), domains...))

	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	assert.ErrorContains(t, autotls.Run(ctx, dram.New(), domains...), "set CacheDir")
}

func TestValidate(t *testing.T) {
	good := []string{"example.com"}
	for name, cfg := range map[string]autotls.Config{
		"no domain":        {},
		"wildcard":         {Domains: []string{"*.example.com"}},
		"URL":              {Domains: []string{"https://example.com"}},
		"port":             {Domains: []string{"example.com:443"}},
		"address":          {Domains: []string{"192.0.2.1"}},
		"one label":        {Domains: []string{"localhost"}},
		"a dot at the end": {Domains: []string{"example.com."}},
		"an empty label":   {Domains: []string{"www..example.com"}},
		"an underscore":    {Domains: []string{"my_shop.example.com"}},
		"a line break":     {Domains: []string{"example.com\n"}},
		"a long label":     {Domains: []string{strings.Repeat("a", 64) + ".example.com"}},
		"no address":       {Domains: good, DirectoryURL: "ca.example.com/directory"},
		"two caches":       {Domains: good, Cache: autocert.DirCache("x"), CacheDir: "y"},
		"two authorities":  {Domains: good, Client: &acme.Client{}, DirectoryURL: "https://ca.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			assert.ErrorAs(t, autotls.Serve(context.Background(), dram.New(), cfg), &fault)
			assert.PanicsWithError(t, cfg.Validate().Error(), func() { _, _ = cfg.Manager() })
		})
	}
}

func TestADirectoryThatIsAFileIsSaidAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "certificates")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := autotls.Config{Domains: []string{"example.com"}, CacheDir: file}.Manager()
	assert.ErrorContains(t, err, "CacheDir")
}

func TestNamesInAnyScriptAndCaseAreServed(t *testing.T) {
	for written, asked := range map[string]string{"bücher.example": "xn--bcher-kva.example", "Shop.Example.com": "shop.example.com"} {
		cfg := autotls.Config{Domains: []string{written}, CacheDir: t.TempDir()}
		require.NoError(t, cfg.Validate())
		m, err := cfg.Manager()
		require.NoError(t, err)
		assert.NoError(t, m.HostPolicy(t.Context(), asked))
	}
}

func ExampleRun() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "welcome") })
	ctx, stop := context.WithCancel(context.Background())
	stop() // a real program has signal.NotifyContext stop it
	fmt.Println(autotls.Run(ctx, r, "example.com", "www.example.com"))
	// Output: <nil>
}
