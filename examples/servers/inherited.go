package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"github.com/dram-go/dram"
)

// This file is both sides of an inherited socket: the program that takes it, and, unless a
// service manager such as systemd has started that, a manager of two dozen lines.

// serveInherited serves on the sockets that the program was started with.
func serveInherited(engine *dram.Engine, set settings) error {
	listeners, _, err := dram.InheritedListeners()
	if err != nil {
		return err
	}
	if len(listeners) == 0 {
		return manage(engine, set)
	}
	return engine.RunListenerContext(context.Background(), listeners...)
}

// manage opens the socket and starts the program with it, as file descriptor 3; the shell
// knows the process's number before the program runs. Clients may connect from now on, and
// would wait in the socket's queue while a program is replaced by another.
func manage(engine *dram.Engine, set settings) error {
	listener, err := listenTCP(set.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	defer socket.Close()

	runtime.LockOSThread() // see endsWithParent
	defer runtime.UnlockOSThread()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	engine.OnShutdown(func(context.Context) { stop() })
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" inherited`, set.program)
	cmd.ExtraFiles = []*os.File{socket}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.SysProcAttr = endsWithParent()
	if err := cmd.Start(); err != nil {
		return err
	}
	engine.OnListen(listener.Addr())
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		// Ctrl-C or a SIGTERM has met it before it could end with its requests: it had none.
		if signal := status.Signal(); signal == syscall.SIGINT || signal == syscall.SIGTERM {
			err = nil
		}
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return http.ErrServerClosed
}
