package dram_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

// Answers that are copied from a reader, over a real connection: an answer that is
// not the whole of it must not look whole.

// brokenReader gives some bytes, then an error.
type brokenReader struct {
	left int
	err  error
}

func (b *brokenReader) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, b.err
	}
	n := min(b.left, len(p))
	b.left -= n
	return copy(p, bytes.Repeat([]byte("x"), n)), nil
}

func TestDataFromReaderOverAConnection(t *testing.T) {
	boom := errors.New("boom")
	for name, tt := range map[string]struct {
		reader func() io.Reader
		length int64
		status int
		size   int   // of the body, if it is whole
		cut    bool  // the client sees that it is not
		err    error // attached to the Context
	}{
		"fails at once":               {func() io.Reader { return &brokenReader{0, boom} }, -1, 500, 0, false, boom},
		"fails at once, with length":  {func() io.Reader { return &brokenReader{0, boom} }, 10, 500, 0, false, boom},
		"fails later":                 {func() io.Reader { return &brokenReader{10, boom} }, -1, 200, 0, true, boom},
		"fails later, with length":    {func() io.Reader { return &brokenReader{10, boom} }, 20, 200, 0, true, boom},
		"fails much later":            {func() io.Reader { return &brokenReader{100_000, boom} }, -1, 200, 0, true, boom},
		"fails much later, length":    {func() io.Reader { return &brokenReader{100_000, boom} }, 100_001, 200, 0, true, boom},
		"empty":                       {func() io.Reader { return strings.NewReader("") }, -1, 200, 0, false, nil},
		"empty, with length":          {func() io.Reader { return strings.NewReader("") }, 0, 200, 0, false, nil},
		"whole":                       {func() io.Reader { return &brokenReader{10, io.EOF} }, -1, 200, 10, false, nil},
		"whole, with length":          {func() io.Reader { return &brokenReader{10, io.EOF} }, 10, 200, 10, false, nil},
		"long":                        {func() io.Reader { return &brokenReader{100_000, io.EOF} }, 100_000, 200, 100_000, false, nil},
		"shorter than promised":       {func() io.Reader { return &brokenReader{10, io.EOF} }, 20, 200, 0, true, render.ErrShort},
		"empty, and more promised":    {func() io.Reader { return strings.NewReader("") }, 20, 200, 0, true, render.ErrShort},
		"much shorter than promised":  {func() io.Reader { return &brokenReader{100_000, io.EOF} }, 100_001, 200, 0, true, render.ErrShort},
		"longer than promised":        {func() io.Reader { return &brokenReader{20, io.EOF} }, 10, 500, 0, false, http.ErrContentLength},
		"longer than 0, the default":  {func() io.Reader { return &brokenReader{20, io.EOF} }, 0, 500, 0, false, http.ErrContentLength},
		"longer, found after a piece": {func() io.Reader { return &brokenReader{700, io.EOF} }, 600, 200, 0, true, http.ErrContentLength},
	} {
		t.Run(name, func(t *testing.T) {
			attached := make(chan error, 1)
			r := dram.New()
			r.GET("/", func(c *dram.Context) {
				c.DataFromReader(http.StatusOK, tt.length, "a/b", tt.reader(), map[string]string{"X-Extra": "1"})
				if last := c.Errors.Last(); last != nil {
					attached <- last
				}
				close(attached)
			})
			srv := httptest.NewServer(r)
			defer srv.Close()
			status, header, body, err := fetch(srv.URL)
			if want := tt.err; want != nil {
				assert.ErrorIs(t, <-attached, want)
			} else {
				assert.NoError(t, <-attached)
			}
			if tt.cut {
				// Over HTTP/1.1 what was sent may have been the beginning of a
				// body, or not even the header.
				assert.True(t, errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF), "%v", err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.status, status)
			assert.Len(t, body, tt.size)
			if tt.status != http.StatusOK {
				assert.Empty(t, header.Get("Content-Type"))
				assert.Empty(t, header.Get("X-Extra"))
				assert.Equal(t, "0", header.Get("Content-Length"))
			}
		})
	}
}

// A body that a layer looks at is copied by another writer: the header stays as well.
func TestABodyThatIsCopiedForNobodyLeavesTheHeader(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) { c.NextAnswer(nil, func(dram.Answer) {}) })
	copied := func(c *dram.Context) {
		_, err := c.Writer.(io.ReaderFrom).ReadFrom(strings.NewReader("longer than 4"))
		assert.Error(t, err)
	}
	r.HEAD("/", func(c *dram.Context) {
		c.Header("Content-Length", "4")
		copied(c)
	})
	r.GET("/", func(c *dram.Context) {
		c.Status(http.StatusNoContent)
		copied(c)
	})
	srv := httptest.NewServer(r)
	defer srv.Close()
	for method, status := range map[string]int{http.MethodHead: http.StatusOK, http.MethodGet: http.StatusNoContent} {
		req, err := http.NewRequest(method, srv.URL, nil)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, status, res.StatusCode)
	}
}

// A layer that answers when nothing is written yet finds nothing written behind net/http's own answer to HEAD.
func TestABodyThatIsTooLongLeavesTheHeaderOfHEAD(t *testing.T) {
	r := dram.New()
	var errs []error
	r.Use(func(c *dram.Context) {
		c.Next()
		assert.False(t, c.Writer.Written())
		if c.Query("copied") == "" {
			c.JSON(http.StatusOK, "longer than the file")
			errs = append(errs, c.Errors.Last())
			return
		}
		_, err := c.Writer.(io.ReaderFrom).ReadFrom(strings.NewReader("longer than the file"))
		errs = append(errs, err)
	})
	r.HEAD("/", func(c *dram.Context) {
		http.ServeContent(c.Writer, c.Request, "a.txt", time.Time{}, strings.NewReader("file"))
	})
	srv := httptest.NewServer(r)
	defer srv.Close()
	for i, path := range []string{"/", "/?copied=1"} {
		res, err := http.Head(srv.URL + path)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, http.StatusOK, res.StatusCode)
		assert.Equal(t, int64(len("file")), res.ContentLength)
		assert.ErrorIs(t, errs[i], http.ErrContentLength)
	}
}

func fetch(url string) (status int, header http.Header, body []byte, err error) {
	res, err := http.Get(url)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, res.Header, body, err
}

// Behind an answer there is nothing that could be taken for the next one.
func TestNothingStandsBehindAnAnswer(t *testing.T) {
	const next = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
	body := strings.Repeat("x", 5000)
	name := filepath.Join(t.TempDir(), "grown")
	require.NoError(t, os.WriteFile(name, []byte(body+next), 0o600))
	for source, open := range map[string]func(t *testing.T) io.Reader{
		"memory": func(*testing.T) io.Reader { return strings.NewReader(body + next) },
		"stream": func(*testing.T) io.Reader { return struct{ io.Reader }{strings.NewReader(body + next)} },
		"file": func(t *testing.T) io.Reader {
			file, err := os.Open(name)
			assert.NoError(t, err)
			t.Cleanup(func() { _ = file.Close() })
			return file
		},
	} {
		t.Run(source, func(t *testing.T) {
			r := dram.New()
			r.GET("/", func(c *dram.Context) {
				c.DataFromReader(http.StatusOK, int64(len(body)), "text/plain", open(t), nil)
			})
			srv := httptest.NewServer(r)
			defer srv.Close()
			conn, err := net.Dial("tcp", srv.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			require.NoError(t, err)
			all, _ := io.ReadAll(conn)
			assert.NotContains(t, string(all), "forged")
		})
	}
}

// Only if the connection is handed the file itself can the kernel send it.
func TestFilesReachTheConnectionAsFiles(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 50_000)
	dir := t.TempDir()
	name := filepath.Join(dir, "f.bin")
	require.NoError(t, os.WriteFile(name, content, 0o600))
	pass := func(c *dram.Context) { c.NextAnswer(nil, func(dram.Answer) {}) }
	copied := func(limit int64) dram.HandlerFunc {
		return func(c *dram.Context) {
			file, err := os.Open(name)
			if !assert.NoError(t, err) {
				return
			}
			defer file.Close()
			var reader io.Reader = file
			if limit > 0 {
				reader = io.LimitReader(file, limit)
			}
			c.DataFromReader(http.StatusOK, int64(len(content)), "a/b", reader, nil)
		}
	}
	r := dram.New()
	r.StaticFile("/staticfile", name)
	r.Static("/static", dir)
	r.GET("/file", func(c *dram.Context) { c.File(name) })
	r.GET("/layers", pass, pass, func(c *dram.Context) { c.File(name) })
	r.GET("/reader", copied(0))
	r.GET("/limited", copied(int64(len(content))))
	r.GET("/layers/reader", pass, pass, copied(0))

	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	seen := &seenReaders{Listener: l}
	srv := httptest.NewUnstartedServer(r)
	require.NoError(t, srv.Listener.Close())
	srv.Listener = seen
	srv.Start()
	defer srv.Close()
	for _, path := range []string{"/staticfile", "/static/f.bin", "/file", "/layers", "/reader", "/limited", "/layers/reader"} {
		t.Run(path, func(t *testing.T) {
			status, header, body, err := fetch(srv.URL + path)
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, status)
			assert.Equal(t, "500000", header.Get("Content-Length"))
			assert.True(t, bytes.Equal(content, body))
			files, others := seen.take()
			assert.Equal(t, 1, files)
			assert.Zero(t, others)
		})
	}
}

// seenReaders is a listener that counts what its connections were told to copy
// from.
type seenReaders struct {
	net.Listener
	mu            sync.Mutex
	files, others int
}

func (s *seenReaders) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &seeingConn{conn.(*net.TCPConn), s}, nil
}

func (s *seenReaders) take() (files, others int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, others = s.files, s.others
	s.files, s.others = 0, 0
	return files, others
}

type seeingConn struct {
	*net.TCPConn
	seen *seenReaders
}

// ReadFrom is what net/http calls. The connection asks for a syscall.Conn, in a
// LimitedReader or not, to have the kernel copy.
func (c *seeingConn) ReadFrom(src io.Reader) (int64, error) {
	from := src
	if limited, ok := src.(*io.LimitedReader); ok {
		from = limited.R
	}
	c.seen.mu.Lock()
	if _, ok := from.(syscall.Conn); ok {
		c.seen.files++
	} else {
		c.seen.others++
	}
	c.seen.mu.Unlock()
	return c.TCPConn.ReadFrom(src)
}
