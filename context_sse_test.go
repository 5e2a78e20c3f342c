package dram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type (
	event     = render.SSEvent
	events    = iter.Seq[event]
	mayFail   = iter.Seq2[event, error]
	eventChan = <-chan event
)

// numbers are events after an ID, up to one.
func numbers(last string, to int) events {
	return func(yield func(event) bool) {
		n, _ := strconv.Atoi(last)
		for n++; n <= to && yield(event{ID: strconv.Itoa(n), Data: n}); n++ {
		}
	}
}

// sse is an engine with one event stream, and what answered there.
func sse[E dram.EventSource](source func(ctx context.Context, last string) (E, error), cfg ...dram.SSEConfig) *dram.Engine {
	r := dram.New()
	r.UseH2C = true
	r.Use(dram.RecoveryWithWriter(io.Discard))
	r.GET("/", func(c *dram.Context) { dram.SSE(c, source, cfg...) })
	return r
}

func TestSSETakesEachSource(t *testing.T) {
	const want = "id:1\ndata:1\n\nid:2\ndata:2\n\n"
	for name, r := range map[string]*dram.Engine{
		"an iterator": sse(func(_ context.Context, last string) (events, error) { return numbers(last, 2), nil }),
		"an iterator that may fail": sse(func(_ context.Context, last string) (mayFail, error) {
			return func(yield func(event, error) bool) {
				for e := range numbers(last, 2) {
					if !yield(e, nil) {
						return
					}
				}
			}, nil
		}),
		"a channel": sse(func(ctx context.Context, last string) (eventChan, error) {
			c := make(chan event)
			go func() {
				defer close(c)
				for e := range numbers(last, 2) {
					select {
					case c <- e:
					case <-ctx.Done():
						return
					}
				}
			}()
			return c, nil
		}),
		"a channel of both ways": sse(func(_ context.Context, last string) (chan event, error) {
			c := make(chan event, 2)
			defer close(c)
			for e := range numbers(last, 2) {
				c <- e
			}
			return c, nil
		}),
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(r, "GET", "/")
			assert.Equal(t, want, w.Body.String())
			assert.Equal(t, http.Header{"Content-Type": {"text/event-stream;charset=utf-8"}, "Cache-Control": {"no-cache"}, "X-Accel-Buffering": {"no"}}, w.Header())
			assert.True(t, w.Flushed)
		})
	}
}

func TestSSEOfNoEvents(t *testing.T) {
	w := serve(sse(func(context.Context, string) (events, error) { return numbers("", 0), nil }), "GET", "/")
	assert.Equal(t, "200  text/event-stream;charset=utf-8", fmt.Sprint(w.Code, " ", w.Body, " ", w.Header().Get("Content-Type")))
}

func TestSSEGivesTheLastEventID(t *testing.T) {
	r := sse(func(_ context.Context, last string) (events, error) { return numbers(last, 4), nil }, dram.SSEConfig{Retry: 1500 * time.Millisecond})
	req := httptest.NewRequest("GET", "/", nil)
	req.Header.Set("Last-Event-ID", "3")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, "retry:1500\n\nid:4\ndata:4\n\n", w.Body.String())
}

func yieldsThenFails(first int, err error) func(context.Context, string) (mayFail, error) {
	return func(context.Context, string) (mayFail, error) {
		return func(yield func(event, error) bool) {
			for e := range numbers("", first) {
				yield(e, nil)
			}
			yield(event{}, err)
		}, nil
	}
}

func TestSSEErrorsBeforeTheFirstEventAreAnswered(t *testing.T) {
	gone := dram.NewProblem(http.StatusNotFound, "no such feed")
	for name, tt := range map[string]struct {
		engine *dram.Engine
		status int
		body   string
	}{
		"of the function":          {sse(func(context.Context, string) (events, error) { return nil, gone }), 404, "no such feed"},
		"of the iterator":          {sse(yieldsThenFails(0, gone)), 404, "no such feed"},
		"no reconnection":          {sse(func(context.Context, string) (eventChan, error) { return nil, dram.ErrNoReconnect }), 204, ""},
		"no reconnection, wrapped": {sse(yieldsThenFails(0, fmt.Errorf("done: %w", dram.ErrNoReconnect))), 204, ""},
		"no iterator":              {sse(func(context.Context, string) (events, error) { return nil, nil }), 500, "Internal"},
		"no channel":               {sse(func(context.Context, string) (eventChan, error) { return nil, nil }), 500, "Internal"},
		"a panic of the function":  {sse(func(context.Context, string) (eventChan, error) { panic("lost") }), 500, ""},
		"a panic of the iterator":  {sse(func(context.Context, string) (events, error) { return func(func(event) bool) { panic("lost") }, nil }), 500, ""},
		"data that nobody encodes": {sse(func(context.Context, string) (events, error) {
			return func(yield func(event) bool) { yield(event{Data: map[string]any{"a": func() {}}}) }, nil
		}), 500, "Internal"},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			t.Run(method+" "+name, func(t *testing.T) {
				w := serve(tt.engine, method, "/")
				if method == "HEAD" {
					assert.Empty(t, w.Body.String())
					return
				}
				assert.Equal(t, tt.status, w.Code)
				assert.Contains(t, w.Body.String(), tt.body)
				assert.NotContains(t, w.Header().Get("Content-Type"), "event-stream")
			})
		}
	}
}

func TestSSERefusesTimesWithoutAUnit(t *testing.T) {
	for field, cfg := range map[string]dram.SSEConfig{"Heartbeat": {Heartbeat: 15}, "Retry": {Retry: 3}, "WriteTimeout": {WriteTimeout: 5}} {
		engine := dram.New()
		var failed error
		engine.OnError(func(c *dram.Context, err error) { failed = err })
		engine.GET("/", func(c *dram.Context) {
			dram.SSE(c, func(context.Context, string) (events, error) { return nil, nil }, cfg)
		})
		assert.Equal(t, 500, serve(engine, "GET", "/").Code)
		assert.ErrorContains(t, failed, "dram: SSE: "+field+": ")
	}
}

func TestSSEEndsTheContextOfItsSource(t *testing.T) {
	var asked context.Context
	for name, engine := range map[string]*dram.Engine{
		"a channel": sse(func(ctx context.Context, _ string) (eventChan, error) {
			asked = ctx
			source := make(chan event)
			close(source)
			return source, nil
		}),
		"an iterator": sse(func(ctx context.Context, last string) (events, error) { asked = ctx; return numbers(last, 1), nil }),
		"an error":    sse(func(ctx context.Context, _ string) (events, error) { asked = ctx; return nil, dram.ErrNoReconnect }),
	} {
		serve(engine, "GET", "/")
		assert.ErrorIs(t, asked.Err(), context.Canceled, name)
	}
}

// A layer that gives the request a time answers itself when that is over, if nothing was sent.
func TestSSEWhoseTimeIsUpIsTheLayersToAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		first bool // an event comes before the time is up
		want  string
	}{"nothing was sent": {false, "too late"}, "an event was": {true, "data:1\n\n"}} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			var lost bool
			r.Use(func(c *dram.Context) {
				ctx, cancel := context.WithTimeout(c.Request.Context(), 50*time.Millisecond)
				defer cancel()
				c.Request = c.Request.WithContext(ctx)
				whole := c.NextAnswer(nil, nil)
				lost = !whole
				if !c.Writer.Written() {
					c.String(503, "too late")
				}
			})
			r.GET("/", func(c *dram.Context) {
				dram.SSE(c, func(context.Context, string) (eventChan, error) {
					source := make(chan event, 1)
					if tt.first {
						source <- event{Data: 1}
					}
					return source, nil
				})
			})
			assert.Equal(t, tt.want, serve(r, "GET", "/").Body.String())
			assert.Equal(t, tt.first, lost)
		})
	}
}

func TestSSEErrorsAfterTheFirstEventCutTheAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		engine *dram.Engine
		whole  bool
	}{
		"an error":        {sse(yieldsThenFails(1, errors.New("the database is gone"))), false},
		"no reconnection": {sse(yieldsThenFails(1, dram.ErrNoReconnect)), true},
		"a panic": {sse(func(context.Context, string) (events, error) {
			return func(yield func(event) bool) { yield(event{Data: 1}); panic("lost") }, nil
		}), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, tt.engine, func() error { return tt.engine.Run("127.0.0.1:0") })
			for protocol, transport := range streams(t) {
				res, err := (&http.Client{Transport: transport}).Get("http://" + r.addr.String())
				require.NoError(t, err, protocol)
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
				assert.Equal(t, tt.whole, err == nil, "%s: %v", protocol, err)
			}
		})
	}
}

func TestSSEOfHEAD(t *testing.T) {
	asked := 0
	r := sse(func(_ context.Context, last string) (events, error) {
		asked++
		return func(func(event) bool) { t.Error("nobody reads the events") }, nil
	})
	w := serve(r, "HEAD", "/")
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "text/event-stream;charset=utf-8", w.Header().Get("Content-Type"))
	assert.Empty(t, w.Header().Get("Content-Length"))
	assert.Empty(t, w.Body.String())
	assert.Equal(t, 1, asked)
}

func TestSSEHeartbeats(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg  dram.SSEConfig
		want string
	}{
		"by default":  {dram.SSEConfig{}, ":\n\n:\n\n:\n\ndata:late\n\n"}, // after 1, 16 and 31 seconds
		"each second": {dram.SSEConfig{Heartbeat: 10 * time.Second}, ":\n\n:\n\n:\n\n:\n\ndata:late\n\n"},
		"none":        {dram.SSEConfig{Heartbeat: -1}, ":\n\ndata:late\n\n"}, // the opening
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := serve(sse(func(context.Context, string) (events, error) {
					return func(yield func(event) bool) {
						time.Sleep(40 * time.Second)
						yield(event{Data: "late"})
					}, nil
				}, tt.cfg), "GET", "/")
				assert.Equal(t, tt.want, w.Body.String())
			})
		})
	}
}

// An iterator that waits for ever, but listens to its context.
func waiting(ended chan<- struct{}) func(ctx context.Context, last string) (events, error) {
	return func(ctx context.Context, last string) (events, error) {
		return func(yield func(event) bool) {
			defer close(ended)
			for yield(event{ID: "1", Data: "hello"}) {
				<-ctx.Done()
			}
		}, nil
	}
}

func TestSSEEndsWithTheServer(t *testing.T) {
	for protocol, transport := range streams(t) {
		t.Run(protocol, func(t *testing.T) {
			ended := make(chan struct{})
			engine := sse(waiting(ended))
			engine.ShutdownTimeout = patience / 2
			ctx, stop := context.WithCancel(context.Background())
			r := start(t, engine, func() error { return engine.RunContext(ctx, "127.0.0.1:0") })
			res, err := (&http.Client{Transport: transport}).Get("http://" + r.addr.String())
			require.NoError(t, err)
			defer res.Body.Close()
			stop()
			all, err := io.ReadAll(res.Body)
			assert.NoError(t, err, "in order")
			assert.Equal(t, "id:1\ndata:hello\n\n", string(all))
			assert.NoError(t, r.result(t))
			<-ended
		})
	}
}

func TestSSEEndsWithTheClient(t *testing.T) {
	for protocol, transport := range streams(t) {
		t.Run(protocol, func(t *testing.T) {
			ended := make(chan struct{})
			engine := sse(waiting(ended))
			r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
			ctx, leave := context.WithCancel(context.Background())
			req, err := http.NewRequestWithContext(ctx, "GET", "http://"+r.addr.String(), nil)
			require.NoError(t, err)
			res, err := (&http.Client{Transport: transport}).Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			leave()
			select {
			case <-ended:
			case <-time.After(patience):
				assert.Fail(t, "the iterator goes on")
			}
			assert.NoError(t, engine.Shutdown(context.Background()))
		})
	}
}

// A client that does not read holds nothing but the buffers of the system.
func TestSSEOfAClientThatDoesNotRead(t *testing.T) {
	for protocol, transport := range streams(t) {
		t.Run(protocol, func(t *testing.T) {
			made, ended := 0, make(chan struct{})
			engine := sse(func(context.Context, string) (events, error) {
				return func(yield func(event) bool) {
					defer close(ended)
					for data := strings.Repeat("x", 64<<10); yield(event{Data: data}); {
						made++
					}
				}, nil
			}, dram.SSEConfig{WriteTimeout: 20 * time.Millisecond})
			r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
			res, err := (&http.Client{Transport: transport}).Get("http://" + r.addr.String())
			require.NoError(t, err)
			defer res.Body.Close()
			select {
			case <-ended:
			case <-time.After(patience):
				require.Fail(t, "the iterator goes on")
			}
			assert.Less(t, made, 1000, "it goes no faster than the client")
			_, err = io.ReadAll(res.Body)
			assert.Error(t, err, "the answer is cut")
		})
	}
}

// The deadline of the writing is the stream's: the connection serves on without it.
func TestSSELeavesTheConnectionAsItWas(t *testing.T) {
	engine := sse(func(_ context.Context, last string) (events, error) { return numbers(last, 1), nil }, dram.SSEConfig{WriteTimeout: 20 * time.Millisecond})
	engine.GET("/later", func(c *dram.Context) { c.String(200, "later") })
	server := httptest.NewServer(engine)
	defer server.Close()
	for range 2 {
		res, err := server.Client().Get(server.URL)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		time.Sleep(40 * time.Millisecond)
		res, err = server.Client().Get(server.URL + "/later")
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		assert.Equal(t, "later", string(body))
		require.NoError(t, err)
	}
}

func TestSSEOfACopy(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	dram.SSE(c.Copy(), func(_ context.Context, last string) (events, error) { return numbers(last, 1000), nil }) // ends
}

func ExampleSSE() {
	feed := []string{"Oban", "Talisker", "Lagavulin"}
	r := dram.New()
	r.GET("/feed", func(c *dram.Context) {
		dram.SSE(c, func(ctx context.Context, last string) (iter.Seq[render.SSEvent], error) {
			seen, _ := strconv.Atoi(last)
			if seen < 0 || seen > len(feed) {
				return nil, dram.NewProblem(http.StatusBadRequest, "Last-Event-ID is not one of this feed")
			}
			return func(yield func(render.SSEvent) bool) {
				for i := seen; i < len(feed); i++ { // a real feed waits for more, until ctx is done
					if !yield(render.SSEvent{ID: strconv.Itoa(i + 1), Data: feed[i]}) {
						return
					}
				}
			}, nil
		}, dram.SSEConfig{Retry: 3 * time.Second})
	})
	req := httptest.NewRequest("GET", "/feed", nil)
	req.Header.Set("Last-Event-ID", "2") // a browser that reconnects
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Print(w.Body)
	// Output:
	// retry:3000
	//
	// id:3
	// data:Lagavulin
}

func ExampleSSE_channel() {
	r := dram.New()
	r.GET("/ticks", func(c *dram.Context) {
		dram.SSE(c, func(ctx context.Context, _ string) (<-chan render.SSEvent, error) {
			ticks := make(chan render.SSEvent, 1) // its capacity is the bound: the sender waits
			go func() {
				defer close(ticks)
				for n := range 2 {
					select {
					case ticks <- render.SSEvent{Event: "tick", Data: n}:
					case <-ctx.Done():
						return
					}
				}
			}()
			return ticks, nil
		})
	})
	show(r, "GET", "/ticks")
	// Output:
	// 200 event:tick
	// data:0
	//
	// event:tick
	// data:1
}

// The stack of a panic in an iterator, which has a goroutine of its own, is in Recovery's report.
func TestSSEPanicKeepsItsLine(t *testing.T) {
	var log strings.Builder
	r := dram.New()
	r.Use(dram.RecoveryWithWriter(&log))
	r.GET("/", func(c *dram.Context) {
		dram.SSE(c, func(context.Context, string) (events, error) {
			return func(func(event) bool) { panicsInAnIterator() }, nil
		})
	})
	r.GET("/other", func(*dram.Context) { panic("another") })
	assert.Equal(t, 500, serve(r, "GET", "/").Code)
	origin := strings.Index(log.String(), "panicsInAnIterator")
	require.Positive(t, origin)
	assert.Greater(t, strings.Index(log.String(), "dram.SSE["), origin, "and who has waited for it")
	log.Reset()
	serve(r, "GET", "/other")
	assert.NotContains(t, log.String(), "panicsInAnIterator", "it is not the next request's")
}

func panicsInAnIterator() { panic("lost") }
