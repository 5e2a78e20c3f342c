//go:build !linux

package main

import (
	"context"
	"errors"
	"io"
)

func measure(context.Context, io.Writer, load) error {
	return errors.New("measure reads Linux's /proc; run it on Linux, or read its table in examples/ladder/README.md")
}
