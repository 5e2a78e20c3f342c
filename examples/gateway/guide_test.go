package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/descriptors"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

func read(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

func TestTheExampleIsRight(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GATEWAY_ADMIN_TOKEN", strings.Repeat("t", 16))
	t.Setenv("STOCK_TOKEN", "s")
	set, err := descriptors.Compile(t.Context(), "users.proto", read(t, "demo/users.proto"))
	require.NoError(t, err)
	cert, key := selfSigned(t)
	secret := strings.Repeat("s", 32)
	for name, text := range map[string]string{
		"gateway.yaml": read(t, "gateway.example.yaml"), "books.yaml": read(t, "demo/books.yaml"), "users.binpb": string(set),
		"tls/cert.pem": cert, "tls/key.pem": key, "tls/clients.pem": cert, "lists/blocked": "203.0.113.0/24\n",
		"secrets/redis": "r", "secrets/identity": secret, "secrets/challenge": secret, "secrets/keys": "ann " + demoKey + " orders\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	assert.NoError(t, gateway.Check(filepath.Join(dir, "gateway.yaml")))
}

// selfSigned is a certificate with its key, as PEM.
func selfSigned(t *testing.T) (cert, key string) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	of := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, of, of, private.Public(), private)
	require.NoError(t, err)
	text, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	block := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	return block("CERTIFICATE", signed), block("PRIVATE KEY", text)
}

// What the guide says of the file stands in it.
func TestTheGuideQuotesTheExample(t *testing.T) {
	example := flat(read(t, "gateway.example.yaml"))
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, "README.md"), -1)
	assert.GreaterOrEqual(t, len(blocks), 8)
	for _, block := range blocks {
		assert.Contains(t, example, flat(block[1]), block[1])
	}
}

// flat is a text without indentation.
func flat(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return "\n" + strings.Join(lines, "\n") + "\n"
}

// What the guide says of metrics, and asks of them, is what a gateway has.
func TestTheGuideNamesMetricsThatThereAre(t *testing.T) {
	g, err := gateway.New("gateway.yaml", []byte(`
redis: {addr: "127.0.0.1:1"}
risk: {rules: {all: {when: "path == '/denied' && int(path) > 0", score: 90}}}
upstreams: {books: {servers: [{url: "http://127.0.0.1:1", version: v1}, {url: "http://127.0.0.2:1", version: v1}, {url: "http://127.0.0.3:1", version: v2}]}}
routes:
  - {path: /denied, to: books, risk: [all]}
  - {path: /, to: books, retry: {times: 1}, mirror: {to: books, queue: 1}, limit: {rate: 9/s, store: redis}, split: {shares: {v1: 95%, v2: 5%}, ramp: {version: v2, steps: [50%]}}}
`), gateway.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer g.Close()
	for _, path := range []string{"/denied", "/"} {
		g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	name := regexp.MustCompile(`\b(?:gateway|http|process|go)_[a-z0-9_]+[a-z0-9]\b`)
	said := name.FindAllString(read(t, "README.md"), -1)
	assert.Greater(t, len(said), 10)
	assert.Eventually(t, func() bool {
		scrape := httptest.NewRecorder()
		g.Metrics().ServeHTTP(scrape, httptest.NewRequest(http.MethodGet, "/", nil))
		there := name.FindAllString(scrape.Body.String(), -1)
		said = slices.DeleteFunc(said, func(metric string) bool { return slices.Contains(there, metric) })
		return len(said) == 0 // a copy takes its time
	}, 10*time.Second, 10*time.Millisecond)
	assert.Empty(t, said)
}
