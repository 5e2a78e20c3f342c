package dram

import (
	"fmt"
	"net/textproto"
	"net/url"
	"reflect"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/body"
)

// This file has the typed getters. They are functions, since a method cannot have type
// parameters of its own, and have the names of the methods that return strings: ParamAs is
// c.Param as a type, QueryOr is c.DefaultQuery with the type of the default. (dram.Param is
// taken: as in Gin, it is the type of a path parameter.)
//
// They make values with package binding (binding.Parse): the error names the key and its
// source, not the value, and Context.Fail answers 400 with it.

// ParamAs returns a path parameter as a T, which is anything that a field of a bound struct
// may be: a number, bool, string, time.Time (RFC 3339), time.Duration, a type with
// UnmarshalParam or UnmarshalText, such as netip.Addr and most UUIDs, or a pointer to one of
// these. The error is binding.Errors: of the rule "required" if the value is empty, or that it
// does not fit. That the route has no such parameter is a mistake of the program, answered with 500.
func ParamAs[T any](c *Context, key string) (value T, err error) {
	c.live()
	text, ok := c.Params.Get(key)
	if !ok {
		return value, fmt.Errorf("dram: the route %q has no path parameter %q: name it in the route's pattern", c.FullPath(), key)
	}
	return binding.Parse[T]("uri", key, []string{text})
}

// QueryAs is like ParamAs, for a key of the URL's query. If T is a slice, it has all values
// of the key.
func QueryAs[T any](c *Context, key string) (T, error) {
	return binding.Parse[T]("query", key, c.QueryArray(key))
}

// QueryOr is like QueryAs, but returns instead if the key is missing or empty. The error is
// that of a value that does not fit.
func QueryOr[T any](c *Context, key string, instead T) (T, error) {
	return binding.ParseOr("query", key, c.QueryArray(key), instead)
}

// FormAs is like QueryAs, for a key of the body's form, as PostForm finds it. A form beyond
// Engine.MaxBodyMemory is a *http.MaxBytesError.
func FormAs[T any](c *Context, key string) (value T, err error) {
	form, err := c.readPostForm()
	if body.IsTooLarge(err) {
		return value, err
	}
	return binding.Parse[T]("form", key, form[key])
}

// FormOr is to FormAs what QueryOr is to QueryAs.
func FormOr[T any](c *Context, key string, instead T) (value T, err error) {
	form, err := c.readPostForm()
	if body.IsTooLarge(err) {
		return value, err
	}
	return binding.ParseOr("form", key, form[key], instead)
}

// HeaderAs is like QueryAs, for a field of the request's header. The case of its name does
// not matter.
func HeaderAs[T any](c *Context, key string) (T, error) {
	return binding.Parse[T]("header", key, headerOf(c, key))
}

// HeaderOr is to HeaderAs what QueryOr is to QueryAs.
func HeaderOr[T any](c *Context, key string, instead T) (T, error) {
	return binding.ParseOr("header", key, headerOf(c, key), instead)
}

func headerOf(c *Context, key string) []string {
	c.live()
	return c.Request.Header[textproto.CanonicalMIMEHeaderKey(key)]
}

// CookieAs is like ParamAs, for a cookie, as Context.Cookie decodes it; one that it cannot
// decode does not fit.
func CookieAs[T any](c *Context, key string) (value T, err error) {
	values, err := cookieOf(c, key)
	if err != nil {
		return value, err
	}
	return binding.Parse[T]("cookie", key, values)
}

// CookieOr is to CookieAs what QueryOr is to QueryAs.
func CookieOr[T any](c *Context, key string, instead T) (value T, err error) {
	values, err := cookieOf(c, key)
	if err != nil {
		return value, err
	}
	return binding.ParseOr("cookie", key, values, instead)
}

func cookieOf(c *Context, key string) ([]string, error) {
	value, err := c.Cookie(key)
	if _, wrong := err.(url.EscapeError); wrong {
		return nil, binding.Errors{{Source: "cookie", Field: key, Rule: "type", Param: "string", Message: "must be URL-encoded", Err: err}}
	}
	return listOf(value, err == nil), nil
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

// listOf is a value, if there is one, as the values of its key.
func listOf(value string, ok bool) []string {
	if !ok {
		return nil
	}
	return []string{value}
}
