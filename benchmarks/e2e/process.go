package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// process is a server that runs as a process of its own.
type process struct {
	server
	url   string
	cmd   *exec.Cmd
	stdin io.Closer
}

// start starts a server pinned to a processor.
func start(s server, site Site, cpu int) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "serve", "-server", s.name, "-dir", site.Dir, "-cpu", strconv.Itoa(cpu))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{server: s, cmd: cmd, stdin: stdin}
	addr, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%s did not start: %w", s.name, err)
	}
	p.url = "http://" + strings.TrimSpace(addr)
	return p, nil
}

// stop ends the server and waits for its end.
func (p *process) stop() {
	_ = p.stdin.Close()
	force := time.AfterFunc(5*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer force.Stop()
	_ = p.cmd.Wait() // how it ended does not matter
}

// ticksPerSecond is the unit of the times in /proc, the same on all systems.
const ticksPerSecond = 100

// cpuTime is the processor time of the server so far, in user and in kernel mode.
func (p *process) cpuTime() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseStat(stat)
}

// parseStat reads the 14th and the 15th field of proc_pid_stat(5). The second
// field, a name in parentheses, may hold spaces.
func parseStat(stat []byte) (time.Duration, error) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("cannot read %q", stat)
	}
	var ticks int
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(string(field))
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}
