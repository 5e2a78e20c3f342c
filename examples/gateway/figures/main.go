//go:build linux

// Figures measures the gateway with real processes, and prints tables in Markdown: what clients see
// when servers fail (failures.go), and what it costs beside nginx, Caddy and a bare
// httputil.ReverseProxy (costs.go). It needs taskset, redis-server and nginx; caddy, if there is one.
//
//	go run ./examples/gateway/figures [-short] [-only failures,reload,redis,canary,peers,idle,routes]
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

var (
	short = flag.Bool("short", false, "see that it works, in two minutes")
	only  = flag.String("only", "", "names of sections, with commas between; by default all")

	dir, program string // of what is written, and the gateway
)

type section struct {
	name, title string
	run         func()
}

var sections = []section{
	{"failures", "Servers that fail under load", failures},
	{"reload", "Reloads under load", reloads},
	{"redis", "Two gateways and one Redis", shared},
	{"canary", "A canary that goes bad", canaries},
	{"peers", "Proxy of 1 KB, one CPU", compare},
	{"idle", "Memory of idle connections", idle},
	{"routes", "A file of 1,000 routes", routes},
}

func main() {
	runtime.LockOSThread() // it starts servers, which end with it
	flag.Parse()
	switch flag.Arg(0) { // this program is the servers, too
	case "backend":
		log.Fatal(backend(flag.Arg(1)))
	case "bare":
		log.Fatal(bare(flag.Arg(1), flag.Arg(2)))
	}
	chosen := strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })
	for _, name := range chosen {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			log.Fatalf("there is no section %q", name)
		}
	}
	var err error
	dir, err = os.MkdirTemp("", "figures")
	must(err)
	defer os.RemoveAll(dir)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		_ = os.RemoveAll(dir)
		os.Exit(1)
	}()
	program = filepath.Join(dir, "gateway")
	run("go", "build", "-o", program, "github.com/dram-go/dram/examples/gateway")
	fmt.Printf("%d CPUs, %s, %s", runtime.NumCPU(), runtime.Version(), run("nginx", "-v"))
	if _, err := exec.LookPath("caddy"); err == nil {
		fmt.Print(", caddy ", run("caddy", "version"))
		peers = append(peers, caddy)
	}
	fmt.Println()
	must(errors.Join(os.Setenv("TOKEN", token), os.Setenv("HOME", dir))) // of the servers
	for _, s := range sections {
		if len(chosen) > 0 && !slices.Contains(chosen, s.name) {
			continue
		}
		before := busy()
		fmt.Printf("\n## %s\n\n", s.title)
		s.run()
		fmt.Printf("\nThe load of the machine was %s before, and %s after.\n", before, busy())
		killAll()
	}
}

// run runs a command and returns what it says.
func run(args ...string) string {
	text, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		panic(fmt.Sprint(args, ": ", err, " ", string(text)))
	}
	return strings.TrimSpace(string(text))
}

// busy is how many processes wanted a CPU in the last minute.
func busy() string {
	text, err := os.ReadFile("/proc/loadavg")
	must(err)
	now, _, _ := strings.Cut(string(text), " ")
	return now
}

// a returns how much of something there is; with -short less of it.
func a[T int | time.Duration](whole, brief T) T {
	if *short {
		return brief
	}
	return whole
}

// head prints the head of a table, row a row of it.
func head(cells ...any) {
	row(cells...)
	fmt.Println(strings.Repeat("|---", len(cells)) + "|")
}

func row(cells ...any) {
	for _, cell := range cells {
		if d, ok := cell.(time.Duration); ok {
			cell = d.Round(10 * time.Microsecond)
		}
		fmt.Print("| ", cell, " ")
	}
	fmt.Println("|")
}

func mega[T int | float64](bytes T) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}
