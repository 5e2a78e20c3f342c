//go:build !linux

package measure

import "errors"

var errPin = errors.New("processes are pinned to a processor on Linux only")

// Pin is for Linux.
func Pin(int) error { return errPin }

// PinThread is for Linux.
func PinThread(int) error { return errPin }

// CPUs are not known.
func CPUs() []int { return nil }
