package dram_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// What handlers say of a connection of HTTP/1.1, as those of Gin that stream do, does not make
// their answers malformed in HTTP/2 and 3.
func TestHeadersOfAConnectionStayInHTTP1(t *testing.T) {
	r := dram.New()
	set := func(c *dram.Context) {
		for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade"} {
			c.Header(name, "x")
		}
	}
	r.GET("/text", func(c *dram.Context) { set(c); c.String(http.StatusOK, "text") })
	r.GET("/empty", func(c *dram.Context) { set(c); c.Status(http.StatusUpgradeRequired) })
	for major, left := range map[int]int{1: 5, 2: 2, 3: 0} { // in HTTP/2 net/http takes Connection and Transfer-Encoding
		for _, path := range []string{"/text", "/empty"} {
			req := httptest.NewRequest(http.MethodGet, path, nil)
			req.ProtoMajor = major
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			w.Header().Del("Content-Type")
			assert.Len(t, w.Header(), left, "HTTP/%d %s", major, path)
		}
	}
}

func TestHTTP2LeavesNoHeaderOfAConnection(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.Header("Connection", "keep-alive")
		c.Header("Upgrade", "websocket")
		c.Header("Keep-Alive", "timeout=5")
		c.String(http.StatusOK, c.Request.Proto)
	})
	server := httptest.NewUnstartedServer(r)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	res, err := server.Client().Get(server.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, 2, res.ProtoMajor)
	assert.Empty(t, res.Header["Connection"])
	assert.Empty(t, res.Header["Upgrade"])
	assert.Empty(t, res.Header["Keep-Alive"])
}

// An early answer is one as well: net/http sends what is in its header as it is.
func TestHTTP2LeavesNoHeaderOfAConnectionInAnEarlyAnswer(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.Header("Connection", "keep-alive")
		c.Header("Link", "</style.css>; rel=preload")
		c.Writer.WriteHeader(http.StatusEarlyHints)
		c.Status(http.StatusNoContent)
	})
	server := httptest.NewUnstartedServer(r)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	var early textproto.MIMEHeader
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
		early = h
		return nil
	}})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	res, err := server.Client().Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, textproto.MIMEHeader{"Link": {"</style.css>; rel=preload"}}, early)
}
