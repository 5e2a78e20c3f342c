package h1_test

import (
	"io"
	"net/http"
	"runtime/debug"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deaf is a connection that takes nothing.
type deaf struct{ *wire }

func (deaf) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A Write of much went on copying it after the connection had failed: what is behind the first part
// cannot be read here.
func TestAWriteEndsWhenTheConnectionFails(t *testing.T) {
	const part = 1 << 20
	text, err := syscall.Mmap(-1, 0, 2*part, syscall.PROT_READ, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	require.NoError(t, err)
	require.NoError(t, syscall.Mprotect(text[part:], syscall.PROT_NONE))
	defer func() { _ = syscall.Munmap(text) }()
	synctest.Test(t, func(t *testing.T) {
		c := deaf{newWire()}
		c.send([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), true)
		returned := false
		srv := ours(settings{logs: io.Discard, handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
			_, err := w.Write(text)
			assert.ErrorIs(t, err, io.ErrClosedPipe)
			returned = true
		})})
		served := make(chan error, 1)
		go func() { served <- srv.Serve(newOneListener(c)) }()
		time.Sleep(2 * time.Second)
		_ = srv.Close()
		<-served
		synctest.Wait()
		assert.True(t, returned)
	})
}
