package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What an idle connection costs is what distinguishes the models: a process, a thread,
// or neither. When the clients have gone, so has the cost.
func TestIdleClients(t *testing.T) {
	eachHandmade(t, func(t *testing.T, f fact) {
		if f.oneAtATime {
			t.Skip("it takes one at a time")
		}
		idle := 1000
		if f.model == "-model=process" {
			idle = 100
		}
		server := f.serve(t, "-idle=1m")
		server.stillServes(t)
		before, err := costOf(server.cmd.Process.Pid)
		require.NoError(t, err)
		conns, err := connect(server.addr, idle)
		require.NoError(t, err)
		server.takes(t, idle)
		server.stillServes(t)

		require.Eventually(t, func() bool { // what is accepted begins a moment later
			during, err := costOf(server.cmd.Process.Pid)
			require.NoError(t, err)
			switch f.model {
			case "-model=process":
				return during.processes == idle+1
			case "-model=thread":
				return during.processes == 1 && during.threads >= idle
			default:
				return during.processes == 1 && during.threads < 50
			}
		}, patience, 20*time.Millisecond)
		for _, conn := range conns {
			require.NoError(t, conn.Close())
		}
		require.Eventually(t, func() bool {
			after, err := costOf(server.cmd.Process.Pid)
			require.NoError(t, err)
			return after.processes == 1 && after.threads < before.threads+20 && server.descriptors(t) < 20
		}, patience, 20*time.Millisecond)
	})
}

// takes waits until the server has accepted as many connections.
func (s *server) takes(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		taken, err := accepted(s.addr)
		require.NoError(t, err)
		return taken >= n
	}, patience, 5*time.Millisecond)
}

// descriptors is how many files the server has open.
func (s *server) descriptors(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	require.NoError(t, err)
	return len(files)
}

// With no descriptor left, clients wait until those before them are hung up on.
func TestNoDescriptorLeft(t *testing.T) {
	eachHandmade(t, func(t *testing.T, f fact) {
		server := f.serve(t, "-idle=300ms")
		few := unix.Rlimit{Cur: 16, Max: 16}
		require.NoError(t, unix.Prlimit(server.cmd.Process.Pid, unix.RLIMIT_NOFILE, &few, nil))
		clients := 40
		if f.oneAtATime {
			clients = 3 // it is never short, only slow
		}
		conns, err := connect(server.addr, clients)
		require.NoError(t, err)
		defer hangUp(conns)
		server.stillServes(t)
	})
}

func hangUp(conns []net.Conn) {
	for _, conn := range conns {
		_ = conn.Close() // the server may have done so
	}
}

// Clients beyond -most wait in the kernel's queue.
func TestMost(t *testing.T) {
	eachHandmade(t, func(t *testing.T, f fact) {
		if f.name() < "03" {
			t.Skip("its bound is fixed")
		}
		server := f.serve(t, "-most=2", "-idle=1m")
		conns, err := connect(server.addr, 2)
		require.NoError(t, err)
		server.takes(t, 2)
		third := server.say(t, get("/"))
		require.NoError(t, third.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
		_, err = third.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)

		hangUp(conns)
		require.NoError(t, third.SetReadDeadline(time.Now().Add(patience)))
		assert.Contains(t, rest(t, third), "dram\n")
	})
}

// A client with a small window that takes its time gets all of a long answer.
func TestSlowReader(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 4<<10)
	eachHandmade(t, func(t *testing.T, f fact) {
		server := f.serve(t, "-idle=1m")
		small := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
			return raw.Control(func(fd uintptr) {
				err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 2048)
			})
		}}
		conn, err := small.DialContext(t.Context(), "tcp", server.addr)
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST /echo HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		require.NoError(t, err)
		var got strings.Builder
		_, err = io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{conn}, make([]byte, 512))
		require.NoError(t, err)
		assert.True(t, strings.HasSuffix(got.String(), "\r\n\r\n"+body))
	})
}

// SIGTERM ends a server and what it has started.
func TestSIGTERM(t *testing.T) {
	each(t, func(t *testing.T, f fact) {
		server, err := f.start(t, io.Discard)
		require.NoError(t, err)
		conns, err := connect(server.addr, 3)
		require.NoError(t, err)
		defer hangUp(conns)
		for _, conn := range conns {
			require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
		}
		require.NoError(t, server.stop())
		for _, conn := range conns {
			rest(t, conn) // nobody holds it any longer
		}
		_, err = net.Dial("tcp", server.addr)
		assert.Error(t, err)
	})
}

// What is printed can be pasted, also where the rung listens on every address.
func TestPrintedAddress(t *testing.T) {
	each(t, func(t *testing.T, f fact) {
		for _, addr := range []string{":0", "0.0.0.0:0"} {
			server := f.serve(t, "-addr="+addr)
			assert.Regexp(t, `^127\.0\.0\.1:\d+$`, server.addr)
			server.stillServes(t)
		}
	})
}

// An address that is in use, or none, is said, and so is what no bound can be.
func TestBadFlags(t *testing.T) {
	each(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		for addr, why := range map[string]string{
			server.addr:       "address already in use",
			"127.0.0.1:99999": "invalid port",
			"8080":            "it takes HOST:PORT, as in 127.0.0.1:8080",
		} {
			said := &words{}
			_, err := f.start(t, said, "-addr="+addr)
			require.Error(t, err)
			assert.Contains(t, said.String(), why)
			assert.Contains(t, said.String(), strings.TrimPrefix(addr, "127.0.0.1:"))
		}
		if !f.handmade() {
			return
		}
		for flag, why := range map[string]string{
			"-idle=0":  `invalid value "0" for flag -idle: it has to be 1ms or more`,
			"-idle=no": `invalid value "no" for flag -idle`,
			"-most=0":  "-most", // rung 1 does not have it
			"-model=x": "-model",
		} {
			said := &words{}
			_, err := f.start(t, said, flag)
			require.Error(t, err)
			assert.Contains(t, said.String(), why)
		}
	})
}

// More threads than the runtime allows would end the program when the clients come.
func TestMostThreads(t *testing.T) {
	for _, f := range facts(t) {
		if f.model == "-model=thread" {
			said := &words{}
			_, err := f.start(t, said, "-most=15000")
			require.Error(t, err)
			assert.Contains(t, said.String(), "-most 15000: the runtime ends a program at 10,000 threads")
		}
	}
}

// measure prints a row for every rung and model, with what is a fact in it.
func TestMeasure(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts every rung several times")
	}
	var out strings.Builder
	require.NoError(t, run(t.Context(), &out, []string{"measure", "-short"}))
	for _, f := range facts(t) {
		row := regexp.MustCompile(`(?m)^\| ` + f.title(f.model) + ` \| \d+–\d+ \| (\d+–\d+) \| (\d+) \| \d+ \| (.+) \|$`).FindStringSubmatch(out.String())
		require.NotNil(t, row, "%s in\n%s", f.title(f.model), &out)
		if f.oneAtATime {
			assert.Equal(t, []string{"0–0", "1", "takes 1 at a time"}, row[1:])
			continue
		}
		assert.Regexp(t, ` KiB$`, row[3])
		if f.model == "-model=process" {
			assert.GreaterOrEqual(t, len(row[2]), 2, "a process each")
		}
	}
}
