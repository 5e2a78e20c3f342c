// Package change changes requests on their way to an upstream and answers on their way back:
// their headers, their JSON bodies (body.go), and the paths of requests (path.go).
package change

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
)

// Header sets and removes headers.
func Header(h http.Header, cfg *config.Change) {
	if cfg == nil {
		return
	}
	for name, value := range cfg.Set {
		h.Set(name, value.Reveal())
	}
	drop(h, cfg.Remove)
}

// clone is a request whose header may be changed. Its trailers come with its body, into the map that it began with.
func clone(req *http.Request) *http.Request {
	own := req.Clone(req.Context())
	own.Trailer = req.Trailer
	return own
}

// Request is the layer that changes requests. A body that is to be changed has to be JSON
// without a coding, otherwise the answer is 415, or 400 where it only says that it is: what
// is to be removed from it would pass.
func Request(cfg *config.Change) dram.HandlerFunc {
	change := newBody(cfg.Body)
	return func(c *dram.Context) {
		req := clone(c.Request)
		Header(req.Header, cfg)
		if change != nil && req.Body != nil && req.Body != http.NoBody {
			if err := change.rewrite(c, req); err != nil {
				c.Fail(err)
				return
			}
		}
		c.NextWith(nil, req)
	}
}

// rewrite changes the body of a request.
func (b *body) rewrite(c *dram.Context, req *http.Request) error {
	text, err := c.GetRawData()
	if err != nil {
		return err
	}
	if len(text) > 0 {
		if grammar.IsCoded(req.Header) || !grammar.IsJSON(grammar.BodyType(req.Header)) {
			return dram.NewProblem(http.StatusUnsupportedMediaType, "The body has to be JSON in UTF-8, without a Content-Encoding.")
		}
		if text, err = b.request(text); err != nil {
			return err
		}
	}
	req.Body, req.ContentLength, req.TransferEncoding = io.NopCloser(bytes.NewReader(text)), int64(len(text)), nil
	req.Trailer = nil // those of another body
	req.Header.Set("Content-Length", strconv.Itoa(len(text)))
	return nil
}

// Response is the layer that changes answers. JSON bodies are changed whole: one that is longer
// than limit, or has a coding, is answered with 502, since what is to be removed from it would
// pass. Other bodies pass as they are, and so do the gateway's own problems (Own).
func Response(cfg *config.Change, limit int64) dram.HandlerFunc {
	change := newBody(cfg.Body)
	return func(c *dram.Context) {
		req := c.Request
		if change != nil {
			req = clone(req)
			for _, name := range []string{"Accept-Encoding", "Range", "If-Range"} { // for a whole body, plain
				req.Header.Del(name)
			}
		}
		c.NextAnswer(req, func(a dram.Answer) {
			Header(a.Header(), cfg)
			if change == nil || !isJSON(a.Header()) || c.GetBool(ownKey{}) {
				return
			}
			a.Through(nil) // the length and the tag are another body's
			a.Hold(int(limit), func(a dram.Answer, begin []byte, whole bool) { change.answer(a, begin, whole) })
		})
	}
}

// Whole reads the JSON that Response has to have whole, while nothing of the answer has been sent: a server that
// breaks off, or takes too long, is one that has not answered. What is longer than limit goes on as it is, and is
// refused there.
func Whole(cfg *config.Change, limit int64) func(*http.Response) error {
	if cfg == nil || cfg.Body == nil {
		return nil
	}
	return func(res *http.Response) error {
		if res.StatusCode == http.StatusSwitchingProtocols || !isJSON(res.Header) {
			return nil
		}
		text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
		if err != nil {
			return err
		}
		if int64(len(text)) <= limit {
			res.ContentLength = int64(len(text))
		}
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(text), res.Body), res.Body}
		return nil
	}
}

type ownKey struct{}

// Own is the ErrorFunc of the gateway: it answers with problem details, which are of no upstream, and so Response
// leaves their bodies as they are.
func Own(c *dram.Context, err error) {
	c.Set(ownKey{}, true)
	dram.WriteError(c, err)
}

// answer changes the body of an answer.
func (b *body) answer(a dram.Answer, begin []byte, whole bool) {
	if whole && len(begin) == 0 {
		return
	}
	text, err := []byte(nil), fmt.Errorf("the answer is longer than it may be, or has a Content-Encoding")
	if whole && !grammar.IsCoded(a.Header()) {
		text, err = b.apply(begin)
	}
	a.Replace(func(c *dram.Context) {
		if err != nil {
			c.Fail(dram.NewProblem(http.StatusBadGateway, "The answer of the upstream could not be changed as it has to be.").Because(err))
			return
		}
		c.Header("Content-Length", strconv.Itoa(len(text)))
		_, _ = c.Writer.Write(text) // the client is gone
	})
}

func isJSON(h http.Header) bool { return grammar.IsJSON(grammar.MediaType(h.Get("Content-Type"))) }
