package h1_test

import (
	"bytes"
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/h1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file holds what servers print of a panic that nobody has recovered: net/http's, on the Run methods, and h1's.

func TestNoLineOfAServersLogIsTheClients(t *testing.T) {
	for name, run := range map[string]func(context.Context, *dram.Engine, net.Listener) error{
		"RunListenerContext": func(ctx context.Context, r *dram.Engine, l net.Listener) error { return r.RunListenerContext(ctx, l) },
		"h1": func(ctx context.Context, r *dram.Engine, l net.Listener) error {
			return (&h1.Server{Handler: r}).RunListenerContext(ctx, l)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			before := log.Writer()
			log.SetOutput(&out)
			defer log.SetOutput(before)
			r := dram.New()
			r.GET("/text", func(c *dram.Context) { panic(c.Query("q")) })
			r.GET("/error", func(*dram.Context) {
				panic(&url.Error{Op: "Get", URL: "https://u:4g2h@h/?token=4g2h", Err: errors.New("Bearer 4g2h is refused")})
			})
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			ctx, end := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- run(ctx, r, listener) }()
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
			for _, target := range []string{"/text?q=x%0A[DRAM]+forged%1b[2J%0Agoroutine+1+[running]:%0A[DRAM]+forged", "/error"} {
				resp, err := client.Get("http://" + listener.Addr().String() + target)
				if err == nil {
					_ = resp.Body.Close()
				}
				assert.Error(t, err)
			}
			end()
			require.NoError(t, <-ended)
			assert.Contains(t, out.String(), `: x\n[DRAM] forged\x1b[2J\ngoroutine 1 [running]:\n[DRAM] forged`+"\ngoroutine ")
			assert.Contains(t, out.String(), `: Get "https://*@h/?token=*": Bearer * is refused`+"\ngoroutine ")
			assert.NotContains(t, out.String(), "4g2h")
			assert.NotContains(t, out.String(), "\x1b")
			for line := range strings.Lines(out.String()) {
				assert.False(t, strings.HasPrefix(line, "[DRAM]"), line)
			}
		})
	}
}
