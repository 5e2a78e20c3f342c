package framework

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// ResponseWriter is net/http's, and can be asked what was sent. dram: writer.go#ResponseWriter.
type ResponseWriter interface {
	http.ResponseWriter
	Status() int
	Written() bool // the header is sent
	WriteHeaderNow()
}

// responseWriter only notes the status: the first byte of the body sends it, and until then
// each layer may change its mind. dram: writer.go#responseWriter.
type responseWriter struct {
	http.ResponseWriter
	request *http.Request
	status  int
	written bool
	size    int  // of the body so far
	isBare  bool // see bare
}

func (w *responseWriter) Status() int   { return w.status }
func (w *responseWriter) Written() bool { return w.written }

// WriteHeader notes the status, as long as it can be changed. dram: writer.go#responseWriter.WriteHeader.
func (w *responseWriter) WriteHeader(code int) {
	if !w.written {
		w.status = code
	}
}

// WriteHeaderNow sends it. dram: writer.go#responseWriter.WriteHeaderNow.
func (w *responseWriter) WriteHeaderNow() {
	if !w.written {
		w.written = true
		w.ResponseWriter.WriteHeader(w.status)
	}
}

// Write sends the header, if that is to be done, and p. dram: writer.go#responseWriter.Write.
func (w *responseWriter) Write(p []byte) (int, error) {
	if w.size += len(p); w.size > maxHeld {
		w.bare()
	}
	w.WriteHeaderNow()
	return w.ResponseWriter.Write(p)
}

// FlushError is what http.ResponseController looks for. dram: writer.go#responseWriter.Flush.
func (w *responseWriter) FlushError() error {
	w.bare()
	w.WriteHeaderNow()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap leads it to all else that the server can do. dram: writer.go#responseWriter.Unwrap.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Render is a value that can write itself as a body. dram: render/render.go#Render.
type Render interface {
	Render(http.ResponseWriter) error
}

// Render answers with a status and a body; a body that cannot be made is a 500 instead of half of
// it, and one that has begun is broken off. dram: context_response.go#Context.Render.
func (c *Context) Render(code int, r Render) {
	c.Writer.WriteHeader(code)
	if err := r.Render(c.Writer); err != nil {
		c.Error(err)
		if c.Writer.Written() {
			panic(http.ErrAbortHandler)
		}
		c.AbortWithStatus(http.StatusInternalServerError)
	}
}

// JSON answers in JSON. dram: context_response.go#Context.JSON.
func (c *Context) JSON(code int, value any) { c.Render(code, jsonRender{value}) }

// String answers with a text. dram: context_response.go#Context.String.
func (c *Context) String(code int, format string, values ...any) {
	c.Render(code, stringRender{format, values})
}

// jsonRender encodes everything before it sends anything. dram: render/json.go#JSON.
type jsonRender struct{ value any }

func (r jsonRender) Render(w http.ResponseWriter) error {
	text, err := json.Marshal(r.value)
	if err == nil {
		err = write(w, "application/json; charset=utf-8", text)
	}
	return err
}

// stringRender formats, if there is something to format. dram: render/text.go#String.
type stringRender struct {
	format string
	values []any
}

func (r stringRender) Render(w http.ResponseWriter) error {
	text := r.format
	if len(r.values) > 0 {
		text = fmt.Sprintf(r.format, r.values...)
	}
	return write(w, "text/plain; charset=utf-8", []byte(text))
}

func write(w http.ResponseWriter, contentType string, body []byte) error {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", contentType)
	}
	_, err := w.Write(body)
	return err
}
