//go:build linux

package main

import (
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// childsFD is the connection in a child: the first descriptor after stdin, stdout and
// stderr.
const childsFD = 3

// startProcess gives the connection a process.
//
// In C that is fork(2): the child is a copy of the server in the middle of accept's
// return, and goes on to serve. Go cannot do that. fork copies only the thread that
// calls it, and a Go program is never only one: the child would have no collector, no
// scheduler's threads, and locks that threads hold which do not exist. Go forks only
// to execute a program at once (forkAndExecInChild1 in syscall/exec_linux.go runs no
// code that could need the runtime in between). So the child is this program anew, and
// the connection is what it inherits. A fork shares the parent's memory until one of
// them writes to it; a program started anew shares little but the code.
func startProcess(fd int, idle time.Duration, done func()) error {
	children.once.Do(children.reap)
	children.Lock() // so that the child is known before it can be reaped
	defer children.Unlock()
	pid, err := syscall.ForkExec("/proc/self/exe",
		[]string{os.Args[0], "-connected", "-idle", idle.String()},
		&syscall.ProcAttr{
			Env:   os.Environ(),
			Files: []uintptr{0, 1, 2, uintptr(fd)},
			// A child ends with its parent (more exactly with the thread that started it).
			Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM},
		})
	if err != nil {
		return err
	}
	children.done[pid] = done
	_ = unix.Close(fd) // the child has it: the connection ends when the last one closes it
	return nil
}

// children are the processes that serve. When one ends, the kernel keeps its number
// and status (a zombie) until its parent has asked for them.
var children = family{done: map[int]func(){}}

type family struct {
	sync.Mutex
	once sync.Once
	done map[int]func() // by process
}

// reap has each child waited for when it has ended. It is called on the thread that
// starts all of them, and keeps it alive.
func (f *family) reap() {
	runtime.LockOSThread()
	ended := make(chan os.Signal, 1) // several that end at once are one signal
	signal.Notify(ended, unix.SIGCHLD)
	go func() {
		for range ended {
			for f.reapOne() {
			}
		}
	}()
}

func (f *family) reapOne() bool {
	pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
	if err == unix.EINTR {
		return true
	}
	if err != nil || pid <= 0 {
		return false // none is left, or none has ended
	}
	f.Lock()
	done := f.done[pid]
	delete(f.done, pid)
	f.Unlock()
	if done != nil { // nil: a child that could not be started
		done()
	}
	return true
}
