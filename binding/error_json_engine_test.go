package binding_test

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec/json"
)

// ownNull refuses null.
type ownNull struct{ text string }

func (o *ownNull) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return errors.New("not null")
	}
	o.text = string(text)
	return nil
}

func TestNullIsForThePointerAndNotForItsType(t *testing.T) {
	var in struct {
		P *ownNull                  `json:"p"`
		O binding.Optional[ownNull] `json:"o"`
		V ownNull                   `json:"v"`
		N string                    `json:"n"`
	}
	assert.Equal(t, []string{"json n type"}, told(binding.JSON.BindBody([]byte(`{"p":null,"o":null,"n":1}`), &in)))
	assert.Equal(t, []string{"json v type", "json n type"}, told(binding.JSON.BindBody([]byte(`{"v":null,"n":1}`), &in)))
}

func TestMessagesOfUnusualTypes(t *testing.T) {
	type uuid struct{ ownNull }
	var in struct {
		E fmt.Stringer `json:"e"`
		P uintptr      `json:"p"`
		U uint8        `json:"u"`
		I uuid         `json:"i"`
	}
	for body, want := range map[string]string{
		`{"e":1}`:                    "cannot be read from JSON",
		`{"u":256}`:                  "must be an integer between 0 and 255",
		`{"p":18446744073709551616}`: fmt.Sprintf("must be an integer between 0 and %d", uint64(math.MaxUint)),
		`{"i":null}`:                 "is not valid",
	} {
		err := binding.JSON.BindBody([]byte(body), &in)
		require.Len(t, binding.FieldErrors(err), 1, body)
		assert.Equal(t, want, binding.FieldErrors(err)[0].Message, body)
	}
	assert.NoError(t, binding.JSON.BindBody([]byte(`{"e":null}`), &in))
}

// strict is an engine that takes a name as it is written, and once.
type strict struct{ json.Core }

func (s strict) Unmarshal(data []byte, v any) error {
	decoder := stdjson.NewDecoder(bytes.NewReader(data))
	seen := map[string]bool{}
	for depth := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		if delim, ok := token.(stdjson.Delim); ok && (delim == '{' || delim == '[') {
			depth++
		} else if ok {
			depth--
		} else if name, ok := token.(string); ok && depth == 1 {
			if seen[name] || name == "A" || name == "N" {
				return errors.New("this name")
			}
			seen[name] = true
		}
	}
	return s.Core.Unmarshal(data, v)
}

func TestNamesAreComparedAsTheEngineDoes(t *testing.T) {
	var in struct {
		N int    `json:"n"`
		S string `json:"s"`
	}
	const twice, folded = `{"n":1,"s":2,"n":3}`, `{"N":"x","s":2}`
	assert.Equal(t, []string{"json s type"}, told(binding.JSON.BindBody([]byte(twice), &in)))
	assert.Equal(t, []string{"json n type", "json s type"}, told(binding.JSON.BindBody([]byte(folded), &in)))
	engine := json.API
	json.API = strict{engine}
	defer func() { json.API = engine }()
	assert.Equal(t, []string{"json s type", "json n duplicate"}, told(binding.JSON.BindBody([]byte(twice), &in)))
	assert.Equal(t, []string{"json s type"}, told(binding.JSON.BindBody([]byte(folded), &in)))
}
