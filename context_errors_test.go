package dram_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type fieldMeta struct {
	Field  string `json:"field"`
	Hidden string `json:"-"`
}

func TestErrorJSON(t *testing.T) {
	cases := map[string]struct {
		meta any
		want string
	}{
		"no meta":                   {nil, `{"error":"boom"}`},
		"map is merged":             {dram.H{"code": 7}, `{"error":"boom","code":7}`},
		"map may replace error":     {map[string]any{"error": "nicer"}, `{"error":"nicer"}`},
		"map with other keys":       {map[int]string{1: "a"}, `{"error":"boom","1":"a"}`},
		"struct beside the message": {fieldMeta{"name", "x"}, `{"error":"boom","field":"name"}`},
		"struct may replace error": {struct {
			Error string `json:"error"`
		}{"mine"}, `{"error":"mine"}`},
		"struct that is not an object":   {time.Unix(0, 0).UTC(), `{"error":"boom","meta":"1970-01-01T00:00:00Z"}`},
		"struct that is null":            {nullStruct{}, `{"error":"boom","meta":null}`},
		"pointer to struct stands apart": {&fieldMeta{"name", ""}, `{"error":"boom","meta":{"field":"name"}}`},
		"other values stand under meta":  {[]int{1, 2}, `{"error":"boom","meta":[1,2]}`},
		"text":                           {"why", `{"error":"boom","meta":"why"}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			msg := (&dram.Error{Err: errors.New("boom")}).SetMeta(tc.meta)
			text, err := json.Marshal(msg)
			require.NoError(t, err)
			assert.JSONEq(t, tc.want, string(text))
		})
	}
}

type nullStruct struct{}

func (nullStruct) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

func TestErrorMetaThatCannotBeMarshalled(t *testing.T) {
	msg := (&dram.Error{Err: errors.New("boom")}).SetMeta(struct{ C chan int }{})
	_, err := json.Marshal(msg)
	require.Error(t, err)
	assert.Equal(t, "boom", msg.JSON().(dram.H)["error"])
}

func TestErrorIsAnError(t *testing.T) {
	msg := (&dram.Error{Err: io.ErrUnexpectedEOF}).SetType(dram.ErrorTypeBind)
	assert.Equal(t, "unexpected EOF", msg.Error())
	assert.ErrorIs(t, msg, io.ErrUnexpectedEOF)
	assert.True(t, msg.IsType(dram.ErrorTypeBind))
	assert.True(t, msg.IsType(dram.ErrorTypeAny))
	assert.True(t, msg.IsType(dram.ErrorTypeBind|dram.ErrorTypePublic))
	assert.False(t, msg.IsType(dram.ErrorTypePublic))
	assert.Equal(t, "", dram.Error{}.Error(), "an Error without Err does not panic")
	assert.NoError(t, dram.Error{}.Unwrap())
}

func TestErrorTypesAreBits(t *testing.T) {
	assert.EqualValues(t, uint64(1)<<63, dram.ErrorTypeBind)
	assert.EqualValues(t, uint64(1)<<62, dram.ErrorTypeRender)
	assert.EqualValues(t, 1, dram.ErrorTypePrivate)
	assert.EqualValues(t, 2, dram.ErrorTypePublic)
	assert.EqualValues(t, ^uint64(0), dram.ErrorTypeAny)
}

func TestErrorList(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	assert.Nil(t, c.Errors.Last())
	assert.Nil(t, c.Errors.Errors())
	assert.Nil(t, c.Errors.JSON())
	assert.Empty(t, c.Errors.String())
	assert.Empty(t, c.Errors.ByType(dram.ErrorTypeAny))
	assert.Nil(t, c.Errors.ByType(dram.ErrorTypeBind))

	_ = c.Error(errors.New("first")).SetMeta("why")
	text, err := json.Marshal(c.Errors)
	require.NoError(t, err)
	assert.JSONEq(t, `{"error":"first","meta":"why"}`, string(text), "one error is an object")

	_ = c.Error(errors.New("second")).SetType(dram.ErrorTypePublic)
	text, err = json.Marshal(c.Errors)
	require.NoError(t, err)
	assert.JSONEq(t, `[{"error":"first","meta":"why"},{"error":"second"}]`, string(text), "several are an array")

	assert.Equal(t, []string{"first", "second"}, c.Errors.Errors())
	assert.Equal(t, "second", c.Errors.Last().Error())
	assert.Equal(t, "Error #01: first\n     Meta: why\nError #02: second\n", c.Errors.String())
	assert.Equal(t, []string{"second"}, c.Errors.ByType(dram.ErrorTypePublic).Errors())
	assert.Len(t, c.Errors.ByType(dram.ErrorTypeAny), 2)
	assert.Len(t, c.Errors.ByType(dram.ErrorTypePublic|dram.ErrorTypePrivate), 2)
	assert.Empty(t, c.Errors.ByType(dram.ErrorTypeRender))

	c.Errors = append(c.Errors, &dram.Error{Err: errors.New("of no type")})
	assert.Len(t, c.Errors.ByType(dram.ErrorTypeAny), 3)
	assert.Len(t, c.Errors.ByType(dram.ErrorTypePublic|dram.ErrorTypePrivate), 2)
	c.Errors = c.Errors[:0]
	assert.Nil(t, c.Errors.ByType(dram.ErrorTypeAny))
}

func TestErrorListNumbers(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	for range 10 {
		_ = c.Error(errors.New("x"))
	}
	assert.Contains(t, c.Errors.String(), "Error #09: x\nError #10: x\n")
}
