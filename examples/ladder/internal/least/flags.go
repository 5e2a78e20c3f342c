package least

import (
	"errors"
	"flag"
	"strconv"
	"time"
)

// Addr defines the flag -addr.
func Addr() *string {
	return flag.String("addr", "127.0.0.1:8080", "`address` to listen on; port 0 is any free one")
}

// Idle defines the flag -idle. The kernel takes a timeout of nothing for one that
// never comes, so nothing is refused.
func Idle() *time.Duration {
	idle := 10 * time.Second
	flag.Func("idle", "`duration` within which a request has to be whole (default 10s)", func(text string) (err error) {
		if idle, err = time.ParseDuration(text); err == nil && idle < time.Millisecond {
			err = errors.New("it has to be 1ms or more")
		}
		return err
	})
	return &idle
}

// Most defines the flag -most.
func Most() *int {
	most := 2000
	flag.Func("most", "how many `clients` are served at once; others wait in the kernel's queue (default 2000)",
		func(text string) (err error) {
			if most, err = strconv.Atoi(text); err == nil && most < 1 {
				err = errors.New("it has to be 1 or more")
			}
			return err
		})
	return &most
}
