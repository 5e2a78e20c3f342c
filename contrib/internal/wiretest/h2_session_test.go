package wiretest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// This file is a client of HTTP/2 that sends any frames, in any order.

// session is a connection of HTTP/2. What it writes is sent when there is much of it, by flush, and
// before it waits. That does not fail: what became of it shows in what the server answers.
type session struct {
	*http2.Framer
	out     *bufio.Writer
	t       *testing.T
	tcp     *net.TCPConn
	conn    net.Conn // tcp, or TLS over it
	encoder *hpack.Encoder
	block   bytes.Buffer
	failed  bool   // to write
	row     string // which all heads carry, for what is seen late
}

// overTLS reports whether a kind of server is one of TLS.
func overTLS(kind string) bool { return strings.HasSuffix(kind, "TLS") }

// open opens a session, with settings.
func open(t *testing.T, kind, addr string, settings ...http2.Setting) *session {
	t.Helper()
	s := &session{t: t, tcp: dial(t, addr)}
	if s.conn = s.tcp; overTLS(kind) {
		s.conn = tls.Client(s.tcp, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	}
	s.out = bufio.NewWriterSize(writer{s}, 32<<10)
	s.Framer = http2.NewFramer(s.out, s.conn)
	s.AllowIllegalWrites = true
	s.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	s.encoder = hpack.NewEncoder(&s.block)
	_, _ = s.out.WriteString(http2.ClientPreface)
	_ = s.WriteSettings(settings...)
	return s
}

// writer remembers that the server takes nothing more.
type writer struct{ s *session }

func (w writer) Write(p []byte) (int, error) {
	n, err := w.s.conn.Write(p)
	if err != nil {
		w.s.failed = true
		if errors.Is(err, os.ErrDeadlineExceeded) {
			w.s.t.Error("the server neither reads nor closes")
		}
	}
	return n, err
}

func (s *session) flush() { _ = s.out.Flush() }

// head is the block of a header: of a GET, with the given names and values in pairs behind it.
func (s *session) head(path string, pairs ...string) []byte {
	return s.encode(append([]string{":method", "GET", ":scheme", "http", ":authority", "a", ":path", path}, pairs...)...)
}

func (s *session) encode(pairs ...string) []byte {
	s.block.Reset()
	if s.row != "" {
		pairs = append(pairs, "row", s.row)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = s.encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return bytes.Clone(s.block.Bytes())
}

// headers begins a stream; end says that it has no body.
func (s *session) headers(id uint32, end bool, block []byte) {
	_ = s.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndStream: end, EndHeaders: true})
}

// large begins a stream without a body, whose header takes more than a frame.
func (s *session) large(id uint32, block []byte) {
	const most = 16 << 10
	first := block[:min(most, len(block))]
	_ = s.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: first, EndStream: true, EndHeaders: len(block) <= most})
	for block = block[len(first):]; len(block) > 0; {
		part := block[:min(most, len(block))]
		block = block[len(part):]
		_ = s.WriteContinuation(id, len(block) == 0, part)
	}
}

// fate waits for the end of a stream, and returns what it was: the status of an answer, "reset"
// or "goaway" with the name of the error, or "closed".
func (s *session) fate(id uint32) string {
	s.t.Helper()
	status := ""
	for {
		s.flush()
		frame, err := s.ReadFrame()
		if err != nil {
			require.NotErrorIs(s.t, err, os.ErrDeadlineExceeded, "stream %d does not end", id)
			return "closed"
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				_ = s.WriteSettingsAck()
			}
		case *http2.GoAwayFrame:
			if f.ErrCode != http2.ErrCodeNo {
				return "goaway " + f.ErrCode.String()
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == id {
				return "reset " + f.ErrCode.String()
			}
		case *http2.MetaHeadersFrame:
			if f.StreamID == id {
				if status = f.PseudoValue("status"); f.StreamEnded() {
					return status
				}
			}
		case *http2.DataFrame:
			if f.StreamID == id && f.StreamEnded() {
				return status
			}
		}
	}
}

// ask sends a request of its own to a server, as an ordinary client does.
func ask(kind, addr string) error {
	url, transport := "http://", &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	if overTLS(kind) {
		url, transport.ForceAttemptHTTP2 = "https://", true
	}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: patience}).Get(url + addr + "/other")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err = io.Copy(io.Discard, res.Body); err == nil && res.StatusCode != http.StatusOK {
		err = errors.New(res.Status)
	}
	return err
}

// eventually waits until something is so; a loaded machine may take long.
func eventually(t *testing.T, is func() bool, what string, args ...any) {
	t.Helper()
	require.Eventually(t, is, patience, 5*time.Millisecond, append([]any{what}, args...)...)
}
