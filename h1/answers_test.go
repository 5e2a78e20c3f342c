package h1_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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

// step is one thing that a handler may do. It returns what it saw.
type step struct {
	name string
	do   func(*stage) string
}

// stage is where a script runs.
type stage struct {
	w    http.ResponseWriter
	r    *http.Request
	wire *wire
	file string
}

// asked are the requests that scripts answer. Each is followed by another.
var asked = []string{
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
	"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
	"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\nhello world",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + strings.Repeat("b", 300000),
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n",
	"PUT / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 11\r\n\r\nhello world",
	"HEAD / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nz\r\n",
	"OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
	"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
}

const after = "GET /after HTTP/1.1\r\nHost: a\r\n\r\n"

// steps are all that a script is made of.
func steps() []step {
	var list []step
	add := func(name string, do func(*stage) string) { list = append(list, step{name, do}) }
	say := func(n int, err error) string { return fmt.Sprintf("%d %s", n, kindOf(err)) }

	for _, code := range []int{100, 101, 102, 103, 199, 200, 201, 204, 205, 206, 304, 400, 404, 408, 413, 431, 500, 503, 599, 600, 999, 0, 99, 1000, -1} {
		add(fmt.Sprintf("WriteHeader %d", code), func(s *stage) string { s.w.WriteHeader(code); return "" })
	}
	for _, n := range []int{0, 1, 10, 511, 512, 513, 2047, 2048, 2049, 4095, 4096, 4097, 10000, 70000} {
		text := strings.Repeat("w", n)
		add(fmt.Sprintf("Write %d", n), func(s *stage) string { return say(s.w.Write([]byte(text))) })
		if n < 5000 {
			add(fmt.Sprintf("WriteString %d", n), func(s *stage) string { return say(io.WriteString(s.w, text)) })
		}
	}
	add("Write html", func(s *stage) string { return say(s.w.Write([]byte("<html><body>x</body></html>"))) })
	add("Write binary", func(s *stage) string { return say(s.w.Write([]byte("\x89PNG\x0d\x0a\x1a\x0a...."))) })
	add("Flush", func(s *stage) string {
		s.w.(http.Flusher).Flush()
		return fmt.Sprintf("%t on the wire", s.wire.written() > 0)
	})
	add("FlushError", func(s *stage) string {
		err := http.NewResponseController(s.w).Flush()
		return fmt.Sprintf("%s, %t on the wire", kindOf(err), s.wire.written() > 0)
	})
	for _, h := range [][2]string{
		{"Content-Length", "0"}, {"Content-Length", "1"}, {"Content-Length", "10"}, {"Content-Length", "2048"}, {"Content-Length", "70000"}, {"Content-Length", "x"}, {"Content-Length", "-1"}, {"Content-Length", " 10 "}, {"Content-Length", ""},
		{"Content-Type", "text/x"}, {"Content-Type", ""}, {"Content-Encoding", "gzip"}, {"Content-Encoding", ""}, {"Date", "now"}, {"Date", ""}, {"Connection", "close"}, {"Connection", "keep-alive"}, {"Connection", "upgrade"}, {"Connection", "Close"}, {"Connection", "x, close"}, {"Connection", ""},
		{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "identity"}, {"Transfer-Encoding", "gzip"}, {"Transfer-Encoding", "gzip, chunked"}, {"Transfer-Encoding", ""}, {"Trailer", "X-T"}, {"Trailer", "X-T, X-U"}, {"Trailer", "Content-Length"}, {"X-T", "t"}, {"X-U", "u"}, {http.TrailerPrefix + "X-P", "p"},
		{"X-A", "a\r\nX-B: c"}, {"X-A", "a\nb"}, {"X-A", " a "}, {"X-A", "é"}, {"X-A", "\x00"}, {"x a", "b"}, {"x\r\nb", "c"}, {"é", "a"}, {"", "a"}, {"low-case", "a"}, {"Server", "x"}, {"Content-Range", "bytes 0-1/2"}, {"Upgrade", "x"}, {"X-Content-Type-Options", "nosniff"}, {"Allow", "GET"}, {"Link", "</a>"}, {"Keep-Alive", "x"},
	} {
		add(fmt.Sprintf("Header %q %q", h[0], h[1]), func(s *stage) string { s.w.Header()[h[0]] = []string{h[1]}; return "" })
	}
	add("Header added twice", func(s *stage) string { s.w.Header().Add("X-A", "1"); s.w.Header().Add("X-A", "2"); return "" })
	add("two lengths", func(s *stage) string { s.w.Header()["Content-Length"] = []string{"10", "11"}; return "" })
	add("two connections", func(s *stage) string { s.w.Header()["Connection"] = []string{"x", "close"}; return "" })
	for _, name := range []string{"Content-Type", "Date", "Content-Length", "Connection", "Transfer-Encoding", "X-A"} {
		add("nil "+name, func(s *stage) string { s.w.Header()[name] = nil; return "" })
		add("Del "+name, func(s *stage) string { s.w.Header().Del(name); return "" })
	}
	add("Header seen", func(s *stage) string { return fmt.Sprintf("%q", s.w.Header()) })
	for _, n := range []int{0, 1, 600, 5000, 100000} {
		add(fmt.Sprintf("ReadFrom a reader of %d", n), func(s *stage) string {
			n, err := s.w.(io.ReaderFrom).ReadFrom(struct{ io.Reader }{strings.NewReader(strings.Repeat("r", n))})
			return say(int(n), err)
		})
		add(fmt.Sprintf("Copy a file of %d", n), func(s *stage) string {
			f, err := os.Open(s.file)
			if err != nil {
				return err.Error()
			}
			defer f.Close()
			m, err := io.CopyN(s.w, f, int64(n))
			return say(int(m), err)
		})
	}
	add("Copy a reader that fails", func(s *stage) string {
		n, err := io.Copy(s.w, io.MultiReader(strings.NewReader("some"), failing{}))
		return say(int(n), err)
	})
	for _, n := range []int{0, 1, 5, 100} {
		add(fmt.Sprintf("read %d", n), func(s *stage) string {
			p := make([]byte, n)
			m, err := io.ReadFull(s.r.Body, p)
			return fmt.Sprintf("%q %s", p[:m], kindOf(err))
		})
	}
	add("read all", func(s *stage) string {
		b, err := io.ReadAll(s.r.Body)
		return fmt.Sprintf("%d %.20q %s %q", len(b), b, kindOf(err), s.r.Trailer)
	})
	add("read under a limit", func(s *stage) string {
		b, err := io.ReadAll(http.MaxBytesReader(s.w, s.r.Body, 8))
		return fmt.Sprintf("%.20q %s", b, kindOf(err))
	})
	add("close the body", func(s *stage) string { return kindOf(s.r.Body.Close()) })
	add("another body", func(s *stage) string { s.r.Body = io.NopCloser(strings.NewReader("x")); return "" })
	add("copy the body", func(s *stage) string { n, err := io.Copy(s.w, s.r.Body); return say(int(n), err) })
	add("context", func(s *stage) string { return fmt.Sprint(s.r.Context().Err()) })
	add("wait for the end of the context", func(s *stage) string {
		select {
		case <-s.r.Context().Done():
			return "done"
		case <-time.After(300 * time.Millisecond):
			return "not done"
		}
	})
	add("full duplex", func(s *stage) string { return kindOf(http.NewResponseController(s.w).EnableFullDuplex()) })
	for name, at := range map[string]func() time.Time{
		"past": func() time.Time { return time.Now().Add(-time.Second) }, "none": func() time.Time { return time.Time{} },
		"soon": func() time.Time { return time.Now().Add(100 * time.Millisecond) },
	} {
		add("read deadline "+name, func(s *stage) string { return kindOf(http.NewResponseController(s.w).SetReadDeadline(at())) })
		add("write deadline "+name, func(s *stage) string { return kindOf(http.NewResponseController(s.w).SetWriteDeadline(at())) })
	}
	add("sleep", func(s *stage) string { time.Sleep(200 * time.Millisecond); return "" })
	add("panic", func(s *stage) string { panic("of a script") })
	add("abort", func(s *stage) string { panic(http.ErrAbortHandler) })
	add("return", func(s *stage) string { panic(errReturn) })
	hijack := func(s *stage, then func(read func(int) string, write func(string) string) string) string {
		c, rw, err := http.NewResponseController(s.w).Hijack()
		if err != nil {
			return kindOf(err)
		}
		defer c.Close()
		return then(func(n int) string {
			p := make([]byte, n)
			m, err := io.ReadFull(rw, p)
			return fmt.Sprintf("%q %s", p[:m], kindOf(err))
		}, func(text string) string {
			n, err := rw.WriteString(text)
			return say(n, errors.Join(err, rw.Flush()))
		})
	}
	const raw = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	add("hijack", func(s *stage) string {
		return hijack(s, func(_ func(int) string, write func(string) string) string { return write(raw) })
	})
	add("hijack and read", func(s *stage) string {
		return hijack(s, func(read func(int) string, write func(string) string) string { return read(4) + write(raw) })
	})
	add("hijack and write to both", func(s *stage) string {
		return hijack(s, func(_ func(int) string, write func(string) string) string {
			return write(raw) + say(s.w.Write([]byte("late"))) + say(s.r.Body.Read(make([]byte, 1)))
		})
	})
	slices.SortStableFunc(list, func(a, b step) int { return strings.Compare(a.name, b.name) })
	return list
}

var errReturn = errors.New("the script ends here")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("failing") }

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
