package session

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/alexedwards/scs/v2"
)

// This file turns sessions into bytes. encoding/gob describes its types anew in
// each message, which costs more than all the rest of a request; so what sessions
// mostly hold is written plainly, and only other types by gob.
//
// A session is its deadline, then each key with its value: a letter for the type,
// and the value. Texts have their length in front; numbers are varints.

// codec is the default scs.Codec.
type codec struct{}

var _ scs.Codec = codec{}

// errData is what a session is that was not written here, or was cut.
var errData = errors.New("dram: contrib/session: the store holds something that is no session")

// Encode writes a session.
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	b := binary.AppendVarint(make([]byte, 0, 128), deadline.UnixNano())
	for key, value := range values {
		b = appendText(b, key)
		switch value := value.(type) {
		case string:
			b = appendText(append(b, 's'), value)
		case []byte:
			b = appendText(append(b, 'x'), string(value))
		case int:
			b = binary.AppendVarint(append(b, 'i'), int64(value))
		case int64:
			b = binary.AppendVarint(append(b, 'l'), value)
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, 'f'), math.Float64bits(value))
		case bool:
			b = append(b, map[bool]byte{true: 'T', false: 'F'}[value])
		case time.Time:
			text, err := value.MarshalBinary()
			if err != nil {
				return nil, fmt.Errorf("dram: contrib/session: %q: %w", key, err)
			}
			b = appendText(append(b, 't'), string(text))
		default:
			var buf bytes.Buffer
			if err := gob.NewEncoder(&buf).Encode(&value); err != nil {
				return nil, fmt.Errorf("dram: contrib/session: %q: %w", key, err)
			}
			b = appendText(append(b, 'g'), buf.String())
		}
	}
	return b, nil
}

// Decode reads a session.
func (codec) Decode(data []byte) (time.Time, map[string]any, error) {
	r := reader{rest: data}
	deadline, values := time.Unix(0, r.varint()).UTC(), map[string]any{}
	for len(r.rest) > 0 && r.err == nil {
		key := r.text()
		value := r.value()
		if r.err != nil {
			break
		}
		values[string(key)] = value
	}
	return deadline, values, r.err
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// reader reads until something is wrong, and then nothing more.
type reader struct {
	rest []byte
	err  error
}

// take is the next n bytes; nil if there are fewer.
func (r *reader) take(n uint64) []byte {
	if r.err != nil || n > uint64(len(r.rest)) {
		r.rest, r.err = nil, errData
		return nil
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) varint() int64 {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.err = errData
		return 0
	}
	r.take(uint64(size))
	return n
}

func (r *reader) text() []byte {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.err = errData
		return nil
	}
	r.take(uint64(size))
	return r.take(n)
}

// value reads a type's letter and a value of it.
func (r *reader) value() (value any) {
	kind := r.take(1)
	if kind == nil {
		return nil
	}
	switch kind[0] {
	case 's':
		return string(r.text())
	case 'x':
		return bytes.Clone(r.text()) // the store may keep what it gave
	case 'i':
		return int(r.varint())
	case 'l':
		return r.varint()
	case 'f':
		if bits := r.take(8); bits != nil {
			return math.Float64frombits(binary.BigEndian.Uint64(bits))
		}
	case 'T', 'F':
		return kind[0] == 'T'
	case 't':
		var t time.Time
		r.note(t.UnmarshalBinary(r.text()))
		return t
	case 'g':
		r.note(gob.NewDecoder(bytes.NewReader(r.text())).Decode(&value))
		return value
	default:
		r.note(errData)
	}
	return nil
}

// note notes an error, unless there was one.
func (r *reader) note(err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%w: %w", errData, err)
	}
}
