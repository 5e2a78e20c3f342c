package body_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/body"
)

// limited is a body of size bytes.
func limited(size int, limit, length int64) (*body.Limited, *strings.Reader) {
	source := strings.NewReader(strings.Repeat("x", size))
	return &body.Limited{ReadCloser: io.NopCloser(source), Limit: limit, Length: length}, source
}

func TestLimited(t *testing.T) {
	tests := []struct {
		name          string
		size          int
		limit, length int64
		want          int // bytes that are read
		tooLarge      bool
	}{
		{"below", 9, 10, 9, 9, false},
		{"at the limit", 10, 10, 10, 10, false},
		{"beyond it, announced", 11, 10, 11, 0, true},
		{"beyond it, of unknown length", 11, 10, -1, 10, true},
		{"empty, at a limit of nothing", 0, 0, 0, 0, false},
		{"beyond a limit of nothing", 1, 0, -1, 0, true},
		{"no limit", 100, -1, 100, 100, false},
	}
	for _, tt := range tests {
		for _, chunk := range []int{1, 3, 512} {
			t.Run(tt.name, func(t *testing.T) {
				b, source := limited(tt.size, tt.limit, tt.length)
				data, err := readBy(b, chunk)
				assert.Len(t, data, tt.want)
				assert.Equal(t, tt.tooLarge, b.Exceeded())
				if !tt.tooLarge {
					require.NoError(t, err)
					return
				}
				var tooLarge *http.MaxBytesError
				require.ErrorAs(t, err, &tooLarge)
				assert.Equal(t, tt.limit, tooLarge.Limit)
				assert.Equal(t, "http: request body too large", err.Error())
				assert.LessOrEqual(t, tt.size-source.Len(), tt.want+1, "one byte more is enough to know")
				_, again := b.Read(make([]byte, 1))
				assert.Equal(t, err, again)
			})
		}
	}
}

// readBy is io.ReadAll with reads of so many bytes.
func readBy(r io.Reader, chunk int) (data []byte, err error) {
	for p := make([]byte, chunk); ; {
		n, err := r.Read(p)
		if data = append(data, p[:n]...); errors.Is(err, io.EOF) {
			return data, nil
		} else if err != nil {
			return data, err
		}
	}
}

func TestLimitedWhoseLimitIsChangedBeforeTheFirstRead(t *testing.T) {
	for limit, want := range map[int64]int{-1: 20, 5: 0, 20: 20} {
		b, _ := limited(20, 10, 20)
		b.Limit = limit
		data, err := io.ReadAll(b)
		assert.Len(t, data, want)
		assert.Equal(t, want == 0, body.IsTooLarge(err))
	}
}

func TestLimitedTellsOfALimitInside(t *testing.T) {
	inner, _ := limited(20, 10, -1)
	outer := &body.Limited{ReadCloser: inner, Limit: 15}
	_, err := io.ReadAll(outer)
	require.True(t, body.IsTooLarge(err))
	assert.True(t, outer.Exceeded())
}

func TestBoundGivesTheBodyBack(t *testing.T) {
	for _, kept := range []bool{true, false} {
		req := httptest.NewRequest("POST", "/", strings.NewReader("12345"))
		before := req.Body
		b := body.Bound(req, 4, kept)
		_, err := io.ReadAll(req.Body)
		require.True(t, body.IsTooLarge(err))
		assert.ErrorContains(t, err, "more than the 4 bytes that may be read into memory; raise Engine.MaxBodyMemory")
		assert.Equal(t, err, b.TooLarge())
		b.Release(req)
		assert.True(t, before == req.Body)
	}
}

func TestReleaseLeavesABodyThatSomebodyHasPutAround(t *testing.T) {
	req := httptest.NewRequest("POST", "/", strings.NewReader("12345"))
	b := body.Bound(req, 4, false)
	around := io.NopCloser(req.Body)
	req.Body = around
	b.Release(req)
	assert.True(t, around == req.Body)
	(*body.InMemory)(nil).Release(req)
}
