package least

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dram-go/dram/examples/internal/address"
)

// Backlog is how many connections the kernel completes before anybody accepts them
// (it takes net.core.somaxconn if that is less).
const Backlog = 1024

// Address is what bind(2) wants to know of an address as people write it. A host
// without a name is every address of IPv4.
func Address(addr string) (family int, at unix.Sockaddr, err error) {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return 0, nil, address.Wrong(addr, err)
	}
	if ip := tcp.IP.To4(); ip != nil || tcp.IP == nil {
		at4 := &unix.SockaddrInet4{Port: tcp.Port}
		copy(at4.Addr[:], ip)
		return unix.AF_INET, at4, nil
	}
	at6 := &unix.SockaddrInet6{Port: tcp.Port}
	copy(at6.Addr[:], tcp.IP)
	return unix.AF_INET6, at6, nil
}

// Listen is rung 1's socket, bind and listen; kind is 0 or unix.SOCK_NONBLOCK.
func Listen(addr string, kind int) (listener int, err error) {
	family, at, err := Address(addr)
	if err != nil {
		return -1, err
	}
	listener, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|kind, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	err = errors.Join(
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)),
		os.NewSyscallError("bind to "+addr, unix.Bind(listener, at)))
	if err == nil {
		err = os.NewSyscallError("listen", unix.Listen(listener, Backlog))
	}
	if err != nil {
		_ = unix.Close(listener) // the error to tell is the one above
		return -1, err
	}
	return listener, nil
}

// Announce prints where the socket listens, which port 0 leaves to the kernel. It is
// called before the first accept.
func Announce(listener int) error {
	// Go's timers need the runtime's poller, which takes its descriptors when it is first
	// needed, and ends the program if clients have left none (runtime/netpoll_epoll.go#netpollinit).
	time.Sleep(time.Nanosecond)
	at, err := unix.Getsockname(listener)
	if err != nil {
		return os.NewSyscallError("getsockname", err)
	}
	var addr netip.AddrPort
	switch at := at.(type) {
	case *unix.SockaddrInet4:
		addr = netip.AddrPortFrom(netip.AddrFrom4(at.Addr), uint16(at.Port))
	case *unix.SockaddrInet6:
		addr = netip.AddrPortFrom(netip.AddrFrom16(at.Addr), uint16(at.Port))
	}
	_, err = fmt.Println("listening on http://" + address.Reachable(addr.String()))
	return err
}

// Timeouts bounds the time that a read or a write on the socket waits; it then fails
// with EAGAIN.
func Timeouts(socket int, after time.Duration) error {
	limit := unix.NsecToTimeval(after.Nanoseconds())
	return errors.Join(
		unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit))
}

// Passing reports whether accept failed for a reason that goes by itself: the client
// has given up already, or descriptors or memory are short until another connection
// ends. It waits a little in the second case, so that the caller may try again at once.
func Passing(err error) bool {
	var number unix.Errno
	errors.As(err, &number)
	switch number {
	case unix.EINTR, unix.ECONNABORTED, unix.EPROTO:
		return true
	case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
		time.Sleep(50 * time.Millisecond)
		return true
	default:
		return false
	}
}
