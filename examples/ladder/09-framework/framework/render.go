package framework

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Render is a value that can write itself as a body. dram: render/render.go#Render.
type Render interface {
	Render(http.ResponseWriter) error
}

// Render answers with a status and a body; a body that cannot be made is a 500 instead of half of
// it. dram: context_response.go#Context.Render.
func (c *Context) Render(code int, r Render) {
	c.Writer.WriteHeader(code)
	if err := r.Render(c.Writer); err != nil {
		c.Error(err)
		if !c.Writer.Written() {
			c.AbortWithStatus(http.StatusInternalServerError)
		}
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
	if err != nil {
		return err
	}
	return write(w, "application/json; charset=utf-8", text)
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
