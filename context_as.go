package dram

import (
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"reflect"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file has the typed getters. They are functions, since a method cannot have type
// parameters of its own, and have the names of the methods that return strings: ParamAs is
// c.Param as a type, QueryOr is c.DefaultQuery with the type of the default. (dram.Param is
// taken: as in Gin, it is the type of a path parameter.)
//
// They make values with package binding (binding.Parse): the error names the key and its
// source, not the value, and Context.Fail answers 400 with it. What cannot be decoded, such as
// a body that breaks off, is an error as it is of BindAll, though the key may not be in it.
// See docs/internals/15-binding.md.

// ParamAs returns a path parameter as a T, which is anything that a field of a bound struct
// may be: a number, bool, string, time.Time (RFC 3339), time.Duration, a type with
// UnmarshalParam or UnmarshalText, such as netip.Addr and most UUIDs, or a pointer to one of
// these. The error is binding.Errors: of the rule "required" if the value is empty, or that it
// does not fit. That the route has no such parameter, or that no text is a T (a channel, an
// interface, any too), is a mistake of the program, answered with 500.
func ParamAs[T any](c *Context, key string) (value T, err error) {
	c.live()
	text, ok := c.Params.Get(key)
	if !ok {
		return value, fmt.Errorf("dram: the route %q has no path parameter %q: name it in the route's pattern", c.FullPath(), key)
	}
	return parseAs[T](c, "uri", key, []string{text}, nil)
}

// QueryAs is like ParamAs, for a key of the URL's query. If T is a slice, it has all values
// of the key. A query with a pair that cannot be decoded is an error.
func QueryAs[T any](c *Context, key string) (T, error) {
	values, err := queryOf(c, key)
	return parseAs[T](c, "query", key, values, err)
}

// QueryOr is like QueryAs, but returns instead if the key is missing or empty. The error is
// that of a value that does not fit.
func QueryOr[T any](c *Context, key string, instead T) (T, error) {
	values, err := queryOf(c, key)
	return parseOr(c, "query", key, values, err, instead)
}

func queryOf(c *Context, key string) ([]string, error) {
	query, err := c.readQuery()
	if err != nil {
		return nil, binding.Undecodable("query", err)
	}
	return query[key], nil
}

// FormAs is like QueryAs, for a key of the body's form, as PostForm finds it. A form beyond
// Engine.MaxBodyMemory is a *http.MaxBytesError, and one that breaks off, or cannot be
// decoded, an error as well.
func FormAs[T any](c *Context, key string) (T, error) {
	values, err := formOf(c, key)
	return parseAs[T](c, "form", key, values, err)
}

// FormOr is to FormAs what QueryOr is to QueryAs.
func FormOr[T any](c *Context, key string, instead T) (T, error) {
	values, err := formOf(c, key)
	return parseOr(c, "form", key, values, err, instead)
}

func formOf(c *Context, key string) ([]string, error) {
	form, err := c.readPostForm()
	if err != nil && c.sendsForm() {
		return nil, binding.Undecodable("form", err)
	}
	return form[key], nil
}

// sendsForm reports whether the request has a body, and says that it is a form.
func (c *Context) sendsForm() bool {
	if c.Request.Body == nil || c.Request.Body == http.NoBody || c.Request.ContentLength == 0 {
		return false
	}
	media := c.ContentType()
	return media == MIMEPOSTForm || media == MIMEMultipartPOSTForm
}

// HeaderAs is like QueryAs, for a field of the request's header. The case of its name does
// not matter.
func HeaderAs[T any](c *Context, key string) (T, error) {
	return parseAs[T](c, "header", key, headerOf(c, key), nil)
}

// HeaderOr is to HeaderAs what QueryOr is to QueryAs.
func HeaderOr[T any](c *Context, key string, instead T) (T, error) {
	return parseOr(c, "header", key, headerOf(c, key), nil, instead)
}

func headerOf(c *Context, key string) []string {
	c.live()
	return c.Request.Header[textproto.CanonicalMIMEHeaderKey(key)]
}

// CookieAs is like ParamAs, for a cookie, as Context.Cookie decodes it; one that it cannot
// decode, or that net/http drops because of its value, does not fit.
func CookieAs[T any](c *Context, key string) (T, error) {
	values, err := cookieOf(c, key)
	return parseAs[T](c, "cookie", key, values, err)
}

// CookieOr is to CookieAs what QueryOr is to QueryAs.
func CookieOr[T any](c *Context, key string, instead T) (T, error) {
	values, err := cookieOf(c, key)
	return parseOr(c, "cookie", key, values, err, instead)
}

func cookieOf(c *Context, key string) ([]string, error) {
	c.live()
	var values []string
	var err error
	cookies := c.Request.CookiesNamed(key)
	if httpfield.LeavesOut(c.Request, key, len(cookies)) {
		err = httpfield.ErrCookie
	} else if len(cookies) > 0 {
		values = make([]string, 1)
		values[0], err = url.QueryUnescape(cookies[0].Value)
	}
	if err != nil {
		return nil, binding.Errors{{Source: "cookie", Field: key, Rule: "type", Param: "string", Message: "must be URL-encoded", Err: err}}
	}
	return values, nil
}

// parseAs is binding.Parse, unless there was an error before.
func parseAs[T any](c *Context, source, key string, values []string, err error) (value T, _ error) {
	if err == nil {
		value, err = binding.Parse[T](source, key, values)
	}
	c.warnMistake(err)
	return value, err
}

// parseOr is binding.ParseOr, unless there was an error before.
func parseOr[T any](c *Context, source, key string, values []string, err error, instead T) (value T, _ error) {
	if err == nil {
		value, err = binding.ParseOr(source, key, values, instead)
	}
	c.warnMistake(err)
	return value, err
}

// warnMistake says that a value was asked for that no client can send.
func (c *Context) warnMistake(err error) {
	if err != nil && !body.IsTooLarge(err) && binding.FieldErrors(err) == nil {
		c.warnFailure("a typed getter", err)
	}
}

// GetAs returns the value that Set stored under key, which has to be a T. That it is missing
// or another type is a mistake of the program, not the client's: the error is answered with
// 500.
func GetAs[T any](c *Context, key any) (value T, err error) {
	stored, exists := c.Get(key)
	if !exists {
		return value, fmt.Errorf("dram: key %v does not exist: Set it in an earlier handler", key)
	}
	value, ok := stored.(T)
	if !ok {
		return value, fmt.Errorf("dram: key %v holds a %T, not a %v: ask for the type that was Set", key, stored, reflect.TypeFor[T]())
	}
	return value, nil
}

// GetOr is like GetAs, but returns instead if there is no such key.
func GetOr[T any](c *Context, key any, instead T) (T, error) {
	if _, exists := c.Get(key); !exists {
		return instead, nil
	}
	return GetAs[T](c, key)
}
