package faulttest

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// This file takes the name servers away.

// names is a name server: 127.0.0.1 is the address of all names.
type names struct{ state atomic.Int32 }

const (
	well    = iota
	failing // it answers that it cannot answer
	silent
	unknown // no such name
)

// dial is that of a net.Resolver. What is not a net.PacketConn has the length before each message (RFC
// 1035 section 4.2.2).
func (n *names) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		var length uint16
		for binary.Read(far, binary.BigEndian, &length) == nil {
			text := make([]byte, length)
			if _, err := io.ReadFull(far, text); err != nil {
				return
			}
			if answer := n.answer(text); answer != nil {
				if _, err := far.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
					return
				}
			}
		}
	}()
	return near, nil
}

func (n *names) answer(text []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(text); err != nil || n.state.Load() == silent {
		return nil
	}
	m.Response, m.Additionals = true, nil
	switch question := m.Questions[0]; {
	case n.state.Load() == failing:
		m.RCode = dnsmessage.RCodeServerFailure
	case n.state.Load() == unknown:
		m.RCode = dnsmessage.RCodeNameError
	case question.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	answer, err := m.Pack()
	if err != nil {
		return nil
	}
	return answer
}

// Whom a name does not lead to cannot be reached: a 502, or 503 when the time is up before. Connections that
// are there are used on, and nobody has to be started anew when names are answered again.
func TestNameServersAreGone(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "the page") }))
	defer upstream.Close()
	at, err := url.Parse(upstream.URL)
	require.NoError(t, err)
	dns, before := &names{}, net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: dns.dial}
	defer func() { net.DefaultResolver = before }()

	for name, state := range map[string]int32{"failing": failing, "silent": silent, "unknown": unknown} {
		t.Run(name, func(t *testing.T) {
			dns.state.Store(well)
			transport := &http.Transport{DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}
			defer transport.CloseIdleConnections()
			r := dram.New()
			r.Use(middleware.Timeout(middleware.TimeoutConfig{After: 2 * time.Second}))
			r.GET("/", middleware.Proxy(middleware.ProxyConfig{Target: "http://" + name + ".example:" + at.Port(), Transport: transport}))
			ask := func() (int, string) {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
				return w.Code, w.Body.String()
			}
			isWell := func() bool {
				code, body := ask()
				return code == 200 && body == "the page"
			}
			require.Eventually(t, isWell, patience, time.Millisecond)

			dns.state.Store(state)
			require.Eventually(t, isWell, patience, time.Millisecond, "its connection is there")
			transport.CloseIdleConnections()
			began := time.Now()
			code, body := ask()
			assert.Contains(t, []int{502, 503, 504}, code)
			assert.NotContains(t, body, "example", "names of servers are nobody's business")
			assert.Less(t, time.Since(began), patience, "its time is up after two seconds")

			dns.state.Store(well)
			assert.Eventually(t, isWell, patience, time.Millisecond, "it goes on by itself")
		})
	}
}
