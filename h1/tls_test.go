package h1_test

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/h1"
)

// This file is TLS: what is offered is spoken, and a handshake ends in time.

// certified is a configuration with a certificate that a client of httptest trusts.
func certified(t *testing.T) (config *tls.Config, client *tls.Config) {
	pair := httptest.NewUnstartedServer(nil)
	pair.StartTLS()
	defer pair.Close()
	roots := pair.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return &tls.Config{Certificates: pair.TLS.Certificates}, &tls.Config{RootCAs: roots, ServerName: "example.com"}
}

// servedTLS serves over TLS until the test ends.
func servedTLS(t *testing.T, srv interface {
	ServeTLS(net.Listener, string, string) error
	Close() error
}) (addr string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- srv.ServeTLS(listener, "", "") }()
	t.Cleanup(func() {
		_ = srv.Close()
		<-served
	})
	return listener.Addr().String()
}

var protoOf = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, req.Proto) })

func TestServeTLSSpeaksWhatItOffers(t *testing.T) {
	config, client := certified(t)
	http1 := new(http.Protocols)
	http1.SetHTTP1(true)
	for _, test := range []struct {
		name      string
		offers    []string // of the program
		protocols *http.Protocols
		asks      []string // the client
		spoken    string
	}{
		{name: "a certificate alone, HTTP/2", asks: []string{"h2", "http/1.1"}, spoken: "HTTP/2.0"},
		{name: "a certificate alone, HTTP/1.1", asks: []string{"http/1.1"}, spoken: "HTTP/1.1"},
		{name: "a certificate alone, no ALPN", spoken: "HTTP/1.1"},
		{name: "an offer of something else", offers: []string{"acme-tls/1"}, asks: []string{"h2", "http/1.1"}, spoken: "HTTP/2.0"},
		{name: "an offer of something else, HTTP/1.1", offers: []string{"acme-tls/1"}, asks: []string{"http/1.1"}, spoken: "HTTP/1.1"},
		{name: "HTTP/2 is off", protocols: http1, asks: []string{"h2", "http/1.1"}, spoken: "HTTP/1.1"},
		{name: "HTTP/2 is off, and offered", offers: []string{"h2", "http/1.1"}, protocols: http1, asks: []string{"h2", "http/1.1"}, spoken: "HTTP/1.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			own := config.Clone()
			own.NextProtos = test.offers
			quiet := log.New(io.Discard, "", 0)
			for name, srv := range map[string]interface {
				ServeTLS(net.Listener, string, string) error
				Close() error
			}{
				"net/http": &http.Server{Handler: protoOf, TLSConfig: own.Clone(), Protocols: test.protocols, ErrorLog: quiet},
				"h1":       &h1.Server{Handler: protoOf, TLSConfig: own, Protocols: test.protocols, ErrorLog: quiet},
			} {
				addr := servedTLS(t, srv)
				asking := client.Clone()
				asking.NextProtos = test.asks
				transport := &http.Transport{TLSClientConfig: asking, ForceAttemptHTTP2: len(test.asks) > 1}
				defer transport.CloseIdleConnections()
				res, err := (&http.Client{Transport: transport}).Get("https://" + addr)
				require.NoError(t, err, name)
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err, name)
				_ = res.Body.Close()
				assert.Equal(t, test.spoken, string(body), name)
			}
			assert.Equal(t, test.offers, own.NextProtos, "the program's configuration is as it was")
		})
	}
}

// HTTP/2 was offered and not served where net/http's own reading of its setting was another one: it
// also comes from a line //go:debug and from go.mod.
func TestHTTP2IsOfferedWhereNetHTTPServesIt(t *testing.T) {
	for setting, spoken := range map[string]string{
		"http2server=0": "HTTP/1.1", "http2server=0,http2server=1": "HTTP/2.0", "http2server=1,http2server=0": "HTTP/1.1", "": "HTTP/2.0",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Setenv("GODEBUG", setting)
			config, client := certified(t)
			addr := servedTLS(t, &h1.Server{Handler: protoOf, TLSConfig: config})
			client.NextProtos = []string{"h2", "http/1.1"}
			transport := &http.Transport{TLSClientConfig: client, ForceAttemptHTTP2: true}
			defer transport.CloseIdleConnections()
			res, err := (&http.Client{Transport: transport}).Get("https://" + addr)
			require.NoError(t, err)
			_ = res.Body.Close()
			assert.Equal(t, spoken, res.Proto)
		})
	}
}

// wrapped is a connection around one of crypto/tls, as a listener that counts makes it, and cannot be the key
// of a map.
type wrapped struct {
	net.Conn
	secure *tls.Conn
	_      []int
}

func (c wrapped) ConnectionState() tls.ConnectionState { return c.secure.ConnectionState() }

// handshaking is one whose handshake is left to the server.
type handshaking struct{ wrapped }

func (c handshaking) HandshakeContext(ctx context.Context) error {
	return c.secure.HandshakeContext(ctx)
}

// HTTP/2 was not spoken over a connection that wraps one of crypto/tls, where net/http does since Go 1.27.
func TestTLSInsideOfAnotherConnection(t *testing.T) {
	for name, wrap := range map[string]func(*tls.Conn) net.Conn{
		"after its handshake": func(secure *tls.Conn) net.Conn {
			_ = secure.Handshake()
			return wrapped{Conn: secure, secure: secure}
		},
		"with HandshakeContext": func(secure *tls.Conn) net.Conn { return handshaking{wrapped{Conn: secure, secure: secure}} },
	} {
		for _, asks := range []string{"h2", "http/1.1"} {
			t.Run(name+", "+asks, func(t *testing.T) {
				if asks == "h2" && before("go1.27") {
					t.Skip("net/http of this Go does not take it")
				}
				config, client := certified(t)
				config.NextProtos, client.NextProtos = []string{"h2", "http/1.1"}, []string{asks}
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				srv := &h1.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					_, _ = io.WriteString(w, req.TLS.NegotiatedProtocol)
				})}
				go func() { _ = srv.Serve(wrapping{listener, config, wrap}) }()
				defer func() { _ = srv.Close() }()
				transport := &http.Transport{TLSClientConfig: client, ForceAttemptHTTP2: asks == "h2"}
				defer transport.CloseIdleConnections()
				res, err := (&http.Client{Transport: transport}).Get("https://" + listener.Addr().String())
				require.NoError(t, err)
				said, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				assert.Equal(t, asks, string(said))
			})
		}
	}
}

// wrapping accepts connections with TLS, and wraps them.
type wrapping struct {
	net.Listener
	config *tls.Config
	wrap   func(*tls.Conn) net.Conn
}

func (l wrapping) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.wrap(tls.Server(c, l.config)), nil
}

// Without a cipher that HTTP/2 needs HTTP/1.1 is spoken.
func TestHTTP2IsNotOfferedWithoutItsCiphers(t *testing.T) {
	config, client := certified(t)
	config.MaxVersion, config.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
	addr := servedTLS(t, &h1.Server{Handler: protoOf, TLSConfig: config})
	client.NextProtos = []string{"h2", "http/1.1"}
	c, err := tls.Dial("tcp", addr, client)
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	assert.Equal(t, "http/1.1", c.ConnectionState().NegotiatedProtocol)
}

// A preface of HTTP/2 where HTTP/1.1 was agreed upon is a request like others.
func TestAPrefaceWhereHTTP1WasAgreed(t *testing.T) {
	config, client := certified(t)
	client.NextProtos = []string{"http/1.1"}
	addr := servedTLS(t, &h1.Server{Handler: protoOf, TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0)})
	c, err := tls.Dial("tcp", addr, client)
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	require.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	require.NoError(t, err)
	answer, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.Contains(t, string(answer), "HTTP/1.1 505 ")
}

// A connection does not change its protocol in the middle: what stands in front may have sent others'
// requests on it.
func TestAPrefaceBehindARequest(t *testing.T) {
	const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	unencrypted := new(http.Protocols)
	unencrypted.SetUnencryptedHTTP2(true)
	for name, before := range map[string]string{
		"":                   "",
		"a GET":              "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"a POST, and a line": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			srv := &h1.Server{Handler: protoOf, Protocols: unencrypted, ErrorLog: log.New(io.Discard, "", 0)}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			go func() { _ = srv.Serve(listener) }()
			defer func() { _ = srv.Close() }()
			c := dialed(t, listener.Addr().String())
			_, err = io.WriteString(c, before+preface)
			require.NoError(t, err)
			require.NoError(t, c.CloseWrite())
			answers, err := io.ReadAll(c)
			require.NoError(t, err)
			assert.Equal(t, before != "", strings.Contains(string(answers), "HTTP/1.1 505 "), "%q", answers)
		})
	}
}

func TestAHandshakeEndsWithTheShortestTimeout(t *testing.T) {
	config, _ := certified(t)
	for name, srv := range map[string]*h1.Server{
		"ReadTimeout":       {ReadTimeout: 50 * time.Millisecond, ReadHeaderTimeout: time.Hour},
		"WriteTimeout":      {WriteTimeout: 50 * time.Millisecond, ReadHeaderTimeout: time.Hour},
		"ReadHeaderTimeout": {ReadHeaderTimeout: 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			srv.TLSConfig, srv.ErrorLog = config, log.New(io.Discard, "", 0)
			c := dialed(t, servedTLS(t, srv))
			_, err := c.Read(make([]byte, 1)) // within a minute
			assert.ErrorIs(t, err, io.EOF)
		})
	}
}
