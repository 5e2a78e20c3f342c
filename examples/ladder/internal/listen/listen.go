// Package listen is what the rungs from 05 on begin with and none of them is about: a
// listener, the line that says where it is, and its end.
package listen

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/dram-go/dram/examples/internal/address"
)

// On listens on a TCP address and prints where. SIGINT or SIGTERM closes the listener, so that
// whatever accepts from it returns net.ErrClosed; a second one ends the program.
func On(addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, address.Wrong(addr, err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		_ = ln.Close()
	}()
	fmt.Printf("listening on http://%s\n", address.Reachable(ln.Addr().String()))
	return ln, nil
}
