package h1_test

import (
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

	"github.com/stretchr/testify/assert"
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
func recorder(o *outcome, _ *wire) http.Handler { return recording(o, true) }

// recordsAll is a recorder that reads all of each body.
func recordsAll(o *outcome, _ *wire) http.Handler { return recording(o, false) }

func recording(o *outcome, byPath bool) http.Handler {
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
		switch {
		case byPath && r.URL.Path == "/none":
			limit = 0
		case byPath && r.URL.Path == "/some":
			limit = 3
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, limit))
		fmt.Fprintf(&b, "body %q %s\n", body, kindOf(err))
		fmt.Fprintf(&b, "trailer after %q\n", r.Trailer)
		o.requests = append(o.requests, b.String())
		o.bodies = append(o.bodies, fmt.Sprint(err))
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
func disagreement(t *testing.T, in []byte, std, h outcome) string {
	p, err := part(t, in, std, h)
	if err != nil {
		return err.Error()
	}
	if p.none() || slices.ContainsFunc(differences, func(d difference) bool { return d.shows() && d.is(p) }) {
		return ""
	}
	return p.String()
}

// read feeds in to both, whole, and to h1 cut at the places as well.
func read(t *testing.T, in []byte, places ...int) string {
	t.Helper()
	std := exchangeSeen(t, netHTTP, [][]byte{in}, recorder)
	if d := disagreement(t, in, std, exchangeSeen(t, ours, [][]byte{in}, recorder)); d != "" {
		return d
	}
	if len(places) == 0 {
		return ""
	}
	pieces := cut(in, places...)
	d := disagreement(t, in, std, exchange(t, ours, pieces, recorder))
	if d != "" { // perhaps net/http answers otherwise too, cut like this
		if d = disagreement(t, in, exchange(t, netHTTP, pieces, recorder), exchange(t, ours, pieces, recorder)); d != "" {
			return fmt.Sprintf("cut at %v: %s", places, d)
		}
	}
	return ""
}

// TestReadsSeeds feeds each seed whole, cut at each byte (a long one, or with -short, at some), and byte
// by byte.
func TestReadsSeeds(t *testing.T) {
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
			if len(in) > 1<<10 || testing.Short() && len(in) > 0 {
				every = every[:0]
				for range 20 {
					every = append(every, rand.IntN(len(in)))
				}
				slices.Sort(every)
			}
			std := exchange(t, netHTTP, [][]byte{in}, recorder)
			check := func(places ...int) {
				if disagreement(t, in, std, exchange(t, ours, cut(in, places...), recorder)) == "" {
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

// TestReadsOptionsOfTheServer: "OPTIONS *", which no handler sees unless it is asked for.
func TestReadsOptionsOfTheServer(t *testing.T) {
	for name, rest := range map[string]string{
		"alone": "\r\n", "with a body": "Content-Length: 5\r\n\r\nhello", "with a large body": "Content-Length: 5000\r\n\r\n" + strings.Repeat("b", 5000),
		"chunked": "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "that closes": "Connection: close\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			in := [][]byte{[]byte("OPTIONS * HTTP/1.1\r\nHost: a\r\n" + rest + "GET /next HTTP/1.1\r\nHost: b\r\n\r\n")}
			set := settings{headBytes: headLimit}
			std, h := exchangeUnder(t, netHTTP, set, in, recorder), exchangeUnder(t, ours, set, in, recorder)
			assert.Empty(t, disagreement(t, in[0], std, h))
			assert.LessOrEqual(t, len(h.requests), 1)
		})
	}
}

// FuzzAgainstNetHTTP feeds any bytes, cut at places that the fuzzer chooses too.
func FuzzAgainstNetHTTP(f *testing.F) {
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
