//go:build linux

package main

import (
	"runtime"
	"time"
)

// mostThreads is how many connections can have a thread.
const mostThreads = 9900

// startThread gives the connection a thread. A goroutine alone is not one: it moves
// between the threads of the runtime. Locked to its thread, it keeps it, read(2)
// blocks just that one, and as it never unlocks, the thread ends with the goroutine
// (pthread_create and pthread_exit, in C).
//
// The runtime ends the program at 10,000 threads (debug.SetMaxThreads), which mostThreads
// keeps away from, or when the system refuses to make one.
func startThread(fd int, idle time.Duration, done func()) error {
	go func() {
		defer done()
		runtime.LockOSThread()
		talk(fd, idle)
	}()
	return nil
}
