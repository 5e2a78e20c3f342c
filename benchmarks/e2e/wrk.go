package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/benchmarks/measure"
)

// ErrNoWrk is what Run returns where wrk is not installed.
var ErrNoWrk = errors.New("wrk is not installed (apt-get install wrk): the end-to-end rows are left out")

// connections is how many of them wrk keeps busy.
const connections = 32

// load is what wrk reports of one round.
type load struct {
	requests  float64 // in all
	perSecond float64
	p99       time.Duration
	errors    int // answers other than 2xx and 3xx
}

// runWrk sends requests to url for this long, from a processor of its own.
func runWrk(url, script string, long time.Duration, cpu int) (load, error) {
	args := []string{"-t1", fmt.Sprint("-c", connections), "-d", fmt.Sprintf("%.0fs", max(1, long.Seconds())), "--latency"}
	if script != "" {
		args = append(args, "-s", script)
	}
	ctx, cancel := context.WithTimeout(context.Background(), long+20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "wrk", append(args, url)...)
	var out strings.Builder
	cmd.Stdout = &out
	if err := startPinned(cmd, cpu); err != nil {
		return load{}, err
	}
	if err := cmd.Wait(); err != nil {
		return load{}, fmt.Errorf("wrk: %w\n%s", err, &out)
	}
	return parseWrk(out.String())
}

// startPinned starts a command on a processor: a process inherits that from the
// thread that starts it.
func startPinned(cmd *exec.Cmd, cpu int) error {
	started := make(chan error)
	go func() {
		// The thread is not unlocked, and so ends with this goroutine, since
		// nothing else is to run on it.
		runtime.LockOSThread()
		if err := measure.PinThread(cpu); err != nil {
			started <- err
			return
		}
		started <- cmd.Start()
	}()
	return <-started
}

// parseWrk reads wrk's report.
func parseWrk(report string) (load, error) {
	var l load
	var err error
	lines := bufio.NewScanner(strings.NewReader(report))
	for lines.Scan() && err == nil {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 2 && fields[0] == "99%":
			l.p99, err = time.ParseDuration(fields[1])
		case len(fields) == 2 && fields[0] == "Requests/sec:":
			l.perSecond, err = strconv.ParseFloat(fields[1], 64)
		case len(fields) > 3 && fields[1] == "requests" && fields[2] == "in":
			l.requests, err = strconv.ParseFloat(fields[0], 64)
		case len(fields) == 5 && fields[0] == "Non-2xx":
			l.errors, err = strconv.Atoi(fields[4])
		}
	}
	if err == nil && (l.requests == 0 || l.perSecond == 0) {
		err = errors.New("no requests")
	}
	if err != nil {
		return l, fmt.Errorf("wrk's report: %w\n%s", err, report)
	}
	return l, nil
}
