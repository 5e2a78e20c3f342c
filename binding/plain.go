package binding

// Plain text bodies, as they are.
// See docs/internals/15-binding.md.

import (
	"fmt"
	"net/http"
	"reflect"
)

type plainBinding struct{}

func (plainBinding) Name() string { return "plain" }

func (b plainBinding) Bind(req *http.Request, obj any) error {
	body, err := readBody(req, b.Name())
	if err != nil {
		return err
	}
	return b.BindBody(body, obj)
}

// BindBody stores the body in a *string or *[]byte, or in types made of them.
// A nil obj takes nothing and is not an error.
func (plainBinding) BindBody(body []byte, obj any) error {
	v := reflect.ValueOf(obj)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch {
	case !v.IsValid(), v.Kind() == reflect.Pointer:
		return nil
	case v.CanSet() && v.Kind() == reflect.String:
		v.SetString(string(body))
	case v.CanSet() && v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		v.SetBytes(append([]byte(nil), body...))
	default:
		return fmt.Errorf("%w: plain text goes into a *string or *[]byte, not into a %T", ErrDestination, obj)
	}
	return nil
}
