package binding

// The rule "enum" is this package's: it accepts the values that a type lists by a method
// EnumValues() []T, so that they stand once in the program.
// See docs/internals/15-binding.md.

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dram-go/dram/internal/enum"
	"github.com/go-playground/validator/v10"
)

const ruleEnum = "enum"

func validEnum(level validator.FieldLevel) bool {
	value := level.Field()
	list, ok := enum.Values(value.Type())
	if !ok {
		panic("Bad field type " + value.Type().String()) // as the validator has it of its own rules
	}
	for i := range list.Len() {
		if list.Index(i).Equal(value) {
			return true
		}
	}
	return false
}

// enumText lists the values of a type, for people; "" for a type that has none, or is not known.
func enumText(typ reflect.Type) string {
	if typ == nil {
		return ""
	}
	list, ok := enum.Values(typ)
	if !ok {
		return ""
	}
	words := make([]string, list.Len())
	for i := range words {
		words[i] = fmt.Sprint(list.Index(i).Interface())
	}
	return strings.Join(words, " ")
}
