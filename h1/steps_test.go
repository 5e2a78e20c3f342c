package h1_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// This file is what the scripts of answers_test.go are made of.

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
