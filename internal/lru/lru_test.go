package lru_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/lru"
)

// thing is a value whose text says what it is: "e" has ended, "p" must stay; its length
// is its size.
type thing string

func has(letter string) func(*thing) bool {
	return func(v *thing) bool { return strings.Contains(string(*v), letter) }
}

func newMap(max, maxBytes int) *lru.Map[thing] {
	return &lru.Map[thing]{
		Max: max, Ended: has("e"), Pinned: has("p"),
		MaxBytes: maxBytes, Size: func(v *thing) int { return len(*v) },
	}
}

// keys are those of a to z that are there. It changes their order.
func keys(m *lru.Map[thing]) (found string) {
	for c := 'a'; c <= 'z'; c++ {
		if m.Get(string(c)) != nil {
			found += string(c)
		}
	}
	return found
}

func TestMap(t *testing.T) {
	tests := []struct {
		name          string
		max, maxBytes int
		do            string // "a=text" puts, "a" gets, "-a" removes
		want          string
	}{
		{"room for all", 3, 99, "a=x b=x c=x", "abc"},
		{"the oldest goes", 2, 99, "a=x b=x c=x", "bc"},
		{"what was used stays", 2, 99, "a=x b=x a c=x", "ac"},
		{"putting is using", 2, 99, "a=x b=x a=y c=x", "ac"},
		{"a value in place of another needs no room", 2, 99, "a=x b=x b=y", "ab"},
		{"what must stay stays", 2, 99, "a=p b=x c=x", "ac"},
		{"no room", 2, 99, "a=p b=p c=x", "ab"},
		{"what has ended need not stay", 2, 99, "a=p b=pe c=x", "ac"},
		{"two that have ended go for each", 9, 99, "a=x b=e c=e d=e a e=x", "ade"},
		{"only the oldest are looked at", 9, 99, "a=x b=e c=x", "abc"},
		{"a removed one makes room", 2, 99, "a=p b=p -a c=x", "bc"},
		{"removing what is not there", 2, 99, "-a b=x", "b"},
		{"bytes", 9, 6, "a=xx b=xx c=xx d=xx", "bcd"},
		{"a large one takes the place of several", 9, 6, "a=xx b=xx c=xx d=xxxx", "cd"},
		{"one that grows", 9, 6, "a=xx b=xx a=xxxxx", "a"},
		{"one that shrinks", 9, 6, "a=xxxxx a=x b=xxxxx", "ab"},
		{"one larger than all bytes is the only one", 9, 6, "a=x b=xxxxxxxxx", "b"},
		{"bytes of what must stay", 9, 6, "a=pppp b=xx c=xxx", "ac"},
		{"removing gives bytes back", 9, 6, "a=xxxxxx -a b=xxxxxx", "b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMap(tt.max, tt.maxBytes)
			for _, step := range strings.Fields(tt.do) {
				if key, value, put := strings.Cut(step, "="); put {
					m.Put(key, thing(value))
				} else if key, removed := strings.CutPrefix(step, "-"); removed {
					m.Remove(key)
				} else {
					m.Get(key)
				}
			}
			assert.Equal(t, len(tt.want), m.Len())
			assert.Equal(t, tt.want, keys(m))
		})
	}
}

func TestLiveDropsWhatHasEnded(t *testing.T) {
	m := newMap(9, 99)
	m.Put("a", "e")
	m.Put("b", "x")
	m.Put("c", "e")
	assert.Nil(t, m.Live("none"))
	assert.Nil(t, m.Live("c"))
	assert.Equal(t, thing("x"), *m.Live("b"))
	assert.Equal(t, 1, m.Len())
}

func TestPutReturnsWhereTheValueIs(t *testing.T) {
	m := newMap(1, 99)
	value := m.Put("a", "p")
	require.NotNil(t, value)
	*value = "pp"
	assert.Equal(t, thing("pp"), *m.Get("a"))
	assert.Nil(t, m.Put("b", "x"))
}

func TestWithoutOptionalFunctions(t *testing.T) {
	m := &lru.Map[int]{Max: 10, Ended: func(*int) bool { return false }}
	for i := range 100 {
		m.Put(strconv.Itoa(i), i)
	}
	assert.Equal(t, 10, m.Len())
	assert.Equal(t, 90, *m.Get("90"))
}
