package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/dram-go/dram/benchmarks/e2e"
	"github.com/dram-go/dram/benchmarks/report"
	"github.com/dram-go/dram/benchmarks/typedrows"
)

// This file says where the figures come from.

// modules tells where dram's source is, and the versions of the other modules.
func modules() (dram string, versions map[string]string, err error) {
	versions = map[string]string{}
	for _, path := range append(e2e.Modules(), typedrows.Module) {
		cmd := exec.Command("go", "list", "-m", "-json", path)
		cmd.Env = append(os.Environ(), "GOWORK=off")
		out, err := cmd.Output()
		if err != nil {
			return "", nil, fmt.Errorf("go list: %w: run this in the folder benchmarks of a checkout", err)
		}
		var module struct{ Version, Dir string }
		if err := json.Unmarshal(out, &module); err != nil {
			return "", nil, err
		}
		if path == "github.com/dram-go/dram" {
			dram = module.Dir
			continue
		}
		versions[path] = module.Version
	}
	return dram, versions, nil
}

func about(versions map[string]string, dram string) report.About {
	return report.About{
		Date:     time.Now().UTC(),
		Go:       runtime.Version(),
		System:   runtime.GOOS + "/" + runtime.GOARCH,
		CPU:      cpuModel(),
		Cores:    runtime.NumCPU(),
		Commit:   commit(dram),
		Versions: versions,
	}
}

// cpuModel is the processor's name.
func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "processor"
	}
	for line := range bytes.Lines(text) {
		if name, ok := bytes.CutPrefix(line, []byte("model name")); ok {
			return strings.Trim(string(name), " \t\n:")
		}
	}
	return "processor"
}

// commit is that of the source.
func commit(dram string) string {
	out, err := exec.Command("git", "-C", dram, "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "an unknown commit"
	}
	return strings.TrimSpace(string(out))
}
