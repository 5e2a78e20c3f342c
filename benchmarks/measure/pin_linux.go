package measure

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Pin keeps this process, all its threads and its children on one processor.
func Pin(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	// Threads inherit the set of the one that starts them, so none is missed
	// even if one starts meanwhile.
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, &set); err != nil && err != unix.ESRCH {
			return fmt.Errorf("cannot pin to processor %d: %w", cpu, err)
		}
	}
	return nil
}

// PinThread keeps the calling thread, and processes that it starts, on one
// processor. The goroutine has to be locked to its thread.
func PinThread(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	return unix.SchedSetaffinity(0, &set)
}

// CPUs are the processors that this process may use.
func CPUs() []int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil
	}
	var cpus []int
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}
