package schema

import (
	"maps"
	"slices"
)

// Rules returns the names of all rules that are known, but for omitempty and the like.
func Rules() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for _, names := range [][]string{
			slices.Collect(maps.Keys(table)), slices.Collect(maps.Keys(conditional)), slices.Collect(maps.Keys(aliases)),
		} {
			for _, name := range names {
				if !yield(name) {
					return
				}
			}
		}
	})
}

// IsInexact reports whether a schema says less than the rule of every value.
func IsInexact(name string) bool { return table[name].inexact != "" }

// Exact returns the patterns that are to be the validator's.
func Exact() map[string]string { return exact }

// Patterns returns all patterns of the table.
func Patterns() []string {
	all := slices.Collect(maps.Values(exact))
	for _, w := range wide {
		all = append(all, w.pattern)
	}
	for _, pattern := range numeral {
		all = append(all, pattern)
	}
	for name := range literals {
		for _, param := range []string{"a-b", `]^\-[`, "k ß", "a.b/c", "'x' s"} {
			c := call{Schema: &Schema{}, class: isText, param: param}
			if why := table[name].apply(&c); why != "" {
				panic(why)
			}
			if c.Not != nil {
				all = append(all, c.Not.Pattern)
			}
			all = append(all, c.Pattern)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
