package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
)

// This file says where figures come from: a run notes it beside them, and a table has it below.

// config says where figures come from.
func (o options) config(p part, toolchain, version string) []benchfmt.Config {
	commit, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		commit = []byte("an unknown commit")
	}
	how := fmt.Sprintf("%d passes of %s a cell", p.passes(o), o.pass)
	switch {
	case p.unit == answers:
		how = fmt.Sprintf("%d rounds of a second a server", p.passes(o))
	case p.procs == 0:
		how = "one run"
	}
	var config []benchfmt.Config
	for _, pair := range [][2]string{
		{"part", p.name}, {"toolchain", toolchain}, {"go", version}, {"date", time.Now().UTC().Format(time.DateOnly)},
		{"system", runtime.GOOS + "/" + runtime.GOARCH}, {"cpu", fmt.Sprintf("%d × %s", runtime.NumCPU(), cpuModel())},
		{"commit", strings.TrimSpace(string(commit))}, {"how", how},
	} {
		config = append(config, benchfmt.Config{Key: pair[0], Value: []byte(pair[1]), File: true})
	}
	return config
}

// cpuModel is the processor's name.
func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // it is there on Linux alone
	for line := range bytes.Lines(text) {
		if name, ok := bytes.CutPrefix(line, []byte("model name")); ok {
			return strings.Trim(string(name), " \t\n:")
		}
	}
	return "processor"
}

// measured adds where and when the figures of a table were measured, and how far its ratios may be off.
func measured(rs results, table string) string {
	if len(rs) == 0 {
		return "Not measured.\n"
	}
	return table + "\n" + rs.run() + "." + intervals(rs) + "\n"
}

// run says where and when figures were measured. If that is not the same for all rows, some of which were measured again, what
// differs is said of the fewer.
func (rs results) run() string {
	var runs []string
	rows := map[string][]string{}
	for _, r := range rs {
		run := strings.Join([]string{
			r.GetConfig("date"), r.GetConfig("go"), r.GetConfig("system"), r.GetConfig("cpu"), "dram at " + r.GetConfig("commit"), r.GetConfig("how"),
		}, "\n")
		if rows[run] == nil {
			runs = append(runs, run)
		}
		if !slices.Contains(rows[run], rowOf(r)) {
			rows[run] = append(rows[run], rowOf(r))
		}
	}
	slices.SortStableFunc(runs, func(a, b string) int { return len(rows[b]) - len(rows[a]) })
	most := strings.Split(runs[0], "\n")
	text := strings.Join(most, ", ")
	for _, run := range runs[1:] {
		differs := slices.DeleteFunc(strings.Split(run, "\n"), func(part string) bool { return slices.Contains(most, part) })
		text += fmt.Sprintf(". But for %s: %s", strings.Join(rows[run], "; "), strings.Join(differs, ", "))
	}
	return text
}

// intervals says how far the ratios of a table may be off.
func intervals(rs results) string {
	own, all := 0.0, 0.0
	for _, r := range rs {
		if spread := value(r, "spread"); spread > 0 {
			all = max(all, spread)
			if peerOf(r) == "dram" {
				own = max(own, spread)
			}
		}
	}
	if all == 0 {
		return ""
	}
	text := fmt.Sprintf(" 95%% intervals of the ratios: ± %.1f%% at most", 100*all)
	if own > 0 { // else the others are compared with dram
		text += fmt.Sprintf(", of dram's ± %.1f%%", 100*own)
	}
	return text + "."
}

// about says where the rows come from, and with which peers.
func (rs results) about() string {
	peers, err := versions()
	if err != nil {
		peers = []string{err.Error()}
	}
	text := strings.TrimSpace(measured(rs.of("rows", current, ""), ""))
	if second := rs.of("rows", newest, ""); len(second) > 0 {
		text += " A second time with " + second[0].GetConfig("go") + "."
	} else {
		text += " There was no second toolchain."
	}
	return text + "\n\nBeside it: " + strings.Join(peers, ", ") + ".\n"
}

// versions are those of the peers' modules, and of the JSON engines that dram has in some rows, which stand behind contrib's.
func versions() (list []string, err error) {
	out, err := exec.Command("go", "list", "-m", "-f",
		`{{if or (not (or .Main .Indirect .Replace)) (eq .Path "github.com/bytedance/sonic" "github.com/goccy/go-json")}}{{.Path}} {{.Version}}{{end}}`,
		"all").Output()
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "github.com/") && !strings.Contains(line, "/stretchr/") && !strings.Contains(line, "/aclements/") {
			list = append(list, line)
		}
	}
	return list, err
}
