package dram

import (
	"fmt"
	"net"

	"github.com/dram-go/dram/internal/serve"
)

// This file takes sockets over that another process has opened. See docs/internals/06-listen.md.

// InheritedListeners returns the sockets that a service manager, such as systemd with a
// .socket unit, has opened for this process (LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, see
// sd_listen_fds(3)), in its order, and their names: FileDescriptorName, or "unknown". They
// are for RunListenerContext. There are none, and no error, if the process was started
// otherwise: listen on an address then.
//
// The sockets stay open while the program is replaced: clients who connect meanwhile wait
// in their queues, and no new connection is lost. As with every server, a client that sends on
// an idle connection in the moment in which it is closed has to send again (RFC 9112 section
// 9.3.1).
//
// Everyone who may connect to a unix socket is a trusted proxy, as with RunUnix, and systemd
// lets everybody on the machine: write SocketMode=0660, and the proxy's SocketGroup, in the unit.
//
// It takes the sockets over and the variables out of the environment, so that no child of
// this process has them; so call it once, before the program starts others. The error says
// which variable or socket is at fault; then all sockets are closed.
func InheritedListeners() (listeners []net.Listener, names []string, err error) {
	listeners, names, err = serve.Inherited()
	if err != nil {
		err = fmt.Errorf("dram: InheritedListeners: %w", err)
	}
	return listeners, names, err
}
