package faulttest

import (
	"bytes"
	"sync"
	"time"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// buffer is what several goroutines write, and the test reads meanwhile.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
