package serve

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// This file takes over the sockets that a service manager has opened for this process: file
// descriptors from 3 on, and three variables of the environment, see sd_listen_fds(3).

const firstInherited = 3 // SD_LISTEN_FDS_START

// Inherited is these sockets and their names, none if the variables are not for this
// process. It takes the variables out of the environment.
func Inherited() (listeners []net.Listener, names []string, err error) {
	pid, fds := os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS")
	given, named := os.LookupEnv("LISTEN_FDNAMES")
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(name) // fails for names without a name only
	}
	if pid != strconv.Itoa(os.Getpid()) {
		return nil, nil, nil
	}
	count, err := strconv.ParseUint(fds, 10, 16)
	if err != nil || count == 0 {
		return nil, nil, fmt.Errorf("the environment variable LISTEN_FDS is %q: the parent must set it to the number of sockets that it passes on", fds)
	}
	if named {
		names = strings.Split(given, ":")
	}
	var errs []error
	for i := range int(count) {
		if !named {
			names = append(names, "unknown")
		}
		listener, err := Fd(firstInherited + i) // closes the descriptor, so that no child has it
		if err != nil {
			errs = append(errs, err)
			continue
		}
		listeners = append(listeners, listener)
	}
	if len(names) != int(count) {
		errs = append(errs, fmt.Errorf("the environment variable LISTEN_FDNAMES, %q, has %d names for %d sockets: the parent must give each one, with colons between them", given, len(names), count))
	}
	if len(errs) == 0 {
		return listeners, names, nil
	}
	for _, listener := range listeners {
		_ = listener.Close()
	}
	return nil, nil, errors.Join(errs...)
}
