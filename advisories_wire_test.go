// Advisories about what net/http reads from a connection, by their identifiers: each test sends
// what was accepted there. See advisories_test.go.

package dram_test

import (
	"bufio"
	"bytes"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// multipartOf is a form of the parts that write makes.
func multipartOf(write func(*multipart.Writer)) *http.Request {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	write(form)
	_ = form.Close()
	req := httptest.NewRequest("POST", "/", &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return req
}

// letters is a body that does not end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// countingReader counts what was read.
type countingReader struct {
	io.Reader
	read int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.read += int64(n)
	return n, err
}

// What net/http bounds since these advisories stays bounded behind the getters and Bind.
func TestAdvisoriesOfForms(t *testing.T) {
	refused := []int{400, 413}
	bind := func(req *http.Request) int {
		r := dram.New()
		r.MaxMultipartMemory = 1 << 10
		r.POST("/", func(c *dram.Context) {
			var in struct {
				A []string `form:"a"`
			}
			if c.Bind(&in) == nil {
				c.String(200, "%d", len(in.A))
			}
		})
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		return w.Code
	}
	t.Run("GO-2023-1569 CVE-2022-41725 and GO-2023-1705 CVE-2023-24536 forms of very many parts", func(t *testing.T) {
		assert.Contains(t, refused, bind(multipartOf(func(form *multipart.Writer) {
			for range 2000 {
				_ = form.WriteField("a", "")
			}
		})))
	})
	t.Run("GO-2024-2599 CVE-2023-45290 a line of a part's header without an end", func(t *testing.T) {
		endless := io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"a\"; x="), io.LimitReader(letters{}, 1<<30))
		body := &countingReader{Reader: endless}
		req := httptest.NewRequest("POST", "/", body)
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		assert.Contains(t, refused, bind(req))
		assert.Less(t, body.read, int64(12<<20), "the rest is not read")
	})
	t.Run("GO-2026-5039 CVE-2026-42507 the text of a malformed header stood in the error as it came", func(t *testing.T) {
		req := httptest.NewRequest("POST", "/", strings.NewReader("--b\r\nforged\x1b[2J\u0085[DRAM] 200\r\n\r\n\r\n--b--\r\n"))
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		line := logged(dram.LoggerConfig{}, req, func(c *dram.Context) {
			_, err := c.MultipartForm()
			assert.Error(t, err)
			_ = c.Error(err)
		})
		assert.NotContains(t, line, "\x1b")
		assert.NotContains(t, line, "\u0085")
	})
	t.Run("GO-2026-4341 CVE-2025-61726 queries of very many parameters", func(t *testing.T) {
		r := dram.New()
		r.GET("/", func(c *dram.Context) {
			var in struct {
				A []string `form:"a"`
			}
			assert.Error(t, c.BindQuery(&in))
			assert.Empty(t, c.QueryArray("a"))
		})
		assert.Equal(t, 400, serve(r, "GET", "/?"+strings.Repeat("a=&", 20_000)).Code)
	})
	t.Run("GO-2025-4012 CVE-2025-58186 requests of very many cookies", func(t *testing.T) {
		c := contextFor("GET", "/", "", "")
		c.Request.Header.Set("Cookie", strings.Repeat("a=; ", 100_000))
		_, err := c.Cookie("a")
		assert.Error(t, err)
	})
}

// net/http, GO-2026-6609 (CVE-2026-78667): a Range of 1 MiB that asks for one byte 250,000 times
// took seconds, and 35 MB of parts.
func TestGO_2026_6609_AFileInVeryManyParts(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.bin"), make([]byte, 100_000), 0o600))
	r := dram.New()
	r.Static("/static", dir)
	r.StaticFile("/file", filepath.Join(dir, "a.bin"))
	r.GET("/fs", func(c *dram.Context) { c.FileFromFS("a.bin", http.Dir(dir)) })
	for _, path := range []string{"/static/a.bin", "/file", "/fs"} {
		for ranges, want := range map[string]int{
			"0-0": 206, strings.Repeat("0-0,", 20_000) + "0-0": 200, strings.Repeat(",", 500_000) + "0-0": 200,
		} {
			req := httptest.NewRequest("GET", path, nil)
			req.Header.Set("Range", "bytes="+ranges)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			assert.Equal(t, want, w.Code, "%s %.10s", path, ranges)
			assert.LessOrEqual(t, w.Body.Len(), 100_000, path)
		}
	}
}

// exchange sends bytes to a server of dram's and returns the status of each answer, and the
// paths that a handler saw.
func exchange(t *testing.T, h2c bool, sent string) (statuses []int, paths []string) {
	t.Helper()
	engine := dram.New()
	engine.UseH2C = h2c
	engine.NoRoute(func(c *dram.Context) {
		if _, err := io.Copy(io.Discard, c.Request.Body); err != nil {
			c.AbortWithStatus(400)
			return
		}
		paths = append(paths, c.Request.URL.Path)
		c.String(200, "%s", c.Request.Proto)
	})
	r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
	conn, err := net.Dial("tcp", r.addr.String())
	require.NoError(t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, sent)
	_ = conn.(*net.TCPConn).CloseWrite()
	reader := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			return statuses, paths
		}
		statuses = append(statuses, res.StatusCode)
		_, _ = io.Copy(io.Discard, res.Body)
	}
}

func TestAdvisoriesOfTheWire(t *testing.T) {
	const next = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	chunked := "POST /first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
	for name, sent := range map[string]string{
		"GO-2022-0525 CVE-2022-1705 a Transfer-Encoding that only looks like chunked":               chunked + "\x0bchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + next,
		"GO-2025-3563 CVE-2025-22871 a chunk whose line ends in LF alone":                           chunked + "chunked\r\n\r\n5;a\nabcde\r\n0\r\n\r\n" + next,
		"GO-2023-2382 CVE-2023-39326 chunks that are mostly extensions":                             chunked + "chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 2000)+"\r\na\r\n", 200) + "0\r\n\r\n" + next,
		"GO-2023-1878 CVE-2023-29406 a Host with the line of another header":                        "GET /first HTTP/1.1\r\nHost: x\x0aX-Forged: 1/\r\nHost: y\r\n\r\n" + next,
		"GO-2023-1704 CVE-2023-24534 and GO-2022-0236 CVE-2021-31525 very long headers":             "GET /first HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 2<<20) + "\r\n\r\n" + next,
		"GO-2025-4010 CVE-2025-47912 and GO-2026-4601 CVE-2026-25679 a Host that is not an address": "GET http://[::1]evil.example/first HTTP/1.1\r\nHost: x\r\n\r\n" + next,
	} {
		t.Run(name, func(t *testing.T) {
			statuses, paths := exchange(t, false, sent)
			assert.NotContains(t, paths, "/smuggled")
			assert.NotContains(t, paths, "/first")
			for _, status := range statuses {
				assert.GreaterOrEqual(t, status, 400)
			}
		})
	}
	t.Run("GO-2023-1495 CVE-2022-41721 x/net's h2c took the rest of a body for frames", func(t *testing.T) {
		for _, h2c := range []bool{false, true} {
			body := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
			statuses, paths := exchange(t, h2c, "POST /first HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 24\r\n\r\n"+body)
			assert.Equal(t, []int{200}, statuses, "an answer of HTTP/1.1, and no switch")
			assert.Equal(t, []string{"/first"}, paths)
		}
	})
}
