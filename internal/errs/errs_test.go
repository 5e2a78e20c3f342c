package errs_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/internal/errs"
)

// becoming is an error that errors.As makes another one of.
type becoming struct{ err *fs.PathError }

func (becoming) Error() string { return "becoming" }

func (b becoming) As(target any) bool {
	at, ok := target.(**fs.PathError)
	if ok {
		*at = b.err
	}
	return ok
}

func TestAsFindsWhatErrorsAsFinds(t *testing.T) {
	path := &fs.PathError{Op: "open", Err: io.EOF}
	for name, err := range map[string]error{
		"nil": nil, "itself": path, "another": io.EOF, "wrapped": fmt.Errorf("a: %w", path), "wrapped twice": fmt.Errorf("a: %w", fmt.Errorf("b: %w", path)),
		"one of several": errors.Join(io.EOF, fmt.Errorf("a: %w", path), &fs.PathError{}), "none of several": errors.Join(io.EOF, io.ErrNoProgress),
		"what it becomes": becoming{path}, "what is wrapped becomes": errors.Join(io.EOF, becoming{path}),
	} {
		var want *fs.PathError
		is := errors.As(err, &want)
		got, ok := errs.As[*fs.PathError](err)
		assert.Equal(t, is, ok, name)
		assert.Same(t, want, got, name)
	}
}
