// This file checks a message in one pass before it is decoded. The library
// limits the nesting of what it decodes, but not of what it skips, such as a
// field that the struct does not have: there five megabytes of "array of one"
// exhaust the stack, which ends the process. It also allocates memory for
// elements that are announced but cannot follow.

package msgpack

import (
	"encoding/binary"
	"errors"
	"io"
)

// maxDepth is how deep arrays and maps may nest.
const maxDepth = 1000

var (
	// ErrTooDeep is returned by Unmarshal when arrays and maps nest more than
	// 1000 deep.
	ErrTooDeep = errors.New("dram: the MessagePack nests more than 1000 arrays and maps")
	// ErrTrailingData is returned by Unmarshal when something follows the value.
	ErrTrailingData = errors.New("dram: the MessagePack goes on after its value; send one value only")

	errInvalid = errors.New("dram: the byte 0xc1 starts no MessagePack value")
)

// check reports whether data is one complete value that nests at most maxDepth
// deep. It follows the MessagePack specification, section "Formats". For data
// that ends too early it returns io.ErrUnexpectedEOF, or io.EOF if data is
// empty.
func check(data []byte) error {
	if len(data) == 0 {
		return io.EOF
	}
	open := make([]uint64, 1, 16) // how many values each open collection lacks
	open[0] = 1
	for len(open) > 0 {
		last := len(open) - 1
		if open[last] == 0 {
			open = open[:last]
			continue
		}
		open[last]--
		size, children, err := measure(data)
		if err != nil {
			return err
		}
		// A value takes at least one byte.
		if size > uint64(len(data)) || children > uint64(len(data))-size {
			return io.ErrUnexpectedEOF
		}
		data = data[size:]
		if children == 0 {
			continue
		}
		if len(open) > maxDepth {
			return ErrTooDeep
		}
		open = append(open, children)
	}
	if len(data) > 0 {
		return ErrTrailingData
	}
	return nil
}

// measure returns the size in bytes of the value that data starts with, without
// its children, and their number: a map has two for each entry.
func measure(data []byte) (size, children uint64, err error) {
	if len(data) == 0 {
		return 0, 0, io.ErrUnexpectedEOF
	}
	switch c := data[0]; {
	case c <= 0x7f, c >= 0xe0, c == 0xc0, c == 0xc2, c == 0xc3: // small integers, nil, booleans
		return 1, 0, nil
	case c <= 0x8f: // fixmap
		return 1, 2 * uint64(c&0x0f), nil
	case c <= 0x9f: // fixarray
		return 1, uint64(c & 0x0f), nil
	case c <= 0xbf: // fixstr
		return 1 + uint64(c&0x1f), 0, nil
	case c == 0xc1: // never used
		return 0, 0, errInvalid
	case c >= 0xca && c <= 0xd3: // floats and integers
		return 1 + scalarSizes[c-0xca], 0, nil
	case c >= 0xd4 && c <= 0xd8: // fixext: a type, then 1, 2, 4, 8 or 16 bytes
		return 2 + 1<<(c-0xd4), 0, nil
	default:
		return measureCounted(data)
	}
}

// scalarSizes are the sizes of float 32 and 64, uint 8 to 64 and int 8 to 64.
var scalarSizes = [...]uint64{4, 8, 1, 2, 4, 8, 1, 2, 4, 8}

// measureCounted measures a value whose first byte is followed by a length.
func measureCounted(data []byte) (size, children uint64, err error) {
	c := data[0]
	width := counted[c]
	if uint64(len(data)) < 1+width {
		return 0, 0, io.ErrUnexpectedEOF
	}
	var wide [8]byte
	copy(wide[8-width:], data[1:1+width])
	n, head := binary.BigEndian.Uint64(wide[:]), 1+width
	switch c {
	case 0xdc, 0xdd: // array
		return head, n, nil
	case 0xde, 0xdf: // map
		return head, 2 * n, nil
	case 0xc7, 0xc8, 0xc9: // ext: a type, then the bytes
		return head + 1 + n, 0, nil
	}
	return head + n, 0, nil
}

// counted is the size of the length that follows a first byte.
var counted = map[byte]uint64{
	0xc4: 1, 0xc5: 2, 0xc6: 4, // bin
	0xc7: 1, 0xc8: 2, 0xc9: 4, // ext
	0xd9: 1, 0xda: 2, 0xdb: 4, // str
	0xdc: 2, 0xdd: 4, // array
	0xde: 2, 0xdf: 4, // map
}
