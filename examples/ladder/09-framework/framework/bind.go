package framework

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
)

// maxBody is how much of a body is decoded. dram: context_body.go#Context.maxBodyMemory.
const maxBody = 1 << 20

// ShouldBind fills the struct that obj points to: from a JSON body, or for a GET from the query by
// the tag "form". Then it checks the tag "binding". dram: context_bind.go#Context.ShouldBind,
// binding/binding.go#Default.
func (c *Context) ShouldBind(obj any) error {
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		return bindValues(obj, "form", c.Request.URL.Query())
	}
	body := http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	if err := json.NewDecoder(body).Decode(obj); err != nil {
		return fmt.Errorf("the body is not the JSON that is expected: %w", err)
	}
	return validate(obj)
}

// ShouldBindUri fills a struct from the params by the tag "uri". dram:
// context_bind.go#Context.ShouldBindUri.
func (c *Context) ShouldBindUri(obj any) error {
	values := url.Values{}
	for _, p := range c.Params {
		values.Add(p.Name, p.Value)
	}
	return bindValues(obj, "uri", values)
}

// bindValues stops at the first mistake; dram says all of them. It reads the tags with each
// request, which dram does once for each type:
// binding/plan.go#plan, binding/mapping.go
func bindValues(obj any, tag string, values url.Values) error {
	for field, value := range reflect.ValueOf(obj).Elem().Fields() {
		if name := field.Tag.Get(tag); name != "" && values.Has(name) {
			if err := setField(value, values.Get(name)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return validate(obj)
}

// setField converts a text to the field's kind. dram: binding/convert.go
func setField(field reflect.Value, text string) error {
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		field.SetInt(int64(n))
	default:
		panic(fmt.Sprintf("framework: a field of the kind %s cannot be bound", field.Kind()))
	}
	return nil
}

// validate knows one rule. dram: binding/validate.go#validate.
func validate(obj any) error {
	target := reflect.ValueOf(obj).Elem()
	if target.Kind() != reflect.Struct {
		return nil
	}
	for field, value := range target.Fields() {
		if field.Tag.Get("binding") == "required" && value.IsZero() {
			return fmt.Errorf("%s is required", field.Name)
		}
	}
	return nil
}
