package serve

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"reflect"
	"syscall"
)

// This file opens what servers listen on, and reads certificates. What fails says
// what to write instead: see mend.go.

// TCP listens on an address, "host:port".
func TCP(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	return listener, mended(err, addrMend(addr, err))
}

// UDP listens on an address, "host:port".
func UDP(addr string) (net.PacketConn, error) {
	packets, err := net.ListenPacket("udp", addr)
	return packets, mended(err, addrMend(addr, err))
}

// Unix listens on a unix socket's file. A socket that a dead process left behind is
// replaced. Close removes the file, unless it is another one by then.
func Unix(file string) (net.Listener, error) {
	if file == "" {
		return nil, errors.New(`the name of the unix socket is empty; write a file's, such as "/run/app/app.sock"`)
	}
	removeStaleSocket(file)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: file, Net: "unix"})
	if err != nil {
		return nil, mended(err, unixMend(file, err))
	}
	made, _ := os.Lstat(file) // an abstract socket has no file
	return &unixListener{listener, file, made}, nil
}

// unixListener is a listener whose file may be replaced while it serves: a program's next
// process removes it, say, and listens there before this one has ended.
type unixListener struct {
	*net.UnixListener
	file string
	made os.FileInfo
}

// Close leaves a file that is not the listener's alone.
func (l *unixListener) Close() error {
	if now, err := os.Lstat(l.file); err == nil && !os.SameFile(l.made, now) {
		l.SetUnlinkOnClose(false)
	}
	return l.UnixListener.Close()
}

// removeStaleSocket removes a unix socket on which nobody listens any more.
// Whatever else the file is, it stays, and listening there will fail.
func removeStaleSocket(file string) {
	info, err := os.Lstat(file)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return
	}
	conn, err := net.Dial("unix", file)
	if err == nil {
		_ = conn.Close()
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		_ = os.Remove(file) // if it cannot be removed, listening says why
	}
}

// Fd is the listening socket with a file descriptor, which it takes over.
func Fd(fd int) (net.Listener, error) {
	var file *os.File
	if fd >= 0 {
		file = os.NewFile(uintptr(fd), fmt.Sprintf("fd@%d", fd))
	}
	if file == nil {
		return nil, mended(fmt.Errorf("file descriptor %d: %w", fd, os.ErrInvalid), fdMend)
	}
	defer file.Close()
	if !listens(fd) {
		return nil, mended(fmt.Errorf("%s: %w: it does not listen", file.Name(), os.ErrInvalid), fdMend)
	}
	listener, err := net.FileListener(file) // a copy of fd
	return listener, mended(err, fdMend)
}

// Given is a listener of the caller's.
func Given(listener net.Listener) (net.Listener, error) {
	if value := reflect.ValueOf(listener); !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil() {
		return nil, errors.New("the listener is nil; make one with net.Listen, and look at its error")
	}
	return listener, nil
}

// KeyPair reads a certificate, followed by its intermediates, and its key from PEM
// files.
func KeyPair(certFile, keyFile string) (tls.Certificate, error) {
	certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
	return certificate, mended(err, keyPairMend(certFile, keyFile, err))
}

// TLS serves over TLS with the certificate and the key of two PEM files.
func TLS(certFile, keyFile string) (Func, error) {
	certificate, err := KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	return func(server *http.Server, listener net.Listener) error {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
		return server.ServeTLS(listener, "", "")
	}, nil
}

// Address is the address that a Run method is asked to listen on.
func Address(addr []string) string {
	switch {
	case len(addr) > 1:
		panic("dram: too many parameters: give Run one address, \"host:port\", or none")
	case len(addr) == 1:
		return cmp.Or(addr[0], ":http")
	}
	if port := os.Getenv("PORT"); port != "" {
		return ":" + port
	}
	return ":8080"
}
