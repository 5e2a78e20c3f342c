// Servers puts one Engine, that of routes.go, behind every kind of server: net/http
// over TCP, with TLS, without it over HTTP/2, on a Unix socket and on an inherited one,
// HTTP/3, FastCGI, CGI, and the servers of examples/ladder. README.md has the table of
// what each of them can do.
//
//	go run ./examples/servers        lists them
//	go run ./examples/servers tls    runs one, and prints how to reach it
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"unicode"

	"github.com/dram-go/dram/examples/internal/address"
)

func main() {
	if err := run(os.Args[1:], slowly); err != nil {
		log.Fatal(err)
	}
}

// run is the program with these arguments.
func run(args []string, at steps) error {
	if os.Getenv("GATEWAY_INTERFACE") != "" { // a web server has started it for one request
		return answerCGI(at)
	}
	if len(args) == 0 {
		list(os.Stdout)
		return nil
	}
	i := slices.IndexFunc(servers, func(s server) bool { return s.name == args[0] })
	if i < 0 {
		list(os.Stderr)
		return fmt.Errorf("%q is not one of the servers", args[0])
	}
	return serve(servers[i], args[1:], at)
}

// list prints the servers.
func list(w io.Writer) {
	fmt.Fprintln(w, "usage: go run ./examples/servers NAME [-addr ADDRESS]")
	for _, s := range servers {
		fmt.Fprintf(w, "  %-10s %s (%s)\n", s.name, s.what, s.addr)
	}
}

// serve runs one server until Ctrl-C or SIGTERM.
func serve(s server, args []string, at steps) error {
	flags := flag.NewFlagSet(s.name, flag.ExitOnError)
	addr := flags.String("addr", s.addr, "the `address` to listen on")
	_ = flags.Parse(args) // exits on an error
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is not an option: leave it out, or write -addr in front of an address", flags.Arg(0))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "dram-servers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	set, err := newSettings(dir, *addr)
	if err != nil {
		return err
	}

	engine := newEngine(at)
	isManaged := os.Getenv("LISTEN_PID") != "" // its manager has said how to reach it
	var once sync.Once                         // HTTP/3 listens twice, on one address
	engine.OnListen = func(addr net.Addr) {
		if !isManaged {
			once.Do(func() { fmt.Print(s.howTo(set, addr)) })
		}
	}
	ended := make(chan error)
	go func() {
		<-ctx.Done()
		limited, cancel := context.WithTimeout(context.Background(), engine.ShutdownTimeout)
		defer cancel()
		ended <- engine.Shutdown(limited)
	}()
	err = s.run(engine, set)
	stop()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, <-ended)
}

// settings are what a server may need.
type settings struct {
	addr              string // host:port, or a file
	dir               string // for files
	certFile, keyFile string // for TLS
	program           string // this one, for servers that start it
}

func newSettings(dir, addr string) (settings, error) {
	set := settings{addr: addr, dir: dir}
	var err error
	if set.program, err = os.Executable(); err != nil {
		return set, err
	}
	set.certFile, set.keyFile, err = newCertificate(dir)
	return set, err
}

// howTo is what to type to reach the server.
func (s server) howTo(set settings, addr net.Addr) string {
	at := address.Reachable(addr.String())
	front, err := s.frontFor(set.addr)
	if err != nil {
		return err.Error() + "\n"
	}
	try := strings.NewReplacer("{addr}", quote(at), "{cert}", quote(set.certFile), "{dir}", quote(set.dir), "{front}", front).Replace(s.try) + "\n"
	if s.conf == "" {
		return try
	}
	conf := strings.NewReplacer("{addr}", at, "{dir}", set.dir, "{front}", front).Replace(s.conf)
	if err := os.WriteFile(filepath.Join(set.dir, "nginx.conf"), []byte(conf), 0o600); err != nil {
		return err.Error() + "\n"
	}
	return conf + "\n" + try
}

// frontFor is where nginx listens in front of a server on addr: on a free port if that is not the
// usual one, since another pair may be there.
func (s server) frontFor(addr string) (string, error) {
	if s.front == "" || addr == s.addr {
		return s.front, nil
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return free.Addr().String(), free.Close()
}

// quote is the text as one word of a shell.
func quote(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-:", r)
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
