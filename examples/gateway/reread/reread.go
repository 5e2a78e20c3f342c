// Package reread has files that are read again when they change: nobody tells it, it looks when
// the file is used.
package reread

import (
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// every is how often it looks.
const every = time.Second

// maxFile is how large a file may be, in bytes.
const maxFile = 64 << 20

var errTooLarge = errors.New("it is larger than 64 MiB: write fewer lines")

// File is a file that has been parsed. Make one with Open.
type File[T any] struct {
	name  string
	parse func(text []byte) (T, error)
	log   *slog.Logger

	value  atomic.Pointer[T]
	looked atomic.Int64 // in nanoseconds of Unix time

	mu    sync.Mutex
	read  os.FileInfo // as it was when it was last read
	fault error       // of it now
}

// Open reads a file. A later version that parse refuses is logged, and does not count.
func Open[T any](name string, parse func(text []byte) (T, error), log *slog.Logger) (*File[T], error) {
	f := &File[T]{name: name, parse: parse, log: log}
	f.looked.Store(time.Now().UnixNano())
	return f, f.load()
}

// Get returns what the file says, as of the last second.
func (f *File[T]) Get() T {
	now, before := time.Now().UnixNano(), f.looked.Load()
	if now-before >= int64(every) && f.looked.CompareAndSwap(before, now) {
		f.mu.Lock()
		defer f.mu.Unlock()
		err := f.load()
		if err != nil && (f.fault == nil || err.Error() != f.fault.Error()) {
			f.log.Error("a file has changed and cannot be used: what it said before counts", "file", f.name, "error", err)
		}
		f.fault = err
	}
	return *f.value.Load()
}

// load reads the file if it is not the one that was read.
func (f *File[T]) load() error {
	info, err := os.Stat(f.name) // before it is read: what changes meanwhile is seen the next time
	if err != nil {
		return err
	}
	if f.read != nil && os.SameFile(info, f.read) && info.ModTime().Equal(f.read.ModTime()) && info.Size() == f.read.Size() {
		return f.fault
	}
	if info.Size() > maxFile {
		return errTooLarge
	}
	text, err := os.ReadFile(f.name)
	if err != nil {
		return err
	}
	f.read = info
	value, err := f.parse(text)
	if err == nil && f.value.Swap(&value) != nil {
		f.log.Info("a file has changed and is used", "file", f.name)
	}
	return err
}
