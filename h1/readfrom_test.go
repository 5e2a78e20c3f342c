package h1_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A file that grows between Stat and Copy lost the whole answer.
func TestReadFromBeyondContentLength(t *testing.T) {
	text := strings.Repeat("0123456789", 10000)
	file := t.TempDir() + "/file"
	assert.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	sources := map[string]func(io.Reader) io.Reader{
		"a reader":       func(io.Reader) io.Reader { return struct{ io.Reader }{strings.NewReader(text)} },
		"a file":         func(file io.Reader) io.Reader { return file },
		"a limited file": func(file io.Reader) io.Reader { return io.LimitReader(file, int64(len(text))) },
	}
	for name, source := range sources {
		for length, says := range map[string]int{"0": 0, "1": 1, "600": 600, "32768": 32768, "40000": 40000, "100000": 100000} {
			for _, before := range []string{"", "x"} {
				t.Run(name+", "+length+", before it "+before, func(t *testing.T) {
					addr, _ := started(t, ours, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
						f, err := os.Open(file)
						assert.NoError(t, err)
						defer func() { _ = f.Close() }()
						w.Header().Set("Content-Length", length)
						_, _ = io.WriteString(w, before[:min(len(before), says)])
						room := says - min(len(before), says)
						n, err := io.Copy(w, source(f))
						assert.EqualValues(t, room, n)
						if room < len(text) {
							assert.ErrorIs(t, err, http.ErrContentLength)
						} else {
							assert.NoError(t, err)
						}
					}))
					c := dialed(t, addr)
					const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
					_, err := io.WriteString(c, get+strings.Replace(get, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
					assert.NoError(t, err)
					out, err := io.ReadAll(c)
					assert.NoError(t, err)
					answers, err := parseAnswers(out, nil)
					assert.NoError(t, err)
					if assert.Len(t, answers, 2, "the connection is kept") {
						assert.Equal(t, (before + text)[:says], answers[0].body)
					}
				})
			}
		}
	}
	for _, status := range []int{http.StatusNoContent, http.StatusNotModified} {
		addr, _ := started(t, ours, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			w.WriteHeader(status)
			_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(text))
			assert.ErrorIs(t, err, http.ErrBodyNotAllowed)
		}))
		res, err := http.Get("http://" + addr)
		assert.NoError(t, err)
		_ = res.Body.Close()
	}
}
