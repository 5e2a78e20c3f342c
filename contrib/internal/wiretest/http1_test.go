package wiretest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file sends the rows to each server of HTTP/1.1 and judges what became of them.

// row is what a client sends, and what must hold. It is followed by the request next, which may
// be taken for a request only if the row's own was read to its end.
type row struct {
	name string
	sent string
	std  fate // on net/http: one of these
	h1   fate // on h1, if that is another
	// status are those that a refusal may have. Default 400.
	status []int
	body   string // what a handler that saw the first request whole has read
	ends   bool   // the client sends nothing more, so that a server does not wait for it
}

// fate is what became of a row. In each case the connection is closed in the end, by the server.
type fate int

const (
	refused fate = 1 << iota // no handler sees anything, and what stands behind is not read
	broken                   // the handler saw the first request, whose body fails, and nothing else
	one                      // the first request was answered, or a handler saw it whole, and nothing else was seen
	two                      // the handler saw both, each as it was sent
	none                     // no handler saw the first request, which was answered as it should be; the second was seen
)

func (f fate) String() string {
	var names []string
	for i, name := range []string{"refused", "broken", "one", "two", "none"} {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}

// next is the request that must not be smuggled in. It asks for the end of the connection, so that all
// rows end.
const next = "GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

// dial returns a connection that nothing waits on for longer than patience.
func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn.(*net.TCPConn)
}

// send sends bytes on a new connection and returns the statuses of the answers, once the server
// has closed it. With ends the client closes its side. A server that closes
// before it has read everything may reset the connection, on which its last answer can be lost.
func send(t *testing.T, conn *net.TCPConn, text string, ends bool) (statuses []int, reset bool) {
	t.Helper()
	go func() { // a server that has refused it reads no more
		_, _ = io.WriteString(conn, text)
		if ends {
			_ = conn.CloseWrite()
		}
	}()
	method, _, _ := strings.Cut(text, " ")
	reader := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err == nil {
			if res.StatusCode >= 200 {
				method = http.MethodGet
			}
			statuses = append(statuses, res.StatusCode)
			_, err = io.Copy(io.Discard, res.Body)
		}
		if err != nil {
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection is not closed")
			return statuses, errors.Is(err, syscall.ECONNRESET)
		}
	}
}

// judge says what became of a row, or what is wrong whatever was expected.
func judge(r row, got []seen, statuses []int) (fate, error) {
	final := slices.DeleteFunc(slices.Clone(statuses), func(status int) bool { return status < 200 })
	smuggled := slices.ContainsFunc(got, func(s seen) bool { return s.target == "/smuggled" })
	switch {
	case len(got) > 2 || len(got) == 2 && (!smuggled || got[0].target == "/smuggled"):
		return 0, fmt.Errorf("seen: %+v", got)
	case len(got) == 0 && len(final) > 1:
		return 0, fmt.Errorf("%v to what no handler saw", statuses)
	case len(got) == 0 && len(final) == 1 && final[0] < 400:
		return one, nil
	case len(got) == 0:
		return refused, nil
	case len(got) == 1 && smuggled:
		if len(final) != 2 {
			return 0, fmt.Errorf("smuggled: %v", statuses)
		}
		return none, nil
	case len(got) == 1 && !got[0].whole:
		return broken, nil
	case got[0].body != r.body || !got[0].whole:
		return 0, fmt.Errorf("the handler has read %.100q", got[0].body)
	case len(got) == 1:
		return one, nil
	}
	return two, nil
}

func TestAmbiguousRequests(t *testing.T) {
	for _, kind := range []string{"net/http", "net/http, h2c", "h1"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := start(t, kind, nil)
			for _, r := range rows() {
				t.Run(r.name, func(t *testing.T) {
					allowed := r.std
					if kind == "h1" && r.h1 != 0 {
						allowed = r.h1
					}
					statuses, reset := send(t, dial(t, s.addr), r.sent+next, r.ends)
					got := s.taken()
					became, err := judge(r, got, statuses)
					require.NoError(t, err)
					assert.NotZero(t, became&allowed, "%s, not %s: %v %+v", became, allowed, statuses, got)
					if became == refused || became == broken {
						status := r.status
						if status == nil {
							status = []int{http.StatusBadRequest}
						}
						for _, s := range statuses {
							assert.True(t, s == http.StatusContinue || slices.Contains(status, s), "%v", statuses)
						}
						assert.True(t, reset || len(statuses) > 0 || slices.Contains(status, silent), "there is no answer")
					}
				})
			}
			s.stop(t)
			assert.Empty(t, s.taken(), "a request was seen when its connection was over")
		})
	}
}

// silent in the statuses of a row says that a refusal may be without an answer.
const silent = 0

// rows are all rows, each of which has a name of its own.
func rows() []row {
	return slices.Concat(lengthRows(), chunkRows(), lineRows(), hostRows(), methodRows(), fieldRows())
}

func TestRowsHaveNames(t *testing.T) {
	names := make(map[string]bool)
	for _, r := range rows() {
		assert.False(t, names[r.name], r.name)
		assert.NotZero(t, r.std, r.name)
		names[r.name] = true
	}
	assert.Greater(t, len(names), 80)
}

// What a server must not do is found, whichever row it does it with.
func TestJudge(t *testing.T) {
	first, second := seen{target: "/first", body: "hello", whole: true}, seen{target: "/smuggled", whole: true}
	r := row{body: "hello"}
	for name, tt := range map[string]struct {
		got      []seen
		statuses []int
		want     fate
	}{
		"nothing":               {nil, []int{400}, refused},
		"both":                  {[]seen{first, second}, []int{100, 200, 200}, two},
		"the first":             {[]seen{first}, []int{200}, one},
		"a broken one":          {[]seen{{target: "/first", body: "hel"}}, []int{400}, broken},
		"the second, refused":   {[]seen{second}, []int{400}, 0},
		"the second, smuggled":  {[]seen{second}, []int{200}, 0},
		"behind a broken one":   {[]seen{{target: "/first", body: "hel"}, second}, []int{400, 200}, 0},
		"twice":                 {[]seen{second, second}, []int{200, 200}, 0},
		"three":                 {[]seen{first, second, second}, []int{200, 200, 200}, 0},
		"another body":          {[]seen{{target: "/first", body: "0", whole: true}, second}, []int{200, 200}, 0},
		"answers to nobody":     {nil, []int{200, 200}, 0},
		"OPTIONS of the server": {[]seen{second}, []int{200, 200}, none},
	} {
		became, err := judge(r, tt.got, tt.statuses)
		assert.Equal(t, tt.want, became, name)
		assert.Equal(t, tt.want == 0, err != nil, name)
	}
}
