//go:build !linux

package measure

import "errors"

// Pin is for Linux.
func Pin(int) error { return errors.New("processes are pinned to a processor on Linux only") }

// CPUs are not known.
func CPUs() []int { return nil }
