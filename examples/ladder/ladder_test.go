package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptrace"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// One table of requests over all rungs.
func TestTable(t *testing.T) {
	each(t, func(t *testing.T, f fact) {
		// What rung 5 adds: before it, a name is taken as it is written, and a chunked
		// body is refused.
		decoded, chunkedStatus, chunkedBody := "hello, a%20b\n", http.StatusNotImplemented, "501 not implemented\n"
		if f.http {
			decoded, chunkedStatus, chunkedBody = "hello, a b\n", http.StatusOK, "echo"
		}
		const notFound = "404 not found\n"
		server := f.serve(t)
		for name, test := range map[string]struct {
			method, path string
			body         io.Reader
			status       int
			answer       string
		}{
			"root":           {"GET", "/", nil, 200, "dram\n"},
			"query":          {"GET", "/?q=1", nil, 200, "dram\n"},
			"name":           {"GET", "/hello/gopher", nil, 200, "hello, gopher\n"},
			"encoded name":   {"GET", "/hello/a%20b", nil, 200, decoded},
			"echo":           {"POST", "/echo", strings.NewReader("a\x00b\r\n\r\n"), 200, "a\x00b\r\n\r\n"},
			"long echo":      {"POST", "/echo", strings.NewReader(strings.Repeat("0123456789abcdef", 4000)), 200, strings.Repeat("0123456789abcdef", 4000)},
			"empty echo":     {"POST", "/echo", nil, 200, ""},
			"chunked echo":   {"POST", "/echo", io.MultiReader(strings.NewReader("echo")), chunkedStatus, chunkedBody},
			"slow":           {"GET", "/slow", nil, 200, "slow\n"},
			"stream":         {"GET", "/stream", nil, 200, "1\n2\n3\n"},
			"unknown":        {"GET", "/unknown", nil, 404, notFound},
			"no name":        {"GET", "/hello/", nil, 404, notFound},
			"two segments":   {"GET", "/hello/a/b", nil, 404, notFound},
			"unknown method": {"BREW", "/unknown", nil, 404, notFound},
		} {
			t.Run(name, func(t *testing.T) {
				req, err := http.NewRequestWithContext(t.Context(), test.method, "http://"+server.addr+test.path, test.body)
				require.NoError(t, err)
				resp, err := http.DefaultClient.Do(req)
				require.NoError(t, err)
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, test.status, resp.StatusCode)
				assert.Equal(t, test.answer, string(body))
				assert.Equal(t, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
				if chunked := f.http && resp.ContentLength < 0; name != "stream" && !chunked {
					assert.EqualValues(t, len(test.answer), resp.ContentLength)
				}
			})
		}
	})
}

// Before rung 5 each answer ends its connection.
func TestKeepAlive(t *testing.T) {
	each(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		client := http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		var reused bool
		trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
		})
		for range 2 {
			req, err := http.NewRequestWithContext(trace, "GET", "http://"+server.addr+"/", nil)
			require.NoError(t, err)
			resp, err := client.Do(req)
			require.NoError(t, err)
			assert.Equal(t, !f.http, resp.Close)
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		}
		assert.Equal(t, f.http, reused)
	})
}

// While /slow waits, a second client waits as well in rung 1, and in no other.
func TestSecondClient(t *testing.T) {
	each(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		for range 5 { // a busy machine may delay a client by as much as /slow does
			slow := server.say(t, get("/slow"))
			assert.Contains(t, rest(t, server.say(t, get("/"))), "dram\n")
			require.NoError(t, slow.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
			_, err := slow.Read(make([]byte, 1))
			if waited := err == nil; waited == f.oneAtATime {
				return
			}
		}
		assert.Fail(t, "the second client", "waits: %v", !f.oneAtATime)
	})
}

// Each line of the stream arrives when it is written: the last comes 200 ms after the
// first, and not with it.
func TestStreamArrivesAsItIsWritten(t *testing.T) {
	each(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		resp, err := http.Get("http://" + server.addr + "/stream")
		require.NoError(t, err)
		defer resp.Body.Close()
		var chunked []string
		if f.http {
			chunked = []string{"chunked"}
		}
		assert.Equal(t, chunked, resp.TransferEncoding)
		assert.EqualValues(t, -1, resp.ContentLength)
		lines := bufio.NewReader(resp.Body)
		_, err = lines.ReadString('\n')
		require.NoError(t, err)
		first := time.Now()
		_, err = lines.ReadString('3')
		require.NoError(t, err)
		assert.Greater(t, time.Since(first), 50*time.Millisecond)
	})
}

// Every folder is a rung, listed with what it is about.
func TestList(t *testing.T) {
	folders, err := filepath.Glob("[0-9][0-9]-*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	var names []string
	for _, f := range facts(t) {
		if len(names) == 0 || names[len(names)-1] != f.name() {
			names = append(names, f.name())
			assert.Regexp(t, "^Rung "+f.name()[:2]+": .+\\.$", f.doc)
		}
	}
	assert.Equal(t, folders, names)

	var out strings.Builder
	require.NoError(t, run(t.Context(), &out, nil))
	for _, f := range facts(t) {
		assert.Contains(t, out.String(), strings.TrimRight("\n  go run ./examples/ladder/"+f.name()+" "+f.model, " ")+"\n")
	}
	assert.ErrorContains(t, run(t.Context(), &out, []string{"mesure"}), "mesure: the only command is measure")
}
