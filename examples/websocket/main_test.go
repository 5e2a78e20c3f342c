package main

import (
	"context"
	"net"
	"net/http"
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

	"github.com/dram-go/dram/dramtest"
)

func TestEcho(t *testing.T) {
	ws := dramtest.New(t, newEngine()).WebSocket("/echo")
	for _, text := range []string{"hello", "Zwiebel 🧅", "", strings.Repeat("x", 30<<10)} {
		ws.Send(text)
		assert.Equal(t, text, ws.Receive())
	}
	ws.SendBinary([]byte("\x00\xff"))
	assert.Equal(t, []byte("\x00\xff"), ws.ReceiveBinary())
	assert.Equal(t, int(websocket.StatusNormalClosure), ws.Close(int(websocket.StatusNormalClosure), ""))
}

func TestEchoRefuses(t *testing.T) {
	app := dramtest.New(t, newEngine())
	app.GET("/echo").Want(http.StatusUpgradeRequired) // no upgrade was asked for
	app.GET("/echo", dramtest.Upgrade(), dramtest.CrossSite("https://elsewhere.example")).Want(http.StatusForbidden)
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
