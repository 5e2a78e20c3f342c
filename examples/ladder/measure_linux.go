package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// measure prints one table of what each rung does and costs.
func measure(ctx context.Context, out io.Writer, load load) (err error) {
	const spare = 100 // descriptors for everything but the idle connections
	limit, err := descriptors()
	if err != nil {
		return err
	}
	if load.idle > limit-spare {
		load.idle = max(0, limit-spare)
		fmt.Fprintf(out, "Only %d idle connections: a process may have %d files open here (ulimit -n).\n\n", load.idle, limit)
	}
	rungs, err := findRungs(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ladder")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := build(ctx, rungs, dir); err != nil {
		return err
	}

	fmt.Fprintf(out, "%s, %s, %s; %d clients send GET /, one request after the other; %d runs, the slowest and the fastest.\n\n",
		time.Now().Format(time.DateOnly), machine(runtime.NumCPU()), runtime.Version(), load.clients, load.runs)
	fmt.Fprintf(out, "| rung | requests/s | with %d idle | processes | threads | memory of an idle connection |\n", load.idle)
	fmt.Fprintln(out, "|---|--:|--:|--:|--:|--:|")
	for _, rung := range rungs {
		program := filepath.Join(dir, rung.name())
		for _, model := range rung.models() {
			row, err := load.row(ctx, program, rung.args(model))
			if err != nil {
				return fmt.Errorf("%s %s: %w", rung.name(), model, err)
			}
			fmt.Fprintf(out, "| %s | %s |\n", rung.title(model), row)
		}
	}
	return nil
}

// args are the arguments of a rung that is measured: it shall not hang up on the idle.
func (r rung) args(model string) (args []string) {
	if r.handmade() {
		args = append(args, "-idle=2m")
	}
	if model != "" {
		args = append(args, model)
	}
	return args
}

// row measures a server without idle connections, and a new one with them.
func (l load) row(ctx context.Context, program string, args []string) (row string, err error) {
	alone, err := l.alone(ctx, program, args)
	if err != nil {
		return "", err
	}
	beside, err := l.beside(ctx, program, args)
	return alone + " | " + beside, err
}

func (l load) alone(ctx context.Context, program string, args []string) (rate string, err error) {
	server, err := start(ctx, os.Stderr, program, args...)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	return l.rate(server.addr), nil
}

func (l load) beside(ctx context.Context, program string, args []string) (row string, err error) {
	server, err := start(ctx, os.Stderr, program, args...)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	warm := load{clients: 1, time: 50 * time.Millisecond}
	warm.perSecond(server.addr)
	before, err := costOf(server.cmd.Process.Pid)
	if err != nil {
		return "", err
	}
	conns, err := connect(server.addr, l.idle)
	defer func() {
		for _, conn := range conns {
			_ = conn.Close() // they have served
		}
	}()
	if err != nil {
		return "", err
	}
	taken, err := l.wait(ctx, server.addr)
	if err != nil {
		return "", err
	}
	after, err := costOf(server.cmd.Process.Pid)
	if err != nil {
		return "", err
	}
	memory := fmt.Sprintf("takes %d at a time", taken)
	if taken >= l.idle && taken > 0 {
		memory = fmt.Sprintf("%.1f KiB", float64(after.memory-before.memory)/float64(taken))
	}
	rate := l.rate(server.addr)
	return fmt.Sprintf("%s | %d | %d | %s", rate, after.processes, after.threads, memory), nil
}

// wait returns how many idle connections the server has taken when it has taken all, or
// has taken none for a while.
func (l load) wait(ctx context.Context, addr string) (taken int, err error) {
	for since := time.Now(); ; {
		now, err := accepted(addr)
		if err != nil {
			return 0, err
		}
		if now > taken {
			taken, since = now, time.Now()
		}
		if pause := l.settle; taken < l.idle && time.Since(since) < 2*pause || time.Since(since) < pause {
			select {
			case <-time.After(10 * time.Millisecond):
				continue
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		return taken, nil
	}
}
