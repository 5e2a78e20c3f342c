package h1

import (
	"bytes"
	"errors"
	"net"
)

// This file is what was read of a connection and not used yet.

// inputSize is the size of the buffer. It grows for a head that is longer, and shrinks
// behind it.
const inputSize = 4096

// input is the buffer of a connection: buf[r:w] is to be used.
type input struct {
	rwc  net.Conn
	buf  []byte
	r, w int
	err  error // of the last read; there is no further one
}

func (in *input) data() []byte { return in.buf[in.r:in.w] }

// room moves what is there to the front of the buffer if it has reached the end, and doubles
// a buffer that is full.
func (in *input) room() {
	switch {
	case in.r == in.w:
		in.r, in.w = 0, 0
	case in.w < len(in.buf):
		return
	case in.r > 0:
		in.w = copy(in.buf, in.data())
		in.r = 0
	default:
		grown := make([]byte, 2*len(in.buf))
		copy(grown, in.buf)
		in.buf = grown
	}
}

// fill reads once.
func (in *input) fill() error {
	if in.err != nil {
		return in.err
	}
	in.room()
	n, err := in.rwc.Read(in.buf[in.w:])
	in.w += n
	if n > 0 {
		if err != nil {
			in.err = err // for the next time
		}
		return nil
	}
	if err == nil {
		err = errors.New("dram: h1: the connection has read nothing, without an error")
	}
	return err
}

// shrink gives a large buffer back.
func (in *input) shrink() {
	if len(in.buf) > inputSize && in.w-in.r <= inputSize {
		small := make([]byte, inputSize)
		in.w = copy(small, in.data())
		in.buf, in.r = small, 0
	}
}

// headEnd returns the length of the head at the front of data: up to the first empty line,
// with it. The first from bytes are known to hold no end. It is 0 if there is none yet.
func headEnd(data []byte, from int) int {
	for i := max(0, from-3); ; i++ {
		next := bytes.IndexByte(data[i:], '\n')
		if next < 0 {
			return 0
		}
		switch i += next; {
		case i+1 < len(data) && data[i+1] == '\n':
			return i + 2
		case i+2 < len(data) && data[i+1] == '\r' && data[i+2] == '\n':
			return i + 3
		}
	}
}
