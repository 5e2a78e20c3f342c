// Buffers for bodies that are put together before they are sent.
// See docs/internals/14-render.md.

package render

import (
	"bytes"
	"sync"
)

// maxPooled is the largest buffer, in bytes, that is kept for the next response.
// One response of 100 MB shall not cost 100 MB for ever.
const maxPooled = 64 << 10

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func getBuffer() *bytes.Buffer {
	return buffers.Get().(*bytes.Buffer)
}

// putBuffer gives b back. The caller must not use b or its bytes any more.
func putBuffer(b *bytes.Buffer) {
	if b.Cap() > maxPooled {
		return
	}
	b.Reset()
	buffers.Put(b)
}
