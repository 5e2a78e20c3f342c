package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClock(t *testing.T) {
	server := httptest.NewServer(newEngine(time.Millisecond))
	// Close waits for the handler, and so hangs if that does not notice that the client is gone.
	defer server.Close()

	req, err := http.NewRequest(http.MethodGet, server.URL+"/clock", nil)
	require.NoError(t, err)
	req.Header.Set("Last-Event-ID", "41")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, "text/event-stream;charset=utf-8", resp.Header.Get("Content-Type"))
	assert.Equal(t, "no-cache", resp.Header.Get("Cache-Control"))

	lines := bufio.NewScanner(resp.Body)
	for number := 42; number <= 44; number++ {
		require.True(t, lines.Scan(), "each event arrives while the response goes on")
		assert.Equal(t, "id:"+strconv.Itoa(number), lines.Text())
		require.True(t, lines.Scan())
		assert.Equal(t, "event:tick", lines.Text())
		require.True(t, lines.Scan())
		var event struct {
			Number int
			Time   time.Time
		}
		require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(lines.Text(), "data:")), &event))
		assert.Equal(t, number, event.Number)
		assert.False(t, event.Time.IsZero())
		require.True(t, lines.Scan())
		assert.Empty(t, lines.Text(), "an empty line ends the event")
	}
}

// Docker and systemd send SIGTERM, a terminal os.Interrupt.
func TestClockEndsInOrder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process of Windows cannot send itself a signal")
	}
	for _, sent := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sent.String(), func(t *testing.T) {
			spare := make(chan os.Signal, 1) // else a signal that the example does not take ends the test
			signal.Notify(spare, sent)
			defer signal.Stop(spare)
			engine := newEngine(time.Millisecond)
			listening, ended := make(chan net.Addr, 1), make(chan error, 1)
			engine.OnListen = func(addr net.Addr) { listening <- addr }
			go func() { ended <- serve(engine, "127.0.0.1:0") }()
			client := &http.Client{Timeout: time.Minute} // only a failing test waits as long
			resp, err := client.Get("http://" + (<-listening).String() + "/clock")
			require.NoError(t, err)
			defer resp.Body.Close()

			self, err := os.FindProcess(os.Getpid())
			require.NoError(t, err)
			require.NoError(t, self.Signal(sent))
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(t, err, "the answer is whole")
			assert.NoError(t, <-ended)
		})
	}
}
