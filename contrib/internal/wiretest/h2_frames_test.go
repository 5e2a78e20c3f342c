package wiretest

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/net/http2"
)

// This file is what HTTP/2 forbids a client (RFC 9113): heads that are none, and frames at
// the wrong time. Each row is a connection of its own.

// h2Kinds are the servers of HTTP/2.
var h2Kinds = []string{"net/http, h2c", "net/http, TLS", "h1, h2c"}

const (
	protocol = "PROTOCOL_ERROR"
	flow     = "FLOW_CONTROL_ERROR"
	size     = "FRAME_SIZE_ERROR"
	ended    = "STREAM_CLOSED"
)

// frames is a row.
type frames struct {
	name string
	send func(s *session) // on stream 1, if no other is said
	want []string         // fates of stream 1, one of which it must have
	seen bool             // the handler may see the request
}

// heads are requests of a head alone, all after one that is as it should be.
func heads() (list []frames) {
	add := func(name, want string, pairs ...string) {
		list = append(list, frames{name: name, want: strings.Split(want, ", "), seen: want == "200", send: func(s *session) {
			s.headers(1, true, s.encode(pairs...))
		}})
	}
	pseudo := []string{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/first"}
	with := func(name, want string, pairs ...string) { add(name, want, slices.Concat(pseudo, pairs)...) }
	without := func(name string, i int, instead ...string) {
		add(name, "reset "+protocol+", 400", slices.Concat(pseudo[:i], instead, pseudo[i+2:])...)
	}
	with("a head", "200")
	without("no method", 0)
	without("no scheme", 2)
	without("no path", 6)
	without("an empty path", 6, ":path", "")
	without("a path without a slash", 6, ":path", "first")
	without("a path with a space", 6, ":path", "/first x")
	without("a query with a space", 6, ":path", "/first?a HTTP/1.1")
	without("a path that is a URL", 6, ":path", "http://b/first")
	without("a path with a line in it", 6, ":path", "/first HTTP/1.1\r\nHost: b\r\n\r\nGET /smuggled")
	without("a path with a NUL", 6, ":path", "/first\x00")
	without("an unknown scheme", 2, ":scheme", "gopher")
	without("a method with a space", 0, ":method", "GET /smuggled HTTP/1.1")
	without("a method with a line in it", 0, ":method", "GET\r\n")
	without("CONNECT with a path", 0, ":method", "CONNECT")
	without("an authority with a space", 4, ":authority", "a b")
	without("an authority with a path", 4, ":authority", "evil.example/.a")
	with("a Host that is not the authority", "reset "+protocol+", 400", "host", "b")
	without("an authority with a user", 4, ":authority", "u@a")
	without("an authority with a line in it", 4, ":authority", "a\r\nb: c")
	add("no pseudo-header at all", "reset "+protocol, "a", "b")
	add("a pseudo-header behind another", "reset "+protocol, slices.Concat([]string{"a", "b"}, pseudo)...)
	with("a pseudo-header twice", "reset "+protocol, ":path", "/second")
	with("an unknown pseudo-header", "reset "+protocol, ":a", "b")
	with("a pseudo-header of an answer", "reset "+protocol, ":status", "200")
	with("an extended CONNECT that is not offered", "reset "+protocol, ":protocol", "websocket")
	with("a name in capitals", "reset "+protocol, "Transfer-Encoding", "chunked")
	for _, name := range []string{"", "a b", "a:", "a\r\nb", "a\x00", "\xe9"} {
		with("a name "+name, "reset "+protocol, name, "b")
	}
	for _, value := range []string{"b\r\nc: d", "b\nc", "b\x00", "b\rc"} {
		with("a value "+value, "reset "+protocol, "a", value)
	}
	for _, name := range []string{"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"} {
		with("the connection's "+name, "reset "+protocol+", 400", name, "chunked")
	}
	with("TE of more than trailers", "reset "+protocol+", 400", "te", "trailers, gzip")
	with("TE of trailers", "200", "te", "trailers")
	return list
}

// orders are frames in an order that is none.
func orders() []frames {
	open := func(s *session, pairs ...string) { s.headers(1, false, s.head("/first", pairs...)) }
	whole := func(s *session) { s.headers(1, true, s.head("/first")) }
	fatal := func(code string) []string { return []string{"goaway " + code, "closed"} }
	return []frames{
		{"a body as long as said", func(s *session) { open(s, "content-length", "5"); s.WriteData(1, true, []byte("hello")) }, []string{"200"}, true},
		{"a body longer than said", func(s *session) { open(s, "content-length", "5"); s.WriteData(1, true, []byte("hello!")) }, []string{"reset " + protocol}, true},
		{"a body shorter than said", func(s *session) { open(s, "content-length", "5"); s.WriteData(1, true, []byte("hell")) }, []string{"400", "reset " + protocol}, true},
		{"a body where none was said", func(s *session) { open(s, "content-length", "0"); s.WriteData(1, true, []byte("h")) }, []string{"reset " + protocol}, true},
		{"trailers", func(s *session) { open(s); s.headers(1, true, s.encode("a", "b")) }, []string{"200"}, true},
		{"trailers with a pseudo-header", func(s *session) { open(s); s.headers(1, true, s.encode(":path", "/smuggled")) }, []string{"reset " + protocol}, true},
		{"trailers that do not end the stream", func(s *session) { open(s); s.headers(1, false, s.encode("a", "b")) }, []string{"reset " + protocol}, true},
		{"forbidden trailers, announced", func(s *session) {
			open(s, "trailer", "A")
			s.headers(1, true, s.encode("content-length", "5"))
		}, []string{"reset " + protocol}, true},
		{"data behind the end", func(s *session) { whole(s); s.WriteData(1, true, []byte("hello")) }, []string{"200", "reset " + ended}, true},
		{"a head behind the end", func(s *session) { whole(s); whole(s) }, []string{"200", "reset " + ended, "goaway " + protocol}, true},
		{"data on a stream that was reset", func(s *session) {
			open(s)
			s.WriteRSTStream(1, http2.ErrCodeCancel)
			s.WriteData(1, true, []byte("hello"))
		}, []string{"reset " + ended}, true},
		{"data on a stream that nobody has begun", func(s *session) { s.WriteData(1, true, []byte("hello")) }, fatal(protocol), false},
		{"data of no stream", func(s *session) { s.WriteData(0, true, []byte("hello")) }, fatal(protocol), false},
		{"data with more padding than data", func(s *session) {
			open(s)
			s.WriteRawFrame(http2.FrameData, http2.FlagDataPadded, 1, []byte{9, 0, 0})
		}, fatal(protocol), true},
		{"a stream of the server", func(s *session) { s.headers(2, true, s.head("/first")) }, fatal(protocol), false},
		{"a stream that is older than the last", func(s *session) { s.headers(3, true, s.head("/first")); whole(s) }, fatal(protocol), true},
		{"a head of no stream", func(s *session) { s.headers(0, true, s.head("/first")) }, fatal(protocol), false},
		{"a continuation of nothing", func(s *session) { s.WriteContinuation(1, true, s.head("/first")) }, fatal(protocol), false},
		{"a frame inside a head", func(s *session) {
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: s.head("/first"), EndStream: true})
			s.WritePing(false, [8]byte{})
		}, fatal(protocol), false},
		{"a head that is continued on another stream", func(s *session) {
			s.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: s.head("/first"), EndStream: true})
			s.WriteContinuation(3, true, nil)
		}, fatal(protocol), false},
		{"a head that cannot be unpacked", func(s *session) { s.headers(1, true, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) }, fatal("COMPRESSION_ERROR"), false},
		{"a table larger than offered", func(s *session) { s.headers(1, true, append([]byte{0x3f, 0xff, 0xff, 0x7f}, s.head("/first")...)) }, fatal("COMPRESSION_ERROR"), false},
		{"a push", func(s *session) {
			s.WritePushPromise(http2.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: s.head("/first"), EndHeaders: true})
		}, fatal(protocol), false},
		{"a stream that depends on itself", func(s *session) {
			s.WritePriority(1, http2.PriorityParam{StreamDep: 1})
			whole(s)
		}, []string{"reset " + protocol}, true},
		{"a stream that depends on one that depends on it", func(s *session) {
			s.WritePriority(1, http2.PriorityParam{StreamDep: 3, Exclusive: true})
			s.WritePriority(3, http2.PriorityParam{StreamDep: 1, Exclusive: true})
			whole(s)
		}, []string{"200"}, true},
		{"a reset of a stream that nobody has begun", func(s *session) { s.WriteRSTStream(1, http2.ErrCodeCancel) }, fatal(protocol), false},
		{"a window of more than 2^31-1", func(s *session) { s.WriteWindowUpdate(0, 1<<31-1) }, fatal(flow), false},
		{"a stream's window of more than 2^31-1", func(s *session) { open(s); s.WriteWindowUpdate(1, 1<<31-1) }, []string{"reset " + flow}, true},
		{"a window that grows by nothing", func(s *session) { s.WriteWindowUpdate(0, 0) }, fatal(protocol), false},
		{"a stream's window that grows by nothing", func(s *session) { open(s); s.WriteWindowUpdate(1, 0) }, []string{"reset " + protocol, "goaway " + protocol}, true},
		{"a setting of too large a window", func(s *session) { s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 31}) }, fatal(flow), false},
		{"a setting of too small a frame", func(s *session) { s.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1}) }, fatal(protocol), false},
		{"a setting of push that is not a bit", func(s *session) { s.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 2}) }, fatal(protocol), false},
		{"settings that make a window overflow", func(s *session) {
			open(s)
			s.WriteWindowUpdate(1, 1<<30)
			s.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
			s.WriteData(1, true, nil) // net/http of Go 1.27 does not add windows up
		}, append(fatal(flow), "200"), true},
		{"settings of a stream", func(s *session) { s.WriteRawFrame(http2.FrameSettings, 0, 1, nil) }, fatal(protocol), false},
		{"settings of five bytes", func(s *session) { s.WriteRawFrame(http2.FrameSettings, 0, 0, make([]byte, 5)) }, fatal(size), false},
		{"an acknowledgement with settings", func(s *session) { s.WriteRawFrame(http2.FrameSettings, http2.FlagSettingsAck, 0, make([]byte, 6)) }, fatal(size), false},
		{"an acknowledgement too many", func(s *session) { s.WriteSettingsAck(); s.WriteSettingsAck(); s.WriteSettingsAck() }, fatal(protocol), false},
		{"a ping of a stream", func(s *session) { s.WriteRawFrame(http2.FramePing, 0, 1, make([]byte, 8)) }, fatal(protocol), false},
		{"a ping of nine bytes", func(s *session) { s.WriteRawFrame(http2.FramePing, 0, 0, make([]byte, 9)) }, fatal(size), false},
		{"a frame of 2 MiB", func(s *session) { s.WriteRawFrame(http2.FrameData, 0, 1, make([]byte, 2<<20)) }, fatal(size), false},
		{"a frame of an unknown type", func(s *session) { s.WriteRawFrame(0xfa, 0xff, 7, []byte("x")); whole(s) }, []string{"200"}, true},
		{"a GOAWAY, and then a request", func(s *session) { s.WriteGoAway(0, http2.ErrCodeNo, nil); whole(s) }, []string{"200", "closed"}, true},
		{"HTTP/1.1 in the middle", func(s *session) { s.out.WriteString(next + next) }, fatal(size), false},
	}
}

func TestForbiddenFrames(t *testing.T) {
	for _, kind := range h2Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := start(t, kind, nil)
			rows := make(map[string]frames)
			for _, r := range slices.Concat(heads(), orders()) {
				rows[strconv.Itoa(len(rows))] = r
			}
			for n, r := range rows {
				t.Run(r.name, func(t *testing.T) {
					c := open(t, kind, s.addr)
					c.row = n
					r.send(c)
					assert.Contains(t, r.want, c.fate(1))
					_ = c.conn.Close()
				})
			}
			assert.NoError(t, ask(kind, s.addr))
			s.stop(t)
			for _, request := range s.taken() {
				if request.target == "/other" {
					continue
				}
				r, ok := rows[request.header.Get("Row")]
				assert.True(t, ok && r.seen && request.target == "/first", "%s: seen: %+v", r.name, request)
				assert.False(t, request.whole && strings.HasPrefix(r.name, "a body ") && r.want[0] != "200", "%s: %+v", r.name, request)
			}
		})
	}
}
