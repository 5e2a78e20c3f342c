package compress_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/compress"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

var text = strings.Repeat("All work and no play makes Jack a dull boy. ", 200)

// serving compresses and decompresses: GET / is the text, POST / says how long a
// body was.
func serving() *dram.Engine {
	r := dram.New()
	r.Use(middleware.Compress(middleware.CompressConfig{Encodings: compress.Encodings()}))
	r.Use(middleware.Decompress(middleware.DecompressConfig{Decodings: compress.Decodings()}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "%s", text) })
	r.GET("/stream", func(c *dram.Context) {
		c.Header("Content-Type", "text/plain")
		_, _ = c.Writer.WriteString("first")
		c.Writer.Flush()
		_, _ = c.Writer.WriteString(" second")
	})
	r.POST("/", func(c *dram.Context) {
		n, err := io.Copy(io.Discard, c.Request.Body)
		if err == nil {
			c.String(http.StatusOK, "%d", n)
		}
	})
	return r
}

func get(h http.Handler, target, accept string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodGet, target, nil)
	req.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func post(h http.Handler, coding string, body []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	req.Header.Set("Content-Encoding", coding)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// encode returns a body in a coding of ours.
func encode(t testing.TB, encoding middleware.Encoding, body io.Reader) []byte {
	var buf bytes.Buffer
	w := encoding.New()
	w.Reset(&buf)
	_, err := io.Copy(w, body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// decode returns what a body of a coding was.
func decode(t testing.TB, coding string, body io.Reader) string {
	r, err := compress.Decodings()[coding](body)
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return string(plain)
}

func TestCodingsThereAndBack(t *testing.T) {
	r := serving()
	for _, tt := range []struct{ accept, want string }{
		{"gzip", "gzip"}, {"br", "br"}, {"zstd", "zstd"},
		{"gzip, deflate, br, zstd", "zstd"}, {"gzip, br", "br"}, {"gzip;q=1, br;q=0.1", "gzip"},
	} {
		t.Run(tt.accept, func(t *testing.T) {
			for range 3 { // encoders and decoders are used again
				w := get(r, "/", tt.accept)
				require.Equal(t, tt.want, w.Header().Get("Content-Encoding"))
				assert.Less(t, w.Body.Len(), len(text)/20)
				body := w.Body.Bytes()
				assert.Equal(t, text, decode(t, tt.want, bytes.NewReader(body)))
				assert.Equal(t, fmt.Sprint(len(text)), post(r, tt.want, body).Body.String())
			}
		})
	}
}

func TestLevels(t *testing.T) {
	for name, tt := range map[string]struct {
		coding  func(int) middleware.Encoding
		highest int
	}{"gzip": {compress.Gzip, 9}, "br": {compress.Brotli, 11}, "zstd": {compress.Zstd, 4}} {
		t.Run(name, func(t *testing.T) {
			for level := range tt.highest + 1 {
				encoding := tt.coding(level)
				assert.Equal(t, name, encoding.Name)
				assert.Equal(t, text, decode(t, name, bytes.NewReader(encode(t, encoding, strings.NewReader(text)))))
			}
			for _, level := range []int{-1, tt.highest + 1} {
				var fault *middleware.ConfigError
				assert.ErrorAs(t, recovered(func() { tt.coding(level) }), &fault)
			}
		})
	}
}

// recovered returns the error that f panics with.
func recovered(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}

func TestFlushReachesTheClient(t *testing.T) {
	server := httptest.NewServer(serving())
	defer server.Close()
	for _, coding := range []string{"gzip", "br", "zstd"} {
		t.Run(coding, func(t *testing.T) {
			req, err := http.NewRequest(http.MethodGet, server.URL+"/stream", nil)
			require.NoError(t, err)
			req.Header.Set("Accept-Encoding", coding)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			assert.Equal(t, coding, resp.Header.Get("Content-Encoding"))
			assert.Equal(t, "first second", decode(t, coding, resp.Body))
		})
	}
}

// zeros is a body without end of one letter.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A few kilobytes that become gigabytes, in each coding.
func TestBombs(t *testing.T) {
	r := serving()
	for _, encoding := range compress.Encodings() {
		t.Run(encoding.Name, func(t *testing.T) {
			bomb := encode(t, encoding, io.LimitReader(zeros{}, 16<<20))
			require.Less(t, len(bomb), 128<<10)
			assert.Equal(t, http.StatusRequestEntityTooLarge, post(r, encoding.Name, bomb).Code)
		})
	}
}

// A header of a few bytes that asks for a window of gigabytes.
func TestZstdWindowIsBounded(t *testing.T) {
	var buf bytes.Buffer
	w, err := zstd.NewWriter(&buf, zstd.WithWindowSize(512<<20), zstd.WithEncoderConcurrency(1), zstd.WithSingleSegment(false))
	require.NoError(t, err)
	_, err = w.Write([]byte("short"))
	require.NoError(t, err)
	require.NoError(t, w.Flush())
	_, err = w.Write([]byte("er"))
	require.NoError(t, err)
	require.NoError(t, w.Close())

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	answer := post(serving(), "zstd", buf.Bytes())
	runtime.ReadMemStats(&after)
	assert.Empty(t, answer.Body.String(), "the handler could not read the body")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20))

	body, err := compress.Decodings()["zstd"](bytes.NewReader(buf.Bytes()))
	if err == nil {
		_, err = io.ReadAll(body)
	}
	assert.ErrorIs(t, err, zstd.ErrWindowSizeExceeded)
}

func TestBrokenBodies(t *testing.T) {
	r := serving()
	for coding := range compress.Decodings() {
		t.Run(coding, func(t *testing.T) {
			for _, body := range []string{"\x00", "this is not a compressed body", strings.Repeat("\xff", 100)} {
				_, err := decodeAll(coding, body)
				require.Error(t, err)
				assert.NotEqual(t, fmt.Sprint(len(body)), post(r, coding, []byte(body)).Body.String())
			}
		})
	}
	body, err := compress.Decodings()["zstd"](strings.NewReader(""))
	require.NoError(t, err)
	require.NoError(t, body.Close())
	require.NoError(t, body.Close(), "closing twice is not an error")
	_, err = body.Read(nil)
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}

func decodeAll(coding, body string) ([]byte, error) {
	r, err := compress.Decodings()[coding](strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, 1<<20))
}

func TestNoGoroutineIsLeft(t *testing.T) {
	r := serving()
	before := runtime.NumGoroutine()
	for range 20 {
		get(r, "/", "zstd")
		post(r, "zstd", get(r, "/", "zstd").Body.Bytes())
	}
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, time.Minute, time.Millisecond)
}

// A body of any bytes is an error or a plain body, in bounded memory.
func FuzzDecodings(f *testing.F) {
	for _, encoding := range compress.Encodings() {
		f.Add(encoding.Name, encode(f, encoding, strings.NewReader(text)))
	}
	f.Fuzz(func(t *testing.T, coding string, body []byte) {
		if _, ok := compress.Decodings()[coding]; !ok {
			return
		}
		plain, err := decodeAll(coding, string(body))
		if err != nil || len(plain) == 1<<20 {
			return
		}
		if coding == "br" { // what is decoded is what the library itself decodes
			want, err := io.ReadAll(brotli.NewReader(bytes.NewReader(body)))
			require.NoError(t, err)
			require.Equal(t, want, plain)
		}
	})
}

func Example() {
	r := dram.New()
	r.Use(middleware.Compress(middleware.CompressConfig{Encodings: compress.Encodings()}))
	r.Use(middleware.Decompress(middleware.DecompressConfig{Decodings: compress.Decodings()}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "%s", text) })

	w := get(r, "/", "gzip, deflate, br, zstd")
	fmt.Println(len(text), "bytes of text as", w.Header().Get("Content-Encoding"), "are fewer:", w.Body.Len() < 200)
	// Output: 8800 bytes of text as zstd are fewer: true
}

func BenchmarkCompress(b *testing.B) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	encodings := append(compress.Encodings(), middleware.Gzip(0))
	for i, encoding := range encodings {
		name := encoding.Name
		if i == 3 {
			name = "standard gzip"
		}
		b.Run(name, func(b *testing.B) {
			r := dram.New()
			r.Use(middleware.Compress(middleware.CompressConfig{Encodings: []middleware.Encoding{encoding}}))
			r.GET("/", func(c *dram.Context) { c.Data(http.StatusOK, "text/plain", []byte(text)) })
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			req.Header.Set("Accept-Encoding", encoding.Name)
			w := httptest.NewRecorder()
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				w.Body.Reset()
				clear(w.Header())
				r.ServeHTTP(w, req)
			}
		})
	}
}
