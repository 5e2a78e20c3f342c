package h1_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// This file asks whether h1 answers as net/http does: handlers that follow
// random scripts (headers, writes, flushes, trailers, files, reads of the body,
// informational answers, deadlines, hijacks, panics) run on both, and what each
// step returned, what was on the wire after each Flush, all the bytes at the
// end, the log and what becomes of the connection have to be the same.
//
//	go test ./h1 -run TestAnswers                             some scripts, and each step after each other
//	H1_ROUNDS=1000000 go test ./h1 -run TestAnswersScripts    more of them
//	go test ./h1 -fuzz FuzzAnswersAsNetHTTP -fuzztime 1h

const after = "GET /after HTTP/1.1\r\nHost: a\r\n\r\n"

// play is the handler of a script; a request for /after is answered plainly.
func play(script []step, file string) func(*outcome, *wire) http.Handler {
	return func(o *outcome, c *wire) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/after" {
				o.requests = append(o.requests, "GET after\n")
				fmt.Fprintln(w, "after")
				return
			}
			at := len(o.requests)
			o.requests = append(o.requests, r.Method+" script\n")
			s := &stage{w, r, c, file}
			defer func() {
				if p := recover(); p != nil && p != errReturn {
					panic(p)
				}
			}()
			for _, step := range script {
				o.requests[at] += step.name + ": "
				o.requests[at] += step.do(s) + "\n"
			}
		})
	}
}

// perform runs a script on both.
func perform(t *testing.T, request string, script []step, file string) string {
	t.Helper()
	in := [][]byte{[]byte(request + after)}
	std := exchange(t, netHTTP, in, play(script, file))
	h := exchange(t, ours, in, play(script, file))
	if d := scriptCovered(request, script); d != nil {
		return ""
	}
	if !slices.Equal(std.requests, h.requests) {
		return fmt.Sprintf("net/http's handler saw\n%s\nand h1's\n%s", strings.Join(std.requests, ""), strings.Join(h.requests, ""))
	}
	if logged(std.log) != logged(h.log) {
		return fmt.Sprintf("net/http logged\n%s\nand h1\n%s", std.log, h.log)
	}
	if h.closed != std.closed {
		return fmt.Sprintf("closed by the server: net/http %v, h1 %v\n%q", std.closed, h.closed, shorten(h.out))
	}
	if bytes.Equal(std.out, h.out) {
		return ""
	}
	want, err := parseAnswers(std.out, std.requests)
	got, err2 := parseAnswers(h.out, h.requests)
	if err == nil && err2 == nil && slices.EqualFunc(want, got, answer.same) {
		return "" // order of lines, sizes of chunks
	}
	return fmt.Sprintf("net/http wrote\n%q\nand h1\n%q", shorten(std.out), shorten(h.out))
}

// logged is a log without what follows its first lines, which is a stack.
func logged(s string) string {
	var keep []string
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, "http: ") {
			line, _, _ = strings.Cut(line, " from ") // the caller of a superfluous WriteHeader
			keep = append(keep, strings.TrimSuffix(line, "\n"))
		}
	}
	return strings.Join(keep, "\n")
}

// aFile is a file that scripts copy from.
func aFile(t testing.TB) string {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, []byte(strings.Repeat("file ", 40000)), 0o600))
	return name
}

// named is what a failed script prints.
func named(request string, script []step) string {
	names := make([]string, len(script))
	for i, s := range script {
		names[i] = s.name
	}
	head, _, _ := strings.Cut(request, "\r\n\r\n")
	return fmt.Sprintf("%q: %s", head, strings.Join(names, "; "))
}

// shrink leaves steps out while the script still shows a difference.
func shrink(t *testing.T, request string, script []step, file string) []step {
	for i := 0; i < len(script); {
		less := slices.Concat(script[:i], script[i+1:])
		if perform(t, request, less, file) != "" {
			script = less
		} else {
			i++
		}
	}
	return script
}

// TestAnswersPairs performs each step alone, and each after each other on a
// plain GET and, of what is left of the time, on some other request.
func TestAnswersPairs(t *testing.T) {
	all, file, failed := steps(), aFile(t), 0
	try := func(request string, script ...step) {
		if d := perform(t, request, script, file); d != "" {
			script = shrink(t, request, script, file)
			t.Errorf("%s\n%s", named(request, script), perform(t, request, script, file))
			if failed++; failed == 20 {
				t.Fatal("too many")
			}
		}
	}
	for _, request := range asked {
		for _, s := range all {
			try(request, s)
		}
	}
	if os.Getenv("H1_ROUNDS") == "" {
		return // each step after each other takes a minute
	}
	for i, a := range all {
		for j, b := range all {
			try(asked[0], a, b)
			if request := asked[1+(i*len(all)+j)%(len(asked)-1)]; len(request) < 1<<10 {
				try(request, a, b)
			}
		}
	}
}

// TestAnswersScripts performs longer scripts.
func TestAnswersScripts(t *testing.T) {
	n := 3000
	if s := os.Getenv("H1_ROUNDS"); s != "" {
		var err error
		n, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	all, file, failed := steps(), aFile(t), 0
	for i := range n {
		rng := rand.New(rand.NewPCG(19, uint64(i)))
		request := asked[rng.IntN(len(asked))]
		script := make([]step, 1+rng.IntN(8))
		for j := range script {
			script[j] = all[rng.IntN(len(all))]
		}
		if d := perform(t, request, script, file); d != "" {
			script = shrink(t, request, script, file)
			t.Errorf("round %d: %s\n%s", i, named(request, script), perform(t, request, script, file))
			if failed++; failed == 20 {
				t.Fatal("too many")
			}
		}
	}
}

// FuzzAnswersAsNetHTTP takes the first byte for the request and each other for
// a step.
func FuzzAnswersAsNetHTTP(f *testing.F) {
	all, file := steps(), aFile(f)
	for i := range 100 {
		f.Add([]byte{byte(i), byte(i * 7), byte(i * 13), byte(i * 31)})
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		if len(code) < 2 || len(code) > 12 {
			return
		}
		request := asked[int(code[0])%len(asked)]
		var script []step
		for _, c := range code[1:] {
			script = append(script, all[int(c)%len(all)])
		}
		if d := perform(t, request, script, file); d != "" {
			t.Fatalf("%s\n%s", named(request, script), d)
		}
	})
}
