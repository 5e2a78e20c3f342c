// Package compress has codings for middleware.Compress and
// middleware.Decompress that the standard library lacks: zstd (RFC 8878),
// Brotli (RFC 7932), and a faster gzip (RFC 1952). See docs/contrib.md.
//
//	r.Use(middleware.Compress(middleware.CompressConfig{Encodings: compress.Encodings()}))
//	r.Use(middleware.Decompress(middleware.DecompressConfig{Decodings: compress.Decodings()}))
//
// Individual codings are compress.Zstd(level), compress.Brotli(level) and
// compress.Gzip(level). Level 0 is a balance of time and size for bodies that
// are compressed while the client waits. Compress files once, ahead of time:
// see middleware.Static.
//
// Decoders accept only window sizes that clients may expect (RFC 9659 for zstd)
// and allocate no more than that, whatever a body claims; middleware.Decompress
// limits the size of the output. No coding starts a goroutine.
package compress

import (
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

const (
	// maxWindow is the largest window that a zstd body may need: what every client
	// must be able to decode, and so may send (RFC 9659 section 3).
	maxWindow = 8 << 20
	// encoderWindow is how far back the encoder looks, that of level 0. Each
	// encoder holds as much memory.
	encoderWindow = 1 << 20
)

// Encodings returns the codings for middleware.CompressConfig, the best first:
// zstd, br and gzip, each at its level 0.
func Encodings() []middleware.Encoding {
	return []middleware.Encoding{Zstd(0), Brotli(0), Gzip(0)}
}

// Decodings returns the codings for middleware.DecompressConfig: zstd, br, gzip
// and deflate. Layers that are given the same result share its decoders.
func Decodings() map[string]middleware.Decoding {
	return map[string]middleware.Decoding{
		"zstd":    newZstdDecoding(),
		"br":      func(src io.Reader) (io.ReadCloser, error) { return io.NopCloser(brotli.NewReader(src)), nil },
		"gzip":    func(src io.Reader) (io.ReadCloser, error) { return gzip.NewReader(src) },
		"deflate": zlib.NewReader,
	}
}

// Gzip returns the coding gzip at a level from 1 (fast) to 9 (small); 0 is
// level 5. It panics at other levels.
func Gzip(level int) middleware.Encoding {
	level = levelOf("Gzip", level, 5, 9)
	return middleware.Encoding{Name: "gzip", New: func() middleware.Encoder {
		w, err := gzip.NewWriterLevel(io.Discard, level)
		layer.Must(err) // the level was checked
		return w
	}}
}

// Brotli returns the coding br at a level from 1 (fast) to 11 (small); 0 is
// level 4. It panics at other levels. From level 6 on it is too slow for a
// client that waits. An encoder of level 0 holds up to 15 MiB for bodies of
// several megabytes.
func Brotli(level int) middleware.Encoding {
	level = levelOf("Brotli", level, 4, brotli.BestCompression)
	return middleware.Encoding{Name: "br", New: func() middleware.Encoder {
		return brotli.NewWriterLevel(io.Discard, level)
	}}
}

// Zstd returns the coding zstd at a level from 1 (fast) to 4 (small); 0 is
// level 2. It panics at other levels. An encoder of level 0 holds about 3 MiB
// and is reused for further bodies: expect one for each body that is compressed
// at the same time.
func Zstd(level int) middleware.Encoding {
	level = levelOf("Zstd", level, 2, 4)
	return middleware.Encoding{Name: "zstd", New: func() middleware.Encoder {
		w, err := zstd.NewWriter(nil,
			zstd.WithEncoderLevel(zstd.EncoderLevel(level)),
			zstd.WithEncoderConcurrency(1), // in the caller's goroutine
			zstd.WithWindowSize(encoderWindow),
			zstd.WithLowerEncoderMem(true))
		layer.Must(err) // the options were checked
		return w
	}}
}

// levelOf checks a level and returns its default for 0.
func levelOf(coding string, level, usual, highest int) int {
	if level == 0 {
		return usual
	}
	if level < 1 || level > highest {
		panic(layer.Misconfigured("compress", coding, "level %d does not exist; write one from 1 (fast) to %d (small), or 0 for %d", level, highest, usual))
	}
	return level
}

// newZstdDecoding returns a Decoding that reuses its decoders: making one costs
// more than decoding a short body.
func newZstdDecoding() middleware.Decoding {
	pool := &sync.Pool{New: func() any {
		r, err := zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(1), // in the caller's goroutine
			zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
		layer.Must(err) // the options are right
		return r
	}}
	return func(src io.Reader) (io.ReadCloser, error) {
		r := pool.Get().(*zstd.Decoder)
		if err := r.Reset(src); err != nil {
			return nil, err
		}
		return &zstdBody{r, pool}, nil
	}
}

// zstdBody is a decoder that is returned to its pool once.
type zstdBody struct {
	decoder *zstd.Decoder
	pool    *sync.Pool
}

func (b *zstdBody) Read(p []byte) (int, error) {
	if b.decoder == nil {
		return 0, io.ErrClosedPipe
	}
	return b.decoder.Read(p)
}

func (b *zstdBody) Close() error {
	if r := b.decoder; r != nil {
		b.decoder = nil
		if r.Reset(nil) == nil { // which lets go of the body
			b.pool.Put(r)
		}
	}
	return nil
}
