package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	quic "github.com/quic-go/quic-go/http3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// subject is an Engine behind one server, and a client that reaches it.
type subject struct {
	*conductor
	url    string
	client *http.Client
	try    string // what the program says about how to reach it
	end    func() // ends the server, once, and returns when it has ended
}

// recorded is a subject without a server: a httptest.ResponseRecorder.
func recorded(t *testing.T) *subject {
	s := &subject{conductor: newConductor(t), url: "http://example.com"}
	engine := newEngine(conducted(s.conductor.url))
	s.end = func() { _ = engine.Shutdown(context.Background()) }
	t.Cleanup(s.end)
	s.client = &http.Client{Transport: recorder{engine}}
	return s
}

// recorder calls a handler as a test does.
type recorder struct{ handler http.Handler }

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	in := httptest.NewRequest(req.Method, req.URL.RequestURI(), req.Body)
	in.Header, in.Trailer = req.Header, req.Trailer
	if req.ContentLength > 0 {
		in.ContentLength = req.ContentLength
	}
	out := httptest.NewRecorder()
	r.handler.ServeHTTP(out, in)
	return out.Result(), nil
}

// inTests is a subject behind a httptest.Server.
func inTests(t *testing.T) *subject {
	s := &subject{conductor: newConductor(t)}
	engine := newEngine(conducted(s.conductor.url))
	server := httptest.NewServer(engine)
	s.end = server.Close
	t.Cleanup(s.end)
	s.url, s.client = server.URL, server.Client()
	return s
}

// started is a subject behind a server of the list.
func (s server) started(t *testing.T) *subject {
	if s.conf != "" && os.Getenv("DRAM_TEST_NGINX") == "" {
		t.Skip("set DRAM_TEST_NGINX to the path of an nginx to test behind one")
	}
	dir := filepath.Join(t.TempDir(), "it's") // the printed commands have to quote it
	require.NoError(t, os.Mkdir(dir, 0o700))
	addr := "127.0.0.1:0"
	if s.name == "unix" {
		addr = filepath.Join(dir, "sock")
	}
	set, err := newSettings(dir, addr)
	require.NoError(t, err)
	at := &subject{conductor: newConductor(t)}
	set.program = child(t, set, at.conductor)

	engine := newEngine(conducted(at.conductor.url))
	engine.ShutdownTimeout = time.Minute
	addrs, ended := make(chan net.Addr, 2), make(chan error, 1)
	engine.OnListen = func(addr net.Addr) { addrs <- addr }
	go func() { ended <- s.run(engine, set) }()
	at.end = sync.OnceFunc(func() {
		assert.NoError(t, engine.Shutdown(context.Background()))
		assert.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	t.Cleanup(at.end)
	select {
	case addr := <-addrs:
		at.url, at.try = "http://"+addr.String(), s.howTo(set, addr)
	case err := <-ended:
		require.NoError(t, err)
	}
	at.reach(t, s, set)
	return at
}

// child writes a program that is this one with a conductor. At its end the race detector
// would wait for a second.
func child(t *testing.T, set settings, c *conductor) string {
	file := filepath.Join(set.dir, "program")
	script := fmt.Sprintf("#!/bin/sh\nGORACE=atexit_sleep_ms=0 %s=%s exec %s \"$@\"\n", conductorEnv, c.url, quote(set.program))
	require.NoError(t, os.WriteFile(file, []byte(script), 0o700))
	return file
}

// reach makes the client for the server.
func (s *subject) reach(t *testing.T, of server, set settings) {
	pem, err := os.ReadFile(set.certFile)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	trust := &tls.Config{RootCAs: roots}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	s.client = &http.Client{Transport: transport}
	switch of.name {
	case "tls":
		s.url = strings.Replace(s.url, "http:", "https:", 1)
		transport.TLSClientConfig, transport.ForceAttemptHTTP2 = trust, true
	case "h2c":
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	case "unix":
		s.url = "http://localhost"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", set.addr)
		}
	case "h3":
		s.url = strings.Replace(s.url, "http:", "https:", 1)
		overUDP := &quic.Transport{TLSClientConfig: trust, DisableCompression: true}
		t.Cleanup(func() { _ = overUDP.Close() })
		s.client.Transport = overUDP
	case "fcgi":
		s.startNginx(t, set.dir)
	}
}

// startNginx starts nginx with the configuration that the program has written.
func (s *subject) startNginx(t *testing.T, dir string) {
	_, url, _ := strings.Cut(s.try, "curl -i ")
	s.url = strings.TrimSuffix(url, "/\n")
	addr := strings.TrimPrefix(s.url, "http://")
	var log bytes.Buffer
	cmd := exec.Command(os.Getenv("DRAM_TEST_NGINX"), "-e", "stderr", "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	cmd.Stderr = &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, patience, 20*time.Millisecond, "nginx does not listen")
}

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	dram.DefaultErrorWriter = io.Discard
	if url := os.Getenv(conductorEnv); url != "" { // a server has started it
		if err := run(os.Args[1:], conducted(url)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
