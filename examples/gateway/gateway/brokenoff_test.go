package gateway_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A call that a server cancels was told to its client as 499, and a page of what stands in front of the service, 401
// say, as the service's word, with the text of the page. Neither was a failure of the server, nor tried at another.
func TestACallThatTheServerBreaksOffIsNotTheClientsFault(t *testing.T) {
	cancels := func(c *grpcCall) error { return status.Error(codes.Canceled, "the database is x") }
	page := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "<h1>the mesh</h1>")
	}))
	page.Config.Protocols = new(http.Protocols)
	page.Config.Protocols.SetUnencryptedHTTP2(true)
	page.Start()
	defer page.Close()
	set := compileProto(t, booksProto)
	well := func(c *grpcCall) error { return c.Send(`{"name":"a"}`) }
	for name, addr := range map[string]string{
		"says CANCELLED":    serveGRPC(t, set, map[string]func(*grpcCall) error{"Get": cancels, "Watch": cancels}),
		"resets the stream": serveResets(t, http2.ErrCodeCancel),
		"wants calm":        serveResets(t, http2.ErrCodeEnhanceYourCalm),
		"answers by a page": page.Listener.Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/api/v1/one/a", "/api/v1/watch/a"} {
				g, err := transcoding(t, strings.Replace(rpc, "metadata: [X-User]", "breaker: {failures: 1, open: 1h}", 1), addr)
				require.NoError(t, err)
				defer g.Close()
				w := ask(g, path, "Accept", "*/*")
				assert.JSONEq(t, `{"title":"Service Unavailable","status":503,"code":"UNAVAILABLE"}`, w.Body.String())
				assert.Equal(t, "3600", ask(g, path, "Accept", "*/*").Header().Get("Retry-After"), "the server has failed")
			}
			both := strings.NewReplacer(`"}], `, `"}, {url: "h2c://$2"}], `, "timeout: 5s", "timeout: 5s, retry: {times: 1}").Replace(rpc)
			g, err := transcoding(t, both, addr, serveGRPC(t, set, map[string]func(*grpcCall) error{"Get": well}))
			require.NoError(t, err)
			defer g.Close()
			for range 4 {
				assert.Equal(t, 200, ask(g, "/api/v1/one/a").Code)
			}
		})
	}
}

// serveResets serves HTTP/2 that answers each request with a reset.
func serveResets(t *testing.T, code http2.ErrCode) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	serve := func(conn net.Conn) {
		defer conn.Close()
		_, err := io.CopyN(io.Discard, conn, int64(len(http2.ClientPreface)))
		for framer := http2.NewFramer(conn, conn); err == nil; {
			var frame http2.Frame
			frame, err = framer.ReadFrame()
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					_, _ = framer.WriteSettings(), framer.WriteSettingsAck()
				}
			case *http2.DataFrame:
				_ = framer.WriteRSTStream(frame.StreamID, code)
			}
		}
	}
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			go serve(conn)
		}
	}()
	return listener.Addr().String()
}
