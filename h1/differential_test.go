package h1_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// This file asks whether h1 reads what net/http reads: the same bytes, whole
// and cut at any place, are fed to both; the requests that reach the handler,
// the answers and what becomes of the connection have to be the same. Where h1
// refuses what net/http takes, the difference has to be one of the table in
// differences_test.go; where h1 takes what net/http refuses, nothing helps.
//
//	go test ./h1 -run 'TestReads'                           the seeds, cut at each byte, and some of the grammar
//	H1_ROUNDS=1000000 go test ./h1 -run TestReadsGrammar    more of the grammar
//	go test ./h1 -fuzz FuzzAgainstNetHTTP -fuzztime 1h

// recorder is the handler: it writes down all that it sees of a request, reads
// as much of the body as the path says, and answers with the length.
func recorder(o *outcome, _ *wire) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %q %s %d.%d host=%q length=%d te=%q close=%v remote=%s\n",
			r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host,
			r.ContentLength, r.TransferEncoding, r.Close, r.RemoteAddr)
		fmt.Fprintf(&b, "url %q %q user=%v host=%q path=%q raw=%q query=%q force=%v frag=%q omit=%v\n",
			r.URL.Scheme, r.URL.Opaque, r.URL.User, r.URL.Host, r.URL.Path, r.URL.RawPath,
			r.URL.RawQuery, r.URL.ForceQuery, r.URL.Fragment, r.URL.OmitHost)
		fmt.Fprintf(&b, "header %q nil=%v\n", r.Header, r.Header == nil)
		fmt.Fprintf(&b, "trailer before %q body=%v context=%v form=%v\n",
			r.Trailer, r.Body == http.NoBody, r.Context().Err(), r.Form)
		limit := int64(1 << 20)
		switch r.URL.Path {
		case "/none":
			limit = 0
		case "/some":
			limit = 3
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, limit))
		fmt.Fprintf(&b, "body %q %s\n", body, kindOf(err))
		fmt.Fprintf(&b, "trailer after %q\n", r.Trailer)
		o.requests = append(o.requests, b.String())
		fmt.Fprintf(w, "read %d\n", len(body))
	})
}

// kindOf is what two servers have to agree on of an error.
func kindOf(err error) string {
	var large *http.MaxBytesError
	for name, is := range map[string]error{
		"unexpected EOF": io.ErrUnexpectedEOF, "deadline": os.ErrDeadlineExceeded,
		"content length": http.ErrContentLength, "body not allowed": http.ErrBodyNotAllowed,
		"hijacked": http.ErrHijacked, "handler timeout": http.ErrHandlerTimeout,
		"body read after close": http.ErrBodyReadAfterClose, "not supported": http.ErrNotSupported,
	} {
		if errors.Is(err, is) {
			return name
		}
	}
	switch {
	case err == nil:
		return "ok"
	case err == io.EOF:
		return "EOF"
	case errors.As(err, &large):
		return "too large"
	}
	return "error"
}

// disagreement says how h1's outcome differs from net/http's; "" if it does not,
// or as one of the table says.
func disagreement(in []byte, std, h outcome) string {
	for i, r := range h.requests {
		if i >= len(std.requests) {
			return fmt.Sprintf("LOOSER: h1 saw request %d, which net/http did not:\n%s", i, r)
		}
		if i == len(h.requests)-1 && r != std.requests[i] && h.closed && covered(bodyRefused, in) &&
			upToBody(r) == upToBody(std.requests[i]) && strings.Contains(r, "\" error\n") {
			return ""
		}
		if r != std.requests[i] && !covered(seenOtherwise, in) {
			return fmt.Sprintf("request %d: net/http saw\n%sand h1\n%s", i, std.requests[i], r)
		}
	}
	answers, err := parseAnswers(h.out, h.requests)
	if err != nil {
		return fmt.Sprintf("h1's answer is none: %v\n%q", err, h.out)
	}
	want, err := parseAnswers(std.out, std.requests)
	if err != nil {
		return fmt.Sprintf("net/http's answer is none: %v\n%q", err, std.out)
	}
	if len(h.requests) < len(std.requests) {
		return stricter(in, answers, want, h)
	}
	for i := range max(len(answers), len(want)) {
		switch {
		case i >= len(answers) && h.closed && covered(bodyRefused, in):
			// the body before was
		case i >= len(answers):
			return fmt.Sprintf("net/http answered %d times, h1 %d; net/http's next:\n%s", len(want), len(answers), want[i])
		case i >= len(want) && answers[i].refuses():
			// net/http says nothing, and closes or waits
		case i >= len(want):
			return fmt.Sprintf("net/http answered %d times, h1 %d; h1's next:\n%s", len(want), len(answers), answers[i])
		case !answers[i].same(want[i]) && !covered(answeredOtherwise, in):
			return fmt.Sprintf("answer %d: net/http's\n%s\nand h1's\n%s", i, want[i], answers[i])
		}
	}
	if h.closed != std.closed && !covered(closedOtherwise, in) && !(h.closed && covered(bodyRefused, in)) {
		return fmt.Sprintf("closed by the server: net/http %v, h1 %v", std.closed, h.closed)
	}
	if h.states != nil && !slices.Equal(settled(h.states), settled(std.states)) && !covered(closedOtherwise, in) {
		return fmt.Sprintf("states of the connection: net/http %v, h1 %v", std.states, h.states)
	}
	return ""
}

// upToBody is what was recorded of a request before its body was read.
func upToBody(request string) string {
	before, _, _ := strings.Cut(request, "\nbody ")
	return before
}

// settled leaves out a last StateActive: net/http does not call a connection
// active for a broken request whose bytes came with the request before.
func settled(states []http.ConnState) []http.ConnState {
	n := len(states)
	if n > 2 && states[n-2] == http.StateActive && states[n-3] == http.StateIdle {
		return append(slices.Clone(states[:n-2]), states[n-1])
	}
	return states
}

// stricter judges an outcome in which h1 saw fewer requests: the answers before
// have to be the same, the next a refusal, the connection closed, and the reason
// in the table.
func stricter(in []byte, answers, want []answer, h outcome) string {
	n := len(answers) - 1
	switch {
	case n < 0 || n >= len(want):
		return fmt.Sprintf("net/http answered %d times, h1 %d, and saw fewer requests", len(want), len(answers))
	case !h.closed:
		return "h1 saw fewer requests and did not close the connection"
	case answers[n].code < 400 && covered(bodyRefused, in) && slices.Contains(answers[n].head, "Connection: close"):
		return "" // what the handler left of the body could not be read
	case answers[n].code < 400:
		return fmt.Sprintf("h1 saw fewer requests and did not refuse:\n%s", answers[n])
	}
	for i := range n {
		if !answers[i].same(want[i]) && !covered(answeredOtherwise, in) {
			return fmt.Sprintf("answer %d: net/http's\n%s\nand h1's\n%s", i, want[i], answers[i])
		}
	}
	if !covered(refusedOnly, in) {
		return fmt.Sprintf("h1 refused a request that net/http takes, and the table has no reason:\n%s\nnet/http:\n%s", answers[n], want[n])
	}
	return ""
}

// answer is one answer on the wire.
type answer struct {
	line    string
	code    int
	head    []string // lines, in the order written
	framing string
	body    string
	trailer []string
}

func (a answer) String() string {
	return fmt.Sprintf("%s\n%s\n[%s]\n%.300q\n%q", a.line, strings.Join(a.head, "\n"), a.framing, a.body, a.trailer)
}

// refuses reports whether the answer refuses a request and ends the connection.
func (a answer) refuses() bool {
	return a.code >= 400 && slices.Contains(a.head, "Connection: close")
}

// same reports whether two answers mean the same: order of lines, sizes of
// chunks and, of a refusal that closes, the reason given are left out.
func (a answer) same(b answer) bool {
	if a.refuses() && b.refuses() {
		return true // which of two reasons is said may differ
	}
	x, y := slices.Sorted(slices.Values(a.head)), slices.Sorted(slices.Values(b.head))
	text := a.line == b.line && a.body == b.body
	if a.code >= 400 && a.code == b.code && slices.Contains(a.head, "Connection: close") {
		text = true
	}
	return text && slices.Equal(x, y) && a.framing == b.framing &&
		slices.Equal(slices.Sorted(slices.Values(a.trailer)), slices.Sorted(slices.Values(b.trailer)))
}

// parseAnswers cuts what a server wrote into answers. The requests say which
// answers have no body; a refusal is to none of them.
func parseAnswers(out []byte, requests []string) ([]answer, error) {
	var list []answer
	r := bufio.NewReader(bytes.NewReader(out))
	for final := 0; ; {
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			return list, nil
		}
		proto, status, _ := strings.Cut(strings.TrimSuffix(line, "\r\n"), " ")
		code, bad := strconv.Atoi(status[:min(3, len(status))])
		if err != nil || bad != nil || !strings.HasPrefix(proto, "HTTP/1.") {
			return list, fmt.Errorf("status line %q", line)
		}
		a := answer{line: strings.TrimSuffix(line, "\r\n"), code: code}
		if a.head, err = readLines(r); err != nil {
			return list, err
		}
		head := final < len(requests) && strings.HasPrefix(requests[final], "HEAD ")
		if code >= 200 {
			final++
		}
		if err := a.readBody(r, head || code < 200 || code == 204 || code == 304); err != nil {
			return list, err
		}
		list = append(list, a)
	}
}

func (a *answer) readBody(r *bufio.Reader, none bool) error {
	length, chunked := -1, false
	for _, l := range a.head {
		name, value, _ := strings.Cut(l, ": ")
		switch {
		case strings.EqualFold(name, "Content-Length"):
			length, _ = strconv.Atoi(value)
		case strings.EqualFold(name, "Transfer-Encoding"):
			chunked = true
		}
	}
	switch {
	case none:
		a.framing = "none"
	case chunked:
		a.framing = "chunked"
		return a.readChunks(r)
	case length >= 0:
		a.framing = "length"
		b, err := io.ReadAll(io.LimitReader(r, int64(length)))
		a.body = string(b)
		if len(b) < length {
			a.framing = "length, cut short"
		}
		return err
	default:
		a.framing = "until close"
		b, err := io.ReadAll(r)
		a.body = string(b)
		return err
	}
	return nil
}

func (a *answer) readChunks(r *bufio.Reader) (err error) {
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			a.framing = "chunked, cut short"
			return nil
		}
		size, bad := strconv.ParseUint(strings.TrimSuffix(line, "\r\n"), 16, 31)
		if bad != nil {
			return fmt.Errorf("chunk size %q", line)
		}
		if size == 0 {
			a.trailer, err = readLines(r)
			return err
		}
		b := make([]byte, size+2)
		n, err := io.ReadFull(r, b)
		if err != nil {
			a.body, a.framing = a.body+string(b[:n]), "chunked, cut within a chunk"
			return nil
		}
		a.body += string(b[:size])
	}
}

// readLines reads header lines up to the empty one.
func readLines(r *bufio.Reader) ([]string, error) {
	var lines []string
	for {
		l, err := r.ReadString('\n')
		if err != nil || !strings.HasSuffix(l, "\r\n") {
			return lines, fmt.Errorf("a head that ends in %q", l)
		}
		if l == "\r\n" {
			return lines, nil
		}
		lines = append(lines, strings.TrimSuffix(l, "\r\n"))
	}
}

// read feeds in to both, whole, and to h1 cut at the places as well.
func read(t *testing.T, in []byte, places ...int) string {
	t.Helper()
	std := exchangeSeen(t, netHTTP, [][]byte{in}, recorder)
	if d := disagreement(in, std, exchangeSeen(t, ours, [][]byte{in}, recorder)); d != "" {
		return d
	}
	if len(places) == 0 {
		return ""
	}
	pieces := cut(in, places...)
	d := disagreement(in, std, exchange(t, ours, pieces, recorder))
	if d != "" { // perhaps net/http answers otherwise too, cut like this
		if d = disagreement(in, exchange(t, netHTTP, pieces, recorder), exchange(t, ours, pieces, recorder)); d != "" {
			return fmt.Sprintf("cut at %v: %s", places, d)
		}
	}
	return ""
}

// TestReadsSeeds feeds each seed whole, cut at each byte, and byte by byte.
func TestReadsSeeds(t *testing.T) {
	likeThisGo(t)
	for _, s := range seeds() {
		t.Run(s.name, func(t *testing.T) {
			in := []byte(s.in)
			every := make([]int, len(in))
			for i := range every {
				every[i] = i
			}
			if d := read(t, in); d != "" {
				t.Fatalf("%q\n%s", shorten(in), d)
			}
			if len(in) > 1<<10 {
				every = every[:0]
				for range 20 {
					every = append(every, rand.IntN(len(in)))
				}
				slices.Sort(every)
			}
			std := exchange(t, netHTTP, [][]byte{in}, recorder)
			check := func(places ...int) {
				if disagreement(in, std, exchange(t, ours, cut(in, places...), recorder)) == "" {
					return
				}
				if d := read(t, in, places...); d != "" {
					t.Fatalf("%q\n%s", shorten(in), d)
				}
			}
			for _, p := range every {
				check(p)
			}
			check(every...)
		})
	}
}

// TestReadsGrammar feeds requests made by a grammar that errs now and then.
func TestReadsGrammar(t *testing.T) {
	likeThisGo(t)
	n := 3000
	if s := os.Getenv("H1_ROUNDS"); s != "" {
		var err error
		n, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	failed := 0
	for i := range n {
		g := grammar{rand.New(rand.NewPCG(17, uint64(i)))}
		in := g.input()
		places := []int{g.IntN(len(in)), g.IntN(len(in)), g.IntN(len(in))}
		slices.Sort(places)
		if d := read(t, in, places...); d != "" {
			t.Errorf("round %d: %q\n%s", i, shorten(in), d)
			if failed++; failed == 20 {
				t.Fatal("too many")
			}
		}
	}
}

func shorten(b []byte) []byte {
	if len(b) > 4000 {
		return slices.Concat(b[:1500], []byte("…"), b[len(b)-1500:])
	}
	return b
}

// FuzzAgainstNetHTTP feeds any bytes, cut at places that the fuzzer chooses too.
func FuzzAgainstNetHTTP(f *testing.F) {
	likeThisGo(f)
	for i, s := range seeds() {
		if len(s.in) < 4<<10 {
			f.Add([]byte(s.in), uint64(i))
		}
	}
	for i := range 200 {
		g := grammar{rand.New(rand.NewPCG(18, uint64(i)))}
		f.Add(g.input(), uint64(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		if len(in) > 64<<10 {
			return
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		var places []int
		for range rng.IntN(5) {
			places = append(places, rng.IntN(len(in)+1))
		}
		slices.Sort(places)
		if d := read(t, in, places...); d != "" {
			t.Fatal(d)
		}
	})
}
