package main

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file is how answers end that cannot be completed. Before rung 5 the end of each is that of its
// connection, and nobody can tell.

// eachHTTP runs the test with the rungs from 5 on.
func eachHTTP(t *testing.T, test func(*testing.T, fact)) {
	each(t, func(t *testing.T, f fact) {
		if !f.http {
			t.Skip("a stream has no other end")
		}
		test(t, f)
	})
}

// A server that is ended in the middle of an answer does not send an end with it.
func TestSIGTERMBreaksAnswersOff(t *testing.T) {
	eachHTTP(t, func(t *testing.T, f fact) {
		for range 5 { // the handler and the end of its connection are in a race
			server, err := f.start(t, io.Discard)
			require.NoError(t, err)
			slow, stream := server.say(t, get("/slow")), server.say(t, get("/stream"))
			begin := make([]byte, 1<<10)
			n, err := stream.Read(begin)
			require.NoError(t, err)
			require.NoError(t, server.stop())
			// One that the process had time for is whole: with the race detector it lingers.
			if body, err := readAnswer(string(begin[:n]) + rest(t, stream)); err == nil {
				assert.Equal(t, "1\n2\n3\n", body)
			}
			if body, err := readAnswer(rest(t, slow)); err == nil {
				assert.Equal(t, "slow\n", body)
			}
		}
	})
}

// Over HTTP/1.0 the end of the connection is that of a stream: it is a reset if something is missing,
// whatever ends the server.
func TestHalfAStreamOverHTTP10IsReset(t *testing.T) {
	for name, end := range map[string]func(*server) error{
		"SIGTERM": (*server).stop,
		"SIGKILL": func(s *server) error {
			err := s.cmd.Process.Kill()
			_ = s.cmd.Wait() // its error is the signal
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachHTTP(t, func(t *testing.T, f fact) {
				server, err := f.start(t, io.Discard)
				require.NoError(t, err)
				stream := server.say(t, "GET /stream HTTP/1.0\r\n\r\n")
				lines := bufio.NewReader(stream)
				_, err = lines.ReadString('1')
				require.NoError(t, err)
				require.NoError(t, end(server))
				mustBeCut(t, lines, "\n2\n3\n")
			})
		})
	}
}

// mustBeCut reads what is left of an answer: a reset, or all of it.
func mustBeCut(t *testing.T, conn io.Reader, whole string) {
	t.Helper()
	if text, err := io.ReadAll(conn); err != nil {
		assert.ErrorIs(t, err, syscall.ECONNRESET)
	} else {
		assert.True(t, strings.HasSuffix(string(text), whole), "half a stream looks whole: %q", text)
	}
}

// A client that only sends no more looks like one that has left. Where a body would end with the
// connection it is reset, and where there is none it is not.
func TestHalfOpenOverHTTP10(t *testing.T) {
	eachHTTP(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		for range 5 {
			conn := server.say(t, "GET /stream HTTP/1.0\r\n\r\n")
			require.NoError(t, conn.CloseWrite())
			mustBeCut(t, conn, "1\n2\n3\n")

			conn = server.say(t, "HEAD /stream HTTP/1.0\r\n\r\n")
			require.NoError(t, conn.CloseWrite())
			_, err := io.ReadAll(conn)
			require.NoError(t, err, "nothing is missing")
		}
	})
}

// A client whose body breaks off is told so, if it still reads.
func TestHalfABodyIsRefused(t *testing.T) {
	eachHTTP(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		for name, body := range map[string]string{
			"a length": "Content-Length: 5\r\n\r\nhell",
			"chunks":   "Transfer-Encoding: chunked\r\n\r\n5\r\nhell",
		} {
			conn := server.say(t, "POST /echo HTTP/1.1\r\nHost: x\r\n"+body)
			require.NoError(t, conn.CloseWrite())
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err, name)
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err, name)
			assert.Equal(t, http.StatusBadRequest, answer.StatusCode, name)
			assert.Equal(t, "400 bad request\n", string(text), name)
		}
	})
}
