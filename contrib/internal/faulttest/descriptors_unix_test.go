//go:build unix

package faulttest

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// This file is a process that has no file descriptor left. The server is another process, so that the
// client has some.

const (
	childEnv  = "DRAM_TEST_FEW_DESCRIPTORS" // the directory that the other process serves
	behindEnv = "DRAM_TEST_UPSTREAM"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.ReleaseMode)
	if dir := os.Getenv(childEnv); dir != "" {
		serveWithFewDescriptors(dir)
		return
	}
	os.Exit(m.Run())
}

// serveWithFewDescriptors serves files, uploads and another server's answers. "/take" takes all the descriptors that
// there are, "/give" gives them back.
func serveWithFewDescriptors(dir string) {
	few := syscall.Rlimit{Cur: 64, Max: 64}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		log.Fatal(err)
	}
	r := dram.New()
	r.MaxMultipartMemory = 1
	var taken []*os.File
	taking := false
	r.Use(func(c *dram.Context) {
		switch c.Request.URL.Path {
		case "/take":
			taking = true
		case "/give":
			taking = false
			for _, file := range taken {
				_ = file.Close()
			}
		}
		for taking { // what another connection has given back, too
			file, err := os.Open(os.DevNull)
			if err != nil {
				break
			}
			taken = append(taken, file)
		}
		c.Next()
		for _, err := range c.Errors {
			log.Print("error of ", c.Request.URL.Path, ": ", err)
		}
	})
	file := filepath.Join(dir, "a.txt")
	r.GET("/take", func(*dram.Context) {})
	r.GET("/give", func(*dram.Context) {})
	r.GET("/json", func(c *dram.Context) { c.JSON(200, "the page") })
	r.GET("/file", func(c *dram.Context) { c.File(file) })
	r.GET("/attachment", func(c *dram.Context) { c.FileAttachment(file, "b.txt") })
	r.GET("/fs", func(c *dram.Context) { c.FileFromFS("a.txt", http.Dir(dir)) })
	r.Static("/static", dir)
	r.GET("/middleware/*file", middleware.Static(middleware.StaticConfig{Root: dir, Prefix: "/middleware"}))
	r.GET("/fallthrough/*file", middleware.Static(middleware.StaticConfig{Root: dir, Prefix: "/fallthrough", Fallthrough: true}))
	r.GET("/spa/*file", middleware.SPA(middleware.SPAConfig{Root: dir, Prefix: "/spa", Index: "a.txt"}))
	r.GET("/proxy", middleware.Proxy(middleware.ProxyConfig{Target: os.Getenv(behindEnv)}))
	r.POST("/form", dram.Try(func(c *dram.Context) error {
		_, err := c.FormFile("file")
		if err == nil {
			c.String(200, "the page")
		}
		return err
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	log.Fatal(r.RunListener(listener))
}

// withoutDescriptors starts that process.
func withoutDescriptors(t *testing.T, dir, upstream string) (addr string, logged *buffer) {
	t.Helper()
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), childEnv+"="+dir, behindEnv+"="+upstream, "TMPDIR="+dir)
	logged = new(buffer)
	server.Stderr = logged
	out, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	_, err = fmt.Fscanln(out, &addr)
	require.NoError(t, err, logged)
	return addr, logged
}

// Without a descriptor a request that needs none is answered, one that needs one is a 500 or 502 that the log has a
// line of, and not a 404; a new connection waits. When there are descriptors again all goes on.
func TestNoDescriptorsLeft(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte("the page"), 0o600))
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the page") }))
	defer upstream.Close()
	addr, logged := withoutDescriptors(t, dir, upstream.URL)
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	part, err := parts.CreateFormFile("file", "a")
	require.NoError(t, err)
	_, err = part.Write(make([]byte, 64<<10))
	require.NoError(t, err)
	require.NoError(t, parts.Close())

	one := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}, Timeout: patience} // and it keeps it
	defer one.CloseIdleConnections()
	ask := func(client *http.Client, method, path string) (int, string) {
		var body io.Reader
		if method == http.MethodPost {
			body = bytes.NewReader(form.Bytes())
		}
		req, err := http.NewRequest(method, "http://"+addr+path, body)
		require.NoError(t, err)
		req.Header.Set("Content-Type", parts.FormDataContentType())
		req.Header.Set("Accept", "text/html")
		res, err := client.Do(req)
		require.NoError(t, err, path)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err, path)
		return res.StatusCode, string(text)
	}
	paths := map[string]int{
		"/file": 500, "/attachment": 500, "/fs": 500, "/static/a.txt": 500, "/middleware/a.txt": 500,
		"/fallthrough/a.txt": 500, "/spa/a.txt": 500, "/spa/page": 500, "/proxy": 502, "/form": 500,
	}
	ask(one, "GET", "/take")
	status, _ := ask(one, "GET", "/json")
	assert.Equal(t, 200, status)
	for path, want := range paths {
		status, body := ask(one, methodOf(path), path)
		assert.Equal(t, want, status, "%s %s", path, body)
		assert.Eventually(t, func() bool { return strings.Contains(logged.String(), "error of "+path+": ") }, patience, time.Millisecond, path)
		assert.NotContains(t, body, dir)
	}
	waiting := make(chan int)
	go func() {
		res, err := (&http.Client{Transport: &http.Transport{}, Timeout: patience}).Get("http://" + addr + "/json")
		if assert.NoError(t, err) {
			_ = res.Body.Close()
			waiting <- res.StatusCode
		}
		close(waiting)
	}()
	require.Eventually(t, func() bool { return strings.Contains(logged.String(), "Accept error") }, patience, time.Millisecond)
	ask(one, "GET", "/give")
	assert.Equal(t, 200, <-waiting)
	another := &http.Client{Transport: &http.Transport{}, Timeout: patience} // the form was not read to its end: its connection is closed
	defer another.CloseIdleConnections()
	for path := range paths {
		status, body := ask(another, methodOf(path), path)
		assert.Equal(t, 200, status, path)
		assert.Equal(t, "the page", body, path)
	}
}

func methodOf(path string) string {
	if path == "/form" {
		return "POST"
	}
	return "GET"
}
