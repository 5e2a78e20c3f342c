package decoding_test

import (
	"errors"
	"reflect"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/contrib/internal/decoding"
)

// here is where the functions of the tests are.
const here = "github.com/dram-go/dram/contrib/internal/decoding_test"

func TestOnlyPanicsOfTheLibraryAreErrors(t *testing.T) {
	var none *struct{ n int }
	for name, panics := range map[string]func() error{
		"its own":           func() error { panic("x") },
		"nil":               func() error { none.n = 1; return nil },
		"through reflect":   func() error { reflect.ValueOf(1).SetInt(2); return nil },
		"deeper in reflect": func() error { reflect.ValueOf(func() { none.n = 1 }).Call(nil); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, decoding.Within(here, panics), "cannot decode")
			require.Panics(t, func() { _ = decoding.Within("example.com/library", panics) })
		})
	}
	fault := errors.New("no document")
	require.ErrorIs(t, decoding.Within(here, func() error { return fault }), fault)
}

func TestEndOfTheGoroutineIsNotTakenForAPanic(t *testing.T) {
	ended := make(chan bool)
	returned := false
	go func() {
		defer close(ended)
		_ = decoding.Within(here, func() error { runtime.Goexit(); return nil })
		returned = true
	}()
	<-ended
	assert.False(t, returned)
}
