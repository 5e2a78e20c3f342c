// Package pin keeps programs on a processor, and says how much of it they take.
package pin

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Two are the processors for the one who serves and the one who asks: the same where there is only one.
func Two() (server, client int) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return -1, -1
	}
	server = -1
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			client = cpu
			if server < 0 {
				server = cpu
			}
		}
	}
	return server, client
}

// Start starts a command on a processor, if that is not negative: a process inherits it from the thread that starts it.
func Start(cmd *exec.Cmd, cpu int) error {
	if cpu < 0 {
		return cmd.Start()
	}
	started := make(chan error)
	go func() {
		// The thread is not unlocked, and so ends with this goroutine, since nothing else is to run on it.
		runtime.LockOSThread()
		var set unix.CPUSet
		set.Set(cpu)
		err := unix.SchedSetaffinity(0, &set)
		if err == nil {
			err = cmd.Start()
		}
		started <- err
	}()
	return <-started
}

// Time is the processor time of a process so far, the collector's included; 0 is this process.
func Time(pid int) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil { // see clock_getcpuclockid(3)
		panic(err) // each process of a Linux has this clock
	}
	return time.Duration(t.Nano())
}

// Peak is the most memory that a process has had, in bytes.
func Peak(pid int) (bytes int) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		panic(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	_, _ = fmt.Sscan(peak, &bytes)
	return bytes << 10
}
