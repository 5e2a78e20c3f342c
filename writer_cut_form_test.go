package dram_test

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// upload is a form with one file, which is not kept in memory if MaxMultipartMemory is small.
const upload = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n" + "of some length" + "\r\n--b--\r\n"

// net/http removes the temporary files of an upload when its handler returns, and leaves them
// when it panics.
func TestACutAnswerLeavesNoTemporaryFileOfAnUpload(t *testing.T) {
	breaks := func(c *dram.Context) {
		c.DataFromReader(http.StatusOK, -1, "text/plain", io.MultiReader(strings.NewReader(upload), iotest.ErrReader(io.ErrNoProgress)), nil)
	}
	const isWrapped = "a reader that breaks, behind a writer that can only write"
	for name, end := range map[string]func(*dram.Context){
		"a reader that breaks":         breaks,
		isWrapped:                      breaks,
		"a panic after the first byte": func(c *dram.Context) { c.String(http.StatusOK, "half"); c.Writer.Flush(); panic("late") },
		"http.ErrAbortHandler":         func(*dram.Context) { panic(http.ErrAbortHandler) },
		"another request":              func(c *dram.Context) { c.Request = c.Request.WithContext(c); panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("TMPDIR", dir)
			r := dram.New()
			r.MaxMultipartMemory = 1
			r.Use(dram.RecoveryWithWriter(nil))
			r.POST("/", func(c *dram.Context) {
				_, err := c.FormFile("file")
				assert.NoError(t, err)
				stored, err := os.ReadDir(dir)
				assert.NoError(t, err)
				assert.Len(t, stored, 1)
				end(c)
			})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if name == isWrapped {
					w = struct{ http.ResponseWriter }{w}
				}
				r.ServeHTTP(w, req)
			}))
			defer server.Close()
			res, err := http.Post(server.URL, "multipart/form-data; boundary=b", strings.NewReader(upload))
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			require.Error(t, err, "it is not cut")
			assertEmpty(t, dir)
		})
	}
}

// What net/http removes with HTTP/1 it leaves with HTTP/2 since Go 1.27, and so do the servers of FastCGI, of
// which a recorder without http.ServerContextKey is one.
func TestNoServerLeavesTheFilesOfAForm(t *testing.T) {
	serve := func(h http.Handler, http2 bool) func(*testing.T) {
		return func(t *testing.T) {
			server := httptest.NewUnstartedServer(h)
			server.EnableHTTP2 = http2
			server.StartTLS()
			defer server.Close()
			res, err := server.Client().Post(server.URL, "multipart/form-data; boundary=b", strings.NewReader(upload))
			require.NoError(t, err)
			res.Body.Close()
		}
	}
	for name, send := range map[string]func(h http.Handler) func(*testing.T){
		"HTTP/1.1": func(h http.Handler) func(*testing.T) { return serve(h, false) },
		"HTTP/2":   func(h http.Handler) func(*testing.T) { return serve(h, true) },
		"a server like that of FastCGI": func(h http.Handler) func(*testing.T) {
			return func(*testing.T) {
				req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(upload))
				req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
				h.ServeHTTP(httptest.NewRecorder(), req)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("TMPDIR", dir)
			stored := func(message string) {
				files, err := os.ReadDir(dir)
				assert.NoError(t, err)
				assert.Len(t, files, 1, message)
			}
			inner := dram.New()
			inner.MaxMultipartMemory = 1
			inner.POST("/", func(c *dram.Context) {
				_, err := c.FormFile("file")
				assert.NoError(t, err)
				stored("for the handler")
			})
			outer := dram.New()
			outer.POST("/", func(c *dram.Context) {
				dram.WrapH(inner)(c)
				stored("for the handlers around it")
			})
			send(outer)(t)
			assertEmpty(t, dir)
		})
	}
}

// A middleware of net/http's around the Engine, or a layer, may pass on a copy of the request, of whose form
// the server knows nothing.
func TestNoCopyOfARequestLeavesTheFilesOfItsForm(t *testing.T) {
	withContext := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			next.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), http.LocalAddrContextKey, nil)))
		})
	}
	restores := func(c *dram.Context) {
		before := c.Request
		c.Request = before.WithContext(context.WithValue(before.Context(), http.LocalAddrContextKey, nil))
		c.Next()
		c.Request = before
	}
	for name, around := range map[string]func(*dram.Engine) http.Handler{
		"StripPrefix": func(r *dram.Engine) http.Handler { return http.StripPrefix("/api", r) },
		"TimeoutHandler": func(r *dram.Engine) http.Handler {
			return http.StripPrefix("/api", http.TimeoutHandler(r, time.Minute, ""))
		},
		"WithContext": func(r *dram.Engine) http.Handler { return http.StripPrefix("/api", withContext(r)) },
		"a layer that restores the request": func(r *dram.Engine) http.Handler {
			outer := dram.New()
			outer.Use(restores)
			outer.POST("/api/", dram.WrapH(http.StripPrefix("/api", r)))
			return outer
		},
		"another Engine, and a copy for this one": func(r *dram.Engine) http.Handler {
			outer := dram.New()
			outer.POST("/api/", func(c *dram.Context) { r.ServeHTTP(c.Writer, requestTo(c.Request, "/")) })
			return outer
		},
	} {
		for handler, read := range map[string]func(*dram.Context) error{
			"FormFile": func(c *dram.Context) error { _, err := c.FormFile("file"); return err },
			"ShouldBind": func(c *dram.Context) error {
				return c.ShouldBind(&struct {
					File *multipart.FileHeader `form:"file" binding:"required"`
				}{})
			},
			"ShouldBindAll": func(c *dram.Context) error {
				return c.ShouldBindAll(&struct {
					File *multipart.FileHeader `form:"file" binding:"required"`
				}{})
			},
			"a layer that restores, and ShouldBind": func(c *dram.Context) error {
				before := c.Request
				defer func() { c.Request = before }()
				c.Request = before.WithContext(before.Context())
				return c.ShouldBind(&struct {
					File *multipart.FileHeader `form:"file" binding:"required"`
				}{})
			},
			"Request.ParseMultipartForm": func(c *dram.Context) error { return c.Request.ParseMultipartForm(1) },
		} {
			t.Run(name+"/"+handler, func(t *testing.T) {
				dir := t.TempDir()
				t.Setenv("TMPDIR", dir)
				r := dram.New()
				r.MaxMultipartMemory = 1
				r.POST("/", func(c *dram.Context) {
					assert.NoError(t, read(c))
					stored, err := os.ReadDir(dir)
					assert.NoError(t, err)
					assert.Len(t, stored, 1)
				})
				server := httptest.NewServer(around(r))
				defer server.Close()
				res, err := http.Post(server.URL+"/api/", "multipart/form-data; boundary=b", strings.NewReader(upload))
				require.NoError(t, err)
				assert.Equal(t, http.StatusOK, res.StatusCode)
				res.Body.Close()
				server.Close()
				assertEmpty(t, dir)
			})
		}
	}
}

func requestTo(req *http.Request, path string) *http.Request {
	req = req.Clone(req.Context())
	req.URL.Path = path
	return req
}

// assertEmpty waits until nothing is left in dir: the end of a request is told after its answer.
func assertEmpty(t *testing.T, dir string) {
	t.Helper()
	assert.Eventually(t, func() bool {
		left, err := os.ReadDir(dir)
		return err == nil && len(left) == 0
	}, patience, time.Millisecond)
}

// Who is around the Engine, or around a layer that ends too late, has the files of a form until the request is over.
func TestTheFilesOfAFormStayForWhoIsAround(t *testing.T) {
	opens := func(t *testing.T, form *multipart.Form) {
		file, err := form.File["file"][0].Open()
		if assert.NoError(t, err) {
			file.Close()
		}
	}
	reads := func(c *dram.Context) {
		_, err := c.FormFile("file")
		assert.NoError(t, err)
	}
	late := dram.WrapMiddleware(func(next http.Handler) http.Handler { return http.TimeoutHandler(next, 10*time.Millisecond, "late") })
	for name, around := range map[string]func(*testing.T, *dram.Engine) http.Handler{
		"read before": func(t *testing.T, r *dram.Engine) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				assert.NoError(t, req.ParseMultipartForm(1))
				r.ServeHTTP(w, req)
				opens(t, req.MultipartForm)
			})
		},
		"read inside": func(t *testing.T, r *dram.Engine) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				r.ServeHTTP(w, req)
				opens(t, req.MultipartForm)
			})
		},
		"inside of another, by a writer without Unwrap": func(t *testing.T, r *dram.Engine) http.Handler {
			outer := dram.New()
			outer.POST("/", func(c *dram.Context) {
				r.ServeHTTP(struct{ http.ResponseWriter }{c.Writer}, c.Request)
				opens(t, c.Request.MultipartForm)
			})
			return outer
		},
		"outside of a layer that ends before its handler": func(t *testing.T, r *dram.Engine) http.Handler {
			outer, ended := dram.New(), make(chan bool)
			outer.MaxMultipartMemory = 1
			outer.POST("/", func(c *dram.Context) {
				reads(c)
				c.Next()
				<-ended
				opens(t, c.Request.MultipartForm)
			}, late, func(c *dram.Context) {
				defer close(ended)
				reads(c)
				<-c.Request.Context().Done()
				time.Sleep(20 * time.Millisecond)
			})
			return outer
		},
		"nobody, of a copy in a layer that ends before its handler": func(t *testing.T, r *dram.Engine) http.Handler {
			outer, ended := dram.New(), make(chan bool)
			outer.MaxMultipartMemory = 1
			outer.POST("/", func(c *dram.Context) {
				c.Next()
				<-ended
			}, late, func(c *dram.Context) {
				defer close(ended)
				before := c.Request
				c.Request = before.WithContext(before.Context())
				reads(c)
				c.Request = before
				<-c.Request.Context().Done()
				time.Sleep(20 * time.Millisecond)
			})
			return outer
		},
		"nobody, read by net/http of a copy that a layer made": func(t *testing.T, r *dram.Engine) http.Handler {
			outer := dram.New()
			outer.POST("/", func(c *dram.Context) {
				before := c.Request
				c.Request = before.WithContext(before.Context())
				assert.NoError(t, c.Request.ParseMultipartForm(1))
				reads(c)
				c.Request = before
			})
			return outer
		},
	} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", HTTP/2: ", http2), func(t *testing.T) {
				dir := t.TempDir()
				t.Setenv("TMPDIR", dir)
				r := dram.New()
				r.MaxMultipartMemory = 1
				r.POST("/", reads)
				server := httptest.NewUnstartedServer(around(t, r))
				server.EnableHTTP2 = http2
				server.StartTLS()
				defer server.Close()
				res, err := server.Client().Post(server.URL, "multipart/form-data; boundary=b", strings.NewReader(upload))
				require.NoError(t, err)
				res.Body.Close()
				server.Close()
				assertEmpty(t, dir)
			})
		}
	}
}

// A program that calls the Engine by itself may give all its requests one context, which ends with the program.
func TestTheFilesOfAFormDoNotStayUntilAProgramsContextIsDone(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	inner := dram.New()
	inner.MaxMultipartMemory = 1
	inner.POST("/", func(c *dram.Context) {
		_, err := c.FormFile("file")
		assert.NoError(t, err)
	})
	outer := dram.New()
	outer.POST("/", func(c *dram.Context) {
		dram.WrapH(inner)(c)
		file, err := c.Request.MultipartForm.File["file"][0].Open()
		if assert.NoError(t, err, "who is around has them") {
			file.Close()
		}
	})
	for _, r := range []*dram.Engine{inner, outer} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(upload))
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		r.ServeHTTP(httptest.NewRecorder(), req)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Empty(t, left)
	}
}
