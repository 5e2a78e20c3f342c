package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
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
