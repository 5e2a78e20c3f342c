package render

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A huge response leaves nothing huge in the pools.
func TestLargeBuffersAreNotKept(t *testing.T) {
	large := getBuffer()
	large.Grow(maxPooled + 1)
	putBuffer(large)
	for range 10 {
		assert.NotSame(t, large, getBuffer())
	}

	small := getBuffer()
	small.WriteString("left behind")
	putBuffer(small)
	assert.Zero(t, getBuffer().Len(), "a buffer comes back empty")
}

// A stream that waits in the pool holds no response alive, and one that wrote a
// large body does not wait there, since its encoder may have kept the memory.
func TestStreamsAreGivenBackClean(t *testing.T) {
	for _, v := range []any{"small", strings.Repeat("x", maxPooled), func() {}} {
		_ = WriteJSON(httptest.NewRecorder(), v)
		for range 10 {
			s := jsonStreams.Get().(*jsonStream)
			assert.Nil(t, s.w)
			assert.NoError(t, s.err)
			assert.False(t, s.large)
		}
	}
}
