package dram

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/dram-go/dram/internal/ctxlink"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/render"
)

// This file is what a handler writes: a status, headers, cookies, and a body
// by one of the renders. The renders that an API answers most requests with,
// JSON, String and Data, are called directly, the others through Render.
// See docs/internals/14-render.md.

// Status records the response's status; the first byte of the body sends it.
// A code of 0 or less keeps the status that is there.
func (c *Context) Status(code int) {
	c.Writer.WriteHeader(code)
}

// Header sets a response header; an empty value removes it.
func (c *Context) Header(key, value string) {
	if c.first != nil {
		c.warnLate(key)
	}
	if value == "" {
		c.Writer.Header().Del(key)
		return
	}
	c.Writer.Header().Set(key, value)
}

// SetSameSite sets the SameSite attribute of the cookies that follow.
func (c *Context) SetSameSite(samesite http.SameSite) {
	c.live()
	c.sameSite = samesite
}

// SetCookie adds a Set-Cookie header. The value is query-escaped; maxAge is in
// seconds, 0 leaves it out and a negative one deletes the cookie; the path is one of
// the service, "" all of it (CookiePath). A name or value that no cookie can carry is left out (RFC 6265
// section 4.1.1).
func (c *Context) SetCookie(name, value string, maxAge int, path, domain string, secure, httpOnly bool) {
	c.SetCookieData(&http.Cookie{
		Name:     name,
		Value:    url.QueryEscape(value),
		MaxAge:   maxAge,
		Path:     path,
		Domain:   domain,
		SameSite: c.sameSite,
		Secure:   secure,
		HttpOnly: httpOnly,
	})
}

// SetCookieData adds a Set-Cookie header for a cookie, whose value is sent as
// it is. Path is one of the service, "" all of it (CookiePath); SameSiteDefaultMode is SetSameSite's; a SameSite of
// 0 stays none.
func (c *Context) SetCookieData(cookie *http.Cookie) {
	c.warnCookie(cookie.Name)
	filled := *cookie
	filled.Path = c.CookiePath(cookie.Name, cookie.Path)
	if filled.SameSite == http.SameSiteDefaultMode {
		filled.SameSite = c.sameSite
	}
	http.SetCookie(c.Writer, &filled)
}

// Render answers with a status and what r writes; where the status allows no
// body, with the header alone. If r fails before the first byte is sent, the
// status becomes 500, or what OnError answers; later the answer is cut. In any
// case the error is attached and the chain aborted.
func (c *Context) Render(code int, r render.Render) {
	c.watch(code)
	c.Status(code)
	if httpfield.BodyAllowed(code) {
		c.rendered(r.Render(c.Writer))
		return
	}
	if !httpfield.Informational(code) {
		r.WriteContentType(c.Writer)
		c.Writer.WriteHeaderNow()
	}
}

// rendered takes the outcome of a render.
func (c *Context) rendered(err error) {
	if err == nil || errors.Is(err, http.ErrBodyNotAllowed) || errors.Is(err, render.ErrShort) && c.Request.Method == http.MethodHead {
		return // nobody is to have a body: of a 204, of HEAD
	}
	switch {
	case c.Writer.Written():
		if !c.tooLongForHEAD(err) {
			c.fail()
		}
	case c.errorFunc() != nil:
		c.Fail(err)
		c.warnFailure("Render", err)
		return
	default:
		httpfield.DropEntity(c.Writer.Header())
		c.Writer.WriteHeader(http.StatusInternalServerError)
	}
	c.Error(err)
	c.Abort()
	c.warnFailure("Render", err)
}

// JSON answers with obj as JSON; <, > and & are escaped, so that it may stand
// in HTML.
func (c *Context) JSON(code int, obj any) {
	c.watch(code)
	if !httpfield.BodyAllowed(code) {
		c.Render(code, render.JSON{Data: obj})
		return
	}
	c.Status(code)
	c.rendered(render.WriteJSON(c.Writer, obj))
}

// PureJSON answers with obj as JSON in which nothing is escaped for HTML.
func (c *Context) PureJSON(code int, obj any) { c.Render(code, render.PureJSON{Data: obj}) }

// IndentedJSON answers with obj as JSON for people to read; it costs more.
func (c *Context) IndentedJSON(code int, obj any) { c.Render(code, render.IndentedJSON{Data: obj}) }

// AsciiJSON answers with obj as JSON of ASCII characters only.
func (c *Context) AsciiJSON(code int, obj any) { c.Render(code, render.AsciiJSON{Data: obj}) }

// SecureJSON answers with obj as JSON, with a prefix before an array that keeps
// old browsers from running it as a script; see Engine.SecureJsonPrefix.
func (c *Context) SecureJSON(code int, obj any) {
	c.Render(code, render.SecureJSON{Prefix: c.engine.secureJSONPrefix, Data: obj})
}

// JSONP answers with obj as a call of the function that the query's callback
// names, or as JSON if there is no callback. A callback that is not a name, or
// names joined by dots, is answered with 400: otherwise the client, or a page that
// sends it here, could make the site serve any script.
func (c *Context) JSONP(code int, obj any) {
	script := render.JsonpJSON{Callback: c.Query("callback"), Data: obj}
	switch err := script.Valid(); {
	case err != nil && c.errorFunc() != nil:
		c.Fail(NewProblem(http.StatusBadRequest, render.ErrCallback.Error()).Because(err))
	case err != nil:
		c.Abort()
		c.Error(err).SetType(ErrorTypeBind)
		httpfield.DropEntity(c.Writer.Header())
		c.Header("X-Content-Type-Options", "nosniff")
		c.String(http.StatusBadRequest, render.ErrCallback.Error())
	case script.Callback == "":
		c.JSON(code, obj)
	default:
		c.Render(code, script)
	}
}

// XML answers with obj as XML.
func (c *Context) XML(code int, obj any) { c.Render(code, render.XML{Data: obj}) }

// YAML answers with obj as YAML; it needs contrib/yaml.
func (c *Context) YAML(code int, obj any) { c.Render(code, render.YAML{Data: obj}) }

// TOML answers with obj as TOML; it needs contrib/toml.
func (c *Context) TOML(code int, obj any) { c.Render(code, render.TOML{Data: obj}) }

// ProtoBuf answers with obj, a proto.Message, in protobuf's wire format; it
// needs contrib/protobuf.
func (c *Context) ProtoBuf(code int, obj any) { c.Render(code, render.ProtoBuf{Data: obj}) }

// BSON answers with obj as BSON; it needs contrib/bson.
func (c *Context) BSON(code int, obj any) { c.Render(code, render.BSON{Data: obj}) }

// HTML answers with the template of this name, executed with obj; the empty
// name is the root template.
func (c *Context) HTML(code int, name string, obj any) {
	if c.engine.HTMLRender == nil {
		c.rendered(render.ErrNoTemplate)
		return
	}
	c.Render(code, c.engine.HTMLRender.Instance(name, obj))
}

// String answers with a text, formatted as by fmt.Sprintf; without values the
// format is written as it is.
func (c *Context) String(code int, format string, values ...any) {
	c.watch(code)
	if !httpfield.BodyAllowed(code) {
		c.Render(code, render.String{Format: format, Data: values})
		return
	}
	c.Status(code)
	c.rendered(render.WriteString(c.Writer, format, values))
}

// Data answers with data. If contentType is empty, net/http detects it.
func (c *Context) Data(code int, contentType string, data []byte) {
	c.watch(code)
	if !httpfield.BodyAllowed(code) {
		c.Render(code, render.Data{ContentType: contentType, Data: data})
		return
	}
	c.Status(code)
	c.rendered(render.WriteData(c.Writer, contentType, data))
}

// DataFromReader answers with contentLength bytes of reader, or with all of them if
// it is -1. If reader has more bytes, they are not sent and an error is attached. A
// reader that fails in its first read is answered with 500; if it fails later, the
// answer is cut off. Headers that are already set win over extraHeaders.
func (c *Context) DataFromReader(code int, contentLength int64, contentType string, reader io.Reader, extraHeaders map[string]string) {
	c.Render(code, render.Reader{
		ContentType:   contentType,
		ContentLength: contentLength,
		Reader:        reader,
		Headers:       extraHeaders,
	})
}

// Redirect answers with a redirect: code is 201 or between 300 and 308. A location with a
// scheme leads where it says, so one that the client has sent has to be checked. Any other
// is a path of the service, "//host/x" too, or relative to that of the request, and leads
// neither to another host nor above the service: see URL. Where the client reaches the
// service below a prefix (BasePath), the prefix is put before it, unless it begins with it, as
// URL's do.
func (c *Context) Redirect(code int, location string) {
	location = pathspell.Locate(c.BasePath(), c.Request.URL, location)
	c.Render(-1, render.Redirect{Code: code, Location: location, Request: c.Request})
}

// SSEvent writes one server-sent event; Flush or Stream sends it. For an id or
// a retry time, Render a render.SSEvent. SSE sends a whole stream of them.
func (c *Context) SSEvent(name string, message any) {
	c.Render(-1, render.SSEvent{Event: name, Data: message})
}

// Stream calls step until it returns false, and sends what each call wrote. It returns true
// when it ended because the client is gone, or the time of the request is up; the answer is
// cut then, since what there is of it is not the whole.
//
// Event streams (text/event-stream), which have no end of their own, also end when the server
// begins to: Stream returns false then, and the answer is whole. A step that has begun is
// finished, so one that waits for something should wait for Stopping as well. Other bodies
// go on, for their ends cannot be told from their middles; the handler may ask Stopping.
func (c *Context) Stream(step func(w io.Writer) bool) bool {
	c.live()
	if c.first != nil {
		c.first.streams = true
	}
	ctx := contextOf(c.Request)
	var gone <-chan bool
	if !ctxlink.IsOutliving(ctx) {
		gone = c.Writer.CloseNotify() //nolint:staticcheck // a wrapped writer may know more than the request
	}
	done := ctx.Done()
	stopping := c.Stopping()
	for {
		select {
		case <-gone:
			c.fail()
			return true
		case <-done:
			c.fail()
			return true
		default:
		}
		select {
		case <-stopping:
			if httpfield.MediaType(c.Writer.Header().Get("Content-Type")) == "text/event-stream" {
				c.Writer.Flush()
				return false
			}
		default:
		}
		goOn := step(c.Writer)
		c.Writer.Flush()
		switch {
		case !goOn:
			return false
		case c.isUnwanted():
			return true
		}
	}
}
