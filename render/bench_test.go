package render_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/render"
)

// sink is the least http.ResponseWriter there is.
type sink struct{ header http.Header }

func (s sink) Header() http.Header       { return s.header }
func (sink) Write(p []byte) (int, error) { return len(p), nil }
func (sink) WriteHeader(int)             {}

// reset takes the headers of the last response away, as a new response has none.
func (s sink) reset() { clear(s.header) }

var (
	message = struct {
		Message string `json:"message"`
		Status  int    `json:"status"`
	}{"hello, world", 200}

	catalogue = func() (c []distillery) {
		for i := range 290 {
			c = append(c, distillery{fmt.Sprintf("distillery <%d>", i), 1800 + i})
		}
		return c
	}()
)

func BenchmarkWriteString(b *testing.B) {
	bench(b, func(w http.ResponseWriter) error { return render.WriteString(w, "hello, world", nil) })
}

func BenchmarkWriteStringFormat(b *testing.B) {
	data := []any{"world", 7}
	bench(b, func(w http.ResponseWriter) error { return render.WriteString(w, "hello, %s %d", data) })
}

func BenchmarkWriteData(b *testing.B) {
	data := []byte("hello, world")
	bench(b, func(w http.ResponseWriter) error { return render.WriteData(w, "text/plain; charset=utf-8", data) })
}

func BenchmarkWriteJSON(b *testing.B) {
	bench(b, func(w http.ResponseWriter) error { return render.WriteJSON(w, &message) })
}

func BenchmarkWriteJSON10KB(b *testing.B) {
	bench(b, func(w http.ResponseWriter) error { return render.WriteJSON(w, &catalogue) })
}

func BenchmarkPureJSON(b *testing.B) {
	bench(b, render.PureJSON{Data: &message}.Render)
}

func BenchmarkAsciiJSON10KB(b *testing.B) {
	bench(b, render.AsciiJSON{Data: &catalogue}.Render)
}

func BenchmarkJSONP(b *testing.B) {
	bench(b, render.JsonpJSON{Callback: "show", Data: &message}.Render)
}

func BenchmarkXML(b *testing.B) {
	bench(b, render.XML{Data: &oban}.Render)
}

func BenchmarkSSEvent(b *testing.B) {
	bench(b, render.SSEvent{Event: "cask", ID: "7", Data: "first fill"}.Render)
}

func bench(b *testing.B, write func(http.ResponseWriter) error) {
	w := sink{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		w.reset()
		if err := write(w); err != nil {
			b.Fatal(err)
		}
	}
}

// What most handlers write costs no allocation, headers included.
func TestAllocations(t *testing.T) {
	data, large := []byte("hello"), bytes.Repeat([]byte("x"), 1023)
	tests := map[string]func(w http.ResponseWriter) error{
		"String":        func(w http.ResponseWriter) error { return render.WriteString(w, "hello", nil) },
		"String.Render": func(w http.ResponseWriter) error { return render.String{Format: "hello"}.Render(w) },
		"Data":          func(w http.ResponseWriter) error { return render.WriteData(w, "text/plain; charset=utf-8", data) },
		"Data, sniffed": func(w http.ResponseWriter) error { return render.WriteData(w, "", data) },
		"Data, 1023":    func(w http.ResponseWriter) error { return render.WriteData(w, "application/octet-stream", large) },
		"JSON":          func(w http.ResponseWriter) error { return render.WriteJSON(w, &message) },
		"JSON, 10 KB":   func(w http.ResponseWriter) error { return render.WriteJSON(w, &catalogue) },
		"SSEvent":       render.SSEvent{Event: "x", ID: "1", Data: "y"}.Render,
		"content type":  func(w http.ResponseWriter) error { render.JSON{}.WriteContentType(w); return nil },
		"PureJSON":      render.PureJSON{Data: &message}.Render,
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			w := sink{http.Header{}}
			allocs := testing.AllocsPerRun(200, func() {
				w.reset()
				if write(w) != nil {
					t.Fail()
				}
			})
			// The race detector makes pools drop some of what they are given.
			if !raceEnabled {
				assert.Zero(t, allocs)
			}
		})
	}
}
