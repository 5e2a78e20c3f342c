package binding

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// This file guesses what a rule that does not exist was meant to be. See docs/internals/15-binding.md.

// similarRule says which rule was probably meant by a name that is not one; "" if none is
// like it.
func similarRule(name string) string {
	names := slices.Concat(slices.Collect(maps.Keys(messages)), slices.Collect(maps.Keys(limits)))
	slices.Sort(names)
	best, fewest := "", min(3, len(name)) // of which something has to stay
	for _, known := range names {
		if n := edits(name, known); n < fewest {
			best, fewest = known, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (is %q meant?)", best)
}

// edits is how many bytes have to be added, removed, changed, or swapped with the next
// one, to make b of a.
func edits(a, b string) int {
	before, last, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			next[j+1] = min(last[j+1]+1, next[j]+1, last[j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}

// noRule says what is wrong with a tag, of which the validator has said it: "Undefined validation
// function 'nosuch' on field 'A'".
func noRule(typ reflect.Type, said string) string {
	words := strings.Split(said, "'")
	if len(words) < 4 {
		return fmt.Sprintf("the tag `binding` of %s: %s: correct the tag", typ, said)
	}
	hint := similarRule(words[1])
	if hint == "" && followsOneOf(typ, words[3], words[1]) {
		hint = " (if it is one of the values of oneof: they stand with spaces between them)"
	}
	return fmt.Sprintf("field %s of %s: the rule %q is not known%s: correct the tag `binding`, or register the rule before it is used", words[3], typ, words[1], hint)
}

// followsOneOf reports whether a rule comes after oneof in the tag of a field.
func followsOneOf(typ reflect.Type, field, rule string) (follows bool) {
	eachStruct(typ, map[reflect.Type]visit{}, func(typ reflect.Type, _ bool) {
		sf, _ := typ.FieldByName(field)
		_, rest, _ := strings.Cut(sf.Tag.Get("binding"), "oneof=")
		follows = follows || strings.Contains(rest, ","+rule)
	})
	return follows
}
