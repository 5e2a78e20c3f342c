//go:build unix

package middleware_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func TestStaticOpensNoPipe(t *testing.T) {
	root := site(t)
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644); err != nil {
		t.Skip("no pipes here: ", err)
	}
	r := dram.New()
	r.NoRoute(middleware.Static(middleware.StaticConfig{Root: root}))
	assert.Equal(t, 404, get(r, "/pipe").Code) // and does not wait for a writer
}
