package wiretest

import (
	"fmt"
	"go/version"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"golang.org/x/net/http2"

	"github.com/dram-go/dram"
)

// This file sends much of what HTTP/2 allows a little of. While a flood lasts the server answers
// others; afterwards, while its connection is still there if the server has left it, memory and
// goroutines are within bounds, and when it is gone nothing of it is left.

// flood is a client that does not stop by itself until it has sent more than any server should take,
// or is cut off.
type flood struct {
	name     string
	settings []http2.Setting
	send     func(s *session)
	unread   bool      // the client reads nothing meanwhile
	cut      bool      // the server has to end the connection
	handlers int       // how many handlers may run at once; 1 if it is not set
	held     [2]string // the releases of Go since which net/http holds it, if it did not always
}

// maxStreams is how many streams net/http serves at once (SETTINGS_MAX_CONCURRENT_STREAMS).
const maxStreams = 250

// bound is how much more memory than before a flood may cost at its end. The client's part is in it,
// as is what the pools keep.
const bound = 32 << 20

func floods() []flood {
	const frames = 30_000 // three times what net/http queues (maxQueuedControlFrames)
	repeat := func(n int, f func(s *session, i uint32)) func(s *session) {
		return func(s *session) {
			for i := 0; i < n && !s.failed; i++ {
				f(s, uint32(i))
			}
			s.flush()
		}
	}
	kilo := strings.Repeat("b", 4000)
	return []flood{
		{name: "rapid reset", handlers: maxStreams, send: repeat(20_000, func(s *session, i uint32) {
			s.headers(2*i+1, true, s.head("/wait"))
			s.WriteRSTStream(2*i+1, http2.ErrCodeCancel)
		})},
		{name: "rapid reset of handlers that go on", cut: true, handlers: maxStreams, send: repeat(20_000, func(s *session, i uint32) {
			s.headers(2*i+1, true, s.head("/stay"))
			s.WriteRSTStream(2*i+1, http2.ErrCodeCancel)
		})},
		{name: "resets that the server is made to send", cut: true, handlers: maxStreams, send: repeat(20_000, func(s *session, i uint32) {
			s.headers(2*i+1, false, s.head("/stay"))
			s.WriteWindowUpdate(2*i+1, 0)
		})},
		{name: "continuations", cut: true, send: func(s *session) {
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: s.head("/first"), EndStream: true})
			repeat(1_500, func(s *session, i uint32) { s.WriteContinuation(1, false, s.encode("a", kilo, "b", kilo, "c", kilo)) })(s)
		}},
		{name: "empty continuations", send: func(s *session) {
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: s.head("/first"), EndStream: true})
			repeat(frames, func(s *session, i uint32) { s.WriteContinuation(1, false, nil) })(s)
		}},
		{name: "heads that unpack to much", send: func(s *session) {
			entry := s.encode("a", kilo) // in the table from here on, at its first place
			bomb := append(entry, strings.Repeat("\xbe", 16_000)...)
			repeat(200, func(s *session, i uint32) { s.headers(2*i+1, true, append(s.encode(), bomb...)) })(s)
		}},
		{name: "trailers that are announced", handlers: maxStreams, held: [2]string{"go1.26.9", "go1.27.2"}, send: func(s *session) {
			var names strings.Builder
			for i := range 150_000 {
				fmt.Fprintf(&names, "%x,", i)
			}
			repeat(16, func(s *session, i uint32) { s.large(2*i+1, s.head("/wait", "trailer", names.String())) })(s)
		}},
		{name: "settings, unread", unread: true, send: repeat(10*frames, func(s *session, i uint32) { s.WriteSettings() })},
		{name: "pings, unread", cut: true, unread: true, send: repeat(500_000, func(s *session, i uint32) { s.WritePing(false, [8]byte{}) })},
		{name: "settings of the table", send: repeat(frames, func(s *session, i uint32) {
			s.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: i % 2 * (1<<32 - 1)})
		})},
		{name: "settings of the window", handlers: maxStreams, send: func(s *session) {
			repeat(100, func(s *session, i uint32) { s.headers(2*i+1, true, s.head("/wait")) })(s)
			repeat(frames/10, func(s *session, i uint32) {
				s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: i % 2 * (1<<31 - 1)})
			})(s)
		}},
		{name: "windows that grow by one", handlers: 1, send: func(s *session) {
			s.headers(1, true, s.head("/wait"))
			repeat(frames, func(s *session, i uint32) { s.WriteWindowUpdate(i%2, 1) })(s)
		}},
		{name: "priorities", send: repeat(frames, func(s *session, i uint32) {
			s.WritePriority(2*i+1, http2.PriorityParam{StreamDep: 2*i + 3, Exclusive: true, Weight: 255})
		})},
		{name: "frames of an unknown type", send: repeat(frames, func(s *session, i uint32) { s.WriteRawFrame(0xfa, 0, i, make([]byte, 100)) })},
		{name: "empty data", handlers: 1, send: func(s *session) {
			s.headers(1, false, s.head("/wait"))
			repeat(frames, func(s *session, i uint32) { s.WriteData(1, false, nil) })(s)
		}},
		{name: "data of nothing but padding", handlers: 1, send: func(s *session) {
			s.headers(1, false, s.head("/wait"))
			repeat(frames, func(s *session, i uint32) { s.WriteDataPadded(1, false, nil, make([]byte, 255)) })(s)
		}},
		{name: "data that nobody reads", handlers: maxStreams, send: func(s *session) {
			repeat(maxStreams, func(s *session, i uint32) { s.headers(2*i+1, false, s.head("/wait")) })(s)
			repeat(4_000, func(s *session, i uint32) { s.WriteData(i%maxStreams*2+1, false, make([]byte, 16<<10)) })(s)
		}},
		{name: "data behind resets", handlers: maxStreams, send: repeat(20_000, func(s *session, i uint32) {
			s.headers(2*i+1, false, s.head("/wait"))
			s.WriteRSTStream(2*i+1, http2.ErrCodeCancel)
			s.WriteData(2*i+1, false, []byte("hello"))
		})},
		{name: "streams that are never ended", handlers: maxStreams, send: repeat(5_000, func(s *session, i uint32) {
			s.headers(2*i+1, false, s.head("/wait"))
		})},
		{name: "answers that are never read", unread: true, handlers: maxStreams,
			settings: []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 0}},
			send:     repeat(maxStreams, func(s *session, i uint32) { s.headers(2*i+1, true, s.head("/large")) })},
		{name: "farewells", send: repeat(frames, func(s *session, i uint32) { s.WriteGoAway(0, http2.ErrCodeNo, make([]byte, 100)) })},
	}
}

// theWorst are floods for servers that pass HTTP/2 on: h1 to net/http, nginx to the Engine.
var theWorst = []string{
	"rapid reset", "continuations", "heads that unpack to much", "settings, unread",
	"empty data", "streams that are never ended", "answers that are never read",
}

// inUse is the memory that is in use after a collection, that of stacks included.
func inUse() int {
	runtime.GC()
	runtime.GC() // what pools have dropped
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

// slow answers what floods ask for: handlers that wait for the end of their request, or for
// that of the flood, and one that writes much.
func slow(end *sync.WaitGroup) func(c *dram.Context) bool {
	large := make([]byte, 1<<20)
	return func(c *dram.Context) bool {
		switch c.Request.URL.Path {
		case "/wait":
			<-c.Request.Context().Done()
		case "/stay":
			end.Wait()
		case "/large":
			c.Data(http.StatusOK, "application/octet-stream", large)
		default:
			return false
		}
		return true
	}
}

// The trailers that are announced are GO-2026-6603.
func TestFloods(t *testing.T) {
	for _, kind := range h2Kinds {
		t.Run(kind, func(t *testing.T) {
			for _, f := range floods() {
				if strings.HasPrefix(kind, "h1") && !slices.Contains(theWorst, f.name) {
					continue // h1 hands the connection to net/http
				}
				t.Run(f.name, func(t *testing.T) {
					if v := runtime.Version(); version.Compare(v, f.held[0]) < 0 || version.Lang(v) == "go1.27" && version.Compare(v, f.held[1]) < 0 {
						t.Skipf("net/http of %s does not hold it; build with a later release", v)
					}
					var end sync.WaitGroup
					s := start(t, kind, slow(&end))
					flooded{server: s, end: &end, kind: kind, addr: s.addr, other: s.addr}.by(t, f)
				})
			}
		})
	}
}

// flooded is a server and the address at which it, or what stands in front of it, is flooded.
type flooded struct {
	*server
	end  *sync.WaitGroup // until which handlers of /stay stay
	kind string
	addr string
	// other is where other clients ask.
	other string
}

func (s flooded) by(t *testing.T, f flood) {
	s.end.Add(1)
	assert.NoError(t, ask(s.kind, s.other))
	memory, goroutines := inUse(), runtime.NumGoroutine()

	c := open(t, s.kind, s.addr, f.settings...)
	read := make(chan struct{})
	if f.unread {
		_ = c.tcp.SetReadBuffer(4 << 10)
	} else {
		go func() {
			defer close(read)
			_, _ = io.Copy(io.Discard, c.conn)
		}()
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		f.send(c)
	}()
	for asking := true; asking; { // at least once while the flood is there
		assert.NoError(t, ask(s.kind, s.other), "another client")
		select {
		case <-sent:
			asking = false
		default:
		}
	}
	assert.NoError(t, ask(s.kind, s.other), "another client, when all was sent")
	switch {
	case f.cut && f.unread:
		assert.True(t, c.failed, "the server has taken everything")
	case f.cut:
		select {
		case <-read:
		case <-time.After(patience):
			assert.Fail(t, "the server has not ended the connection")
		}
	}
	_, top := s.running()
	assert.LessOrEqual(t, top, max(f.handlers, 1)+1, "handlers at once, one of another client among them")
	assert.Less(t, inUse()-memory, bound)
	assert.Less(t, runtime.NumGoroutine()-goroutines, 2*maxStreams)

	_ = c.tcp.Close() // of TLS too, which would wait for the server to read
	s.end.Done()
	eventually(t, func() bool { now, _ := s.running(); return now == 0 }, "a handler does not end")
	assert.Zero(t, s.saw("/first"))
	s.stop(t)
	eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines }, "a goroutine is left")
	eventually(t, func() bool { return inUse()-memory < bound/4 }, "memory is kept")
}
