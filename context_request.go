package dram

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file is what a handler reads of the request as it came: path, query,
// form, headers, cookies, body. context_bind.go decodes it into structs.
// See docs/internals/12-context.md.

// errNilBody is what GetRawData returns for a request without a body.
var errNilBody = errors.New("cannot read nil body")

// Param returns the value of the route's param called key, "" if there is none.
func (c *Context) Param(key string) string {
	return c.Params.ByName(key)
}

// AddParam adds a param. If there is already one with the same name, that one is
// found first.
func (c *Context) AddParam(key, value string) {
	c.live()
	c.Params = append(c.Params, Param{Key: key, Value: value})
}

// Query returns the first value of key in the URL's query, "" if there is none.
func (c *Context) Query(key string) (value string) {
	value, _ = c.GetQuery(key)
	return value
}

// DefaultQuery is like Query, but returns defaultValue if the key is absent. A key
// that is there without a value is "".
func (c *Context) DefaultQuery(key, defaultValue string) string {
	if value, ok := c.GetQuery(key); ok {
		return value
	}
	return defaultValue
}

// GetQuery is like Query, and reports whether the key is there.
func (c *Context) GetQuery(key string) (string, bool) {
	return first(c.GetQueryArray(key))
}

// QueryArray returns all values of key in the URL's query.
func (c *Context) QueryArray(key string) (values []string) {
	values, _ = c.GetQueryArray(key)
	return values
}

// GetQueryArray is like QueryArray, and reports whether the key is there.
func (c *Context) GetQueryArray(key string) (values []string, ok bool) {
	values, ok = c.queryValues()[key]
	return values, ok
}

// QueryMap returns the keys key[a]=1&key[b]=2 of the URL's query as a map.
func (c *Context) QueryMap(key string) (dicts map[string]string) {
	dicts, _ = c.GetQueryMap(key)
	return dicts
}

// GetQueryMap is like QueryMap, and reports whether there is such a key.
func (c *Context) GetQueryMap(key string) (map[string]string, bool) {
	return bracketed(c.queryValues(), key)
}

// parsedQuery is the query of a URL. err is that of pairs which are not in values.
type parsedQuery struct {
	url    *url.URL
	values url.Values
	err    error
}

// queryValues is the URL's query, parsed at first use. Goroutines of a handler
// may ask at the same time: then each parses it, and one result is kept.
func (c *Context) queryValues() url.Values {
	values, _ := c.readQuery()
	return values
}

// readQuery is queryValues with what went wrong when they were parsed.
func (c *Context) readQuery() (url.Values, error) {
	c.live()
	if c.Request == nil || c.Request.URL == nil {
		return nil, nil
	}
	if parsed := c.query.Load(); parsed != nil && parsed.url == c.Request.URL {
		return parsed.values, parsed.err
	}
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	c.query.Store(&parsedQuery{c.Request.URL, values, err})
	return values, err
}

// PostForm returns the first value of key in the body of a POST, PUT or PATCH,
// URL-encoded or multipart; "" if there is none.
func (c *Context) PostForm(key string) (value string) {
	value, _ = c.GetPostForm(key)
	return value
}

// DefaultPostForm is like PostForm, but returns defaultValue if the key is absent.
func (c *Context) DefaultPostForm(key, defaultValue string) string {
	if value, ok := c.GetPostForm(key); ok {
		return value
	}
	return defaultValue
}

// GetPostForm is like PostForm, and reports whether the key is there.
func (c *Context) GetPostForm(key string) (string, bool) {
	return first(c.GetPostFormArray(key))
}

// PostFormArray returns all values of key in the body.
func (c *Context) PostFormArray(key string) (values []string) {
	values, _ = c.GetPostFormArray(key)
	return values
}

// GetPostFormArray is like PostFormArray, and reports whether the key is there.
func (c *Context) GetPostFormArray(key string) (values []string, ok bool) {
	values, ok = c.postForm()[key]
	return values, ok
}

// PostFormMap returns the keys key[a]=1&key[b]=2 of the body as a map.
func (c *Context) PostFormMap(key string) (dicts map[string]string) {
	dicts, _ = c.GetPostFormMap(key)
	return dicts
}

// GetPostFormMap is like PostFormMap, and reports whether there is such a key.
func (c *Context) GetPostFormMap(key string) (map[string]string, bool) {
	return bracketed(c.postForm(), key)
}

// postForm is the body's form; net/http keeps it in the request once parsed.
// A body that cannot be parsed has the fields that could be read, one beyond
// Engine.MaxBodyMemory none.
func (c *Context) postForm() url.Values {
	values, _ := c.readPostForm()
	return values
}

// readPostForm is postForm with what went wrong when it was parsed, which is remembered.
func (c *Context) readPostForm() (values url.Values, err error) {
	c.live()
	c.formMu.Lock()
	defer c.formMu.Unlock()
	if err = c.form.Load().of(c.Request); err != nil {
		return c.Request.PostForm, err
	}
	unparsed := c.Request.MultipartForm == nil && c.ContentType() == MIMEMultipartPOSTForm
	if c.Request.PostForm == nil || unparsed {
		err, _ = c.parseForm()
		if err != nil && c.engine != nil {
			c.engine.debugPrint("error on parse multipart form array: %v", err)
		}
	}
	return c.Request.PostForm, err
}

// noForm keeps net/http from parsing the query as well.
var noForm = url.Values{}

// parseForm is Request.ParseMultipartForm within Engine.MaxBodyMemory. inBody is what is wrong
// with the form of the body, and inQuery with the query, which is part of Request.Form.
func (c *Context) parseForm() (inBody, inQuery error) {
	req := c.Request
	bounded := c.boundBody(binding.Form)
	defer bounded.Release(req)
	form, had := req.Form, req.MultipartForm
	req.Form = noForm
	inBody = body.ParseForm(req, false)
	if req.Form = form; form == nil {
		inQuery = req.ParseForm()
	}
	if inBody == nil && c.ContentType() == MIMEMultipartPOSTForm {
		if inBody = body.ParseFormData(req, c.maxMultipartMemory()); body.IsTooLarge(inBody) {
			req.PostForm = url.Values{}
		}
	}
	c.noteForm(inBody, had)
	return inBody, inQuery
}

// readForm is what net/http forgets of a form that was read.
type readForm struct {
	values url.Values
	err    error           // why not all of it could be parsed
	files  *multipart.Form // if it was read here: its request may be a copy, which is gone
	before *readForm
}

// noteForm keeps what is known of the form of the request, of which had was there before.
func (c *Context) noteForm(err error, had *multipart.Form) {
	files := c.Request.MultipartForm
	if last := c.form.Load(); had != nil && c.hadForm || last != nil && last.files == files {
		files = nil
	}
	if err != nil || files != nil {
		c.form.Store(&readForm{c.Request.PostForm, err, files, c.form.Load()})
	}
}

// of returns what is wrong with the form of a request, or of its copy, if it is that one.
func (form *readForm) of(req *http.Request) error {
	for ; form != nil && req.PostForm != nil; form = form.before {
		if form.err != nil && maps.EqualFunc(form.values, req.PostForm, slices.Equal) {
			return form.err
		}
	}
	return nil
}

func (c *Context) maxMultipartMemory() int64 {
	if c.engine == nil {
		return defaultMultipartMemory
	}
	return c.engine.MaxMultipartMemory
}

// first is the first of values.
func first(values []string, ok bool) (string, bool) {
	if len(values) == 0 {
		return "", ok
	}
	return values[0], ok
}

// bracketed collects the first values of the keys name[k] by k.
func bracketed(values url.Values, name string) (map[string]string, bool) {
	found := make(map[string]string)
	for key, list := range values {
		rest, ok := strings.CutPrefix(key, name+"[")
		if !ok || len(list) == 0 {
			continue
		}
		if inner, _, closed := strings.Cut(rest, "]"); closed && inner != "" {
			found[inner] = list[0]
		}
	}
	return found, len(found) > 0
}

// FormFile returns the first file uploaded under name, or http.ErrMissingFile. The
// file's own name is a base name, but otherwise what the client chose. Fail answers
// what is the client's fault with 400, 408 or 413.
func (c *Context) FormFile(name string) (*multipart.FileHeader, error) {
	if _, err := c.MultipartForm(); err != nil {
		return nil, err
	}
	if files := c.Request.MultipartForm.File[name]; len(files) > 0 {
		return files[0], nil
	}
	return nil, http.ErrMissingFile
}

// MultipartForm returns the parsed multipart form, with its files. If its values have
// more than Engine.MaxBodyMemory, the error is a *http.MaxBytesError.
func (c *Context) MultipartForm() (*multipart.Form, error) {
	c.live()
	c.formMu.Lock()
	defer c.formMu.Unlock()
	if err := c.form.Load().of(c.Request); err != nil {
		return c.Request.MultipartForm, body.Malformed(err)
	}
	inBody, inQuery := c.parseForm()
	err := cmp.Or(inBody, inQuery)
	if err == nil && c.Request.MultipartForm == nil {
		err = http.ErrNotMultipart
	}
	return c.Request.MultipartForm, body.Malformed(err)
}

// GetHeader returns the first value of a request header, "" if there is none.
func (c *Context) GetHeader(key string) string {
	c.live()
	return c.Request.Header.Get(key)
}

// ContentType returns the media type of the request's body in lower case, without
// its parameters.
func (c *Context) ContentType() string {
	return httpfield.MediaType(c.GetHeader("Content-Type"))
}

// IsWebsocket reports whether the request asks for a WebSocket (RFC 6455 section
// 4.2.1).
func (c *Context) IsWebsocket() bool {
	c.live()
	return httpfield.Upgrades(c.Request.Header, "websocket")
}

// Cookie returns the value of the request's cookie with this name, decoded as
// SetCookie encodes it, or http.ErrNoCookie.
func (c *Context) Cookie(name string) (string, error) {
	c.live()
	cookie, err := c.Request.Cookie(name)
	if err != nil {
		return "", err
	}
	return url.QueryUnescape(cookie.Value)
}

// RoutePath returns the path that the router looks up for the request: URL.Path,
// which is decoded, or the escaped form with Engine.UseRawPath and UseEscapedPath,
// and a clean one with RemoveExtraSlash. Code that passes a path on to another
// reader has to pass on what was looked up.
func (c *Context) RoutePath() string {
	c.live()
	return c.engine.requestPath(c.Request)
}

// GetRawData reads the whole body, up to Engine.MaxBodyMemory; beyond it the error
// is a *http.MaxBytesError.
func (c *Context) GetRawData() ([]byte, error) {
	c.live()
	if c.Request.Body == nil {
		return nil, errNilBody
	}
	defer c.boundBody(nil).Release(c.Request)
	data, err := io.ReadAll(c.Request.Body)
	if c.first != nil && len(data) == 0 && err == nil && c.Request.ContentLength > 0 {
		c.warnFailure("GetRawData", body.ErrReadBefore)
	}
	return data, err
}
