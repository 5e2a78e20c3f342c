package reread_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/reread"
)

func number(text []byte) (int, error) { return strconv.Atoi(string(text)) }

func TestAFileThatChangesCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		name := filepath.Join(t.TempDir(), "n")
		write := func(text string) { require.NoError(t, os.WriteFile(name, []byte(text), 0o600)) }
		write("1")
		f, err := reread.Open(name, number, slog.New(slog.NewTextHandler(&log, nil)))
		require.NoError(t, err)
		write("22")
		assert.Equal(t, 1, f.Get(), "it does not look each time")
		time.Sleep(time.Second)
		assert.Equal(t, 22, f.Get())
		write("three")
		time.Sleep(time.Second)
		assert.Equal(t, 22, f.Get(), "one that is wrong does not count")
		time.Sleep(time.Second)
		assert.Equal(t, 22, f.Get())
		assert.Equal(t, 1, strings.Count(log.String(), "three"), "and is told of once")
		require.NoError(t, os.Remove(name))
		time.Sleep(time.Second)
		assert.Equal(t, 22, f.Get())
		time.Sleep(time.Second)
		f.Get()
		assert.Equal(t, 1, strings.Count(log.String(), "no such file"))
		write("4444")
		time.Sleep(time.Second)
		assert.Equal(t, 4444, f.Get())
	})
	_, err := reread.Open(filepath.Join(t.TempDir(), "none"), number, slog.Default())
	assert.ErrorIs(t, err, os.ErrNotExist)
}
