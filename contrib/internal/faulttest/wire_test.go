package faulttest

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// wire is the way to a server, which can be spoilt.
type wire struct {
	addr string
	rest atomic.Int64 // bytes of answers that still pass before connections are reset
	slow atomic.Bool  // a byte a millisecond
}

const endless = 1 << 40

func newWire(t *testing.T, target string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	w := &wire{addr: listener.Addr().String()}
	w.rest.Store(endless)
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go w.join(near.(*net.TCPConn), target)
		}
	}()
	return w
}

func (w *wire) join(near *net.TCPConn, target string) {
	defer near.Close()
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
	for buf := make([]byte, 4096); ; {
		n, err := far.Read(buf)
		if err != nil {
			return
		}
		for answer := buf[:n]; len(answer) > 0; {
			next := answer[:min(int64(len(answer)), max(0, w.rest.Load()))]
			if w.slow.Load() {
				next = next[:min(1, len(next))]
				time.Sleep(time.Millisecond)
			}
			if len(next) == 0 {
				_ = near.SetLinger(0) // a reset
				return
			}
			w.rest.Add(-int64(len(next)))
			if _, err := near.Write(next); err != nil {
				return
			}
			answer = answer[len(next):]
		}
	}
}
