package dram

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file chooses the format of a response by what the client accepts
// (RFC 9110 section 12.5.1).
// See docs/internals/14-render.md.

// Media types, the names of Negotiate's offers.
const (
	MIMEJSON              = binding.MIMEJSON
	MIMEHTML              = binding.MIMEHTML
	MIMEXML               = binding.MIMEXML
	MIMEXML2              = binding.MIMEXML2
	MIMEPlain             = binding.MIMEPlain
	MIMEPOSTForm          = binding.MIMEPOSTForm
	MIMEMultipartPOSTForm = binding.MIMEMultipartPOSTForm
	MIMEYAML              = binding.MIMEYAML
	MIMEYAML2             = binding.MIMEYAML2
	MIMETOML              = binding.MIMETOML
	MIMEPROTOBUF          = binding.MIMEPROTOBUF
	MIMEBSON              = binding.MIMEBSON
)

// ErrNotAcceptable is the error of a Negotiate whose offers the client does not
// accept.
var ErrNotAcceptable = errors.New("dram: the accepted formats are not offered by the server")

// Negotiate says what Context.Negotiate may answer with.
type Negotiate struct {
	// Offered are media types, the preferred one first.
	Offered []string
	// HTMLName is the template of an HTML answer.
	HTMLName string

	HTMLData     any
	JSONData     any
	XMLData      any
	YAMLData     any
	TOMLData     any
	PROTOBUFData any
	BSONData     any
	// Data is for the formats that have no data of their own above.
	Data any
}

// Negotiate answers in the offered format that the client likes best. If it
// accepts none of them it answers 406, aborts, and attaches ErrNotAcceptable; with an OnError that
// function answers. Vary names Accept, for caches.
func (c *Context) Negotiate(code int, config Negotiate) {
	httpfield.AddVary(c.Writer.Header(), "Accept")
	either := func(own any) any { return cmp.Or(own, config.Data) }
	switch c.NegotiateFormat(config.Offered...) {
	case MIMEJSON:
		c.JSON(code, either(config.JSONData))
	case MIMEHTML:
		c.HTML(code, config.HTMLName, either(config.HTMLData))
	case MIMEXML, MIMEXML2:
		c.XML(code, either(config.XMLData))
	case MIMEYAML, MIMEYAML2:
		c.YAML(code, either(config.YAMLData))
	case MIMETOML:
		c.TOML(code, either(config.TOMLData))
	case MIMEPROTOBUF:
		c.ProtoBuf(code, either(config.PROTOBUFData))
	case MIMEBSON:
		c.BSON(code, either(config.BSONData))
	default:
		if c.errorFunc() != nil {
			c.Fail(NewProblem(http.StatusNotAcceptable, "").Because(ErrNotAcceptable))
			return
		}
		c.failBare(http.StatusNotAcceptable)
		c.Error(ErrNotAcceptable)
	}
}

// SetAccepted sets the media types that NegotiateFormat takes as accepted, the
// preferred one first, instead of those of the Accept header.
func (c *Context) SetAccepted(formats ...string) {
	c.live()
	c.Accepted = formats
}

// NegotiateFormat returns the offer that the client prefers, "" if it accepts
// none of them, the first if it does not say. Of two offers with the same
// q-value, the one that the client names first wins. Name Accept in Vary, as Negotiate does, if the
// answer may be kept by a cache.
func (c *Context) NegotiateFormat(offered ...string) string {
	c.live()
	if len(offered) == 0 {
		panic("dram: you must provide at least one offer to NegotiateFormat")
	}
	list := c.Accepted
	if list == nil || len(list) > 0 && &list[0] == c.fromHeader {
		list = c.Request.Header["Accept"] // which says how much each is liked
		c.Accepted, c.fromHeader = mediaTypes(list), nil
		if len(c.Accepted) > 0 {
			c.fromHeader = &c.Accepted[0]
		}
	}
	ranges := httpfield.MediaRanges(list)
	if len(ranges) == 0 {
		return offered[0]
	}
	return ranges.Best(offered)
}

// mediaTypes are the entries of an Accept header without their params.
func mediaTypes(lines []string) (types []string) {
	for item := range httpfield.Items(lines) {
		if mediaType := httpfield.MediaType(item); mediaType != "" {
			types = append(types, mediaType)
		}
	}
	return types
}
