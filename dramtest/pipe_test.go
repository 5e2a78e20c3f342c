package dramtest

import (
	"bytes"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A connection of one end that writes, and one that reads.
func TestPipeHasABuffer(t *testing.T) {
	a, b := newPipe()
	for _, end := range []net.Conn{a, b} { // nobody reads yet
		n, err := end.Write([]byte("hello"))
		assert.Equal(t, 5, n)
		assert.NoError(t, err)
	}
	assert.NoError(t, a.Close())
	text, err := io.ReadAll(b)
	assert.Equal(t, "hello", string(text))
	assert.NoError(t, err)
	_, err = b.Write([]byte("x"))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
	_, err = a.Read(make([]byte, 1))
	assert.ErrorIs(t, err, net.ErrClosed)
	_, err = a.Write([]byte("x"))
	assert.ErrorIs(t, err, net.ErrClosed)
}

func TestAFullPipeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newPipe()
		large := bytes.Repeat([]byte("x"), 3*maxBuffered)
		written := 0
		go func() { written, _ = a.Write(large); _ = a.Close() }()
		synctest.Wait()
		assert.Zero(t, written, "it waits for the reader")
		text, err := io.ReadAll(b)
		assert.NoError(t, err)
		assert.Equal(t, large, text)
		synctest.Wait()
		assert.Equal(t, len(large), written)
	})
}

func TestDeadlinesOfAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newPipe()
		begin, buffer := time.Now(), make([]byte, 2*maxBuffered)
		assert.NoError(t, a.SetDeadline(begin.Add(time.Second)))
		assert.NoError(t, a.SetDeadline(begin.Add(time.Minute))) // the one that counts
		_, err := a.Read(buffer)
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(begin))
		synctest.Wait() // for the writer's
		n, err := a.Write(buffer)
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Zero(t, n)
		assert.NoError(t, a.SetDeadline(time.Time{}))
		n, err = a.Write(buffer[:10])
		assert.NoError(t, err)
		assert.Equal(t, 10, n)
		assert.NoError(t, a.SetReadDeadline(begin)) // long ago
		_, err = a.Read(buffer)
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}
