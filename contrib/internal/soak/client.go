package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/quic-go/quic-go"
	quichttp "github.com/quic-go/quic-go/http3"
)

// This file is the clients: each sends one request after the other, over a protocol that it chooses
// each time, and looks whose answer it gets.

var protocolNames = []string{"net/http", "h1", "h2", "h2c", "h3"}

type protocol struct {
	name, base string
	http.RoundTripper
	close func()
}

type clients struct {
	w         *world
	protocols []protocol
	layers    []string
	patience  time.Duration // for one answer
	ended     atomic.Bool
	all       sync.WaitGroup
}

func newProtocols(cfg config, p *place) (all []protocol) {
	over := func(name, base string, choose func(*http.Protocols)) {
		t := &http.Transport{
			DisableCompression: true, MaxIdleConnsPerHost: cfg.conns, Protocols: new(http.Protocols),
			TLSClientConfig: &tls.Config{RootCAs: p.trusted},
		}
		choose(t.Protocols)
		all = append(all, protocol{name, base, t, t.CloseIdleConnections})
	}
	over("net/http", "http://"+p.plain, func(p *http.Protocols) { p.SetHTTP1(true) })
	over("h1", "http://"+p.h1, func(p *http.Protocols) { p.SetHTTP1(true) })
	over("h2", "https://"+p.secure, func(p *http.Protocols) { p.SetHTTP2(true) })
	over("h2c", "http://"+p.plain, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) })
	q := &quichttp.Transport{
		DisableCompression: true, TLSClientConfig: &tls.Config{RootCAs: p.trusted},
		// It leaves a connection behind, open, at the first error of a request: the runtime keeps a little of each
		// goroutine that there was at a time, so that there are not too many.
		QUICConfig: &quic.Config{HandshakeIdleTimeout: time.Second, MaxIdleTimeout: 5 * time.Second},
	}
	return append(all, protocol{"h3", "https://" + p.secure, q, func() { q.Close() }})
}

func (w *world) startClients(cfg config, p *place) *clients {
	c := &clients{w: w, protocols: newProtocols(cfg, p), patience: time.Minute}
	for _, l := range layers(w, w.bareEngine(), p) {
		c.layers = append(c.layers, l.name)
	}
	for i := range cfg.conns {
		r := rand.New(rand.NewPCG(cfg.seed, uint64(i))) // chooses what, and when is left to the machine
		c.all.Go(func() {
			for !c.ended.Load() {
				a, p := newAsk(r, c.layers), &c.protocols[r.IntN(len(c.protocols))]
				again := a.kind.end == isWhole && r.IntN(5) == 0
				answer, err := c.send(p, a)
				if again && err == nil { // as a browser does it, with what it was given
					for _, cookie := range answer.Cookies() {
						a.header.Add("Cookie", cookie.Name+"="+cookie.Value)
					}
					_, _ = c.send(p, a)
				}
			}
		})
	}
	return c
}

// stop waits for the answers that are under way.
func (c *clients) stop() {
	c.ended.Store(true)
	c.all.Wait()
	for _, p := range c.protocols {
		p.close()
	}
}

var errLeft = errors.New("the client has left")

// send sends a request until a server accepts it: there is none for a moment of a restart.
func (c *clients) send(p *protocol, a *ask) (*http.Response, error) {
	var longest time.Duration // of the tries, and why it failed
	var why error
	for try, end := 0, time.Now().Add(c.patience); time.Now().Before(end); try++ {
		sent := time.Now()
		name := fmt.Sprintf("%s.%d.%d", a.token, try, rand.IntN(1<<30))
		begun := new(atomic.Int32)
		c.w.begun.Store(name, begun)
		answer, body, err := c.exchange(p, a, name)
		c.w.begun.Delete(name)
		n := begun.Load()
		if answer == nil && err != nil && n == 0 && a.kind.end != leavesBody {
			if took := time.Since(sent); took > longest {
				longest, why = took, err
			}
			time.Sleep(50 * time.Millisecond)
			continue
		}
		c.w.check(p, a, answer, body, err)
		if n > 1 && a.kind.end == isWhole { // what was cut before its answer is sent again by net/http's client
			c.w.fault(isLost, "%s: %s began %d times", p.name, a.target, n)
		}
		return answer, err
	}
	c.w.fault(isLost, "%s: no server accepts %s: the longest try took %v: %v", p.name, a.target, longest, why)
	return nil, io.ErrUnexpectedEOF
}

// exchange sends a request once, and reads the answer as far as this kind of client does.
func (c *clients) exchange(p *protocol, a *ask, name string) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.patience)
	defer cancel()
	var out io.Reader
	if len(a.body) > 0 {
		out = bytes.NewReader(a.body)
	}
	if a.kind.end == leavesBody {
		out = io.MultiReader(bytes.NewReader(a.body[:len(a.body)/2]), waiting{ctx})
		timer := time.AfterFunc(time.Duration(rand.IntN(5000))*time.Microsecond, cancel)
		defer timer.Stop()
	}
	req, err := http.NewRequestWithContext(ctx, a.method, p.base+a.target, out)
	if err != nil {
		panic(err)
	}
	req.ContentLength = int64(len(a.body))
	req.Header, req.Host = a.header.Clone(), a.host
	req.Header.Set(sendHeader, name)
	if a.contentType != "" {
		req.Header.Set("Content-Type", a.contentType)
	}
	answer, err := p.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	if a.kind.end == leavesAnswer {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, int64(rand.IntN(100<<10))))
		return answer, body, errLeft
	}
	body, err := io.ReadAll(answer.Body)
	return answer, body, err
}

// waiting is a body of which nothing comes until the client has left.
type waiting struct{ ctx context.Context }

func (w waiting) Read([]byte) (int, error) {
	<-w.ctx.Done()
	return 0, w.ctx.Err()
}

// check looks at an answer, and what came in place of one.
func (w *world) check(p *protocol, a *ask, answer *http.Response, body []byte, err error) {
	where := fmt.Sprintf("%s %s over %s", a.method, a.target, p.name)
	leaves := a.kind.end == leavesBody || a.kind.end == leavesAnswer
	if answer == nil {
		if a.kind.end != isCut && !leaves {
			w.fault(isLost, "%s: %v", where, err)
			return
		}
		w.counts.add(p.name, a.names()...)
		return
	}
	plain, broken := body, err
	if coding := answer.Header.Get("Content-Encoding"); coding != "" && a.method != http.MethodHead {
		var undecoded error
		if plain, undecoded = decoded(coding, body); broken == nil {
			broken = undecoded
		}
	}
	var head bytes.Buffer
	_ = answer.Header.Write(&head)
	_ = answer.Trailer.Write(&head)
	for _, got := range tokenForm.FindAllString(head.String()+string(plain), -1) {
		if got != a.token {
			w.fault(isMixed, "%s has %s", where, got)
			return
		}
	}
	switch {
	case leaves:
	case a.kind.end == isCut:
		if broken == nil && answer.StatusCode < 500 {
			w.fault("a half answer looks whole", "%s: %d, %d bytes", where, answer.StatusCode, len(body))
		}
	case broken != nil:
		w.fault(isLost, "%s: %d, %d bytes, %v", where, answer.StatusCode, len(body), broken)
	case !slices.Contains(a.want, answer.StatusCode):
		w.fault(isStatus, "%s: %d instead of %v: %.200q", where, answer.StatusCode, a.want, plain)
	case answer.Header.Get(tokenHeader) != a.token:
		w.fault(isMixed, "%s has the header %q", where, answer.Header.Get(tokenHeader))
	case !a.isBare && !a.mayStop && a.method != http.MethodHead && !bytes.Contains(plain, []byte(a.token[:12])):
		w.fault(isMixed, "%s has not its token: %.200q", where, plain)
	}
	w.counts.add(p.name, a.names()...)
}

// decoded returns a body without its coding.
func decoded(coding string, body []byte) ([]byte, error) {
	var src io.Reader = bytes.NewReader(body)
	switch strings.ToLower(coding) {
	case "br":
		src = brotli.NewReader(src)
	case "gzip":
		gz, err := gzip.NewReader(src)
		if err != nil {
			return nil, err
		}
		src = gz
	case "zstd":
		z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		src = z
	default:
		return nil, fmt.Errorf("the coding is %q", coding)
	}
	return io.ReadAll(src)
}
