package main

import "syscall"

// endsWithParent has the kernel end a process with the one that starts it, also if that is
// killed; more exactly, with the thread.
func endsWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
