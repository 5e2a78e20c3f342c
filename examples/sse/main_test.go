package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/dramtest"
)

func TestClock(t *testing.T) {
	res := dramtest.New(t, newEngine(time.Millisecond)).GET("/clock", dramtest.Header("Last-Event-ID", "41"))
	res.Want(http.StatusOK).Header("Cache-Control", "no-cache")
	number := 42
	for event := range res.Events(t.Context()) { // each arrives while the response goes on
		assert.Equal(t, "tick", event.Type)
		assert.Equal(t, strconv.Itoa(number), event.ID)
		var data struct {
			Number int
			Time   time.Time
		}
		require.NoError(t, json.Unmarshal([]byte(event.Data), &data))
		assert.Equal(t, number, data.Number)
		assert.False(t, data.Time.IsZero())
		if number++; number > 44 {
			break // the handler has to notice that the client is gone
		}
	}
	assert.Equal(t, 45, number)
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
