package dramtest_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
)

// talk accepts a WebSocket and says back what it hears, frame by frame, until the close, which it
// answers. What begins with "!" it does: see obey.
func talk(c *dram.Context) {
	conn, rw, err := c.Writer.Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	sum := sha1.Sum([]byte(c.GetHeader("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	for {
		op, data, err := hear(rw.Reader)
		if err != nil {
			return
		}
		switch {
		case op == 8:
			_, _ = conn.Write(frame(0x88, data))
			return
		case op == 9:
			_, _ = conn.Write(frame(0x8a, data))
		case strings.HasPrefix(string(data), "!"):
			if !obey(string(data), conn) {
				return
			}
		default:
			_, _ = conn.Write(frame(0x80|op, data))
		}
	}
}

// obey sends what a client has to take, and what it has to refuse.
func obey(order string, conn io.ReadWriter) (goOn bool) {
	switch order {
	case "!parts":
		for _, part := range [][]byte{frame(0x01, []byte("in ")), frame(0x89, []byte("still there?")), frame(0x00, []byte("three ")), frame(0x80, []byte("parts"))} {
			_, _ = conn.Write(part)
		}
	case "!close":
		_, _ = conn.Write(frame(0x88, append([]byte{0x03, 0xf0}, "rude"...))) // 1008
	case "!close without a code":
		_, _ = conn.Write(frame(0x88, nil))
	case "!compressed":
		_, _ = conn.Write(frame(0xc1, []byte("x")))
	case "!inside":
		_, _ = conn.Write(append(frame(0x01, []byte("a")), frame(0x81, []byte("b"))...))
	case "!huge":
		_, _ = conn.Write([]byte{0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0})
	case "!talk":
		for err := error(nil); err == nil; time.Sleep(time.Second) {
			_, err = conn.Write(frame(0x81, []byte("and then")))
		}
	case "!mute":
		_, _ = io.Copy(io.Discard, conn)
	case "!gone":
		return false
	}
	return true
}

// hear reads a frame of a client.
func hear(r *bufio.Reader) (op byte, data []byte, err error) {
	var head [14]byte
	if _, err = io.ReadFull(r, head[:2]); err != nil {
		return 0, nil, err
	}
	size := int(head[1] & 0x7f)
	switch size {
	case 126:
		_, err = io.ReadFull(r, head[2:4])
		size = int(binary.BigEndian.Uint16(head[2:]))
	case 127:
		_, err = io.ReadFull(r, head[2:10])
		size = int(binary.BigEndian.Uint64(head[2:]))
	}
	if err != nil || head[1]&0x80 == 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	data = make([]byte, 4+size)
	_, err = io.ReadFull(r, data)
	for i := range data[4:] {
		data[4+i] ^= data[i%4]
	}
	return head[0] & 0x0f, data[4:], err
}

// frame is a frame of a server.
func frame(first byte, data []byte) []byte {
	head := []byte{first, byte(len(data))}
	switch size := len(data); {
	case size >= 1<<16:
		head = binary.BigEndian.AppendUint64([]byte{first, 127}, uint64(size))
	case size >= 126:
		head = binary.BigEndian.AppendUint16([]byte{first, 126}, uint16(size))
	}
	return append(head, data...)
}

func speaking() *dram.Engine {
	r := routes()
	r.GET("/ws", talk)
	r.GET("/liar", func(c *dram.Context) {
		conn, _, err := c.Writer.Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n")
			_ = conn.Close()
		}
	})
	return r
}

func TestWebSocket(t *testing.T) {
	over(t, speaking(), func(t *testing.T, app *dramtest.Client) {
		ws := app.WebSocket("/ws")
		for _, text := range []string{"", "short", strings.Repeat("x", 126), strings.Repeat("long", 100_000)} {
			ws.Send(text)
			assert.Equal(t, text, ws.Receive())
		}
		ws.SendBinary([]byte{0, 1, 2})
		assert.Equal(t, []byte{0, 1, 2}, ws.ReceiveBinary())
		ws.SendJSON(dram.H{"a": 1})
		assert.Equal(t, `{"a":1}`, ws.Receive())
		ws.Ping()
		ws.Send("!parts")
		assert.Equal(t, "in three parts", ws.Receive())
		assert.Equal(t, http.StatusSwitchingProtocols, ws.HTTP().StatusCode)
		assert.Equal(t, 1000, ws.Close(1000, "done"))
	})
}

func TestTheOtherEndOfAWebSocketCloses(t *testing.T) {
	app := dramtest.New(t, speaking())
	for order, code := range map[string]int{"!close": 1008, "!close without a code": 1005, "!gone": 1006} {
		ws := app.WebSocket("/ws")
		ws.Send(order)
		assert.Equal(t, code, ws.Closed(), order)
	}
}

func TestAWebSocketFails(t *testing.T) {
	for order, want := range map[string]string{
		"!close":      "Receive: the other end has closed: 1008 rude",
		"!compressed": "Receive: a frame is masked, or has bits of an extension that was not asked for",
		"!inside":     "Receive: a message begins inside another one (section 5.4)",
		"!huge":       "Receive: a frame is longer than 16 MiB",
		"!gone":       "Receive: EOF",
	} {
		got := failure(func(t testing.TB) {
			ws := dramtest.New(t, speaking()).WebSocket("/ws")
			ws.Send(order)
			ws.Receive()
		})
		assert.Equal(t, "dramtest: GET /ws: WebSocket: "+want, firstLine(got))
	}
	assert.Contains(t, failure(func(t testing.TB) { dramtest.New(t, speaking()).WebSocket("/text") }), "status 200, want 101")
	assert.Contains(t, failure(func(t testing.TB) { dramtest.New(t, speaking()).WebSocket("/liar") }), `Sec-WebSocket-Accept is "x", which does not fit the key`)
	assert.Contains(t, failure(func(t testing.TB) {
		ws := dramtest.New(t, speaking()).WebSocket("/ws")
		ws.SendBinary([]byte("x"))
		ws.Receive()
	}), `a message of the opcode 2 came, want 1: "x"`)
}

// What is waited for in vain is named.
func TestAWebSocketThatIsLate(t *testing.T) {
	r := speaking()
	for want, test := range map[string]func(ws *dramtest.WebSocket){
		"Receive: no message in 10s":       func(ws *dramtest.WebSocket) { ws.Receive() },
		"ReceiveBinary: no message in 10s": func(ws *dramtest.WebSocket) { ws.ReceiveBinary() },
		"Closed: no close in 10s":          func(ws *dramtest.WebSocket) { ws.Send("!talk"); ws.Closed() },
		"Ping: no pong in 10s":             func(ws *dramtest.WebSocket) { ws.Send("!mute"); ws.Ping() },
	} {
		synctest.Test(t, func(t *testing.T) {
			got := failure(func(t testing.TB) { test(dramtest.New(t, r).WebSocket("/ws")) })
			assert.Equal(t, "dramtest: GET /ws: WebSocket: "+want, firstLine(got))
			assert.Contains(t, got, "dramtest_test.talk", "where the handler stands")
		})
	}
}
