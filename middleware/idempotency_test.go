package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleIdempotency() {
	payments := 0
	r := dram.New()
	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
	r.POST("/payments", func(c *dram.Context) {
		payments++
		c.JSON(http.StatusCreated, dram.H{"id": payments})
	})
	for range 2 { // the first answer was lost on its way
		req := httptest.NewRequest(http.MethodPost, "/payments", strings.NewReader(`{"amount":5}`))
		req.Header.Set("Idempotency-Key", "8e03978e-40d5-43e8-bc93-6894a57f9324")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Printf("%d %s replayed=%t\n", w.Code, w.Body, w.Header().Get("Idempotency-Replayed") == "true")
	}
	// Output:
	// 201 {"id":1} replayed=false
	// 201 {"id":1} replayed=true
}

// counting returns an engine that counts how often its handlers ran. X-Want tells
// them with which status to answer.
func counting(cfg middleware.IdempotencyConfig, outer ...dram.HandlerFunc) (*dram.Engine, *atomic.Int64) {
	ran := new(atomic.Int64)
	r := dram.New()
	r.Use(outer...)
	r.Use(middleware.Idempotency(cfg))
	handler := func(c *dram.Context) {
		n := ran.Add(1)
		body, _ := c.GetRawData()
		status := http.StatusOK
		if want := c.GetHeader("X-Want"); want != "" {
			_, _ = fmt.Sscan(want, &status)
		}
		c.Header("X-Run", fmt.Sprint(n))
		c.String(status, "%d %s", n, body)
	}
	r.Any("/", handler)
	r.POST("/other", handler)
	return r, ran
}

func key(k string) func(*http.Request) { return header("Idempotency-Key", k) }

func TestIdempotencyOneRequestTwice(t *testing.T) {
	big := strings.Repeat("x", 100)
	byUser := middleware.IdempotencyConfig{Scope: middleware.ByHeader("X-User"), MaxBody: 100, MaxAnswer: 50}
	type req struct {
		method, target, body string
		edits                []func(*http.Request)
	}
	post := func(body string, edits ...func(*http.Request)) req {
		return req{http.MethodPost, "/", body, append([]func(*http.Request){header("X-User", "ada")}, edits...)}
	}
	cases := []struct {
		name          string
		first, second req
		want          int
		runs          int64
		replayed      bool
	}{
		{"the same", post("a", key("k")), post("a", key("k")), 200, 1, true},
		{"PATCH", req{"PATCH", "/", "a", post("", key("k")).edits}, req{"PATCH", "/", "a", post("", key("k")).edits}, 200, 1, true},
		{"an empty body", post("", key("k")), post("", key("k")), 200, 1, true},
		{"another key", post("a", key("k")), post("a", key("l")), 200, 2, false},
		{"no key", post("a"), post("a"), 200, 2, false},
		{"another user", post("a", key("k")), post("a", key("k"), header("X-User", "bob")), 200, 2, false},
		{"nobody", post("a", key("k"), header("X-User", "")), post("a", key("k"), header("X-User", "")), 200, 2, false},
		{"another body", post("a", key("k")), post("b", key("k")), 422, 1, false},
		{"another type", post("a", key("k")), post("a", key("k"), header("Content-Type", "x/y")), 422, 1, false},
		{"another path", post("a", key("k")), req{"POST", "/other", "a", post("", key("k")).edits}, 422, 1, false},
		{"another query", post("a", key("k")), req{"POST", "/?b=1", "a", post("", key("k")).edits}, 422, 1, false},
		{"GET", req{"GET", "/", "", post("", key("k")).edits}, req{"GET", "/", "", post("", key("k")).edits}, 200, 2, false},
		{"error of the client", post("a", key("k"), header("X-Want", "409")), post("a", key("k"), header("X-Want", "409")), 409, 1, true},
		{"error of the server", post("a", key("k"), header("X-Want", "500")), post("a", key("k")), 200, 2, false},
		{"too many", post("a", key("k"), header("X-Want", "429")), post("a", key("k")), 200, 2, false},
		{"no content", post("a", key("k"), header("X-Want", "204")), post("a", key("k")), 204, 1, true},
		{"body too large", post(big+"x", key("k")), post(big+"x", key("k")), 413, 0, false},
		{"body too large, of unknown length", post(big+"x", key("k"), chunked), post(big+"x", key("k"), chunked), 413, 0, false},
		{"body at the limit, of unknown length", post(big, key("k"), chunked), post(big, key("j"), chunked), 200, 2, false},
		{"answer too large", post(big, key("k")), post(big, key("k")), 409, 1, false},
		{"key with a space", post("a", key("a b")), post("a", key("a b")), 400, 0, false},
		{"long key", post("a", key(strings.Repeat("k", 256))), post("a", key(strings.Repeat("k", 256))), 400, 0, false},
		{"two keys", post("a", func(r *http.Request) { r.Header["Idempotency-Key"] = []string{"a", "b"} }), post("a", func(r *http.Request) { r.Header["Idempotency-Key"] = []string{"a", "b"} }), 400, 0, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r, ran := counting(byUser)
			first := send(r, tc.first.method, tc.first.target, tc.first.body, tc.first.edits...)
			second := send(r, tc.second.method, tc.second.target, tc.second.body, tc.second.edits...)
			assert.Equal(t, tc.want, second.Code, second.Body)
			assert.Equal(t, tc.runs, ran.Load())
			assert.Equal(t, tc.replayed, second.Header().Get("Idempotency-Replayed") == "true")
			if tc.replayed {
				second.Header().Del("Idempotency-Replayed")
				assert.Equal(t, first.Code, second.Code)
				assert.Equal(t, first.Header(), second.Header())
				assert.Equal(t, first.Body.String(), second.Body.String())
			}
		})
	}
}

func TestIdempotencyReadsNothingOfABodyThatIsAnnouncedTooLarge(t *testing.T) {
	r, ran := counting(middleware.IdempotencyConfig{Scope: middleware.ByHeader("X-User"), MaxBody: 99})
	req := httptest.NewRequest("POST", "/", unread{t})
	req.ContentLength = 100
	req.Header = http.Header{"X-User": {"ada"}, "Idempotency-Key": {"k"}}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	assert.Zero(t, ran.Load())
}

func TestIdempotencyRequired(t *testing.T) {
	r, ran := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Required: true})
	assert.Contains(t, problemIn(t, send(r, "POST", "/", "a")).Detail, "Idempotency-Key")
	assert.Equal(t, http.StatusOK, get(r, "/").Code)
	assert.EqualValues(t, 1, ran.Load())
}

func TestIdempotencyDoesNotReplayHeadersOfLayersOutside(t *testing.T) {
	ids := []string{"first", "second"}
	r, _ := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP},
		middleware.RequestID(middleware.RequestIDConfig{Generate: func() string { id := ids[0]; ids = ids[1:]; return id }}),
		middleware.RateLimit(middleware.RateLimitConfig{Limit: 10}))
	first, second := send(r, "POST", "/", "a", key("k")), send(r, "POST", "/", "a", key("k"))
	assert.Equal(t, "first", first.Header().Get("X-Request-Id"))
	assert.Equal(t, "second", second.Header().Get("X-Request-Id"))
	assert.Contains(t, second.Header().Get("RateLimit"), "r=8")
	assert.Equal(t, "1", second.Header().Get("X-Run"))
}

// The handlers add a cookie to that of a layer outside, which sets another one for the repetition.
func TestIdempotencyDoesNotReplayTheCookieOfALayerOutside(t *testing.T) {
	r, n := dram.New(), 0
	r.Use(func(c *dram.Context) {
		n++
		c.Writer.Header().Add("Set-Cookie", fmt.Sprint("visit=", n))
		c.Writer.Header().Add("Vary", "Origin")
	}, middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
	r.POST("/", func(c *dram.Context) {
		c.Writer.Header().Add("Set-Cookie", "order=7")
		c.Writer.Header().Add("Vary", "Accept")
		c.Status(http.StatusCreated)
	})
	for _, visit := range []string{"visit=1", "visit=2", "visit=3"} {
		got := send(r, "POST", "/", "", key("k")).Header()
		assert.Equal(t, []string{visit, "order=7"}, got["Set-Cookie"])
		assert.Equal(t, []string{"Origin", "Accept"}, got["Vary"])
	}
}

func TestIdempotencyInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran atomic.Int64
		r := dram.New()
		r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
		r.POST("/", func(c *dram.Context) {
			ran.Add(1)
			time.Sleep(time.Second)
			c.String(http.StatusCreated, "made")
		})
		var codes sync.Map
		var wait sync.WaitGroup
		for i := range 10 {
			wait.Go(func() { codes.Store(i, send(r, "POST", "/", "a", key("k")).Code) })
		}
		wait.Wait()
		count := map[any]int{}
		codes.Range(func(_, code any) bool { count[code]++; return true })
		assert.Equal(t, map[any]int{http.StatusCreated: 1, http.StatusConflict: 9}, count)
		assert.Equal(t, http.StatusCreated, send(r, "POST", "/", "a", key("k")).Code)
		assert.EqualValues(t, 1, ran.Load())
	})
}

func TestIdempotencyFreesTheKeyAfterAPanic(t *testing.T) {
	fails := true
	r := dram.New()
	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
	r.POST("/", func(c *dram.Context) {
		if fails {
			panic("out")
		}
		c.String(http.StatusOK, "done")
	})
	assert.Panics(t, func() { send(r, "POST", "/", "a", key("k")) })
	fails = false
	assert.Equal(t, "done", send(r, "POST", "/", "a", key("k")).Body.String())
}

func TestIdempotencyKeepsTheAnswerOfAClientThatLeft(t *testing.T) {
	r, ran := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: heedingStore{middleware.NewMemoryIdempotencyStore(0, 0)}},
		func(c *dram.Context) {
			ctx, cancel := context.WithCancel(c.Request.Context())
			c.Request = c.Request.WithContext(ctx)
			time.AfterFunc(0, cancel)
			c.Next()
		})
	first := send(r, "POST", "/", "a", key("k"))
	second := send(r, "POST", "/", "a", key("k"))
	assert.Equal(t, first.Body.String(), second.Body.String())
	assert.EqualValues(t, 1, ran.Load())
}

// heedingStore is a store that observes the context when it keeps something.
type heedingStore struct {
	*middleware.MemoryIdempotencyStore
}

func (s heedingStore) Finish(ctx context.Context, key string, record middleware.IdempotencyRecord, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.MemoryIdempotencyStore.Finish(ctx, key, record, ttl)
}

func TestIdempotencyStoreFails(t *testing.T) {
	for name, open := range map[string]bool{"open": true, "closed": false} {
		t.Run(name, func(t *testing.T) {
			var recorded []string
			r, ran := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: failingStore{}, FailOpen: open},
				func(c *dram.Context) { c.Next(); recorded = c.Errors.Errors() })
			w := send(r, "POST", "/", "body", key("k"))
			assert.Equal(t, []string{"store gone"}, recorded)
			if open {
				assert.Equal(t, "1 body", w.Body.String())
			} else {
				assert.Equal(t, http.StatusServiceUnavailable, problemIn(t, w).Status)
				assert.Zero(t, ran.Load(), "it might be done twice")
			}
		})
	}
}

type failingStore struct{}

var errStoreGone = errors.New("store gone")

func (failingStore) Begin(context.Context, string, middleware.IdempotencyRecord, time.Duration) (middleware.IdempotencyRecord, error) {
	return middleware.IdempotencyRecord{}, errStoreGone
}

func (failingStore) Finish(context.Context, string, middleware.IdempotencyRecord, time.Duration) error {
	return errStoreGone
}
func (failingStore) Release(context.Context, string, string) error { return errStoreGone }

// lossyStore claims a key, and then loses its answer, once.
type lossyStore struct {
	*middleware.MemoryIdempotencyStore
	lose func(ctx context.Context) error
}

func (s *lossyStore) Begin(ctx context.Context, key string, claim middleware.IdempotencyRecord, ttl time.Duration) (middleware.IdempotencyRecord, error) {
	held, err := s.MemoryIdempotencyStore.Begin(ctx, key, claim, ttl)
	if lose := s.lose; lose != nil && err == nil {
		s.lose = nil
		return middleware.IdempotencyRecord{}, lose(ctx)
	}
	return held, err
}

// Release heeds its context, as a database does.
func (s *lossyStore) Release(ctx context.Context, key, owner string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.MemoryIdempotencyStore.Release(ctx, key, owner)
}

// A claim of which nobody knows would refuse the client's retries until InFlight is over; and a request
// whose claim fails since its client has left is not to be done twice, although the layer fails open.
func TestIdempotencyFreesTheKeyWhenTheAnswerToItsClaimIsLost(t *testing.T) {
	losses := map[string]func(leave func()) func(context.Context) error{
		"the store fails": func(func()) func(context.Context) error {
			return func(context.Context) error { return errStoreGone }
		},
		"the client leaves": func(leave func()) func(context.Context) error {
			return func(ctx context.Context) error { leave(); return ctx.Err() }
		},
	}
	for name, loss := range losses {
		for _, open := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", fail open ", open), func(t *testing.T) {
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				store := &lossyStore{middleware.NewMemoryIdempotencyStore(0, 0), loss(leave)}
				r, ran := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: store, FailOpen: open})
				w := send(r, "POST", "/", "body", key("k"), func(req *http.Request) { *req = *req.WithContext(ctx) })
				before := ran.Load()
				switch {
				case ctx.Err() != nil:
					assert.Equal(t, 499, w.Code)
					assert.Zero(t, before)
				case open:
					assert.Equal(t, "1 body", w.Body.String())
				default:
					assert.Equal(t, http.StatusServiceUnavailable, w.Code)
					assert.Zero(t, before)
				}
				for range 2 {
					w = send(r, "POST", "/", "body", key("k"))
					assert.Equal(t, fmt.Sprintf("%d body", before+1), w.Body.String(), "the retry is done, and kept")
				}
			})
		}
	}
}

// The key of another request is not freed.
func TestIdempotencyKeepsTheKeyOfAnotherWhenTheAnswerToAClaimIsLost(t *testing.T) {
	store := &lossyStore{MemoryIdempotencyStore: middleware.NewMemoryIdempotencyStore(0, 0)}
	r, ran := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: store})
	send(r, "POST", "/", "body", key("k"))
	store.lose = func(context.Context) error { return errStoreGone }
	assert.Equal(t, http.StatusServiceUnavailable, send(r, "POST", "/", "body", key("k")).Code)
	assert.Equal(t, "1 body", send(r, "POST", "/", "body", key("k")).Body.String())
	assert.EqualValues(t, 1, ran.Load())
}

func TestMemoryIdempotencyStore(t *testing.T) {
	type record = middleware.IdempotencyRecord
	begin := func(t *testing.T, s *middleware.MemoryIdempotencyStore, key, owner string) string {
		held, err := s.Begin(t.Context(), key, record{Owner: owner}, time.Minute)
		require.NoError(t, err)
		return held.Owner
	}
	t.Run("a key is held until it expires", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := middleware.NewMemoryIdempotencyStore(0, 0)
			assert.Equal(t, "a", begin(t, s, "k", "a"))
			assert.Equal(t, "a", begin(t, s, "k", "b"))
			time.Sleep(time.Minute)
			assert.Equal(t, "b", begin(t, s, "k", "b"))
			require.NoError(t, s.Finish(t.Context(), "k", record{Owner: "a", Status: 200}, time.Hour), "too late: does nothing")
			require.NoError(t, s.Release(t.Context(), "k", "a"))
			assert.Equal(t, "b", begin(t, s, "k", "c"))
			require.NoError(t, s.Release(t.Context(), "k", "b"))
			assert.Equal(t, "c", begin(t, s, "k", "c"))
		})
	})
	t.Run("answers go before requests in flight", func(t *testing.T) {
		s := middleware.NewMemoryIdempotencyStore(2, 0)
		begin(t, s, "running", "a")
		begin(t, s, "done", "b")
		require.NoError(t, s.Finish(t.Context(), "done", record{Owner: "b", Status: 200}, time.Hour))
		assert.Equal(t, "c", begin(t, s, "new", "c"))
		assert.Equal(t, "a", begin(t, s, "running", "x"))
		_, err := s.Begin(t.Context(), "one more", record{Owner: "d"}, time.Minute)
		assert.ErrorIs(t, err, middleware.ErrIdempotencyStoreFull)
	})
	t.Run("bytes are bounded", func(t *testing.T) {
		s := middleware.NewMemoryIdempotencyStore(0, 100)
		for i := range 10 {
			k := fmt.Sprint(i)
			begin(t, s, k, k)
			require.NoError(t, s.Finish(t.Context(), k, record{Owner: k, Status: 200, Body: make([]byte, 10), Header: http.Header{strings.Repeat("A", 15): {strings.Repeat("b", 17)}}}, time.Hour))
		}
		assert.Equal(t, "9", begin(t, s, "9", "x"))
		assert.Equal(t, "8", begin(t, s, "8", "x"))
		assert.Equal(t, "x", begin(t, s, "7", "x"))
	})
}

// If a handler is late and has written nothing, Timeout, outside, answers: that the key was used must not be kept as a success.
func TestIdempotencyDoesNotKeepWhatTimeoutAnswers(t *testing.T) {
	ran := 0
	r := dram.New()
	r.Use(middleware.Timeout(middleware.TimeoutConfig{After: time.Millisecond}),
		middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
	r.POST("/", func(c *dram.Context) {
		ran++
		<-c.Request.Context().Done()
	})
	assert.Equal(t, http.StatusServiceUnavailable, send(r, "POST", "/", "a", key("k")).Code)
	assert.Equal(t, http.StatusServiceUnavailable, send(r, "POST", "/", "a", key("k")).Code)
	assert.Equal(t, 2, ran)
}

func TestIdempotencyRefusesABodyThatBreaks(t *testing.T) {
	r, ran := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP})
	broken := func(req *http.Request) { req.Body = io.NopCloser(brokenReader{}) }
	assert.Equal(t, http.StatusBadRequest, send(r, "POST", "/", "a", key("k"), broken).Code)
	assert.Zero(t, ran.Load())
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// A client that leaves does not stop what its request has begun, or it would be done again.
func TestIdempotencyDoesOnceWhatAClientLeavesInTheMiddleOf(t *testing.T) {
	for name, handle := range map[string]func(*testing.T, func()) dram.HandlerFunc{
		"a handler that heeds its context": func(_ *testing.T, pay func()) dram.HandlerFunc {
			return func(c *dram.Context) {
				pay()
				select {
				case <-c.Request.Context().Done():
					c.String(http.StatusInternalServerError, "%v", c.Request.Context().Err())
				case <-time.After(200 * time.Millisecond):
					c.String(http.StatusCreated, "paid")
				}
			}
		},
		"a server behind": func(t *testing.T, pay func()) dram.HandlerFunc {
			behind := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
				pay()
				time.Sleep(200 * time.Millisecond)
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, "paid")
			})
			return middleware.Proxy(middleware.ProxyConfig{Target: behind.URL})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var paid atomic.Int64
			ctx, leave := context.WithCancel(context.Background())
			r := dram.New()
			r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
			r.POST("/pay", handle(t, func() { paid.Add(1); leave() }))
			server := httptest.NewServer(r)
			defer server.Close()
			send := func(ctx context.Context) (*http.Response, error) {
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/pay", strings.NewReader("{}"))
				require.NoError(t, err)
				req.Header.Set("Idempotency-Key", "k")
				return http.DefaultClient.Do(req)
			}
			_, err := send(ctx)
			require.Error(t, err)
			require.Eventually(t, func() bool {
				res, err := send(context.Background())
				require.NoError(t, err)
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				return res.StatusCode == http.StatusCreated && string(body) == "paid" && res.Header.Get("Idempotency-Replayed") == "true"
			}, 5*time.Second, 10*time.Millisecond)
			assert.EqualValues(t, 1, paid.Load())
		})
	}
}

// The time of a request still ends it: the handlers of a client that left do not run for ever.
func TestIdempotencyKeepsTheDeadlineOfTheRequest(t *testing.T) {
	r := dram.New()
	r.Use(middleware.Timeout(middleware.TimeoutConfig{After: 10 * time.Millisecond}), middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
	r.POST("/", func(c *dram.Context) {
		_, has := c.Request.Context().Deadline()
		assert.True(t, has)
		<-c.Request.Context().Done()
		assert.Equal(t, context.DeadlineExceeded, c.Request.Context().Err())
	})
	req := httptest.NewRequest(http.MethodPost, "/", nil)
	req.Header.Set("Idempotency-Key", "k")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
}

// What handlers have removed of the header stays removed in the repetition.
func TestIdempotencyReplaysWhatWasRemoved(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Header("Cache-Control", "public, max-age=60"); c.Header("X-Layer", "1") },
		middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
	r.POST("/", func(c *dram.Context) { c.Header("Cache-Control", ""); c.String(http.StatusCreated, "paid") })
	for range 2 {
		req := httptest.NewRequest(http.MethodPost, "/", nil)
		req.Header.Set("Idempotency-Key", "k")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.NotContains(t, w.Header(), "Cache-Control")
		assert.Equal(t, "1", w.Header().Get("X-Layer"))
	}
}

// A stream whose time is up is not the whole answer; one that its client has left goes on until it is.
func TestIdempotencyDoesNotKeepHalfAStream(t *testing.T) {
	for name, layers := range map[string][]dram.HandlerFunc{
		"the client leaves": nil,
		"the time is up":    {middleware.Timeout(middleware.TimeoutConfig{After: 30 * time.Millisecond})},
	} {
		t.Run(name, func(t *testing.T) {
			ran := atomic.Int64{}
			ctx, leave := context.WithCancel(context.Background())
			r := dram.New()
			r.Use(layers...)
			r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
			r.POST("/", func(c *dram.Context) {
				part := 0
				first := ran.Add(1) == 1
				c.Stream(func(w io.Writer) bool {
					if part++; first && part == 2 {
						leave()
					}
					if first {
						time.Sleep(50 * time.Millisecond)
					}
					_, _ = fmt.Fprintf(w, "part %d of 3;", part)
					return part < 3
				})
			})
			server := httptest.NewServer(r)
			defer server.Close()
			send := func(ctx context.Context) (string, error) {
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("{}"))
				require.NoError(t, err)
				req.Header.Set("Idempotency-Key", "k")
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					return "", err
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				return string(body), err
			}
			_, err := send(ctx)
			require.Error(t, err)
			assert.Eventually(t, func() bool {
				body, err := send(context.Background())
				return err == nil && body == "part 1 of 3;part 2 of 3;part 3 of 3;"
			}, 5*time.Second, 10*time.Millisecond)
			assert.EqualValues(t, map[string]int{"the client leaves": 1, "the time is up": 2}[name], ran.Load())
		})
	}
}

// However a client leaves, the time of the request and of the claim end what runs on, and
// nothing that it derives ends with another error.
func TestIdempotencysHandlersEndInTime(t *testing.T) {
	const limit = 300 * time.Millisecond // the client leaves long before
	for name, tc := range map[string]struct {
		layers   []dram.HandlerFunc
		inFlight time.Duration
	}{
		"Timeout outside": {[]dram.HandlerFunc{middleware.Timeout(middleware.TimeoutConfig{After: limit})}, 0},
		"the claim":       {nil, limit},
		"http.TimeoutHandler": {[]dram.HandlerFunc{dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.TimeoutHandler(next, limit, "late")
		})}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			begun, ended := make(chan struct{}), make(chan error, 1)
			r := dram.New()
			r.Use(tc.layers...)
			r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, InFlight: tc.inFlight}))
			r.POST("/", func(c *dram.Context) {
				close(begun)
				child, cancel := context.WithCancel(c.Request.Context())
				defer cancel()
				select {
				case <-child.Done():
					ended <- child.Err()
				case <-time.After(10 * time.Second):
					ended <- errors.New("it runs on")
				}
			})
			server := httptest.NewServer(r)
			defer server.Close()
			ctx, leave := context.WithCancel(context.Background())
			go func() { <-begun; leave() }()
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("{}"))
			require.NoError(t, err)
			req.Header.Set("Idempotency-Key", "k")
			_, err = http.DefaultClient.Do(req)
			require.Error(t, err)
			assert.Equal(t, context.DeadlineExceeded, <-ended)
		})
	}
}

// One host has many spellings.
func TestIdempotencyKnowsTheHostInAnySpelling(t *testing.T) {
	runs := 0
	r := withLayers(middleware.Idempotency(middleware.IdempotencyConfig{Scope: func(*dram.Context) string { return "anna" }}), func(c *dram.Context) {
		if c.Request.Method == "POST" {
			runs++
		}
		c.Next()
	})
	for _, host := range []string{"a.example", "A.example", "a.example.", "a.example:80", "a.example:"} {
		send(r, "POST", "/", "x", header("Idempotency-Key", "k"), func(req *http.Request) { req.Host = host })
	}
	assert.Equal(t, 1, runs)
	send(r, "POST", "/", "x", header("Idempotency-Key", "k"), func(req *http.Request) { req.Host = "b.example" })
	assert.Equal(t, 2, runs)
}

// What is behind two prefixes of a proxy, or two names of a host, are two requests.
func TestIdempotencyKnowsThePrefixAndTheTenant(t *testing.T) {
	runs := 0
	r := dram.New()
	require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"}))
	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: func(*dram.Context) string { return "anna" }}))
	r.Host("{tenant}.example").POST("/", func(c *dram.Context) { runs++; c.String(200, "%s %s", c.Param("tenant"), c.URL("/")) })
	ask := func(host, prefix string) string {
		w := send(r, "POST", "/", "x", key("k"), header("X-Forwarded-Prefix", prefix), func(req *http.Request) { req.Host, req.RemoteAddr = host, "192.0.2.1:1" })
		return fmt.Sprint(w.Code, " ", w.Body)
	}
	for range 2 {
		assert.Equal(t, "200 a /one/", ask("a.example", "/one"))
		assert.Equal(t, "200 b /one/", ask("b.example", "/one"))
		assert.Contains(t, ask("a.example", "/two"), "422 ")
	}
	assert.Equal(t, 2, runs)
}

func TestIdempotencyTakesKeysOfPrintableASCII(t *testing.T) {
	r, _ := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP})
	for k, status := range map[string]int{"!": 200, "~": 200, "a b": 400, "\x7f": 400, strings.Repeat("k", 255): 200, strings.Repeat("k", 256): 400} {
		assert.Equal(t, status, send(r, http.MethodPost, "/", "", key(k)).Code, "%q", k)
	}
}

func TestIdempotencyReplaysAnAnswerWithoutABody(t *testing.T) {
	var written []bool
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Next(); written = append(written, c.Writer.Written()) },
		middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
	r.POST("/", func(c *dram.Context) { c.AbortWithStatus(http.StatusNoContent) })
	for range 2 {
		assert.Equal(t, http.StatusNoContent, send(r, http.MethodPost, "/", "", key("k")).Code)
	}
	assert.Equal(t, []bool{true, true}, written)
}

func TestIdempotencyEndsTheContextOfItsHandlers(t *testing.T) {
	var ctx context.Context
	r := dram.New()
	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}))
	r.POST("/", func(c *dram.Context) { ctx = c.Request.Context() })
	send(r, http.MethodPost, "/", "", key("k"))
	assert.ErrorIs(t, ctx.Err(), context.Canceled)
}

// claimsStore keeps what it is given.
type claimsStore struct {
	middleware.IdempotencyStore
	made []middleware.IdempotencyRecord
}

func (s *claimsStore) Begin(ctx context.Context, key string, claim middleware.IdempotencyRecord, ttl time.Duration) (middleware.IdempotencyRecord, error) {
	s.made = append(s.made, claim)
	return s.IdempotencyStore.Begin(ctx, key, claim, ttl)
}

// A password in a body must not be there to be tried, by whoever reads the store.
func TestIdempotencysStoreDoesNotTellABodyWithoutItsKey(t *testing.T) {
	store := &claimsStore{IdempotencyStore: middleware.NewMemoryIdempotencyStore(0, 0)}
	r, _ := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: store})
	for _, k := range []string{"a", "a", "b"} {
		send(r, "POST", "/", `{"password":"secret"}`, key(k))
	}
	require.Len(t, store.made, 3)
	assert.Equal(t, store.made[0].Fingerprint, store.made[1].Fingerprint)
	assert.NotEqual(t, store.made[0].Fingerprint, store.made[2].Fingerprint)
}
