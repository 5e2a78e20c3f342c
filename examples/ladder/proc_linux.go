package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A cost is what a server and the processes below it have at one moment.
type cost struct {
	processes, threads int
	memory             int // in KiB: PSS, which splits a page among those who share it
}

// costOf sums up the process and its descendants. One that has just ended counts for
// nothing.
func costOf(pid int) (cost, error) {
	parents, err := parents()
	if err != nil {
		return cost{}, err
	}
	var sum cost
	for process := range parents {
		if !descends(process, pid, parents) {
			continue
		}
		threads, err1 := number(fmt.Sprintf("/proc/%d/status", process), "Threads:")
		memory, err2 := number(fmt.Sprintf("/proc/%d/smaps_rollup", process), "Pss:")
		switch err := errors.Join(err1, err2); {
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH):
			continue
		case err != nil:
			return cost{}, err
		}
		sum.processes++
		sum.threads += threads
		sum.memory += memory
	}
	return sum, nil
}

// parents is every process of the machine with the one that started it.
func parents() (map[int]int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	parents := make(map[int]int, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// 123 (a name, even with spaces and parentheses) S 45 …
		after := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		pid, err1 := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		parent, err2 := strconv.Atoi(after[1])
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		parents[pid] = parent
	}
	return parents, nil
}

func descends(pid, from int, parents map[int]int) bool {
	for ; pid != 0; pid = parents[pid] {
		if pid == from {
			return true
		}
	}
	return false
}

// number is the first number after a word that begins a line of the file.
func number(file, word string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if field := strings.Fields(line); len(field) > 1 && field[0] == word {
			return strconv.Atoi(field[1])
		}
	}
	return 0, fmt.Errorf("%s: no line %s", file, word)
}

// accepted is how many connections to the address a server has taken from the kernel's
// queue: those have an inode.
func accepted(addr string) (int, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return 0, err
	}
	const local, state, inode, established = 1, 3, 9, "01"
	n := 0
	for line := range strings.Lines(string(text)) {
		field := strings.Fields(line)
		if len(field) > inode && strings.HasSuffix(field[local], fmt.Sprintf(":%04X", at.Port())) &&
			field[state] == established && field[inode] != "0" {
			n++
		}
	}
	return n, nil
}

// descriptors is how many files this process and those it starts may have open. Go
// has already raised the limit to what the user may set.
func descriptors() (int, error) {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	return int(limit.Cur), err
}

// machine names what the figures depend on, but not whose it is.
func machine(processors int) string {
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return fmt.Sprintf("%d processors", processors)
	}
	version, _, _ := strings.Cut(strings.TrimSpace(string(kernel)), "-")
	return fmt.Sprintf("%d processors, Linux %s", processors, version)
}
