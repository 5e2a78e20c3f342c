package gateway_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

// Clients that others know: a service that is asked, the authority that has signed a certificate.

const forwarded = `
auth: {ask: {forward: {to: sign in!}}}
upstreams: {books: {servers: [{url: $1}]}, sign in!: {servers: [{url: $2}]}}
routes: [{path: /mine/*rest, to: books, auth: {by: ask, scopes: write}}]
`

func TestAServiceIsAskedWhoTheClientIs(t *testing.T) {
	var asked http.Header
	var status atomic.Int64
	g, _ := start(t, forwarded, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.Method, " ", string(body))
	}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.Empty(t, body)
		assert.Equal(t, "GET /auth", r.Method+" "+r.URL.String())
		asked = r.Header
		switch user := r.Header.Get("Cookie"); user {
		case "":
			w.Header().Set("WWW-Authenticate", `Basic realm="books"`)
			w.WriteHeader(401)
		case "bad=1":
			w.WriteHeader(403)
		default:
			w.Header().Set("X-User", strings.TrimPrefix(user, "who="))
			w.Header().Set("X-Scopes", "read write")
			w.WriteHeader(int(status.Load()))
		}
	})
	status.Store(204)
	req := httptest.NewRequest("POST", "/mine/1?a=b", strings.NewReader("body"))
	for name, value := range map[string]string{
		"Cookie": "who=ann", "X-Real-Ip": "10.9.9.9", "Connection": "X-Original-Uri, X-Original-Method", "X-Original-Uri": "/open",
		"X-Identity": "x", "If-None-Match": "*", "Range": "bytes=0-1",
	} {
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, req)
	assert.Equal(t, "200 POST body", fmt.Sprint(w.Code, " ", w.Body))
	assert.Equal(t, "/mine/1?a=b", asked.Get("X-Original-Uri"))
	assert.Equal(t, "POST", asked.Get("X-Original-Method"))
	assert.Equal(t, "192.0.2.1", asked.Get("X-Real-Ip"))
	for _, name := range []string{"X-Identity", "If-None-Match", "Range", "Content-Length"} {
		assert.Empty(t, asked.Get(name), name)
	}

	status.Store(200) // with an empty body, as most say it
	assert.Equal(t, 200, ask(g, "/mine/1", "Cookie", "who=ann").Code)

	w = ask(g, "/mine/1")
	assert.Equal(t, 401, w.Code)
	assert.Equal(t, `Basic realm="books"`, w.Header().Get("WWW-Authenticate"))
	assert.Equal(t, 403, ask(g, "/mine/1", "Cookie", "bad=1").Code)
	assert.Equal(t, 503, ask(g, "/mine/1", "Cookie", "who=").Code, "it has to say who")
	for _, odd := range []int64{500, 302, 206, 404} {
		status.Store(odd)
		assert.Equal(t, 503, ask(g, "/mine/1", "Cookie", "who=ann").Code, odd)
	}
}

func TestAServiceThatHangsLetsNobodyInWithinItsTime(t *testing.T) {
	g, _ := start(t, strings.NewReplacer("to: sign in!", "to: sign in!, timeout: 20ms", "[{path", "[{timeout: 24h, path").Replace(forwarded), answer("in"),
		func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w := ask(g, "/mine/1", "Cookie", "who=ann")
	assert.Equal(t, 503, w.Code)
	assert.Contains(t, w.Body.String(), "who the client is cannot be found out")
}

// Whoever is let in has the route's time all the same: the answer of the service that was asked is not the route's.
func TestWhoIsLetInByAServiceHasTheRoutesTime(t *testing.T) {
	g, _ := start(t, strings.Replace(forwarded, "[{path", "[{timeout: 200ms, path", 1),
		func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-User", "ann")
			w.Header().Set("X-Scopes", "write")
		})
	assert.Equal(t, 504, ask(g, "/mine/1").Code)
	server := httptest.NewServer(g)
	defer server.Close()
	body, client := io.Pipe()
	defer client.Close()
	go func() { _, _ = client.Write([]byte("a")) }()
	resp, err := http.Post(server.URL+"/mine/1", "text/plain", body)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, 408, resp.StatusCode)
}

func TestAServiceThatIsGoneLetsNobodyIn(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	g, _ := start(t, strings.ReplaceAll(forwarded, "$2", gone.URL), answer("in"))
	w := ask(g, "/mine/1", "Cookie", "who=ann")
	assert.Equal(t, 503, w.Code)
	assert.NotContains(t, w.Body.String(), strings.TrimPrefix(gone.URL, "http://"))
}

// certificate makes a certificate that another one signs, or itself.
func certificate(t *testing.T, name string, by *tls.Certificate) *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true, IsCA: by == nil,
		Subject: pkix.Name{CommonName: name},
	}
	if strings.Contains(name, ".") {
		template.Subject, template.DNSNames = pkix.Name{}, []string{name}
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey.(*ecdsa.PrivateKey)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func keyPEM(t *testing.T, of *tls.Certificate) string {
	der, err := x509.MarshalPKCS8PrivateKey(of.PrivateKey)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestAClientIsKnownByItsCertificate(t *testing.T) {
	t.Setenv("IDENTITY_KEY", identityKey)
	ca, other := certificate(t, "ca", nil), certificate(t, "ca", nil)
	asPEM := func(c *tls.Certificate) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
	}
	file := write(t, "ca.pem", string(asPEM(ca)))
	g, _ := start(t, `
listen: {tls: {cert: `+write(t, "cert.pem", string(asPEM(ca)))+`, key: `+write(t, "ca.key", keyPEM(t, ca))+`, client_ca: `+file+`}}
identity: {key: env:IDENTITY_KEY}
auth: {some: {mtls: {names: [billing, stock.example.com]}}, all: {mtls: {}}}
upstreams: {books: {servers: [{url: $1}]}}
routes:
  - {path: /some, to: books, auth: {by: some}}
  - {path: /all, to: books, auth: {by: all}}
  - {path: /scoped, to: books, auth: {by: all, scopes: read}}
`, whoami(t))
	server := httptest.NewUnstartedServer(g)
	pool := x509.NewCertPool()
	pool.AddCert(ca.Leaf)
	server.TLS = &tls.Config{ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven}
	server.StartTLS()
	defer server.Close()

	client := func(shown ...tls.Certificate) *http.Client {
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if len(shown) == 0 {
				return &tls.Certificate{}, nil
			}
			return &shown[0], nil // whoever signed it
		}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	by := func(client *http.Client, path string) string {
		resp, err := client.Get(server.URL + path)
		if err != nil {
			return "no handshake"
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != 200 {
			return resp.Status
		}
		return string(body)
	}
	get := func(path string, shown ...tls.Certificate) string { return by(client(shown...), path) }
	assert.Equal(t, "some billing ", get("/some", *certificate(t, "billing", ca)))
	assert.Equal(t, "some stock.example.com ", get("/some", *certificate(t, "stock.example.com", ca)))
	assert.Equal(t, "all shop ", get("/all", *certificate(t, "shop", ca)))
	assert.Equal(t, "403 Forbidden", get("/some", *certificate(t, "shop", ca)))
	assert.Equal(t, "403 Forbidden", get("/some"))
	assert.Equal(t, "403 Forbidden", get("/scoped", *certificate(t, "shop", ca)))
	assert.Equal(t, "no handshake", get("/some", *certificate(t, "billing", other)))

	kept := client(*certificate(t, "billing", ca))
	assert.Equal(t, "some billing ", by(kept, "/some"))
	require.NoError(t, os.WriteFile(file, asPEM(other), 0o600))
	require.NoError(t, g.Reload())
	assert.Equal(t, "403 Forbidden", by(kept, "/some"), "the connection is from before")
}

// Who has the same name by two ways are two users.
func TestNamesOfTwoWaysAreApart(t *testing.T) {
	t.Setenv("IDENTITY_KEY", identityKey)
	i := newIssuer(t)
	var users []string
	file := write(t, "gateway.yaml", strings.ReplaceAll(fmt.Sprintf(authorized, i.config(), write(t, "keys", keyLine("ann", "k1", ""))), "$1", i.URL))
	g, err := gateway.Load(file, gateway.Options{Layers: []dram.HandlerFunc{func(c *dram.Context) {
		c.Next()
		users = append(users, c.GetString(dram.AuthUserKey))
	}}})
	require.NoError(t, err)
	ask(g, "/mine", "X-Api-Key", "k1")
	ask(g, "/mine", "Authorization", "Bearer "+i.token(t, "ann", "", time.Hour))
	assert.Equal(t, []string{"key:ann", "main:ann"}, users)
}
