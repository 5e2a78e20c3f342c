package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec"
	_ "github.com/dram-go/dram/contrib/bson"
	_ "github.com/dram-go/dram/contrib/msgpack"
	_ "github.com/dram-go/dram/contrib/protobuf"
	_ "github.com/dram-go/dram/contrib/toml"
	_ "github.com/dram-go/dram/contrib/yaml"
)

// This file lists the bindings: how a client sends its token, and how the handler reads it.

// input is what most bindings fill.
type input struct {
	Token string `json:"token" xml:"token" yaml:"token" toml:"token" bson:"token" form:"token" header:"X-In" uri:"id" binding:"required"`
	Fill  string `json:"fill" xml:"fill" yaml:"fill" toml:"fill" bson:"fill" form:"fill" header:"-" uri:"-"`
}

type bindingKind struct {
	name string
	send func(a *ask)
	read func(w *world, c *dram.Context) (token string, err error)
}

var bindings = []bindingKind{
	{"json", body("application/json", json.Marshal), into((*dram.Context).ShouldBindJSON)},
	{"json, unread", body("application/json", json.Marshal), func(_ *world, c *dram.Context) (string, error) { return c.GetHeader(tokenHeader), nil }},
	{"json twice", body("application/json", json.Marshal), into(func(c *dram.Context, in any) error {
		if err := c.ShouldBindBodyWith(new(input), binding.JSON); err != nil {
			return err
		}
		return c.ShouldBindBodyWith(in, binding.JSON)
	})},
	{"xml", body("application/xml", xml.Marshal), into((*dram.Context).ShouldBindXML)},
	{"yaml", coded("yaml"), into((*dram.Context).ShouldBindYAML)},
	{"toml", coded("toml"), into((*dram.Context).ShouldBindTOML)},
	{"msgpack", coded("msgpack"), with(binding.MsgPack)},
	{"bson", coded("bson"), with(binding.BSON)},
	{"protobuf", func(a *ask) {
		a.marshal("application/x-protobuf", codecOf("protobuf").Marshal, wrapperspb.String(a.token))
	}, func(_ *world, c *dram.Context) (string, error) {
		in := new(wrapperspb.StringValue)
		err := c.ShouldBindWith(in, binding.ProtoBuf)
		return in.GetValue(), err
	}},
	{"plain", func(a *ask) { a.body, a.contentType = []byte(a.token), "text/plain" }, func(_ *world, c *dram.Context) (token string, err error) {
		err = c.ShouldBindWith(&token, binding.Plain)
		return token, err
	}},
	{"raw", func(a *ask) { a.body, a.contentType = []byte(a.token), "application/octet-stream" }, func(_ *world, c *dram.Context) (string, error) {
		data, err := c.GetRawData()
		return string(data), err
	}},
	{"form", func(a *ask) {
		a.body, a.contentType = []byte(url.Values{"token": {a.token}, "fill": {text(a.token)}}.Encode()), "application/x-www-form-urlencoded"
	}, into((*dram.Context).ShouldBind)},
	{"multipart", sendFiles, readFiles},
	{"query", func(a *ask) { a.target += "?token=" + a.token }, into((*dram.Context).ShouldBindQuery)},
	{"header", func(a *ask) { a.header.Set("X-In", a.token) }, into((*dram.Context).ShouldBindHeader)},
	{"uri", func(*ask) {}, into((*dram.Context).ShouldBindUri)},
	{"cookie", func(a *ask) { a.header.Add("Cookie", "in="+a.token) }, func(_ *world, c *dram.Context) (string, error) { return c.Cookie("in") }},
	{"all", func(a *ask) {
		a.header.Set("X-In", a.token)
		a.header.Add("Cookie", "in="+a.token)
		a.target += "?q=" + a.token
		a.marshal("application/json", json.Marshal, input{Token: a.token})
	}, func(w *world, c *dram.Context) (string, error) {
		var in struct {
			ID     string `uri:"id"`
			Header string `header:"X-In"`
			Cookie string `cookie:"in"`
			Query  string `query:"q"`
			Token  string `json:"token"`
		}
		err := c.ShouldBindAll(&in)
		for _, token := range []string{in.ID, in.Header, in.Cookie, in.Query} {
			if err == nil {
				w.said(c, token)
			}
		}
		return in.Token, err
	}},
}

func body(contentType string, marshal func(any) ([]byte, error)) func(*ask) {
	return func(a *ask) { a.marshal(contentType, marshal, input{Token: a.token, Fill: text(a.token)}) }
}

func codecOf(name string) codec.Codec {
	c, err := codec.Get(name)
	if err != nil {
		panic(err)
	}
	return c
}

func coded(name string) func(*ask) {
	return func(a *ask) { body(codecOf(name).MIMETypes()[0], codecOf(name).Marshal)(a) }
}

func into(bind func(*dram.Context, any) error) func(*world, *dram.Context) (string, error) {
	return func(w *world, c *dram.Context) (string, error) {
		var in input
		err := bind(c, &in)
		if err == nil && in.Fill != "" && in.Fill != text(in.Token) {
			w.fault(isMixed, "%s with %.80q", in.Token, in.Fill)
		}
		return in.Token, err
	}
}

func with(b binding.Binding) func(*world, *dram.Context) (string, error) {
	return into(func(c *dram.Context, in any) error { return c.ShouldBindWith(in, b) })
}

// sendFiles sends a field and two files, which are too large for the memory of forms.
func sendFiles(a *ask) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("token", a.token)
	for range 2 {
		part, _ := form.CreateFormFile("file", a.token+".txt") // a bytes.Buffer takes all
		_, _ = io.WriteString(part, strings.Repeat(a.token+" ", 400))
	}
	_ = form.Close()
	a.body, a.contentType = body.Bytes(), form.FormDataContentType()
}

func readFiles(w *world, c *dram.Context) (string, error) {
	var in struct {
		Token string                  `form:"token" binding:"required"`
		Files []*multipart.FileHeader `form:"file" binding:"len=2"`
	}
	if err := c.ShouldBind(&in); err != nil {
		return "", err
	}
	for _, header := range in.Files {
		saved := filepath.Join(w.files, "saved-"+c.GetHeader(sendHeader))
		if err := c.SaveUploadedFile(header, saved); err != nil {
			return "", err
		}
		data, err := os.ReadFile(saved)
		if err != nil {
			return "", err
		}
		if string(data) != strings.Repeat(in.Token+" ", 400) || header.Filename != in.Token+".txt" {
			w.fault(isMixed, "the file of %s is %s: %.80q", in.Token, header.Filename, data)
		}
		if err := os.Remove(saved); err != nil {
			return "", err
		}
	}
	return in.Token, nil
}

// bound is the kind of one binding, whose answers are rendered in every way.
func (b bindingKind) kind() kind {
	return kind{name: "bind " + b.name, verb: http.MethodPost, path: "/bind/" + strings.ReplaceAll(b.name, ", ", "-") + "/:render/:id",
		handle: func(w *world, c *dram.Context) {
			token, err := b.read(w, c)
			if err != nil {
				c.String(http.StatusBadRequest, fmt.Sprint(err))
				return
			}
			renderings[c.Param("render")].render(w, c, w.said(c, token))
		},
		fill: b.send,
	}
}
