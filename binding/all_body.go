package binding

// The body of a request that BindAll reads: a form, JSON, or what a codec decodes. Only the
// fields that are the body's are filled.
// See docs/internals/15-binding.md.

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
)

// ErrMediaType is in the error about a Content-Type that BindAll has no decoder for.
var ErrMediaType = errors.New("dram: nothing decodes a body of this media type into the struct")

// bindBody reads the body if there is one. Its error is that of a read.
func (b *allBinding) bindBody() error {
	hasForm := len(b.form.fields) > 0
	if b.json == nil && !hasForm {
		return nil // the handler may read it
	}
	media := httpfield.MediaType(b.req.Header.Get("Content-Type"))
	isForm := media == MIMEPOSTForm || media == MIMEMultipartPOSTForm
	there, takes := b.hasBody(), b.takes(media)
	if there && takes && isForm && hasForm {
		b.bodySource = sourceForm
		return b.bindForm(media)
	}
	b.apply(b.form, request{values: mapValues(nil), source: sourceForm}) // its defaults
	if !there {
		return nil
	}
	if !takes {
		return b.refuse(ErrMediaType)
	}
	source, unmarshal, err := b.decoder(media)
	if err != nil {
		return b.refuse(err)
	}
	b.bodySource = source
	if unmarshal == nil {
		return b.bindJSON()
	}
	return b.bindWhole(source, unmarshal)
}

// takes reports whether a media type is one of those that were asked for.
func (b *allBinding) takes(media string) bool {
	switch {
	case len(b.mediaTypes) == 0, slices.Contains(b.mediaTypes, media):
		return true
	case strings.HasSuffix(media, "+json"):
		return slices.Contains(b.mediaTypes, MIMEJSON)
	}
	return strings.HasSuffix(media, "+xml") && slices.Contains(b.mediaTypes, MIMEXML)
}

// hasBody reports whether there may be a body. net/http says that there is none by NoBody;
// with another body a length of 0 is unknown, as that of net/http/fcgi is.
func (b *allBinding) hasBody() bool {
	switch {
	case b.req.Method == http.MethodGet, b.req.Method == http.MethodHead, b.req.Method == "":
		return false
	case len(b.req.PostForm) > 0, b.req.MultipartForm != nil: // it was read before
		return true
	}
	return b.req.Body != nil && b.req.Body != http.NoBody
}

// bindForm has net/http parse the form. The query is none of it, so that what is wrong
// there does not spoil it.
func (b *allBinding) bindForm(media string) error {
	own := *b.req
	own.Method, own.URL, own.Form = http.MethodPost, &url.URL{}, nil
	switch b.req.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
	default: // whose form net/http has not read, should it have been asked
		if len(own.PostForm) == 0 {
			own.PostForm = nil
		}
	}
	parse := func(req *http.Request) error { return body.ParseForm(req, true) }
	if media == MIMEMultipartPOSTForm {
		parse = parseMultipart
	}
	err := parse(&own)
	b.req.PostForm, b.req.MultipartForm = own.PostForm, own.MultipartForm
	switch {
	case body.IsTooLarge(err):
		b.req.PostForm = url.Values{}
		return err
	case body.IsUnkept(err):
		return err
	case err != nil:
		b.errs = append(b.errs, syntaxErrors(sourceForm, err)...)
		b.noBody = true
		return nil
	}
	r := request{values: mapValues(own.PostForm), source: sourceForm}
	if own.MultipartForm != nil {
		r.files = own.MultipartForm.File
	}
	b.apply(b.form, r)
	return nil
}

// refuse says that the Content-Type is not one that is decoded, unless the body, whose length
// may not be known, is empty.
func (b *allBinding) refuse(why error) error {
	if _, err := io.ReadFull(b.req.Body, make([]byte, 1)); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return err
	}
	known := b.mediaTypes
	if len(known) == 0 {
		known = b.known()
	}
	b.noBody = true
	b.errs = append(b.errs, &FieldError{
		Source: sourceHeader, Field: "Content-Type", Rule: "oneof", Param: strings.Join(known, " "),
		Message: "must be the media type of the body: " + strings.Join(known, ", "), Err: why,
	})
	return nil
}

// known are the media types that a struct has fields for; only multipart/form-data carries files.
func (p *allPlan) known() (known []string) {
	if p.json != nil {
		known = append(known, MIMEJSON)
	}
	hasFiles := slices.ContainsFunc(p.form.fields, func(f field) bool { return f.file })
	if len(p.form.fields) > 0 && !hasFiles {
		known = append(known, MIMEPOSTForm)
	}
	if len(p.form.fields) > 0 {
		known = append(known, MIMEMultipartPOSTForm)
	}
	return known
}

// decoder returns the format of a body of a media type, and what decodes it as a whole; for
// JSON, which need not, that is nil.
func (b *allBinding) decoder(media string) (source string, unmarshal func([]byte, any) error, err error) {
	switch {
	case b.json == nil:
		return "", nil, ErrMediaType
	case media == MIMEJSON:
		return sourceJSON, nil, nil
	}
	var c codec.Codec
	switch known := Default(http.MethodPost, media).(type) {
	case xmlBinding:
		return sourceXML, decodeXML, nil
	case codecBinding:
		if c, err = codec.Get(known.name); err != nil {
			return "", nil, err
		}
	default:
		var ok bool
		if c, ok = codec.ByMIME(media); !ok {
			return decoderOfSuffix(media)
		}
	}
	return c.Name(), c.Unmarshal, nil
}

// decoderOfSuffix is decoder for a media type that only says on what it is built (RFC 6839):
// application/merge-patch+json, say.
func decoderOfSuffix(media string) (source string, unmarshal func([]byte, any) error, err error) {
	switch {
	case strings.HasSuffix(media, "+json"):
		return sourceJSON, nil, nil
	case strings.HasSuffix(media, "+xml"):
		return sourceXML, decodeXML, nil
	}
	return "", nil, ErrMediaType
}

func (b *allBinding) bindJSON() error {
	decode := func(text []byte) error {
		if !isBlank(text) {
			errs, whole := b.json.decode(text, b.target)
			b.errs, b.noBody = append(b.errs, errs...), !whole
		}
		return nil
	}
	if json.IsStandard() {
		return withBody(b.req, sourceJSON, decode)
	}
	text, err := readBody(b.req, sourceJSON)
	if err != nil {
		return err
	}
	return decode(text)
}

// bindWhole has a decoder that knows nothing of sources fill the struct, and puts back what
// was not for it.
func (b *allBinding) bindWhole(source string, unmarshal func([]byte, any) error) error {
	text, err := readBody(b.req, source)
	if err != nil || len(text) == 0 {
		return err
	}
	saved := make([]reflect.Value, len(b.foreign))
	for i, index := range b.foreign {
		if v, ok := fieldAt(b.target, index); ok {
			saved[i] = reflect.New(v.Type()).Elem()
			saved[i].Set(v)
			v.SetZero()
		}
	}
	err = unmarshal(text, b.target.Addr().Interface())
	for i, index := range b.foreign {
		v, ok := fieldAt(b.target, index)
		if ok && saved[i].IsValid() {
			v.Set(saved[i])
		} else if ok {
			v.SetZero()
		}
	}
	if err != nil {
		b.errs = append(b.errs, syntaxErrors(source, err)...)
		b.noBody = true
	}
	return nil
}

// fieldAt returns a field inside v, unless it is behind a nil pointer.
func fieldAt(v reflect.Value, index []int) (reflect.Value, bool) {
	for at, i := range index {
		if at > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, true
}
