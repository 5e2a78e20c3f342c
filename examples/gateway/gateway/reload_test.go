package gateway_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// start loads a text with the addresses of backends in place of $1, $2 …
func start(t *testing.T, text string, backends ...http.HandlerFunc) (g *gateway.Gateway, file string) {
	for i, handler := range backends {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		text = strings.ReplaceAll(text, fmt.Sprint("$", i+1), server.URL)
	}
	file = filepath.Join(t.TempDir(), "gateway.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	g, err := gateway.Load(file, gateway.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(g.Close)
	return g, file
}

// running runs a gateway where its file says. stop has it end, and ended is what Run returns then.
func running(t *testing.T, g *gateway.Gateway) (address string, stop func(), ended <-chan error) {
	address, _, stop, ended = operating(t, g)
	return address, stop, ended
}

// operating is running with the address of the operators.
func operating(t *testing.T, g *gateway.Gateway) (address, operators string, stop func(), ended <-chan error) {
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	ready, returned := make(chan [2]string, 1), make(chan error, 1)
	go func() { returned <- g.Run(ctx, func(address, admin string) { ready <- [2]string{address, admin} }) }()
	select {
	case at := <-ready:
		link, err := url.Parse(at[1])
		require.NoError(t, err)
		address, operators = at[0], link.Host
	case err := <-returned:
		require.NoError(t, err, "before it served")
	}
	return address, operators, stop, returned
}

const one = `
upstreams: {books: {servers: [{url: $1}]}}
routes: [{path: /books/*rest, to: books}]
`

// answer answers with a text.
func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, text, " ", r.URL.Path) }
}

func TestAFileThatIsAtFaultChangesNothing(t *testing.T) {
	g, file := start(t, one, answer("first"))
	before := g.Tag()
	require.NoError(t, os.WriteFile(file, []byte("routes: [{path: x}]"), 0o600))
	err := g.Reload()
	var faults config.Faults
	require.ErrorAs(t, err, &faults)
	assert.Equal(t, before, g.Tag())
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest("GET", "/books/1", nil))
	assert.Equal(t, "first /books/1", w.Body.String())
}

// Fifty files under load: no request fails, nothing is left of the old ones.
func TestReloadsUnderLoad(t *testing.T) {
	before := runtime.NumGoroutine()
	g, _ := start(t, one, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Millisecond)
		answer("ok")(w, r)
	})
	server := httptest.NewServer(g)
	defer server.Close()
	text := string(g.Text())
	var failed, done atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				resp, err := http.Get(server.URL + "/books/1")
				if err != nil {
					failed.Add(1)
					continue
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || string(body) != "ok /books/1" {
					failed.Add(1)
				}
				done.Add(1)
			}
		})
	}
	for i := range 50 {
		change := "slow_start: " + fmt.Sprint(i%5+1) + "s, health: {path: /}, "
		require.NoError(t, g.Use([]byte(strings.Replace(text, "servers:", change+"servers:", 1))))
		time.Sleep(2 * time.Millisecond)
	}
	close(stop)
	clients.Wait()
	assert.Zero(t, failed.Load())
	assert.Greater(t, done.Load(), int64(50))
	http.DefaultClient.CloseIdleConnections()
	server.Close()
	g.Close()
	// The backend of start, and its connections, are there until the test ends.
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+3 }, 10*time.Second, 10*time.Millisecond)
}

// What changes is used: the file, and a list that only the new one names; one that is at fault is not.
func TestFilesAreWatched(t *testing.T) {
	g, file := start(t, one, answer("ok"))
	g.Watch(t.Context())
	dir := filepath.Dir(file)
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	becomes := func(code int, from string) {
		t.Helper()
		assert.Eventually(t, func() bool {
			r := httptest.NewRequest("GET", "/books/1", nil)
			r.RemoteAddr = from + ":1"
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			return w.Code == code
		}, 10*time.Second, 10*time.Millisecond, "%d for %s", code, from)
	}
	write("bad.txt", "192.0.2.1")
	write("gateway.yaml", strings.Replace(string(g.Text()), "to: books", "to: books, risk: r", 1)+"risk: {lists: {bad: bad.txt}, rules: {r: {score: 90, when: address in lists.bad}}}\n")
	becomes(403, "192.0.2.1")
	write("bad.txt", "192.0.2.2")
	becomes(403, "192.0.2.2")
	becomes(200, "192.0.2.1")
	write("bad.txt", "192.0.2.0/99")
	write("new.yaml", strings.Replace(string(g.Text()), "/books/*rest", "/films/*rest", 1))
	require.NoError(t, os.Rename(filepath.Join(dir, "new.yaml"), file))
	assert.Eventually(t, func() bool {
		return strings.Contains(get(g.Metrics(), "/metrics").Body.String(), `gateway_reloads_total{result="refused"}`)
	}, 10*time.Second, 10*time.Millisecond)
	becomes(403, "192.0.2.2")
	write("bad.txt", "")
	becomes(404, "192.0.2.2")
}

// A file names one by a link, as those of Kubernetes do, and a secret; both are changed by another link.
func TestLinksAndSecretsAreWatched(t *testing.T) {
	dir := t.TempDir()
	put := func(version, path, token string) {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, version), 0o700))
		text := "admin: {token: file:token}\nupstreams: {books: {servers: [{url: 'http://127.0.0.1:1'}]}}\nroutes: [{path: " + path + ", to: books}]"
		require.NoError(t, os.WriteFile(filepath.Join(dir, version, "gateway.yaml"), []byte(text), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, version, "token"), []byte(token), 0o600))
		require.NoError(t, os.Symlink(version, filepath.Join(dir, "next")))
		require.NoError(t, os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "..data")))
	}
	put("1", "/one", "the first, of all tokens")
	for _, name := range []string{"gateway.yaml", "token"} {
		require.NoError(t, os.Symlink("..data/"+name, filepath.Join(dir, name)))
	}
	g, err := gateway.Load(filepath.Join(dir, "gateway.yaml"), gateway.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	g.Watch(t.Context())
	admin := g.Admin()
	shows := func(token string) int {
		r := httptest.NewRequest("GET", "/state", nil)
		r.Host = "localhost:8081"
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		admin.ServeHTTP(w, r)
		return w.Code
	}
	assert.Equal(t, 200, shows("the first, of all tokens"))
	put("2", "/two", "the first, of all tokens")
	assert.Eventually(t, func() bool { return strings.Contains(string(g.Text()), "/two") }, 10*time.Second, 10*time.Millisecond)
	put("3", "/two", "another one that is long")
	assert.Eventually(t, func() bool { return shows("another one that is long") == 200 }, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, 401, shows("the first, of all tokens"))
}

// fragile panics while a file is prepared.
type fragile struct {
	slog.Handler
	broken *atomic.Bool
}

func (f fragile) WithAttrs(attrs []slog.Attr) slog.Handler {
	if f.broken.Load() {
		panic("broken")
	}
	return f
}

func TestAPanicIsAFaultOfTheFile(t *testing.T) {
	var broken atomic.Bool
	text := strings.Replace(one, "$1", "'http://127.0.0.1:1'", 1)
	g, err := gateway.New("gateway.yaml", []byte(text), gateway.Options{Log: slog.New(fragile{slog.DiscardHandler, &broken})})
	require.NoError(t, err)
	broken.Store(true)
	tag := g.Tag()
	assert.EqualError(t, g.Use([]byte(strings.Replace(text, ":1'", ":2'", 1))), "gateway.yaml: it cannot be prepared (broken): undo the last change, and report this")
	assert.Equal(t, tag, g.Tag())
	assert.NoError(t, g.Use([]byte(text+"# the upstreams are those before")))
}

// Neither routes that have left nor what was counted of them stay.
func TestRoutesThatHaveLeft(t *testing.T) {
	g, _ := start(t, one, answer("ok"))
	text := string(g.Text())
	for i := range 20 {
		path := fmt.Sprint("/r", i)
		require.NoError(t, g.Use([]byte(strings.Replace(text, "/books/*rest, to: books", path+", to: books, limit: {rate: 1/h}, cache: {for: 1s}", 1))))
		require.Equal(t, 200, get(g, path).Code)
	}
	assert.Equal(t, 429, get(g, "/r19").Code, "what the file still has counts on")
	assert.Eventually(t, func() bool {
		metrics := get(g.Metrics(), "/metrics").Body.String()
		return !strings.Contains(metrics, `route="/r18"`) && strings.Contains(metrics, `route="/r19"`)
	}, 5*time.Second, time.Millisecond)
	assert.Contains(t, get(g.Metrics(), "/metrics").Body.String(), "go_goroutines ")
}

// The certificate is the file's, and what connections do wrong is in the log as all else is.
func TestTheCertificateIsReplaced(t *testing.T) {
	first, second := certificate(t, "first", nil), certificate(t, "second", nil)
	dir := t.TempDir()
	put := func(cert, key *tls.Certificate) {
		chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
		require.NoError(t, os.WriteFile(filepath.Join(dir, "cert"), chain, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "key"), []byte(keyPEM(t, key)), 0o600))
	}
	put(first, first)
	g, _, log := recorded(t, strings.Replace(one, "$1", "'http://127.0.0.1:1'", 1)+
		fmt.Sprintf("listen: {addr: '127.0.0.1:0', tls: {cert: %[1]s/cert, key: %[1]s/key}}\nadmin: {addr: '127.0.0.1:0'}\n", dir))
	address, end, ended := running(t, g)
	name := func() string {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		require.NoError(t, err)
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	assert.Equal(t, "first", name())
	put(second, first)
	assert.ErrorContains(t, g.Reload(), "gateway.yaml:4: listen.tls.cert: tls: private key does not match public key")
	assert.Equal(t, "first", name())
	put(second, second)
	require.NoError(t, g.Reload())
	assert.Equal(t, "second", name())
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\n\r\n")
	_, _ = io.ReadAll(conn)
	end()
	require.NoError(t, <-ended)
	assert.Contains(t, log.String(), `"msg":"http: TLS handshake error`)
}

// Where it listens is not changed by a file, which is said.
func TestWhatOnlyAStartUses(t *testing.T) {
	text := strings.Replace(one, "$1", "'http://127.0.0.1:1'", 1) + "listen: {addr: '127.0.0.1:0'}\nadmin: {addr: '127.0.0.1:0'}\n"
	g, _, log := recorded(t, text)
	_, end, ended := running(t, g)
	require.NoError(t, g.Use([]byte(strings.Replace(text, "addr: '127.0.0.1:0'", "addr: '127.0.0.1:1', max_connections: 5", 1))))
	end()
	require.NoError(t, <-ended)
	assert.Contains(t, log.String(), "~ listen.addr: 127.0.0.1:0 → 127.0.0.1:1")
	assert.Contains(t, log.String(), "~ listen.max_connections: 10000 → 5")
	assert.NotContains(t, log.String(), "admin.addr")
}

// What only the Engine finds to be twins is a fault of the file, too.
func TestHostsThatAreTwins(t *testing.T) {
	for _, paths := range [][2]string{{"/a", "/b"}, {"/a", "/a"}} {
		hosts := []string{"{a}.example.com", "{b}.example.com"}
		if paths[0] == paths[1] {
			hosts = []string{"A.example.com", "a.example.com"}
		}
		_, err := gateway.New("gateway.yaml", fmt.Appendf(nil, `
upstreams: {books: {servers: [{url: "http://127.0.0.1:1"}]}}
routes: [{path: %s, to: books, hosts: %q}, {path: %s, to: books, hosts: %q}, {path: /c, to: books}]`, paths[0], hosts[0], paths[1], hosts[1]), gateway.Options{})
		assert.ErrorContains(t, err, "gateway.yaml:3: routes[")
	}
}
