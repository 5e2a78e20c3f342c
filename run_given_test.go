package dram_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func TestRunServerContextServesTheListenerItIsGiven(t *testing.T) {
	engine := dram.New()
	engine.GET("/", func(c *dram.Context) { c.String(200, "here") })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- engine.RunServerContext(ctx, engine.Server("127.0.0.1:0"), listener) }()
	request, err := http.NewRequestWithContext(ctx, "GET", "http://"+listener.Addr().String(), nil)
	require.NoError(t, err)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, "here", string(text))
	cancel()
	assert.NoError(t, <-ended)
}

func TestAGroupsPathEndsInASlashOnlyIfItIsWrittenSo(t *testing.T) {
	for relative, want := range map[string]string{"/x": "/a/x", "/x/": "/a/x/", "/x/.": "/a/x", "/.": "/a", ".": "/a", "/": "/a/", "": "/a", "//x//": "/a/x/"} {
		assert.Equal(t, want, dram.New().Group("/a").Group(relative).BasePath(), relative)
	}
	assert.Equal(t, "/", dram.New().Group("/.").BasePath(), "the root's is one, whatever is written")
}

// A server that its owner shuts down ends as http.Server does: what has begun is answered, and who is told of
// the end is told once.
func TestRunServerContextOfAServerThatIsShutDown(t *testing.T) {
	engine, begun := dram.New(), make(chan bool)
	engine.GET("/", func(c *dram.Context) {
		close(begun)
		time.Sleep(100 * time.Millisecond)
		c.String(200, "whole")
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server, ended := engine.Server(""), make(chan error, 2)
	told := make(chan bool, 2)
	server.RegisterOnShutdown(func() { told <- true })
	go func() { ended <- engine.RunServerContext(t.Context(), server, listener) }()
	go func() {
		<-begun
		ended <- server.Shutdown(context.Background())
	}()
	assert.Equal(t, "whole", get(t, &http.Transport{DisableKeepAlives: true}, "http://"+listener.Addr().String()))
	for range 2 {
		if err := <-ended; err != nil {
			assert.ErrorIs(t, err, http.ErrServerClosed)
		}
	}
	assert.True(t, <-told)
	assert.Never(t, func() bool { return len(told) > 0 }, 100*time.Millisecond, 10*time.Millisecond)
}
