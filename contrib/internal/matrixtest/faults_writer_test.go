package matrixtest

import (
	"bytes"
	"context"
	"html/template"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/dram-go/dram"
	_ "github.com/dram-go/dram/contrib/bson"
	_ "github.com/dram-go/dram/contrib/msgpack"
	_ "github.com/dram-go/dram/contrib/protobuf"
	_ "github.com/dram-go/dram/contrib/toml"
	_ "github.com/dram-go/dram/contrib/yaml"
	"github.com/dram-go/dram/render"
)

// This file is what all renders and layers do with a connection that takes no more, and with a
// client that does not read.

type row struct {
	Text string `json:"text" xml:"text" yaml:"text" toml:"text" bson:"text" codec:"text"`
}

// renders are all ways to answer, of a body that is longer than what layers hold back at first.
var renders = map[string]dram.HandlerFunc{
	"JSON":         func(c *dram.Context) { c.JSON(200, row{longText}) },
	"PureJSON":     func(c *dram.Context) { c.PureJSON(200, row{longText}) },
	"IndentedJSON": func(c *dram.Context) { c.IndentedJSON(200, row{longText}) },
	"AsciiJSON":    func(c *dram.Context) { c.AsciiJSON(200, row{longText}) },
	"SecureJSON":   func(c *dram.Context) { c.SecureJSON(200, []row{{longText}}) },
	"JSONP":        func(c *dram.Context) { c.JSONP(200, row{longText}) },
	"XML":          func(c *dram.Context) { c.XML(200, row{longText}) },
	"YAML":         func(c *dram.Context) { c.YAML(200, row{longText}) },
	"TOML":         func(c *dram.Context) { c.TOML(200, row{longText}) },
	"BSON":         func(c *dram.Context) { c.BSON(200, row{longText}) },
	"MsgPack":      func(c *dram.Context) { c.Render(200, render.MsgPack{Data: row{longText}}) },
	"ProtoBuf":     func(c *dram.Context) { c.ProtoBuf(200, wrapperspb.String(longText)) },
	"HTML":         func(c *dram.Context) { c.HTML(200, "page", row{longText}) },
	"String":       func(c *dram.Context) { c.String(200, "%s", longText) },
	"Data":         func(c *dram.Context) { c.Data(200, "text/plain", []byte(longText)) },
	"DataFromReader": func(c *dram.Context) {
		c.DataFromReader(200, -1, "text/plain", iotest.HalfReader(strings.NewReader(longText)), nil)
	},
	"a length": func(c *dram.Context) {
		c.DataFromReader(200, int64(len(longText)), "text/plain", strings.NewReader(longText), nil)
	},
	"File": func(c *dram.Context) { c.File("testdata/file.txt") },
	"Negotiate": func(c *dram.Context) {
		c.Negotiate(200, dram.Negotiate{Offered: []string{"application/json"}, Data: row{longText}})
	},
	"Problem": func(c *dram.Context) { c.Fail(dram.NewProblem(409, longText)) },
	"SSEvent": func(c *dram.Context) {
		for range 9 {
			c.SSEvent("tick", longText[:500])
		}
	},
	"Stream": func(c *dram.Context) {
		n := 0
		c.Stream(func(w io.Writer) bool {
			n++
			_, err := io.WriteString(w, longText[:500])
			return err == nil && n < 9
		})
	},
	"Redirect": func(c *dram.Context) { c.Redirect(303, "/there") },
	"writes": func(c *dram.Context) { // and looks at no error
		for range 9 {
			_, _ = c.Writer.WriteString(longText[:500])
		}
	},
}

// fullWriter takes some bytes, then none.
type fullWriter struct {
	header http.Header
	body   bytes.Buffer
	room   int
}

func (w *fullWriter) Header() http.Header { return w.header }
func (w *fullWriter) WriteHeader(int)     {}
func (w *fullWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.room)
	w.body.Write(p[:n])
	if w.room -= n; n < len(p) {
		return n, syscall.EPIPE
	}
	return n, nil
}

// serveFull returns the body, as far as there was room for it.
func serveFull(h http.Handler, room int) string {
	w := &fullWriter{header: http.Header{}, room: room}
	req := permitted(httptest.NewRequest(http.MethodGet, "http://127.0.0.1/?callback=f", nil))
	req = req.WithContext(context.WithValue(req.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{})))
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	}()
	h.ServeHTTP(w, req)
	return w.body.String()
}

// rendering returns an engine with a layer, and where it notes the error of the handler.
func rendering(l layer, handler dram.HandlerFunc) (*dram.Engine, *error) {
	noted := new(error)
	r := engineOf(l)
	r.SetHTMLTemplate(template.Must(template.New("page").Parse("<p>{{.Text}}</p>")))
	r.GET("/", func(c *dram.Context) {
		handler(c)
		if last := c.Errors.Last(); last != nil {
			*noted = last.Err
		}
	})
	return r, noted
}

// A connection that breaks anywhere: no render and no layer panics, sends other bytes, or keeps a part
// that the next client would get; a render's error is the Context's.
func TestAWriterThatFailsBehindEveryLayerAndRender(t *testing.T) {
	const enough = 1 << 20
	for _, l := range append(passing(), none) {
		t.Run(l.name, func(t *testing.T) {
			for name, handler := range renders {
				r, _ := rendering(l, handler)
				whole := serveFull(r, enough)
				require.NotEmpty(t, whole)
				for _, room := range []int{0, len(whole) / 2, len(whole) - 1} {
					r, noted := rendering(l, handler)
					part := serveFull(r, room)
					assert.True(t, strings.HasPrefix(whole, part), "%s sends other bytes", name)
					if l.name == none.name && !slices.Contains([]string{"File", "SSEvent", "Stream", "Redirect", "writes"}, name) {
						assert.ErrorIs(t, *noted, syscall.EPIPE, name)
					}
					assert.Equal(t, whole, serveFull(r, enough), "%s: what the next client gets", name)
				}
			}
		})
	}
}

// stalled is a client that has sent a request and reads no more than the beginning of the answer.
func stalled(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(4096))
	req := permitted(httptest.NewRequest(http.MethodGet, "http://"+addr+"/", nil))
	req.Header.Del("Accept-Encoding")
	require.NoError(t, req.Write(conn))
	_, err = io.ReadFull(conn, make([]byte, len("HTTP/1.1 200 OK")))
	require.NoError(t, err)
	return conn
}

// A client that does not read its answer holds up nobody else, whatever the layer, not for the same
// page either; and its handler has ended when it is gone.
func TestAClientThatDoesNotReadHoldsUpNobody(t *testing.T) {
	const size = 2 << 20 // more than the system holds for it
	body := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(body) // nor does it shrink
	for _, l := range append(passing(), none) {
		if strings.HasPrefix(l.name, "Concurrency") {
			continue // it has one place here, which that client has
		}
		t.Run(l.name, func(t *testing.T) {
			r := engineOf(l)
			var running sync.WaitGroup
			r.GET("/", func(c *dram.Context) {
				running.Add(1)
				defer running.Done()
				c.Data(http.StatusOK, "text/plain", body)
			})
			server := httptest.NewUnstartedServer(r)
			var shrink sync.Once
			server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
				shrink.Do(func() { _ = conn.(*net.TCPConn).SetWriteBuffer(4096) })
				return ctx
			}
			server.Start()
			defer server.Close()
			slow := stalled(t, server.Listener.Addr().String())
			for range 2 {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
				require.NoError(t, err)
				permitted(req).Header.Set("Accept-Encoding", "identity")
				res, err := server.Client().Do(req)
				if assert.NoError(t, err) {
					got, err := io.ReadAll(res.Body)
					assert.NoError(t, err)
					if !l.encodes {
						assert.Equal(t, len(body), len(got))
					}
					_ = res.Body.Close()
				}
				cancel()
			}
			require.NoError(t, slow.Close())
			running.Wait()
		})
	}
}
