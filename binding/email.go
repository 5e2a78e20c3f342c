package binding

import (
	"reflect"
	"strings"
	"sync"

	"github.com/go-playground/validator/v10"
)

// The rule "email" parses an address and then matches a long regular expression,
// which is a third of what it costs to validate a sign-up. Almost every address
// that comes is plain, though: letters, digits, a few signs. isPlainEmail accepts
// those at once; what it does not know, good or bad, goes to the validator's own
// rule. So the answer is the validator's, always; a fuzz test holds them together.
// See docs/internals/15-binding.md.

// unchanged holds a validator with the rule as it comes. It is not a sync.OnceValue,
// which would make every program that imports this package link the validator.
var unchanged struct {
	once     sync.Once
	validate *validator.Validate
}

func validEmail(level validator.FieldLevel) bool {
	field := level.Field()
	if field.Kind() == reflect.String && isPlainEmail(field.String()) {
		return true
	}
	unchanged.once.Do(func() { unchanged.validate = validator.New() })
	return unchanged.validate.Var(field.Interface(), "email") == nil
}

// isPlainEmail reports whether s is an address such as jane.doe+list@mail.example.com.
func isPlainEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(local) > 64 || len(domain) > 253 {
		return false
	}
	if !arePlainWords(local, "_+-") || !arePlainWords(domain, "-") {
		return false
	}
	dot := strings.LastIndexByte(domain, '.')
	top := domain[dot+1:]
	return dot > 0 && len(top) >= 2 && strings.IndexFunc(top, isNoLetter) < 0
}

// arePlainWords reports whether s is words joined by single dots: ASCII letters and
// digits, and inside a word the signs.
func arePlainWords(s, signs string) bool {
	start := true // of a word; after a sign too, since a word must not end in one
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			start = false
		case !start && (c == '.' || strings.IndexByte(signs, c) >= 0):
			start = true
		default:
			return false
		}
	}
	return !start
}

func isNoLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }
