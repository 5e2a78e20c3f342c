package middleware

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file handles one answer of Compress: it is passed on as it is, or held
// back until MinSize is reached and then sent through an encoder.

// compression is the state of Compress for one request.
type compression struct {
	*compressor
	coding  int  // an index of Encodings, or httpfield.NoCoding
	forced  bool // the client accepts no uncompressed body
	head    bool
	noneTag string // the request's If-None-Match
	encoder *pooledEncoder

	look func(dram.Answer) // the methods, bound once
	then func(dram.Answer, []byte, bool)
}

func newCompression(p *compressor) *compression {
	z := &compression{compressor: p}
	z.look, z.then = z.lookAt, z.encode
	return z
}

func (z *compression) start(c *dram.Context, coding int, forced bool) {
	z.coding, z.forced = coding, forced
	z.head = c.Request.Method == http.MethodHead
	z.noneTag = c.GetHeader("If-None-Match")
}

// end returns the encoder to its pool, and drops what was kept of the request.
func (z *compression) end() {
	if z.encoder != nil {
		z.encoder.out.w = nil // so that the pool holds no writer of a request
		z.encoders[z.coding].Put(z.encoder)
		z.encoder = nil
	}
	z.noneTag = ""
	z.answers.Put(z)
}

// lookAt leaves alone what cannot be compressed, by its status and header, and
// holds back the beginning of everything else.
func (z *compression) lookAt(a dram.Answer) {
	h, status := a.Header(), a.Status()
	if status == http.StatusNotModified {
		z.matchTag(h)
	}
	if !httpfield.BodyAllowed(status) || status == http.StatusPartialContent || len(h["Content-Encoding"]) > 0 || len(h["Content-Range"]) > 0 {
		return
	}
	contentType, known := h["Content-Type"]
	if known && (len(contentType) == 0 || !z.takesType(contentType[0])) || httpfield.Has(h["Cache-Control"], "no-transform") {
		return
	}
	if length := h.Get("Content-Length"); length != "" && !z.forced {
		if n, err := strconv.Atoi(length); err == nil && n < z.MinSize {
			return
		}
	}
	if known {
		httpfield.AddVary(h, "Accept-Encoding")
	}
	if !known || z.coding != httpfield.NoCoding {
		a.Hold(z.MinSize-1, z.then)
	}
}

// matchTag gives a 304 the tag that the client has, whose answer may be the one
// whose tag was made weak (by which RFC 9111 section 4.3.4 finds it). A 304
// depends on Accept-Encoding just as the full answer did.
func (z *compression) matchTag(h http.Header) {
	tag := h.Get("Etag")
	if tag != "" && !strings.HasPrefix(tag, "W/") && strings.Contains(z.noneTag, "W/"+tag) {
		h.Set("Etag", "W/"+tag)
	}
	httpfield.AddVary(h, "Accept-Encoding")
}

// encode sends the body through an encoder if that is worthwhile. HEAD without
// a body gets the header that GET would have got.
func (z *compression) encode(a dram.Answer, begin []byte, whole bool) {
	h := a.Header()
	if len(begin) > 0 && len(h["Content-Type"]) == 0 {
		// net/http detects the type, but cannot do so from compressed bytes.
		h.Set("Content-Type", http.DetectContentType(begin))
	}
	if !z.takesType(h.Get("Content-Type")) {
		return
	}
	httpfield.AddVary(h, "Accept-Encoding")
	empty := whole && len(begin) == 0
	short := whole && len(begin) < z.MinSize && !z.forced
	if empty && z.head {
		short = h.Get("Content-Length") == "" // that of GET, which lookAt has seen
	}
	if z.coding == httpfield.NoCoding || short || empty && !z.head {
		return
	}
	h.Set("Content-Encoding", z.names[z.coding])
	if empty {
		a.Through(nil)
		return
	}
	if z.encoder == nil {
		z.encoder = z.encoders[z.coding].Get().(*pooledEncoder)
	}
	z.encoder.out.w = a.Out()
	z.encoder.Reset(&z.encoder.out)
	a.Through(z.encoder)
}

// pooledEncoder is an Encoder that waits for its next answer without the writer of the last
// one. To Reset it for that as well would clear the tables of gzip twice for each answer.
type pooledEncoder struct {
	Encoder
	out outlet
}

// outlet is the writer of one answer after another.
type outlet struct{ w io.Writer } // nil between two answers

// errBetweenAnswers is what an encoder gets that writes after its answer has ended.
var errBetweenAnswers = errors.New("dram: Compress: an encoder wrote after the end of its answer")

func (o *outlet) Write(p []byte) (int, error) {
	if o.w == nil {
		return 0, errBetweenAnswers
	}
	return o.w.Write(p)
}
