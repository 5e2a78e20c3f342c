//go:build unix

package handbook_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// needs says why a block cannot be run here, by the word after "sh".
var needs = map[string]func(*testing.T, *shell) string{
	"":         func(*testing.T, *shell) string { return "" },
	"services": withServices,
	"docker":   needsCommand("docker", "info"),
	"caddy":    needsCommand("caddy", "version"),
	"systemd":  func(*testing.T, *shell) string { return "it changes the machine; the units are verified below" },
	"activate": needsCommand("systemd-socket-activate", "--version"),
	"strace":   needsStrace,
}

func needsCommand(name string, args ...string) func(*testing.T, *shell) string {
	return func(*testing.T, *shell) string {
		if err := exec.Command(name, args...).Run(); err != nil {
			return name + " does not run here: " + err.Error()
		}
		return ""
	}
}

// needsStrace is there where .ci/services has been: the command must run then.
func needsStrace(t *testing.T, s *shell) string {
	if os.Getenv("DRAM_TEST_STRACE") != "" {
		return ""
	}
	return needsCommand("strace", "-qq", "-o", os.DevNull, "true")(t, s)
}

// The chapters are one walk: each begins where the one before it ended.
func TestChaptersRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program of each chapter")
	}
	t.Parallel() // it waits for the go command most of the time
	for _, command := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Skip(err)
		}
	}
	s := newShell(t)
	s.env = []string{flags("-mod=mod -vet=off"), "CGO_ENABLED=0"} // as chapter 11 builds it: what all chapters need is compiled once
	for _, page := range chapters(t) {
		if !t.Run(page, func(t *testing.T) { walk(t, s, page) }) {
			break
		}
		if page == "11-deploying.md" {
			t.Run("deployed", func(t *testing.T) { deployed(t, s) })
		}
	}
}

// walk does what a chapter says.
func walk(t *testing.T, s *shell, page string) {
	do(t, s, page, read(t, page))
	check := "gofmt -l ."
	if page >= "11" { // what the chapters before have made is there
		check += " && go vet ./..."
	}
	out, err := s.run(check)
	require.NoError(t, err, out)
	assert.Empty(t, out)
}

// do runs the commands of a page, and compares what they write with what the page says.
func do(t *testing.T, s *shell, page, text string) {
	defer func() { s.stop(t) }()
	all := blocks(text)
	for i, b := range all {
		switch {
		case b.lang != "sh":
		case b.need == "server":
			s.start(t, b.text)
		default:
			need := needs[b.need]
			require.NotNil(t, need, "%s:%d: what is %q?", page, b.line, b.need)
			if why := need(t, s); why != "" {
				t.Logf("%s:%d is skipped: %s", page, b.line, why)
				continue
			}
			if b.need == "activate" {
				s.stop(t) // its port is wanted
			}
			out, err := s.run(b.text)
			require.NoError(t, err, "%s:%d\n%s\n%s", page, b.line, b.text, out)
			require.NotContains(t, out, "no tests to run", "%s:%d\n%s", page, b.line, b.text)
			if i+1 < len(all) && all[i+1].lang == "text" {
				assert.True(t, pattern(all[i+1].text).MatchString(out), "%s:%d says\n%s\nbut it is\n%s", page, all[i+1].line, all[i+1].text, out)
			}
		}
	}
}

// pattern is what an output has to match: "…" is anything, and so are spaces at ends.
func pattern(text string) *regexp.Regexp {
	text = strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(text)), "…", "(?s:.*)")
	return regexp.MustCompile(`^\s*` + text + `\s*$`)
}

// The recipe of live reload is one of commands: they are run where the tool can be had.
func TestLiveReload(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a tool")
	}
	t.Parallel() // it waits for the go command most of the time
	s := newShell(t)
	page := read(t, "01-hello.md")
	for _, b := range blocks(page) {
		if b.lang == "sh" && b.need == "" && !strings.Contains(b.text, "curl") {
			out, err := s.run(b.text)
			require.NoError(t, err, out)
		}
	}
	for _, b := range blocks(read(t, "recipes.md")) {
		switch {
		case b.lang == "sh" && b.need == "":
			if out, err := s.run(b.text); err != nil {
				t.Skipf("%s: %v\n%s", b.text, err, out)
			}
		case b.lang == "sh" && b.need == "server":
			s.start(t, b.text)
			main := filepath.Join(s.dir, "main.go")
			text, err := os.ReadFile(main)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(main, []byte(strings.Replace(string(text), `"hello":`, `"goodbye":`, 1)), 0o600))
			require.Eventually(t, func() bool {
				out, err := s.run("curl http://localhost:8080/hello/you")
				return err == nil && strings.Contains(out, "goodbye")
			}, time.Minute, 100*time.Millisecond)
		}
	}
}
