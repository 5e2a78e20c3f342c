package main

import (
	"context"
	"encoding/xml"
	"io"
	"iter"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

// This file lists the renderings: how a handler answers with its token.

type rendering struct {
	render  func(w *world, c *dram.Context, token string)
	want    []int // 200 if there is none
	isBare  bool  // the token is in the header alone
	mayStop bool  // it ends with the server
}

// output is what is rendered.
type output struct {
	XMLName xml.Name `json:"-" xml:"out" yaml:"-" toml:"-" bson:"-" codec:"-"`
	Token   string   `json:"token" xml:"token" yaml:"token" toml:"token" bson:"token"`
	Text    string   `json:"text" xml:"text" yaml:"text" toml:"text" bson:"text"`
}

func outputOf(token string) output { return output{Token: token, Text: text(token)} }

// as is the rendering of a method of the Context.
func as(method func(*dram.Context, int, any)) rendering {
	return rendering{render: func(_ *world, c *dram.Context, token string) { method(c, http.StatusOK, outputOf(token)) }}
}

func says(render func(w *world, c *dram.Context, token string), want ...int) rendering {
	return rendering{render: render, want: want}
}

var renderings = map[string]rendering{
	"json": as((*dram.Context).JSON), "pure": as((*dram.Context).PureJSON), "indented": as((*dram.Context).IndentedJSON),
	"ascii": as((*dram.Context).AsciiJSON), "secure": as((*dram.Context).SecureJSON), "jsonp": as((*dram.Context).JSONP),
	"xml": as((*dram.Context).XML), "yaml": as((*dram.Context).YAML), "toml": as((*dram.Context).TOML), "bson": as((*dram.Context).BSON),
	"protobuf": says(func(_ *world, c *dram.Context, token string) { c.ProtoBuf(http.StatusOK, wrapperspb.String(token)) }),
	"msgpack": says(func(_ *world, c *dram.Context, token string) {
		c.Render(http.StatusOK, render.MsgPack{Data: outputOf(token)})
	}),
	"html":   says(func(_ *world, c *dram.Context, token string) { c.HTML(http.StatusOK, "page.tmpl", text(token)) }),
	"string": says(func(_ *world, c *dram.Context, token string) { c.String(http.StatusCreated, "%s", text(token)) }, http.StatusCreated),
	"data": says(func(_ *world, c *dram.Context, token string) {
		c.Data(http.StatusOK, "application/octet-stream", []byte(text(token)))
	}),
	"reader": says(func(_ *world, c *dram.Context, token string) {
		c.DataFromReader(http.StatusOK, int64(len(text(token))), "text/plain", strings.NewReader(text(token)), map[string]string{"X-Reader": token})
	}),
	"endless reader": says(func(_ *world, c *dram.Context, token string) {
		c.DataFromReader(http.StatusOK, -1, "text/plain", io.LimitReader(&repeated{token + " "}, 64<<10), nil)
	}),
	"problem": says(func(_ *world, c *dram.Context, token string) {
		c.Fail(dram.NewProblem(http.StatusConflict, token).With("token", token))
	}, http.StatusConflict),
	"redirect": {render: func(_ *world, c *dram.Context, token string) { c.Redirect(http.StatusSeeOther, "/next?token="+token) },
		want: []int{http.StatusSeeOther}, isBare: true},
	"negotiate": says(func(_ *world, c *dram.Context, token string) {
		c.Negotiate(http.StatusOK, dram.Negotiate{Offered: []string{dram.MIMEJSON, dram.MIMEXML}, Data: outputOf(token)})
	}),
	"cookie": says(func(_ *world, c *dram.Context, token string) {
		c.SetCookie("token", token, 60, "/", "", false, true)
		c.String(http.StatusOK, token)
	}),
	"hints and trailers": says(func(_ *world, c *dram.Context, token string) {
		c.Header("Link", "<"+token+">")
		c.Writer.WriteHeader(http.StatusEarlyHints)
		c.Header("Trailer", "X-Last")
		c.String(http.StatusOK, text(token))
		c.Header("X-Last", token)
	}),
	"nothing": {render: func(_ *world, c *dram.Context, _ string) { c.Status(http.StatusNoContent) }, want: []int{http.StatusNoContent}, isBare: true},
	"file":    says(sendFile, http.StatusOK, http.StatusPartialContent),
	"stream": {render: func(_ *world, c *dram.Context, token string) {
		n := 0
		c.Stream(func(out io.Writer) bool {
			n++
			_, _ = io.WriteString(out, token+" ")
			return n < 5
		})
	}, mayStop: true},
	"events": {render: func(_ *world, c *dram.Context, token string) {
		dram.SSE(c, func(context.Context, string) (iter.Seq[render.SSEvent], error) {
			return func(yield func(render.SSEvent) bool) {
				for range 5 {
					if !yield(render.SSEvent{Event: "token", ID: token, Data: token}) {
						return
					}
				}
			}, nil
		})
	}, mayStop: true},
}

var renderingNames = slices.Sorted(maps.Keys(renderings))

// repeated is a reader without an end.
type repeated struct{ text string }

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.text)
	r.text = r.text[n:] + r.text[:n]
	return n, nil
}

// sendFile sends a file of this request alone, of which the client may want a part.
func sendFile(w *world, c *dram.Context, token string) {
	name := filepath.Join(w.files, "file-"+c.GetHeader(sendHeader))
	if err := os.WriteFile(name, []byte(strings.Repeat(token+" ", 500)), 0o600); err != nil {
		c.Fail(err)
		return
	}
	defer os.Remove(name)
	c.File(name)
}
