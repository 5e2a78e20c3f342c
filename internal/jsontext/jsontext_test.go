package jsontext_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/jsontext"
)

func TestTextIsWhatEncodingJSONWrites(t *testing.T) {
	texts := []string{"", "plain", "ä", "\u2028\u2029", "two plain words", "long, and <not> plain", `C:\`, "\xff\xfe"}
	for c := range 0x100 {
		texts = append(texts, "a"+string(rune(c)), "a"+string([]byte{byte(c)}))
	}
	for _, text := range texts {
		want, err := json.Marshal(text)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(jsontext.AppendQuoted(nil, text)))
		assert.Equal(t, string(want), string(jsontext.AppendQuoted(nil, []byte(text))))
	}
}

func TestObject(t *testing.T) {
	b := jsontext.Append([]byte{'{'}, "a", "x")
	b = jsontext.AppendGiven(b, "left", "")
	b = jsontext.AppendGiven(b, "b", "<")
	assert.Equal(t, `{"a":"x","b":"\u003c"}`, string(jsontext.Close(b, '}')))
}
