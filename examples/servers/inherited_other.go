//go:build !linux

package main

import "syscall"

// endsWithParent is Linux's; elsewhere a manager that is killed leaves its program behind.
func endsWithParent() *syscall.SysProcAttr { return nil }
