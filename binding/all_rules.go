package binding

import (
	"fmt"
	"reflect"
)

// CheckRules reports whether the validator knows the rules in the tags of a struct type, and of
// those that it consists of, for those who would rather know before the first request: it
// asks them about zero values. The error is ErrTags, and names the rule, and one that is like it.
func CheckRules(typ reflect.Type) (err error) {
	v, ok := Validator.(*defaultValidator)
	if !ok {
		return nil
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%w: %v", ErrTags, panicked)
		}
	}()
	eachStruct(typ, map[reflect.Type]visit{}, func(typ reflect.Type, again bool) {
		if !again {
			_ = v.validateStruct(typ, reflect.New(typ))
		}
	})
	return nil
}
