package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEcho(t *testing.T) {
	server := httptest.NewServer(newEngine())
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	conn, resp, err := websocket.Dial(ctx, server.URL+"/echo", nil)
	require.NoError(t, err)
	defer conn.CloseNow()
	assert.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)

	messages := []struct {
		kind websocket.MessageType
		text string
	}{
		{websocket.MessageText, "hello"},
		{websocket.MessageText, "Zwiebel 🧅"},
		{websocket.MessageBinary, "\x00\xff"},
		{websocket.MessageText, ""},
		{websocket.MessageText, strings.Repeat("x", 30<<10)},
	}
	for _, want := range messages {
		require.NoError(t, conn.Write(ctx, want.kind, []byte(want.text)))
		kind, got, err := conn.Read(ctx)
		require.NoError(t, err)
		assert.Equal(t, want.kind, kind)
		assert.Equal(t, want.text, string(got))
	}
	assert.NoError(t, conn.Close(websocket.StatusNormalClosure, ""))
}

func TestEchoRefuses(t *testing.T) {
	server := httptest.NewServer(newEngine())
	defer server.Close()

	resp, err := http.Get(server.URL + "/echo")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusUpgradeRequired, resp.StatusCode, "no upgrade was asked for")

	_, resp, err = websocket.Dial(t.Context(), server.URL+"/echo", &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {"https://elsewhere.example"}},
	})
	require.Error(t, err)
	assert.Equal(t, http.StatusForbidden, resp.StatusCode, "a page of another origin")
}

// A connection that is open is closed in order: the server waits for it, though net/http does not.
func TestEchoEndsWithTheServer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process of Windows cannot send itself a signal")
	}
	for _, sent := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sent.String(), func(t *testing.T) {
			spare := make(chan os.Signal, 1) // else a signal that the example does not take ends the test
			signal.Notify(spare, sent)
			defer signal.Stop(spare)
			engine := newEngine()
			engine.ShutdownTimeout = 0
			listening, ended := make(chan net.Addr, 1), make(chan error, 1)
			engine.OnListen = func(addr net.Addr) { listening <- addr }
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			go func() { ended <- serve(engine, "127.0.0.1:0") }()
			conn, _, err := websocket.Dial(ctx, "ws://"+(<-listening).String()+"/echo", nil)
			require.NoError(t, err)
			defer conn.CloseNow()
			require.NoError(t, conn.Write(ctx, websocket.MessageText, []byte("hello")))
			_, _, err = conn.Read(ctx)
			require.NoError(t, err)

			self, err := os.FindProcess(os.Getpid())
			require.NoError(t, err)
			require.NoError(t, self.Signal(sent))
			_, _, err = conn.Read(ctx)
			require.Equal(t, websocket.StatusGoingAway, websocket.CloseStatus(err))
			assert.NoError(t, <-ended)
		})
	}
}
