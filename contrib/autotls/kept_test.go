package autotls_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/acme/autocert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/autotls"
	"github.com/dram-go/dram/internal/serve"
)

// A machine that loses its power leaves files that are empty or cut, also where the key of
// the account is.
func TestWhatIsBrokenInTheCacheIsMadeAnew(t *testing.T) {
	for name, text := range map[string]string{
		"empty":             "",
		"cut":               "-----BEGIN EC PRIVATE KEY-----\nMHcC",
		"no key in the PEM": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE KEY-----\n",
	} {
		for _, file := range []string{"acme_account+key", "shop.example.com"} {
			t.Run(name+" "+file, func(t *testing.T) {
				ca, dir, log := newFakeCA(t, "http-01"), t.TempDir(), new(bytes.Buffer)
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
				s := run(t, ca, autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: dir, Logger: slog.New(slog.NewTextHandler(log, nil))})
				_, err := s.get(t, "shop.example.com")
				require.NoError(t, err)
				kept, err := os.ReadFile(filepath.Join(dir, file))
				require.NoError(t, err)
				assert.Contains(t, string(kept), "END EC PRIVATE KEY")
				require.NoError(t, s.stop())
				assert.Contains(t, log.String(), "is broken, and is made anew\" name="+file)
			})
		}
	}
}

// fullCache keeps nothing more once it is full.
type fullCache struct {
	autocert.Cache
	full atomic.Bool
}

func (c *fullCache) Put(ctx context.Context, name string, data []byte) error {
	if c.full.Load() {
		return errors.New("no space left on device")
	}
	return c.Cache.Put(ctx, name, data)
}

func TestACertificateThatCannotBeKeptIsServedAndLogged(t *testing.T) {
	ca, log := newFakeCA(t, "http-01"), new(bytes.Buffer)
	cache := &fullCache{Cache: autocert.DirCache(t.TempDir())}
	s := run(t, ca, autotls.Config{Domains: []string{"shop.example.com", "www.example.com"}, Cache: cache, Logger: slog.New(slog.NewTextHandler(log, nil))})
	cache.full.Store(true)
	_, err := s.get(t, "shop.example.com")
	assert.Error(t, err, "there is no account yet, and each restart would make one")
	assert.Zero(t, ca.count())
	cache.full.Store(false)
	_, err = s.get(t, "www.example.com")
	require.NoError(t, err)
	require.NoError(t, s.stop())
	assert.Empty(t, log.String())

	m, err := autotls.Config{Domains: []string{"shop.example.com"}, Cache: cache, Logger: slog.New(slog.NewTextHandler(log, nil))}.Manager()
	require.NoError(t, err)
	cache.full.Store(true)
	assert.NoError(t, m.Cache.Put(t.Context(), "shop.example.com", nil), "autocert drops a renewed certificate else")
	assert.Contains(t, log.String(), `level=ERROR msg="autotls: cannot be kept, and is lost with the process" name=shop.example.com error="no space left on device"`)
}

func TestNoAnswerSaysWhereTheCacheIs(t *testing.T) {
	dir := t.TempDir()
	s := run(t, newFakeCA(t, "http-01"), autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: dir})
	for _, token := range []string{strings.Repeat("a", 300), "a%00b", ""} {
		req, err := http.NewRequest(http.MethodGet, "http://"+s.http.String()+"/.well-known/acme-challenge/"+token, nil)
		require.NoError(t, err)
		req.Host = "shop.example.com"
		resp, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusNotFound, resp.StatusCode)
		assert.NotContains(t, string(body), dir)
	}
}

// autocert says nothing of a renewal that fails, which it tries for a third of a
// certificate's time, and for 30 days of one that is for a year.
func TestACertificateThatWasNotRenewedIsLogged(t *testing.T) {
	dir, log := t.TempDir(), new(bytes.Buffer)
	m, err := autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: dir, Logger: slog.New(slog.NewTextHandler(log, nil))}.Manager()
	require.NoError(t, err)
	for _, tt := range []struct {
		days, left int
		logged     bool
	}{{90, 30, false}, {90, 16, false}, {90, 14, true}, {90, -1, true}, {6, 2, false}, {6, 0, true}, {365, 59, false}, {365, 16, false}, {365, 14, true}} {
		log.Reset()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "shop.example.com"), certificate(t, tt.days, tt.left), 0o600))
		_, err := m.Cache.Get(t.Context(), "shop.example.com")
		require.NoError(t, err)
		assert.Equal(t, tt.logged, strings.Contains(log.String(), "has not been renewed"), "%d of %d days", tt.left, tt.days)
	}
}

// certificate is one for days with its key, as autocert keeps it; some are left.
func certificate(t *testing.T, days, left int) []byte {
	end := time.Now().AddDate(0, 0, left)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"shop.example.com"}, NotBefore: end.AddDate(0, 0, -days), NotAfter: end,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	secret, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	return append(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
}

// Handshakes wait with it, and hold their connections when the clients have left long ago.
func TestAnAuthorityIsNotWaitedForWithoutEnd(t *testing.T) {
	m, err := autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: t.TempDir()}.Manager()
	require.NoError(t, err)
	assert.Equal(t, 30*time.Second, m.Client.HTTPClient.Timeout)
}

// Package inspect counts them.
func TestConnectionsAreToldToTheEngine(t *testing.T) {
	var conns atomic.Int64
	engine := dram.New()
	life, _, _ := serve.Of(engine)
	life.Connection = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	addrs := make(chan net.Addr, 2)
	engine.OnListen = func(addr net.Addr) { addrs <- addr }
	ended := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	cfg := autotls.Config{Domains: []string{"shop.example.com"}, CacheDir: t.TempDir(), HTTPSAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0"}
	go func() { ended <- autotls.Serve(ctx, engine, cfg) }()
	for range 2 {
		conn, err := net.Dial("tcp", (<-addrs).String())
		require.NoError(t, err)
		defer conn.Close()
	}
	assert.Eventually(t, func() bool { return conns.Load() == 2 }, 5*time.Second, time.Millisecond)
	stop()
	assert.NoError(t, <-ended)
}
