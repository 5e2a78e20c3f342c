package binding_test

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
)

// This file is what is just allowed, and errors of kinds that are rare.

func TestTextsOfTheMostBytesAreRead(t *testing.T) {
	var d struct {
		Duration time.Duration `form:"duration"`
		Time     time.Time     `form:"time" time_format:"unix"`
	}
	zeros := strings.Repeat("0", 512)
	require.NoError(t, mapForm(&d, form{"duration": {zeros[:510] + "1s"}, "time": {zeros[:511] + "1"}}))
	assert.Equal(t, time.Second, d.Duration)
	assert.EqualValues(t, 1, d.Time.Unix())
	for name, text := range map[string]string{"duration": zeros[:511] + "1s", "time": zeros + "1"} {
		assert.ErrorContains(t, mapForm(&d, form{name: {text}}), name)
	}
}

func TestTheMostItemsOfAListAreRead(t *testing.T) {
	var d struct {
		Items []string `form:"items" collection_format:"csv"`
	}
	require.NoError(t, mapForm(&d, form{"items": {strings.Repeat(",", 9_999)}}))
	assert.Len(t, d.Items, 10_000)
	err := mapForm(&d, form{"items": {strings.Repeat(",", 10_000)}})
	assert.ErrorContains(t, err, "must have at most 10000 items")
}

// A method that nobody is there for has read nothing, whichever decoder calls it.
func TestAMethodOfNobodyIsAnErrorInJSON(t *testing.T) {
	var d struct {
		A struct{ encoding.TextUnmarshaler }
		N int
	}
	for _, body := range []string{`{"A":"x"}`, `{"A":"x","N":"y"}`, `{"N":"y","A":"x"}`} {
		err := binding.JSON.BindBody([]byte(body), &d)
		assert.ErrorContains(t, err, `"A"`, body)
	}
}

func TestErrorsOfADecoderOfTheProgram(t *testing.T) {
	var d struct {
		Name int `json:"name"`
	}
	err := fmt.Errorf("outside: %w", json.Unmarshal([]byte(`{"name":"x"}`), &d))
	list := binding.FieldErrors(err)
	require.Len(t, list, 1)
	assert.Equal(t, "name must be an integer", list[0].Field+" "+list[0].Message)
	calls := 0
	assert.True(t, binding.EachFieldError(err, func(fe *binding.FieldError) { calls++ }))
	assert.Equal(t, 1, calls)
	assert.False(t, binding.EachFieldError(errors.New("another"), func(*binding.FieldError) { calls++ }))
	assert.Equal(t, 1, calls)
}

func TestANilPointerIsNamedAsTheMistakeThatItIs(t *testing.T) {
	err := binding.JSON.BindBody([]byte(`{}`), (*struct{})(nil))
	assert.ErrorContains(t, err, "pass a pointer")
	assert.Nil(t, binding.FieldErrors(err))
	require.NoError(t, binding.JSON.BindBody([]byte(`{}`), new(struct{})))
}

func TestAllOfARequestWithoutABodyAtAll(t *testing.T) {
	var d struct {
		A string `json:"a"`
	}
	req := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: http.Header{"Content-Type": {"application/json"}}}
	require.NoError(t, binding.All(req, nil, &d))
}

func TestAFormBeyondTheLimitIsTheReadersError(t *testing.T) {
	var d struct {
		A string `form:"a"`
	}
	req := bodyRequest("application/x-www-form-urlencoded", "a="+strings.Repeat("b", 100))
	req.Body = http.MaxBytesReader(httptest.NewRecorder(), req.Body, 50)
	var tooLarge *http.MaxBytesError
	assert.ErrorAs(t, binding.All(req, nil, &d), &tooLarge)
	assert.Empty(t, d.A)
}
