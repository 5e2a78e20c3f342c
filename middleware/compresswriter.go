package middleware

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file decides about one answer of Compress, and compresses it.

// compressWriter holds an answer back until MinSize is reached, then sends it
// through an encoder.
type compressWriter struct {
	holdWriter
	*compressor
	coding  int  // of Encodings, or noCoding
	forced  bool // the client takes no body without a coding
	head    bool
	noneTag string // the request's If-None-Match
	encoder Encoder
}

func (w *compressWriter) start(c *dram.Context, coding int, forced bool) {
	w.coding, w.forced = coding, forced
	w.head = c.Request.Method == http.MethodHead
	w.noneTag = c.GetHeader("If-None-Match")
	w.hold(c.Writer, w, w.MinSize-1)
}

// end finishes the body and gives the encoder back.
func (w *compressWriter) end() {
	w.finish()
	if w.encoder != nil {
		_ = w.encoder.Close()       // the client may be gone
		w.encoder.Reset(io.Discard) // so that the pool holds no writer of a request
		w.encoders[w.coding].Put(w.encoder)
		w.encoder = nil
	}
	w.letGo()
}

// passes leaves alone what cannot be compressed, by its status and header.
func (w *compressWriter) passes() bool {
	h, status := w.Header(), w.Status()
	if status == http.StatusNotModified {
		w.matchTag(h)
	}
	if !httpfield.BodyAllowed(status) || status == http.StatusPartialContent || len(h["Content-Encoding"]) > 0 || len(h["Content-Range"]) > 0 {
		return true
	}
	if httpfield.Has(h["Cache-Control"], "no-transform") {
		return true
	}
	contentType, known := h["Content-Type"]
	if known && (len(contentType) == 0 || !w.takesType(contentType[0])) {
		return true
	}
	if length := h.Get("Content-Length"); length != "" && !w.forced {
		if n, err := strconv.Atoi(length); err == nil && n < w.MinSize {
			return true
		}
	}
	if known {
		httpfield.AddVary(h, "Accept-Encoding")
	}
	return known && w.coding == noCoding
}

// matchTag gives a 304 the tag of what the client has: the answer whose tag was
// made weak, perhaps (RFC 9111 section 4.3.4 finds it by that). What is not
// modified depends on Accept-Encoding as its whole answer did.
func (w *compressWriter) matchTag(h http.Header) {
	tag := h.Get("Etag")
	if tag != "" && !strings.HasPrefix(tag, "W/") && strings.Contains(w.noneTag, "W/"+tag) {
		h.Set("Etag", "W/"+tag)
	}
	httpfield.AddVary(h, "Accept-Encoding")
}

// settle starts the encoder if the body is worth it.
func (w *compressWriter) settle(begin []byte, whole bool) io.Writer {
	h := w.Header()
	if len(begin) > 0 && len(h["Content-Type"]) == 0 {
		// net/http finds the type out by itself, but not of compressed bytes.
		h.Set("Content-Type", http.DetectContentType(begin))
	}
	if !w.takesType(h.Get("Content-Type")) {
		return nil
	}
	httpfield.AddVary(h, "Accept-Encoding")
	short := whole && len(begin) < w.MinSize && !w.forced
	if w.head && whole && len(begin) == 0 {
		short = h.Get("Content-Length") == "" // that of GET, which passes has seen
	}
	if w.coding == noCoding || short || whole && len(begin) == 0 && !w.head {
		return nil
	}
	w.announce(h)
	if len(begin) == 0 && whole {
		return nil
	}
	w.encoder = w.encoders[w.coding].Get().(Encoder)
	w.encoder.Reset(w.ResponseWriter)
	return w.encoder
}

// announce writes what the coding changes in the header.
func (w *compressWriter) announce(h http.Header) {
	h.Set("Content-Encoding", w.names[w.coding])
	h.Del("Content-Length")
	h.Del("Accept-Ranges") // the ranges would be of other bytes
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("Etag", "W/"+tag)
	}
}
