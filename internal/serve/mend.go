package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// This file says what to write when a server cannot listen.

// mended is the error with its mend, nil for none.
func mended(err error, mend string) error {
	if err == nil || mend == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, mend)
}

// addrMend is what to do about an address that cannot be listened on.
func addrMend(addr string, err error) string {
	var bad *net.AddrError
	var unknown *net.DNSError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program, or another server of this one, listens there: end it, or write another port"
	case errors.Is(err, syscall.EACCES):
		return "a port below 1024 needs a right: write one above, such as \":8080\", or give the program CAP_NET_BIND_SERVICE"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have that address: write only the port, \":8080\", to listen on all that it has"
	case !errors.As(err, &bad) && !errors.As(err, &unknown):
		return ""
	case addr == ":"+os.Getenv("PORT"):
		return "the environment variable PORT must be the number of a port, such as 8080"
	}
	if meant := addrMeant(addr); meant != addr {
		return "write " + strconv.Quote(meant)
	}
	if unknown != nil && unknown.Err != "unknown port" {
		_, port, _ := net.SplitHostPort(addr)
		return fmt.Sprintf("write only the port, %q, to listen on all addresses of this machine, or one of them before it", ":"+port)
	}
	return `a port is a number from 0 to 65535: write one, such as ":8080"`
}

// addrMeant is the address that was meant, most likely; the same if nothing better
// is known.
func addrMeant(addr string) string {
	addr = strings.TrimSpace(addr)
	if _, after, ok := strings.Cut(addr, "://"); ok { // a URL
		addr = after
	}
	addr, _, _ = strings.Cut(addr, "/")
	addr = strings.TrimPrefix(addr, "*")
	ip := net.ParseIP(strings.Trim(addr, "[]"))
	if port := strings.Trim(addr, ":"); isPort(port) && !ip.IsLoopback() { // "::1" is a host
		return ":" + port
	}
	if at := max(strings.LastIndexByte(addr, ':'), 0); ip != nil && net.ParseIP(addr[:at]) != nil && len(addr) > at+4 && isPort(addr[at+1:]) {
		return net.JoinHostPort(addr[:at], addr[at+1:]) // "::1:8080"
	}
	if ip != nil {
		return net.JoinHostPort(ip.String(), "8080")
	}
	addr = strings.TrimRight(addr, ":")
	if _, _, err := net.SplitHostPort(addr); err == nil {
		return addr
	}
	host, port, _ := strings.Cut(addr, ":")
	if !isPort(port) {
		port = "8080"
	}
	return net.JoinHostPort(host, port)
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// maxSocketName is how long the name of a unix socket may be where it is longest.
const maxSocketName = 107

// unixMend is what to do about a unix socket that cannot be listened on.
func unixMend(file string, err error) string {
	switch {
	case err == nil:
		return ""
	case len(file) > maxSocketName:
		return fmt.Sprintf("the name has %d bytes, and a socket's at most %d: write a shorter one", len(file), maxSocketName)
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program serves on that socket, the file is not one, or this user may not replace it: end the program, remove what nobody serves on, or name another file"
	case errors.Is(err, fs.ErrNotExist):
		return "the directory must exist: make it, or name another"
	case errors.Is(err, fs.ErrPermission):
		return "this user must be allowed to write to the directory: name one that it owns"
	}
	return `write the name of a file in a directory of this user, such as "/run/app/app.sock"`
}

const fdMend = "the parent must pass a listening socket on: the first of a service manager's is 3, systemd's by ListenStream and Accept=no"

// keyPairMend is what to do about a certificate that cannot be used. crypto/tls does
// not name the files.
func keyPairMend(certFile, keyFile string, err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, fs.ErrNotExist):
		dir, _ := os.Getwd()
		return fmt.Sprintf("write where the PEM files are, from %s on or from the root", dir)
	case errors.Is(err, fs.ErrPermission):
		return "this user must be allowed to read the file"
	}
	return fmt.Sprintf("the certificate is read from %q, first the server's and then its intermediates', and its own key, without a password, from %q", certFile, keyFile)
}
