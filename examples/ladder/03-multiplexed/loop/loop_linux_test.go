package loop

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/dram-go/dram/examples/ladder/internal/least"
)

const patience = 60 * time.Second // only a failing test waits as long

// echo is a request whose answer is longer than the buffer of the sockets below.
var (
	body = strings.Repeat("0123456789abcdef", least.MaxBody/16)
	echo = fmt.Sprintf("POST /echo HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
)

// dial connects to a new loop, both of them with sockets of little room. A loop runs as
// long as its program.
func dial(t *testing.T, idle time.Duration) net.Conn {
	listener, err := least.Listen("127.0.0.1:0", unix.SOCK_NONBLOCK)
	require.NoError(t, err)
	require.NoError(t, unix.SetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_SNDBUF, 1)) // the kernel's least
	at, err := unix.Getsockname(listener)
	require.NoError(t, err)
	l, err := New(listener, Config{Idle: idle, Most: 10})
	require.NoError(t, err)
	go func() { _ = l.Run() }() // it does not return

	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	require.NoError(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 1))
	require.NoError(t, unix.Connect(fd, at))
	conn := fileConn(t, fd)
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

// A client that takes its time gets all of an answer that the kernel takes in pieces.
func TestAnswerInPieces(t *testing.T) {
	conn := dial(t, patience)
	_, err := io.WriteString(conn, echo)
	require.NoError(t, err)
	var got strings.Builder
	_, err = io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{conn}, make([]byte, 100))
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(got.String(), "\r\n\r\n"+body))
}

// A client that takes nothing of its answer is hung up on.
func TestAnswerIsNotTaken(t *testing.T) {
	conn := dial(t, 200*time.Millisecond)
	_, err := io.WriteString(conn, echo)
	require.NoError(t, err)
	// The server's close is seen without reading: in the end writes fail.
	require.Eventually(t, func() bool {
		_, err := conn.Write([]byte("x"))
		return err != nil
	}, patience, 10*time.Millisecond)
	got, _ := io.ReadAll(conn) // a part, and then a reset or the end
	assert.Less(t, len(got), len(body))
}

// A client that resets the connection while its answer is written, or paused, is
// forgotten, and the loop goes on.
func TestResetInBetween(t *testing.T) {
	for _, request := range []string{echo, "GET /slow HTTP/1.1\r\n\r\n", "GET /stream HTTP/1.1\r\n\r\n", "?\r\n\r\n"} {
		conn := dial(t, patience)
		_, err := io.WriteString(conn, request)
		require.NoError(t, err)
		other, err := net.Dial("tcp", conn.RemoteAddr().String())
		require.NoError(t, err)
		require.NoError(t, conn.(*net.TCPConn).SetLinger(0))
		require.NoError(t, conn.Close())
		_, err = io.WriteString(other, "GET / HTTP/1.1\r\n\r\n")
		require.NoError(t, err)
		answer, err := io.ReadAll(other)
		require.NoError(t, err)
		assert.Contains(t, string(answer), "dram\n")
		require.NoError(t, other.Close())
	}
}

// Timers fire in the order of their moments, whatever was set, moved and stopped.
func TestTimers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Unix(0, 0)
	var ts timers
	var fired, want []int
	all := make([]timer, 200)
	moment := make([]int, len(all)) // in seconds; 0: stopped
	for i := range all {
		all[i].fire = func() { fired = append(fired, moment[i]) }
	}
	for range 2000 {
		i := random.IntN(len(all))
		if moment[i] = random.IntN(1000); moment[i] == 0 {
			ts.stop(&all[i])
		} else {
			ts.set(&all[i], start.Add(time.Duration(moment[i])*time.Second))
		}
	}
	const now = 600
	for _, at := range moment {
		if at != 0 && at <= now {
			want = append(want, at)
		}
	}
	slices.Sort(want)
	ts.fire(start.Add(now * time.Second))
	assert.Equal(t, want, fired)

	ts.fire(start.Add(time.Hour))
	assert.Equal(t, -1, ts.milliseconds(start), "nothing is set")
}

// epoll_wait must not return before a timer is due: the loop would turn in vain.
func TestMilliseconds(t *testing.T) {
	now := time.Unix(0, 0)
	for after, want := range map[time.Duration]int{
		-time.Second:             0,
		0:                        0,
		1:                        1,
		time.Millisecond:         1,
		time.Millisecond + 1:     2,
		1000 * 24 * 3600 * 1e9:   1<<31 - 1,
		300 * time.Millisecond:   300,
		299999 * time.Nanosecond: 1,
	} {
		var ts timers
		ts.set(&timer{}, now.Add(after))
		assert.Equal(t, want, ts.milliseconds(now), after)
	}
}

// fileConn is the socket as package net has it.
func fileConn(t *testing.T, fd int) net.Conn {
	file := os.NewFile(uintptr(fd), "client")
	conn, err := net.FileConn(file)
	require.NoError(t, err)
	require.NoError(t, file.Close()) // the copy stays
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
