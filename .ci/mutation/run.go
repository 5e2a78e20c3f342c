// The runs of the test program: of each test by itself, which tells what it reaches and how long
// it takes, and for each mutant of the tests that reach it, the quick ones first.

package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// What becomes of a mutant.
const (
	killed    = "killed"
	survived  = "survived"
	uncovered = "not covered"
	explained = "explained"
)

// Programs that run beside each other, and the memory of each in KiB.
const (
	beside = 2
	memory = 8 << 20
)

// test is a test that passes without a mutant.
type test struct {
	name    string
	took    time.Duration
	reaches []byte // 1 at the ids of mutants
}

// execute runs tests with the environment, and returns what they print. Without an end within
// the limit they fail.
func (p *pack) execute(limit time.Duration, tests []string, env ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	temp, err := os.MkdirTemp(p.temp, "") // short: sockets have paths of at most 104 bytes
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	cmd := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf(`ulimit -v %d; exec "$0" "$@"`, memory), p.program(),
		"-test.short", "-test.failfast", "-test.run", "^("+strings.Join(tests, "|")+")$")
	cmd.Dir, cmd.Env = p.dir, append(os.Environ(), append(env, "TMPDIR="+temp)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) { // a program that a test has left behind
		err = nil
	}
	if ctx.Err() != nil {
		out.WriteString("\n--- FAIL: too long\n")
	}
	return out.String(), err
}

// survey runs each test by itself.
func (p *pack) survey(skip *regexp.Regexp) error {
	list := exec.Command(p.program(), "-test.list", "^(Test|Example|Fuzz)")
	list.Dir = p.dir
	out, err := list.Output()
	if err != nil {
		return err
	}
	var names []string
	for name := range strings.FieldsSeq(string(out)) {
		if !skip.MatchString(name) {
			names = append(names, name)
		}
	}
	var mutex sync.Mutex
	parallel(names, func(name string) {
		log, err := os.CreateTemp(p.temp, "log")
		if err != nil {
			panic(err)
		}
		defer os.Remove(log.Name())
		log.Close()
		began := time.Now()
		out, err := p.execute(5*time.Minute, []string{name}, "MUTANT_LOG="+log.Name())
		took := time.Since(began)
		reaches, _ := os.ReadFile(log.Name())
		mutex.Lock()
		defer mutex.Unlock()
		if err != nil {
			fmt.Fprintf(os.Stderr, "left out, it fails without a mutant: %s\n%s\n", name, out)
		} else if len(reaches) > 0 {
			p.tests = append(p.tests, &test{name, took, reaches})
		}
	})
	slices.SortFunc(p.tests, func(a, b *test) int {
		return cmp.Or(cmp.Compare(a.took, b.took), strings.Compare(a.name, b.name))
	})
	var sum time.Duration
	for _, t := range p.tests {
		sum += t.took
	}
	fmt.Fprintf(os.Stderr, "%s: %d mutants, %d tests that reach some, %s\n", filepath.Clean(p.path), len(p.mutants), len(p.tests), sum.Round(time.Second))
	return nil
}

// run runs the mutants until the end, and hands each to done, one at a time.
func (p *pack) run(end time.Time, done func(*mutant)) {
	var mutex sync.Mutex
	parallel(p.mutants, func(m *mutant) {
		if time.Now().After(end) {
			return
		}
		p.try(m)
		mutex.Lock()
		defer mutex.Unlock()
		done(m)
	})
}

var failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (.*)$|^panic: .*$|^fatal error: .*$`)

// try runs the tests that reach m, in groups that take four times as long as the one before. A
// failure that does not come again is one of the test, and not of the mutant.
func (p *pack) try(m *mutant) {
	m.state = uncovered
	var group []string
	var sum time.Duration
	least := 300 * time.Millisecond
	flush := func() {
		if len(group) > 0 && m.state != killed {
			m.state = survived
			run := func() (string, error) { return p.execute(5*sum+20*time.Second, group, fmt.Sprintf("MUTANT=%d", m.id)) }
			out, err := run()
			if err != nil {
				out, err = run()
			}
			if err != nil {
				m.state, m.killer = killed, cmp.Or(strings.TrimSpace(failed.FindString(out)), err.Error())
			}
		}
		group, sum, least = nil, 0, 4*least
	}
	for _, t := range p.tests {
		if len(t.reaches) > m.id && t.reaches[m.id] == 1 {
			group = append(group, t.name)
			if sum += t.took; sum >= least {
				flush()
			}
		}
	}
	flush()
}

// parallel calls do for each of all, a few at a time.
func parallel[T any](all []T, do func(T)) {
	var group sync.WaitGroup
	free := make(chan struct{}, beside)
	for _, one := range all {
		free <- struct{}{}
		group.Go(func() {
			do(one)
			<-free
		})
	}
	group.Wait()
}
