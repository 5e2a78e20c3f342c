package session

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/alexedwards/scs/v2"
)

// This file encodes sessions. encoding/gob, which scs would use, describes its types
// anew in each message, which takes ten times the allocations of the rest of a request.
// So the usual types have an encoding of their own, and only others use gob.
//
// A session is encoded as its deadline, then each key and its value, prefixed with
// their lengths. A value begins with a letter for its type.

func init() { gob.Register(time.Time{}) }

// codec is the default scs.Codec.
type codec struct{}

// errData means that data was not written by this codec, or was truncated.
var errData = errors.New("dram: contrib/session: the store holds something that is not a session")

// Encode writes a session.
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	b := binary.AppendVarint(make([]byte, 0, 128), deadline.UnixNano())
	for key, value := range values {
		b = appendText(b, "", key)
		switch value := value.(type) {
		case string:
			b = appendText(b, "s", value)
		case int:
			b = appendText(b, "i", strconv.Itoa(value))
		case bool:
			b = appendText(b, "b", strconv.FormatBool(value))
		default:
			var buf bytes.Buffer
			if err := gob.NewEncoder(&buf).Encode(&value); err != nil {
				return nil, fmt.Errorf("%q: %w: pass a value of the type %T to gob.Register before the program serves, or put text", key, err, value)
			}
			b = appendText(b, "g", buf.String())
		}
	}
	return b, nil
}

func appendText(b []byte, kind, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(kind)+len(text)))
	return append(append(b, kind...), text...)
}

// Decode reads a session.
func (codec) Decode(data []byte) (deadline time.Time, values map[string]any, err error) {
	nanoseconds, size := binary.Varint(data)
	if size <= 0 {
		return deadline, nil, errData
	}
	values = make(map[string]any)
	for rest := data[size:]; len(rest) > 0; {
		var key, value []byte
		key, rest = cutText(rest)
		value, rest = cutText(rest)
		if len(value) == 0 {
			return deadline, nil, errData
		}
		if values[string(key)], err = decodeValue(value[0], value[1:]); err != nil {
			return deadline, nil, fmt.Errorf("%w: %q: %w", errData, key, err)
		}
	}
	return time.Unix(0, nanoseconds).UTC(), values, nil
}

// cutText returns the next text and the rest of the data; nothing if the data
// is truncated.
func cutText(b []byte) (text, rest []byte) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil
	}
	b = b[size:]
	return b[:n], b[n:]
}

// decodeValue reads a value of the type that the letter stands for.
func decodeValue(kind byte, text []byte) (value any, err error) {
	switch kind {
	case 's':
		return string(text), nil
	case 'i':
		return strconv.Atoi(string(text))
	case 'b':
		return strconv.ParseBool(string(text))
	case 'g':
		err = gob.NewDecoder(bytes.NewReader(text)).Decode(&value)
		return value, err
	}
	return nil, fmt.Errorf("no type is called %q", kind)
}

// errValue means that the program has put something into a session that is not for its codec.
var errValue = errors.New("the session has a value that cannot be encoded")

// lenient is a Codec whose Encode says so, and that decodes invalid data to a session that holds only the
// error: a type that is no longer registered must not lock a visitor out for
// the life of the cookie. Nor must a codec, or a type's own decoding, that panics.
type lenient struct{ scs.Codec }

// spoiltKey is the key of that error. It cannot be a key of handlers.
const spoiltKey = "\x00spoilt"

func (l lenient) Encode(deadline time.Time, values map[string]any) (data []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the codec panics: %v", value)
		}
		if err != nil {
			err = fmt.Errorf("%w: %w", errValue, err)
		}
	}()
	return l.Codec.Encode(deadline, values)
}

func (l lenient) Decode(data []byte) (deadline time.Time, values map[string]any, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the codec panics: %v", value)
		}
		if err != nil {
			deadline, values, err = time.Now(), map[string]any{spoiltKey: err}, nil
		}
	}()
	return l.Codec.Decode(data)
}
