package session

import (
	"encoding/gob"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The codec is not part of the API, so these tests are inside the package.

type cart struct{ Items []string }

func init() { gob.Register(cart{}) }

func TestCodecThereAndBack(t *testing.T) {
	deadline := time.Now().UTC().Truncate(0)
	values := map[string]any{
		"": "no key", userKey: "ann", "empty": "", "bytes": []byte{0, 255}, "int": -7, "long": int64(math.MinInt64),
		"float": math.Inf(-1), "yes": true, "no": false, "time": deadline, "cart": cart{[]string{"tea"}},
	}
	data, err := codec{}.Encode(deadline, values)
	require.NoError(t, err)
	when, got, err := codec{}.Decode(data)
	require.NoError(t, err)
	assert.Equal(t, deadline, when)
	assert.Equal(t, values, got)
	_, err = codec{}.Encode(deadline, map[string]any{"key": make(chan int)})
	assert.ErrorContains(t, err, `"key": gob: type not registered`)
}

func TestCodecRefusesOtherData(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":       "",
		"a key alone":   "\x00\x01k",
		"a long key":    "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01k",
		"no value":      "\x00\x01k\x00",
		"half a value":  "\x00\x01k\x03s1",
		"no such type":  "\x00\x01k\x01?",
		"no number":     "\x00\x01k\x02ix",
		"no bool":       "\x00\x01k\x02bx",
		"no gob":        "\x00\x01k\x02gx",
		"an older form": "\x00\x01ks\x03ann",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := codec{}.Decode([]byte(data))
			assert.ErrorIs(t, err, errData)
		})
	}
}

// What is decoded is the same once it was encoded again.
func FuzzCodec(f *testing.F) {
	data, err := codec{}.Encode(time.Now(), map[string]any{"s": "text", "i": 1, "b": true, "t": time.Now(), "c": cart{}})
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		when, values, err := codec{}.Decode(data)
		if err != nil {
			return
		}
		again, err := codec{}.Encode(when, values)
		if err != nil {
			return // a time of a strange zone
		}
		when2, values2, err := codec{}.Decode(again)
		require.NoError(t, err)
		require.True(t, when.Equal(when2))
		require.Len(t, values2, len(values))
	})
}
