package render_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/render"
)

func TestReader(t *testing.T) {
	extra := map[string]string{"Content-Type": "forged/type", "content-length": "9", "X-Set": "new", "X-New": "new"}
	w := httptest.NewRecorder()
	w.Header().Set("X-Set", "old")
	r := render.Reader{ContentType: "a/b", ContentLength: 3, Reader: strings.NewReader("abc"), Headers: extra}
	require.NoError(t, r.Render(w))
	assert.Equal(t, "abc", w.Body.String())
	assert.Equal(t, http.Header{"Content-Type": {"a/b"}, "Content-Length": {"3"}, "X-Set": {"old"}, "X-New": {"new"}}, w.Header())
	assert.Len(t, extra, 4, "the caller's map is not written")

	w = httptest.NewRecorder()
	h := w.Header()
	require.NoError(t, render.Reader{ContentLength: -1, Reader: strings.NewReader("")}.Render(w))
	assert.Empty(t, h, "an unknown length and type are not set")

	w = httptest.NewRecorder()
	require.NoError(t, render.Reader{ContentType: "a/b", Reader: strings.NewReader("")}.Render(w))
	assert.Equal(t, "0", w.Header().Get("Content-Length"))

	w = httptest.NewRecorder()
	r.WriteContentType(w)
	assert.Equal(t, http.Header{"Content-Type": {"a/b"}}, w.Header())

	broken := io.MultiReader(strings.NewReader("ab"), failing{})
	require.ErrorIs(t, render.Reader{ContentLength: -1, Reader: broken}.Render(httptest.NewRecorder()), errGone)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errGone }

// What fails in its first read leaves the caller free to answer with an error.
func TestReaderThatFailsAtOnceSendsNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		reader io.Reader
		length int64
		want   error
	}{
		"no byte":                   {failing{}, -1, errGone},
		"no byte of a length":       {failing{}, 5, errGone},
		"bytes, then the error":     {&scripted{{"abc", errGone}}, -1, errGone},
		"nothing, then the error":   {&scripted{{"", nil}, {"", nil}, {"", errGone}}, -1, errGone},
		"through a LimitedReader":   {io.LimitReader(failing{}, 5), 5, errGone},
		"more than was promised":    {strings.NewReader("four"), 3, http.ErrContentLength},
		"more than an empty one":    {strings.NewReader("x"), 0, http.ErrContentLength},
		"all at once, and too long": {&scripted{{"four", io.EOF}}, 3, http.ErrContentLength},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			err := render.Reader{ContentType: "a/b", ContentLength: tt.length, Reader: tt.reader, Headers: map[string]string{"X-A": "1"}}.Render(w)
			require.ErrorIs(t, err, tt.want)
			assert.Empty(t, w.Header())
			assert.Empty(t, w.Body.String())
		})
	}
}

// scripted is a reader whose calls give these, and then io.EOF.
type scripted []struct {
	text string
	err  error
}

func (s *scripted) Read(p []byte) (int, error) {
	if len(*s) == 0 {
		return 0, io.EOF
	}
	now := (*s)[0]
	*s = (*s)[1:]
	return copy(p, now.text), now.err
}

func TestReaderCopiesAllThatComes(t *testing.T) {
	long := strings.Repeat("0123456789", 300)
	for name, reader := range map[string]func(text string) io.Reader{
		"in memory":          func(text string) io.Reader { return strings.NewReader(text) },
		"a buffer":           func(text string) io.Reader { return bytes.NewBufferString(text) },
		"a stream":           func(text string) io.Reader { return struct{ io.Reader }{strings.NewReader(text)} },
		"byte by byte":       func(text string) io.Reader { return iotest.OneByteReader(strings.NewReader(text)) },
		"EOF with the bytes": func(text string) io.Reader { return iotest.DataErrReader(strings.NewReader(text)) },
		"limited": func(text string) io.Reader {
			return io.LimitReader(strings.NewReader(text+"surplus"), int64(len(text)))
		},
	} {
		for _, text := range []string{"", "x", long[:511], long[:512], long[:513], long} {
			for _, length := range []int64{-1, int64(len(text))} {
				w := httptest.NewRecorder()
				require.NoError(t, render.Reader{ContentLength: length, Reader: reader(text)}.Render(w), "%s: %d bytes of %d", name, len(text), length)
				assert.Equal(t, text, w.Body.String(), "%s: %d bytes of %d", name, len(text), length)
			}
		}
	}
}

// net/http hands the rest of a reader to the connection as it is.
func TestReaderNeverSendsMoreThanItsLength(t *testing.T) {
	long := strings.Repeat("0123456789", 300)
	for _, length := range []int64{512, 513, 2999} {
		for name, reader := range map[string]io.Reader{
			"in memory": strings.NewReader(long),
			"a stream":  struct{ io.Reader }{strings.NewReader(long)},
			"limited":   io.LimitReader(strings.NewReader(long), int64(len(long))),
		} {
			w := httptest.NewRecorder()
			err := render.Reader{ContentLength: length, Reader: reader}.Render(w)
			require.ErrorIs(t, err, http.ErrContentLength, "%s: %d", name, length)
			assert.Equal(t, long[:length], w.Body.String(), "%s: %d", name, length)
		}
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Length", "600")
	err := render.Reader{ContentLength: -1, Reader: strings.NewReader(long)}.Render(w)
	require.ErrorIs(t, err, http.ErrContentLength, "the length that the header says counts")
	assert.Equal(t, long[:600], w.Body.String())
}

func TestReaderKeepsTheLimitOfALimitedReader(t *testing.T) {
	long := strings.Repeat("0123456789", 300)
	limited := &io.LimitedReader{R: strings.NewReader(long), N: 1000}
	w := httptest.NewRecorder()
	require.NoError(t, render.Reader{ContentLength: 2000, Reader: limited}.Render(w))
	assert.Equal(t, long[:1000], w.Body.String())
	assert.Zero(t, limited.N)
}

func TestReaderReportsWhatFailsLater(t *testing.T) {
	begin := strings.Repeat("x", 512)
	for name, tt := range map[string]struct {
		reader io.Reader
		length int64
		sent   string
	}{
		"second read":             {&scripted{{"ab", nil}, {"", errGone}}, -1, "ab"},
		"second read of a length": {&scripted{{"ab", nil}, {"", errGone}}, 5, "ab"},
		"behind the length":       {&scripted{{begin, nil}, {"ab", nil}, {"", errGone}}, 514, begin + "ab"},
	} {
		w := httptest.NewRecorder()
		require.ErrorIs(t, render.Reader{ContentLength: tt.length, Reader: tt.reader}.Render(w), errGone, name)
		assert.Equal(t, tt.sent, w.Body.String(), name)
	}
}

// A writer that can send files finds the file.
func TestReaderHandsOnTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("x"), 4000), 0o600))
	for name, tt := range map[string]struct {
		reader  func(*os.File) io.Reader
		length  int64
		tooLong bool
	}{
		"file":                {func(f *os.File) io.Reader { return f }, 4000, false},
		"limited file":        {func(f *os.File) io.Reader { return io.LimitReader(f, 3000) }, 3000, false},
		"limited, and longer": {func(f *os.File) io.Reader { return io.LimitReader(f, 3500) }, 3000, true},
		"file that is longer": {func(f *os.File) io.Reader { return f }, 3000, true},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := os.Open(path)
			require.NoError(t, err)
			defer file.Close()
			w := &fileTaker{ResponseRecorder: httptest.NewRecorder()}
			err = render.Reader{ContentLength: tt.length, Reader: tt.reader(file)}.Render(w)
			assert.Equal(t, tt.tooLong, errors.Is(err, http.ErrContentLength))
			assert.Equal(t, tt.tooLong, err != nil)
			require.IsType(t, (*io.LimitedReader)(nil), w.from)
			assert.Same(t, file, w.from.(*io.LimitedReader).R)
			assert.EqualValues(t, tt.length, w.Body.Len())
		})
	}
}

// fileTaker keeps the last reader that it copied from, as it was then.
type fileTaker struct {
	*httptest.ResponseRecorder
	from io.Reader
}

func (w *fileTaker) ReadFrom(r io.Reader) (int64, error) {
	w.from = r
	if limited, ok := r.(*io.LimitedReader); ok {
		was := *limited
		w.from = &was
	}
	return io.Copy(w.ResponseRecorder, r)
}

func TestReaderAllocatesNothingOfItsOwn(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools")
	}
	w := discarding{header: http.Header{"Content-Length": {"2000"}}}
	text := strings.Repeat("x", 2000)
	memory := strings.NewReader(text)
	stream := struct{ io.Reader }{memory}
	for name, r := range map[string]render.Reader{"in memory": {Reader: memory}, "a stream": {Reader: &stream}} {
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			memory.Reset(text)
			if r.Render(w) != nil {
				panic(name)
			}
		}), name)
	}
}

// discarding reads what it is to copy, as net/http does, into memory that is there.
type discarding struct{ header http.Header }

var discarded [1 << 10]byte

func (w discarding) Header() http.Header             { return w.header }
func (discarding) WriteHeader(int)                   {}
func (discarding) Write(p []byte) (int, error)       { return len(p), nil }
func (discarding) WriteString(s string) (int, error) { return len(s), nil }
func (discarding) ReadFrom(r io.Reader) (n int64, err error) {
	for err == nil {
		var m int
		m, err = r.Read(discarded[:])
		n += int64(m)
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}
