package http3_test

import (
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/http3"
	life "github.com/dram-go/dram/internal/serve"
)

// Package inspect counts them.
func TestConnectionsOverTCPAreToldToTheEngine(t *testing.T) {
	var conns atomic.Int64
	s := serve(t, http3.Config{}, func(r *dram.Engine) {
		of, _, _ := life.Of(r)
		of.Connection = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				conns.Add(1)
			}
		}
		hello(r)
	})
	fetch(t, s.overTCP, s.tcp, "/")
	assert.EqualValues(t, 1, conns.Load())
	s.stop()
	assert.NoError(t, <-s.ended)
}
