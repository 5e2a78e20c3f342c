package dramtest

import (
	"bufio"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// This file is a client of WebSockets (RFC 6455): text, binary, ping and close, without extensions.

// The opcodes of frames (section 5.2).
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

// maxMessage is the size that a message may have, in bytes.
const maxMessage = 16 << 20

// WebSocket is an open WebSocket. Its methods fail the test if what they wait for does not come in time (10
// seconds; see Patience). It is closed at the end of the test.
type WebSocket struct {
	t    testing.TB
	res  *Response
	conn io.ReadWriteCloser
	in   *bufio.Reader
}

// Upgrade asks for a WebSocket, as WebSocket does, for answers that refuse it.
func Upgrade() Option {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // it never fails
	key := base64.StdEncoding.EncodeToString(nonce[:])
	return func(r *request) {
		for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Origin": r.http.URL.Scheme + "://" + r.http.Host,
			"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key} {
			r.http.Header.Set(name, value)
		}
	}
}

// WebSocket opens a WebSocket. It fails the test if the handler does not accept it. The header Sec-WebSocket-Protocol
// names subprotocols.
func (c *Client) WebSocket(target string, options ...Option) *WebSocket {
	c.t.Helper()
	res := c.GET(target, append([]Option{Upgrade()}, options...)...)
	res.Want(http.StatusSwitchingProtocols)
	key := res.request.http.Header.Get("Sec-WebSocket-Key")
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // section 4.2.2
	if got := res.answer.Header.Get("Sec-WebSocket-Accept"); got != base64.StdEncoding.EncodeToString(sum[:]) {
		res.fatal("Sec-WebSocket-Accept is %q, which does not fit the key", got)
	}
	conn, ok := res.answer.Body.(io.ReadWriteCloser)
	if !ok {
		res.fatal("the connection cannot be written to")
	}
	return &WebSocket{t: c.t, res: res, conn: conn, in: bufio.NewReader(conn)}
}

// HTTP returns the answer that has opened the WebSocket.
func (ws *WebSocket) HTTP() *http.Response { return ws.res.answer }

// Send sends a text.
func (ws *WebSocket) Send(text string) {
	ws.t.Helper()
	ws.must("Send", ws.write(opText, []byte(text)))
}

// SendBinary sends a binary message.
func (ws *WebSocket) SendBinary(data []byte) {
	ws.t.Helper()
	ws.must("SendBinary", ws.write(opBinary, data))
}

// SendJSON sends a value as JSON in a text; see the option JSON.
func (ws *WebSocket) SendJSON(value any) {
	ws.t.Helper()
	text, err := asJSON(value)
	ws.must("SendJSON", err)
	ws.Send(string(text))
}

// Ping sends a ping and waits for its pong. Messages must not come before it.
func (ws *WebSocket) Ping() {
	ws.t.Helper()
	ws.must("Ping", ws.write(opPing, []byte("ping")))
	ws.must("Ping", ws.within("no pong", func() error {
		op, _, data, err := ws.frame()
		if err == nil && (op != opPong || string(data) != "ping") {
			err = fmt.Errorf("a frame of the opcode %d came instead of the pong", op)
		}
		return err
	}))
}

// Receive returns the next message, a text.
func (ws *WebSocket) Receive() string {
	ws.t.Helper()
	return string(ws.receive("Receive", opText))
}

// ReceiveBinary returns the next message, a binary one.
func (ws *WebSocket) ReceiveBinary() []byte {
	ws.t.Helper()
	return ws.receive("ReceiveBinary", opBinary)
}

func (ws *WebSocket) receive(what string, want byte) []byte {
	ws.t.Helper()
	var op byte
	var data []byte
	ws.must(what, ws.within("no message", func() (err error) {
		op, data, err = ws.message()
		return err
	}))
	switch {
	case op == opClose:
		code, reason := closing(data)
		ws.must(what, fmt.Errorf("the other end has closed: %d %s", code, reason))
	case op != want:
		ws.must(what, fmt.Errorf("a message of the opcode %d came, want %d: %s", op, want, quoted(string(data))))
	}
	return data
}

// Close closes the WebSocket in order, waits for the other end to do so, and returns its code. Messages that come
// before are dropped.
func (ws *WebSocket) Close(code int, reason string) int {
	ws.t.Helper()
	ws.must("Close", ws.write(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)))
	return ws.Closed()
}

// Closed waits until the other end closes, and returns its code: 1005 if it has none, 1006 if the connection
// broke off. Messages that come before are dropped.
func (ws *WebSocket) Closed() int {
	ws.t.Helper()
	code := 1006
	ws.must("Closed", ws.within("no close", func() error {
		for {
			op, data, err := ws.message()
			if err != nil {
				return nil
			}
			if op == opClose {
				code, _ = closing(data)
				_ = ws.write(opClose, data) // the answer, if the other end began
				return nil
			}
		}
	}))
	ws.end()
	return code
}

func (ws *WebSocket) end() {
	_ = ws.conn.Close() // it has ended
	ws.res.cancel()
	ws.res.wait()
}

func closing(data []byte) (code int, reason string) {
	if len(data) < 2 {
		return 1005, ""
	}
	return int(binary.BigEndian.Uint16(data)), string(data[2:])
}

func (ws *WebSocket) must(what string, err error) {
	ws.t.Helper()
	if err != nil {
		ws.res.fatal("WebSocket: %s: %v", what, err)
	}
}

// within runs a step, which fails if it is late: "no message in 10s". It closes the connection then.
func (ws *WebSocket) within(missing string, step func() error) (err error) {
	if !ws.res.within(func() { _ = ws.conn.Close() }, func() { err = step() }) {
		return fmt.Errorf("%s in %v", missing, ws.res.request.patience)
	}
	return err
}

// message reads a message, of one frame or more, or a close. It answers pings.
func (ws *WebSocket) message() (op byte, data []byte, err error) {
	for {
		frameOp, final, part, err := ws.frame()
		switch {
		case err != nil:
			return 0, nil, err
		case frameOp == opPing:
			if err := ws.write(opPong, part); err != nil {
				return 0, nil, err
			}
			continue
		case frameOp == opPong:
			continue
		case frameOp == opClose:
			return opClose, part, nil
		case (frameOp == opContinuation) != (op != 0):
			return 0, nil, errors.New("a message begins inside another one (section 5.4)")
		case frameOp != opContinuation:
			op = frameOp
		}
		if data = append(data, part...); len(data) > maxMessage {
			return 0, nil, errors.New("a message is longer than 16 MiB")
		}
		if final {
			return op, data, nil
		}
	}
}

// frame reads a frame (section 5.2). A server does not mask.
func (ws *WebSocket) frame() (op byte, final bool, data []byte, err error) {
	var head [8]byte
	if _, err = io.ReadFull(ws.in, head[:2]); err != nil {
		return 0, false, nil, err
	}
	op, final = head[0]&0x0f, head[0]&0x80 != 0
	size := uint64(head[1] & 0x7f)
	if head[0]&0x70 != 0 || head[1]&0x80 != 0 {
		return 0, false, nil, errors.New("a frame is masked, or has bits of an extension that was not asked for")
	}
	if extended := map[uint64]int{126: 2, 127: 8}[size]; extended > 0 {
		if _, err = io.ReadFull(ws.in, head[8-extended:]); err != nil {
			return 0, false, nil, err
		}
		clear(head[:8-extended])
		size = binary.BigEndian.Uint64(head[:])
	}
	if size > maxMessage {
		return 0, false, nil, errors.New("a frame is longer than 16 MiB")
	}
	data = make([]byte, size)
	_, err = io.ReadFull(ws.in, data)
	return op, final, data, err
}

// write writes a message in one frame, masked as a client's have to be (section 5.3).
func (ws *WebSocket) write(op byte, data []byte) error {
	frame := []byte{0x80 | op}
	switch size := len(data); {
	case size < 126:
		frame = append(frame, 0x80|byte(size))
	case size < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(size))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(size))
	}
	var mask [4]byte
	_, _ = rand.Read(mask[:]) // it never fails
	frame = append(frame, mask[:]...)
	for i, b := range data {
		frame = append(frame, b^mask[i%4])
	}
	return ws.within("the other end does not read what is sent: no end of it", func() error {
		_, err := ws.conn.Write(frame)
		return err
	})
}
