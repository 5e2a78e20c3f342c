package call_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

// service is a number of servers that count what they get.
type service struct {
	hits []*atomic.Int64
	pool *upstream.Pool
	*call.Transport
	mu    sync.Mutex
	tries []call.Try
}

// saw returns what the tries came to that were told of, when there are n.
func (s *service) saw(t *testing.T, n int) (tries []call.Try) {
	t.Helper()
	s.idle(t)
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		tries = slices.Clone(s.tries)
		return len(tries) >= n
	}, 5*time.Second, time.Millisecond)
	require.Len(t, tries, n)
	return tries
}

// serve starts a server for each handler, behind a route with further fields. Its answers may pause for 300 ms.
func serve(t *testing.T, fields string, handlers ...http.HandlerFunc) *service {
	s := &service{}
	var urls []string
	for _, handler := range handlers {
		hits := new(atomic.Int64)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hits.Add(1)
			handler(w, r)
		}))
		t.Cleanup(server.Close)
		s.hits = append(s.hits, hits)
		urls = append(urls, "{url: "+server.URL+"}")
	}
	text := "upstreams: {books: {idle: 300ms, servers: [" + strings.Join(urls, ",") + "]}}\nroutes: [{path: /, to: books, " + fields + "}]"
	file, err := config.Parse("gateway.yaml", []byte(text))
	require.NoError(t, err)
	set, err := upstream.NewSet(file, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { set.Close(nil) })
	s.pool = set["books"]
	s.Transport = call.New(file.Routes[0], s.pool, func(try call.Try) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tries = append(s.tries, try)
	})
	return s
}

// ask sends a request and returns its status and body, or its error.
func (s *service) ask(ctx context.Context, method, body string, key bool) (string, error) {
	req, _ := http.NewRequestWithContext(ctx, method, "http://books/", strings.NewReader(body))
	req.GetBody = nil // a client's request has none
	if key {
		req.Header.Set("Idempotency-Key", "1")
	}
	resp, err := s.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return fmt.Sprint(resp.StatusCode, " ", string(text)), err
}

func (s *service) total() (n int64) {
	for _, hits := range s.hits {
		n += hits.Load()
	}
	return n
}

// idle asserts that no place is taken any more.
func (s *service) idle(t *testing.T) {
	t.Helper()
	for _, server := range s.pool.Servers {
		assert.Eventually(t, func() bool { return server.State().InFlight == 0 }, 5*time.Second, time.Millisecond)
	}
}

func ok(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "ok %s", body)
}
func bad(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }

func TestAFailureIsTriedAtAnotherServer(t *testing.T) {
	for _, tc := range []struct {
		method string
		key    bool
		twice  bool
	}{{"GET", false, true}, {"PUT", false, true}, {"POST", false, false}, {"POST", true, true}, {"PATCH", false, false}} {
		s := serve(t, "retry: {times: 1, budget: 100%}", bad, ok)
		failed := 0
		for range 20 {
			got, err := s.ask(t.Context(), tc.method, "body", tc.key)
			require.NoError(t, err)
			if got != "200 ok body" {
				failed++
			}
		}
		if tc.twice {
			assert.Zero(t, failed, tc)
		} else {
			assert.NotZero(t, failed, tc)
			assert.EqualValues(t, 20, s.total(), "sent once")
		}
		s.idle(t)
	}
}

func TestNeverTheSameServerTwice(t *testing.T) {
	s := serve(t, "retry: {times: 5, budget: 100%}", bad, bad)
	got, err := s.ask(t.Context(), "GET", "", false)
	require.NoError(t, err)
	assert.Equal(t, "503 ", got, "the last answer")
	assert.EqualValues(t, 1, s.hits[0].Load())
	assert.EqualValues(t, 1, s.hits[1].Load())
	s.idle(t)
}

func TestABodyThatIsLongIsSentOnce(t *testing.T) {
	s := serve(t, "retry: {times: 1, budget: 100%}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		w.WriteHeader(503)
		fmt.Fprint(w, n)
	})
	got, err := s.ask(t.Context(), "PUT", strings.Repeat("x", 1<<20), false)
	require.NoError(t, err)
	assert.Equal(t, "503 1048576", got)
	s.idle(t)
}

func TestATryHasATimeOfItsOwn(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	s := serve(t, "retry: {times: 1, per_try: 50ms, budget: 100%}", slow, ok)
	for range 5 {
		got, err := s.ask(t.Context(), "GET", "", false)
		require.NoError(t, err)
		assert.Equal(t, "200 ok ", got)
	}
	s = serve(t, "retry: {times: 1, per_try: 50ms}", slow)
	_, err := s.ask(t.Context(), "POST", "", false)
	assert.ErrorIs(t, err, call.ErrTooSlow)
	s.idle(t)
}

func TestTheBudgetBoundsRetries(t *testing.T) {
	slowly := func(w http.ResponseWriter, r *http.Request) { time.Sleep(20 * time.Millisecond); w.WriteHeader(503) }
	s := serve(t, "retry: {times: 5, budget: 10%}", slowly, slowly, slowly, slowly, slowly, slowly)
	const n = 200
	done := make(chan struct{})
	for range n {
		go func() { _, _ = s.ask(context.Background(), "GET", "", false); done <- struct{}{} }()
	}
	for range n {
		<-done
	}
	assert.Less(t, s.total(), int64(n*3/2), "all of them fail: without a budget it would be %d", n*6)
	s.idle(t)
}

// The one that is slower is asked on, so that it is seen that it hangs.
func TestASecondServerIsAskedWhenTheFirstIsSlow(t *testing.T) {
	var first atomic.Bool
	one := func(w http.ResponseWriter, r *http.Request) {
		if first.CompareAndSwap(false, true) {
			<-r.Context().Done() // the loser is told, in its time
			return
		}
		ok(w, r)
	}
	s := serve(t, "hedge: {after: 20ms}, timeout: 100ms", one, one)
	ctx, cancel := context.WithCancel(t.Context())
	got, err := s.ask(ctx, "GET", "", false)
	require.NoError(t, err)
	assert.Equal(t, "200 ok ", got)
	cancel() // the request is over
	tries := s.saw(t, 2)
	assert.Equal(t, "hedge", tries[0].Why)
	assert.False(t, tries[0].Failed() || tries[0].Lost)
	assert.True(t, tries[1].Failed() && tries[1].Lost)
	assert.ErrorIs(t, tries[1].Err, call.ErrTooSlow)
}

// A second server that the first has left little of the route's time is not at fault that it is over.
func TestTheTimeOfTheRouteIsTheFaultOfTheServerThatHadMostOfIt(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	s := serve(t, "retry: {times: 1, per_try: 240ms}, timeout: 300ms", hang, hang)
	for _, late := range []bool{false, true} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		method := "GET"
		if !late { // it is asked once
			method = "POST"
		}
		_, err := s.ask(ctx, method, "", false)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	}
	assert.EqualValues(t, 3, s.total())
	for _, try := range s.saw(t, 2) {
		assert.True(t, try.Failed())
		assert.Greater(t, try.Took, 200*time.Millisecond)
	}
}

// A client that sends slowly until the time is up is not the server's fault.
func TestABodyThatDoesNotCome(t *testing.T) {
	s := serve(t, "timeout: 50ms", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	body, client := io.Pipe()
	defer client.Close()
	defer context.AfterFunc(ctx, func() { client.CloseWithError(os.ErrDeadlineExceeded) })() // as middleware.Timeout does
	go fmt.Fprint(client, "part")
	req, _ := http.NewRequestWithContext(ctx, "POST", "http://books/", body)
	_, err := s.RoundTrip(req)
	assert.Error(t, err)
	s.saw(t, 0)
}

// The end of a stream of events says nothing to those who count tries, its beginning does.
func TestWhenATryIsToldOf(t *testing.T) {
	more := make(chan struct{})
	for _, kind := range []string{"text/plain", "text/event-stream"} {
		s := serve(t, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, "data: 1\n\n")
			_ = http.NewResponseController(w).Flush()
			<-more
			panic(http.ErrAbortHandler)
		})
		req, _ := http.NewRequest("GET", "http://books/", nil)
		resp, err := s.RoundTrip(req)
		require.NoError(t, err)
		s.mu.Lock()
		assert.Equal(t, kind == "text/event-stream", len(s.tries) == 1)
		s.mu.Unlock()
		more <- struct{}{}
		_, err = io.Copy(io.Discard, resp.Body)
		assert.Error(t, err)
		try := s.saw(t, 1)[0]
		assert.Equal(t, kind == "text/plain", try.Failed())
		if try.Failed() {
			assert.ErrorContains(t, try.Err, "broke off")
			assert.Zero(t, try.Status)
		}
	}
}

// What is tried again is one thing, what a failure of the server is another.
func TestStatusesThatAreNotTriedAgainAreFailures(t *testing.T) {
	s := serve(t, "retry: {times: 1, on: [502]}", bad, bad)
	got, err := s.ask(t.Context(), "GET", "", false)
	require.NoError(t, err)
	assert.Equal(t, "503 ", got)
	assert.EqualValues(t, 1, s.total())
	assert.True(t, s.saw(t, 1)[0].Failed())
	for range 30 {
		_, err = s.ask(t.Context(), "GET", "", false)
	}
	assert.ErrorIs(t, err, upstream.ErrNone, "the breakers are open")

	s = serve(t, "retry: {times: 1, on: [502], budget: 100%}", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ok)
	for range 5 {
		got, err := s.ask(t.Context(), "PUT", "", false)
		require.NoError(t, err)
		assert.Equal(t, "200 ok ", got, "no answer is tried again in any case")
	}
}

func TestAClientThatLeavesDoesNotFailTheServer(t *testing.T) {
	arrived := make(chan struct{}, 10)
	s := serve(t, "retry: {times: 3, budget: 100%}", func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-arrived; cancel() }()
		_, err := s.ask(ctx, "GET", "", false)
		assert.True(t, errors.Is(err, context.Canceled), err)
	}
	assert.EqualValues(t, 3, s.total(), "and it is not tried again")
	assert.Equal(t, upstream.Well, s.pool.Servers[0].State().Health)
	s.idle(t)
}

func TestABodyThatIsTooLargeIsNotAFailureOfTheServer(t *testing.T) {
	s := serve(t, "retry: {times: 1}", ok)
	for range 20 {
		body := http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("body")), 3)
		req, _ := http.NewRequest("POST", "http://books/", body)
		_, err := s.RoundTrip(req)
		assert.ErrorAs(t, err, new(*http.MaxBytesError))
	}
	assert.Equal(t, upstream.Well, s.pool.Servers[0].State().Health)
	s.idle(t)
}

// The time of a try is the server's, not that of a client that sends slowly.
func TestTheTimeOfATry(t *testing.T) {
	var tries []call.Try
	s := serve(t, "retry: {times: 1}", ok)
	asked := call.New(&config.Route{}, s.pool, func(try call.Try) { tries = append(tries, try) })
	body, client := io.Pipe()
	go func() {
		fmt.Fprint(client, "slow")
		time.Sleep(time.Second)
		fmt.Fprint(client, "ly")
		client.Close()
	}()
	req, _ := http.NewRequest("POST", "http://books/", body)
	resp, err := asked.RoundTrip(req)
	require.NoError(t, err)
	resp.Body.Close()
	require.Len(t, tries, 1)
	assert.Less(t, tries[0].Took, time.Second/2)
	assert.Positive(t, tries[0].Took)
}

func TestNoServerLeft(t *testing.T) {
	s := serve(t, "retry: {times: 3}", ok)
	s.pool.Servers[0].Drain(true)
	_, err := s.ask(t.Context(), "GET", "", false)
	assert.ErrorIs(t, err, upstream.ErrNone)
}

// Tries that no server has got cost nothing of the budget, however many fail in one instant.
func TestRefusedConnectionsAreTriedAgainWithoutABudget(t *testing.T) {
	s := serve(t, "retry: {times: 1, budget: 0}", ok, ok)
	s.pool.Servers[0].Addr = "http://127.0.0.1:1"
	var wait sync.WaitGroup
	for range 200 {
		wait.Go(func() {
			got, err := s.ask(t.Context(), "PUT", "body", false)
			assert.NoError(t, err)
			assert.Equal(t, "200 ok body", got)
		})
	}
	wait.Wait()
	s.idle(t)
}

func TestABodyIsSentAgainWhenTheIdleConnectionWasDead(t *testing.T) {
	var before atomic.Value
	s := serve(t, "retry: {times: 1}", func(w http.ResponseWriter, r *http.Request) {
		if before.Swap(r.RemoteAddr) == r.RemoteAddr {
			panic(http.ErrAbortHandler)
		}
		ok(w, r)
	})
	for range 3 {
		got, err := s.ask(t.Context(), "POST", "body", true)
		require.NoError(t, err)
		assert.Equal(t, "200 ok body", got)
	}
}

// Hedged tries and copies run where nobody else recovers.
func TestAPanicFailsOneRequest(t *testing.T) {
	s := serve(t, "", ok)
	s.Transport = call.New(&config.Route{Hedge: &config.Hedge{After: config.Duration(time.Hour), Most: 1}}, s.pool, func(call.Try) { panic("seen") })
	_, err := s.ask(t.Context(), "GET", "", false)
	assert.ErrorContains(t, err, "panic: seen")
	s.idle(t)
}

// All that a server has when it dies is tried again, also if that is more than a share of what is in flight.
func TestTheBudgetIsSavedForAServerThatDies(t *testing.T) {
	const n = 60
	arrived, dies := make(chan struct{}, n), make(chan struct{})
	s := serve(t, "retry: {times: 1, budget: 20%}", func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-dies
		panic(http.ErrAbortHandler)
	}, ok)
	s.pool.Servers[0].Drain(true)
	for range 5 * n { // well for a while
		got, err := s.ask(t.Context(), "GET", "", false)
		require.NoError(t, err)
		require.Equal(t, "200 ok ", got)
	}
	s.pool.Servers[0].Drain(false)
	s.pool.Servers[1].Drain(true)
	var wait sync.WaitGroup
	for range n {
		wait.Go(func() {
			got, err := s.ask(t.Context(), "GET", "", false)
			assert.NoError(t, err)
			assert.Equal(t, "200 ok ", got)
		})
	}
	for range n {
		<-arrived
	}
	s.pool.Servers[1].Drain(false)
	close(dies)
	wait.Wait()
	s.idle(t)
}

// A server that begins its answer and does not go on has failed it, and does not keep its place. What sends events
// may wait for them.
func TestAnAnswerThatStops(t *testing.T) {
	more := make(chan struct{})
	for _, kind := range []string{"text/plain", "text/event-stream"} {
		s := serve(t, "", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, "ok")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-more:
			case <-r.Context().Done():
			}
		})
		if kind == "text/event-stream" {
			time.AfterFunc(500*time.Millisecond, func() { close(more) })
		}
		got, err := s.ask(t.Context(), "GET", "", false)
		assert.Equal(t, "200 ok", got)
		try := s.saw(t, 1)[0]
		assert.Equal(t, kind == "text/plain", try.Failed())
		if try.Failed() {
			assert.ErrorIs(t, err, call.ErrStalled)
			assert.ErrorIs(t, try.Err, call.ErrStalled)
		} else {
			assert.NoError(t, err)
		}
	}
}

// One that answers with a failure, and stops in its midst, keeps nobody from asking another.
func TestAFailureThatStopsIsTriedAgainAtOnce(t *testing.T) {
	s := serve(t, "", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(503)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, ok)
	s.pool.Config.Idle = config.Duration(time.Hour)
	s.Transport = call.New(&config.Route{Retry: &config.Retry{Times: 1, Budget: 1}}, s.pool, nil)
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		got, err := s.ask(ctx, "GET", "", false)
		cancel()
		require.NoError(t, err)
		assert.Equal(t, "200 ok ", got)
	}
	s.idle(t)
}
