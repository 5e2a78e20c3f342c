// What is allocated for a body whose elements are as small as can be: docs/reliability.md has the figures.
package binding_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/binding"
)

func TestWhatABodyBecomes(t *testing.T) {
	type wide struct{ A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T string }
	type ruled struct {
		A string `json:"a" binding:"required"`
	}
	list := "[" + strings.Repeat("{},", 1<<18) + "{}]"
	for name, tt := range map[string]struct {
		body string
		into any
		most uint64
	}{
		"an any":                    {list, new(any), 90},
		"structs of 20 strings":     {list, new([]wide), 1200},
		"structs that break a rule": {list, new([]ruled), 60},
		"the same, behind a dive": {`{"items":` + list + `}`, new(struct {
			Items []ruled `binding:"dive"`
		}), 300},
		"the same, and too many": {`{"items":` + list + `}`, new(struct {
			Items []ruled `binding:"max=1000,dive"`
		}), 60},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_ = binding.JSON.BindBody([]byte(tt.body), tt.into)
			runtime.ReadMemStats(&after)
			times := (after.TotalAlloc - before.TotalAlloc) / uint64(len(tt.body))
			t.Logf("%d bytes for each one", times)
			assert.Less(t, times, tt.most)
		})
	}
}
