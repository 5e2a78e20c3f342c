package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const ladder = "github.com/dram-go/dram/examples/ladder"

// A rung is a program of the ladder.
type rung struct {
	pkg string // its import path
	doc string // the first sentence of its documentation
}

// title is the rung and the value of the flag that chooses its model.
func (r rung) title(model string) string {
	_, value, _ := strings.Cut(model, "=")
	return strings.TrimSpace(r.name() + " " + value)
}

// name is the rung's folder, as 03-multiplexed.
func (r rung) name() string { return path.Base(r.pkg) }

// models are the flags that choose among the rung's models, or interfaces; if there is
// one only, an empty string.
func (r rung) models() []string {
	switch r.name() {
	case "02-processes-and-threads":
		return []string{"-model=process", "-model=thread"}
	case "04-multiplexed-workers":
		return []string{"-model=epoll", "-model=go"}
	case "06-gateway-interface":
		return []string{"-interface=wsgi", "-interface=http"}
	default:
		return []string{""}
	}
}

// handmade reports whether the rung reads its sockets itself, and so has the flag -idle
// and answers one request a connection: rungs 1 to 4.
func (r rung) handmade() bool { return r.name() < "05" }

// findRungs asks the go command for the programs of this folder whose names begin with
// a number.
func findRungs(ctx context.Context) ([]rung, error) {
	list := exec.CommandContext(ctx, "go", "list", "-f", "{{.Name}}\t{{.ImportPath}}\t{{.Doc}}", ladder+"/...")
	list.Env = append(os.Environ(), "GOOS=linux") // elsewhere some consist of an apology
	text, err := output(list)
	if err != nil {
		return nil, fmt.Errorf("to list the rungs, run this in a clone of dram: %w", err)
	}
	var rungs []rung
	for line := range strings.Lines(text) {
		field := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		numbered, _ := path.Match(ladder+"/[0-9][0-9]-*", field[1])
		if field[0] == "main" && numbered {
			rungs = append(rungs, rung{pkg: field[1], doc: field[2]})
		}
	}
	return rungs, nil
}

// build compiles the rungs into a directory; each program has its rung's name.
func build(ctx context.Context, rungs []rung, dir string, flags ...string) error {
	args := append([]string{"build", "-o", dir + string(filepath.Separator)}, flags...)
	for _, rung := range rungs {
		args = append(args, rung.pkg)
	}
	_, err := output(exec.CommandContext(ctx, "go", args...))
	return err
}

// output runs a command; its error says what the command has written.
func output(cmd *exec.Cmd) (string, error) {
	var wrong strings.Builder
	cmd.Stderr = &wrong
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, &wrong)
	}
	return string(text), nil
}

// A server is a rung that runs.
type server struct {
	cmd  *exec.Cmd
	addr string // host:port
}

// start runs the program on a free port, and returns when it listens. What it says
// after that goes to log.
func start(ctx context.Context, log io.Writer, program string, args ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, program, append([]string{"-addr=127.0.0.1:0"}, args...)...)
	cmd.Stderr = log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second // then it is killed
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, addr, found := strings.Cut(strings.TrimSpace(line), "listening on http://")
	if !found {
		return nil, errors.Join(fmt.Errorf("%s: its first line is %q (%w)", program, line, err), s.stop())
	}
	s.addr = addr
	return s, nil
}

// stop ends the server as Ctrl-C does, or kills it after a while. To end by the signal
// is not an error.
func (s *server) stop() error {
	if err := s.cmd.Cancel(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	timer := time.AfterFunc(s.cmd.WaitDelay, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	err := s.cmd.Wait()
	if status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGTERM {
		return nil
	}
	return err
}
