package main

import (
	"bufio"
	"context"
	"embed"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/dram-go/dram/examples/gateway/descriptors"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

//go:embed demo
var demoFiles embed.FS

const tour = `
The gateway serves http://%[1]s, its file is
  %[2]s
and its operators' page is
  %[3]s

Conversion   curl http://%[1]s/v1/users/ann
             curl -N -H 'Accept: text/event-stream' http://%[1]s/v1/users/ann/events
             curl http://%[1]s/api/home/ann
Validation   curl 'http://%[1]s/api/books?limit=1000'
             curl -d '{"year": "x"}' -H 'Content-Type: application/json' http://%[1]s/api/books
Who may      curl http://%[1]s/api/private
             curl -H 'X-Api-Key: demo-key' http://%[1]s/api/private
Split        for i in $(seq 20); do curl -s http://%[1]s/api/books; done
             curl -H 'X-Version: v2' http://%[1]s/api/books
Canary       curl -X POST http://%[1]s/break; for i in $(seq 300); do curl -s -o /dev/null http://%[1]s/api/books; done
             (v2 fails, and the ramp goes back: see the log and the operators' page)
             curl -X POST http://%[1]s/break           (it is well again)
Breaking     kill %[4]d                                (v1 is gone: v2 answers in its place)
Limit        for i in $(seq 8); do curl -s -o /dev/null -w '%%{http_code} ' http://%[1]s/api/limited; done
Risk         for i in $(seq 8); do curl -s -o /dev/null -w '%%{http_code} ' -H 'X-Api-Key: guess' http://%[1]s/api/private; done
Seen         curl -i http://%[1]s/api/kept            (twice: Age, Cache-Status)
             the operators' page, and /metrics there
A new file   edit the file, or: sed -i 's/5.min/1\/min/' %[2]s
`

// demo starts services of its own, as processes, and a gateway in front of them.
func demo(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "gateway-demo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var services sync.WaitGroup
	defer services.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end() // of the services first, whatever the gateway ends with
	addrs := make(map[string]string)
	var v1 int
	for _, kind := range []string{"v1", "v2", "grpc"} {
		service, addr, err := spawn(ctx, kind)
		if err != nil {
			return err
		}
		services.Go(func() { _ = service.Wait() }) // it ends with ctx
		if addrs[kind] = "http://" + addr; kind == "grpc" {
			addrs[kind] = "h2c://" + addr
		}
		if kind == "v1" {
			v1 = service.Process.Pid
		}
	}
	file, err := unpack(ctx, dir, addrs)
	if err != nil {
		return err
	}
	log := logTo(slog.NewTextHandler(os.Stdout, nil))
	g, err := fromFile(ctx, file, gateway.Options{Log: log})
	if err != nil {
		return err
	}
	defer g.Close()
	return g.Run(ctx, func(address, admin string) { fmt.Printf(tour, address, file, admin, v1) })
}

// spawn starts this program as a service, which prints where it listens.
func spawn(ctx context.Context, kind string) (*exec.Cmd, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	cmd := exec.CommandContext(ctx, self, "backend", kind)
	if _, err := cmd.StdinPipe(); err != nil { // it ends when this program does, however that is
		return nil, "", err
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, "", fmt.Errorf("the service %s has not started: %w", kind, err)
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // it prints no more
	return cmd, strings.TrimSpace(line), nil
}

// unpack writes the demonstration's files.
func unpack(ctx context.Context, dir string, addrs map[string]string) (string, error) {
	text := func(name string) string {
		content, _ := demoFiles.ReadFile("demo/" + name) // it is embedded
		return string(content)
	}
	set, err := descriptors.Compile(ctx, "users.proto", text("users.proto"))
	if err != nil {
		return "", err
	}
	file := strings.NewReplacer("$v1", addrs["v1"], "$v2", addrs["v2"], "$grpc", addrs["grpc"]).Replace(text("gateway.yaml"))
	for name, content := range map[string]string{
		"users.binpb": string(set), "books.yaml": text("books.yaml"), "gateway.yaml": file,
		"keys": "ann " + demoKey + " read\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "gateway.yaml"), nil
}

// demoKey is the SHA-256 of "demo-key".
const demoKey = "c48a01f49fd0f2cc404bc3cbbc80e91457a3d41bb429a695243de4c61794155c"
