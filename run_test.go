package dram_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/freeport"
)

// patience is how long a test waits for what must happen; a slow machine does
// not reach it.
const patience = 30 * time.Second

// helloEngine answers with the protocol, the client and the peer.
func helloEngine() *dram.Engine {
	engine := dram.New()
	engine.GET("/", func(c *dram.Context) { c.String(200, "%s %s", c.Request.Proto, c.ClientIP()) })
	return engine
}

// running is a Run method at work.
type running struct {
	addr net.Addr
	done chan error
}

// start runs a Run method until the test ends and waits until it listens.
func start(t *testing.T, engine *dram.Engine, run func() error) running {
	t.Helper()
	listening := make(chan net.Addr, 1)
	engine.OnListen = func(addr net.Addr) { listening <- addr }
	r := running{done: make(chan error, 1)}
	go func() { r.done <- run() }()
	t.Cleanup(func() { _ = engine.Shutdown(cancelled()) })
	select {
	case r.addr = <-listening:
	case err := <-r.done:
		require.NoError(t, err, "it ended before it listened")
	case <-time.After(patience):
		require.Fail(t, "it does not listen")
	}
	return r
}

// result is what the Run method returned.
func (r running) result(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(patience):
		require.Fail(t, "it does not return")
		return nil
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// get fetches with a client of its own, whose connection is closed afterwards.
func get(t *testing.T, transport *http.Transport, url string) string {
	t.Helper()
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: patience}).Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(body)
}

func TestRunOverHTTP1(t *testing.T) {
	engine := helloEngine()
	r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
	assert.Equal(t, "HTTP/1.1 127.0.0.1", get(t, &http.Transport{}, "http://"+r.addr.String()))
	require.NoError(t, engine.Shutdown(context.Background()))
	assert.Same(t, http.ErrServerClosed, r.result(t), "itself: programs compare with !=")
}

func TestRunTakesThePortOfTheEnvironment(t *testing.T) {
	_, port, _ := net.SplitHostPort(freeport.Addr(t))
	t.Setenv("PORT", port)
	engine := helloEngine()
	r := start(t, engine, func() error { return engine.Run() })
	assert.True(t, strings.HasSuffix(r.addr.String(), ":"+port), r.addr)
}

func TestResolveAddr(t *testing.T) {
	t.Setenv("PORT", "")
	assert.Equal(t, ":8080", dram.ResolveAddr())
	assert.Equal(t, ":http", dram.ResolveAddr(""))
	assert.Equal(t, "[::1]:3", dram.ResolveAddr("[::1]:3"))
	t.Setenv("PORT", "99")
	assert.Equal(t, ":99", dram.ResolveAddr())
	assert.Equal(t, ":1", dram.ResolveAddr(":1"))
}

func TestRunRefusesTwoAddresses(t *testing.T) {
	for name, run := range map[string]func(*dram.Engine){
		"Run":        func(e *dram.Engine) { _ = e.Run(":1", ":2") },
		"RunContext": func(e *dram.Engine) { _ = e.RunContext(cancelled(), ":1", ":2") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() { assert.Contains(t, recover(), "too many parameters") }()
			run(dram.New())
		})
	}
}

func TestRunErrors(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	taken := listener.Addr().String()
	engine := dram.New()
	var op *net.OpError
	for name, err := range map[string]error{
		"Run": engine.Run(taken), "RunContext": engine.RunContext(context.Background(), taken),
		"RunUnix": engine.RunUnix(filepath.Join(t.TempDir(), "no", "dir")),
	} {
		assert.ErrorAs(t, err, &op, name)
		assert.ErrorContains(t, err, "dram: "+name+": listen ")
	}
	assert.ErrorIs(t, engine.RunTLS("127.0.0.1:0", "no.pem", "no.key"), fs.ErrNotExist)
	assert.ErrorIs(t, engine.RunFd(-1), os.ErrInvalid)
	assert.ErrorContains(t, engine.RunFd(1<<30), "dram: RunFd: ")
	assert.ErrorContains(t, engine.RunListener(nil), "dram: RunListener: the listener is nil")
	assert.ErrorIs(t, engine.RunListener(brokenListener{}), errBroken)
}

func TestServerHasTimeouts(t *testing.T) {
	engine := dram.New()
	server := engine.Server("127.0.0.1:1")
	assert.Equal(t, "127.0.0.1:1", server.Addr)
	assert.Same(t, engine, server.Handler)
	assert.Equal(t, 10*time.Second, server.ReadHeaderTimeout)
	assert.Equal(t, 120*time.Second, server.IdleTimeout)
	assert.Zero(t, server.ReadTimeout, "an upload may take its time")
	assert.Zero(t, server.WriteTimeout, "a stream may take its time")
	assert.False(t, server.Protocols.UnencryptedHTTP2())
	engine.UseH2C = true
	assert.True(t, engine.Server("").Protocols.UnencryptedHTTP2())
}

// certificate writes a certificate for 127.0.0.1 and its key into files.
func certificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	require.NoError(t, os.WriteFile(certFile, certPEM, 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	roots = x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(certPEM))
	return certFile, keyFile, roots
}

func TestRunTLS(t *testing.T) {
	certFile, keyFile, roots := certificate(t)
	engine := helloEngine()
	r := start(t, engine, func() error { return engine.RunTLS("127.0.0.1:0", certFile, keyFile) })
	config := func() *tls.Config { return &tls.Config{RootCAs: roots} } // a Transport changes its own
	url := "https://" + r.addr.String()
	assert.Equal(t, "HTTP/2.0 127.0.0.1", get(t, &http.Transport{TLSClientConfig: config(), ForceAttemptHTTP2: true}, url))
	http1 := new(http.Protocols)
	http1.SetHTTP1(true)
	assert.Equal(t, "HTTP/1.1 127.0.0.1", get(t, &http.Transport{TLSClientConfig: config(), Protocols: http1}, url))
}

func TestRunUnix(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dram.sock")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: file, Net: "unix"})
	require.NoError(t, err)
	stale.SetUnlinkOnClose(false)
	stale.Close() // as a process that was killed leaves it

	engine := helloEngine()
	r := start(t, engine, func() error { return engine.RunUnix(file) })
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", file)
	}}
	assert.Equal(t, "HTTP/1.1 ", get(t, transport, "http://unix/"))

	second := helloEngine()
	assert.ErrorContains(t, second.RunUnix(file), "address already in use", "a living server's socket is left alone")
	assert.FileExists(t, file)

	require.NoError(t, engine.Shutdown(context.Background()))
	assert.Same(t, http.ErrServerClosed, r.result(t))
	assert.NoFileExists(t, file)
}

// Who replaces a program removes its socket, has the next one listen, and then ends the first:
// the socket that is there by then is the next one's.
func TestTheEndOfRunUnixLeavesTheSocketOfTheNextProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dram.sock")
	first, next := helloEngine(), helloEngine()
	ended := start(t, first, func() error { return first.RunUnix(file) })
	require.NoError(t, os.Remove(file))
	start(t, next, func() error { return next.RunUnix(file) })

	require.NoError(t, first.Shutdown(context.Background()))
	assert.Same(t, http.ErrServerClosed, ended.result(t))
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", file)
	}}
	assert.Equal(t, "HTTP/1.1 ", get(t, transport, "http://unix/"))
	require.NoError(t, next.Shutdown(context.Background()))
	assert.NoFileExists(t, file, "which its own end removes")
}

func TestRunUnixLeavesOtherFilesAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notes.txt")
	require.NoError(t, os.WriteFile(file, []byte("mine"), 0o600))
	assert.Error(t, dram.New().RunUnix(file))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(text))
}

func TestRunListenerAndServersOfOneEngine(t *testing.T) {
	engine := helloEngine()
	var all []running
	for range 2 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		r := start(t, engine, func() error { return engine.RunListener(listener) })
		assert.Equal(t, "HTTP/1.1 127.0.0.1", get(t, &http.Transport{}, "http://"+r.addr.String()))
		all = append(all, r)
	}
	require.NoError(t, engine.Shutdown(context.Background()))
	for _, r := range all {
		assert.Same(t, http.ErrServerClosed, r.result(t))
		_, err := net.Dial("tcp", r.addr.String())
		assert.Error(t, err, "nobody listens any more")
	}
}

func TestClientThatGoesAwayCancelsItsRequest(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan error, 1)
	engine := dram.New()
	engine.GET("/", func(c *dram.Context) {
		close(arrived)
		select {
		case <-c.Done():
			gone <- c.Err()
		case <-time.After(patience):
			gone <- errors.New("nothing happened")
		}
	})
	r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
	conn, err := net.Dial("tcp", r.addr.String())
	require.NoError(t, err)
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	<-arrived
	conn.Close()
	assert.ErrorIs(t, <-gone, context.Canceled)
}
