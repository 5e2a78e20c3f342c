package schema

// When two values of JSON are equal, and which of two numbers is greater: exactly, where a
// float64 would round.

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
)

// repeats reports whether two items are equal, by their canonical text.
func repeats(list []any) bool {
	seen := make(map[string]bool, len(list))
	for _, item := range list {
		text, _ := json.Marshal(canonical(item))
		if seen[string(text)] {
			return true
		}
		seen[string(text)] = true
	}
	return false
}

// canonical writes equal numbers alike.
func canonical(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = canonical(v[i])
		}
		return list
	case map[string]any:
		members := make(map[string]any, len(v))
		for name := range v {
			members[name] = canonical(v[name])
		}
		return members
	}
	if n, ok := asNumber(v); ok {
		if rat, ok := rational(n); ok {
			return []any{rat.String()}
		}
		return []any{n}
	}
	return v
}

// asNumber returns a number of JSON, or one of Go's.
func asNumber(v any) (json.Number, bool) {
	if n, ok := v.(json.Number); ok {
		return n, true
	}
	if v == nil {
		return "", false
	}
	if kind := reflect.TypeOf(v).Kind(); kind < reflect.Int || kind > reflect.Float64 {
		return "", false
	}
	text, err := json.Marshal(v)
	return json.Number(text), err == nil
}

// rational returns the value of a number whose exponent is not beyond that of a float64.
func rational(n json.Number) (*big.Rat, bool) {
	f, err := n.Float64()
	if err != nil || f == 0 && strings.ContainsAny(n.String(), "eE") {
		return new(big.Rat), err == nil && f == 0
	}
	return new(big.Rat).SetString(n.String())
}

// compareNumbers is exact, but for numbers that no float64 comes near.
func compareNumbers(a, b json.Number) int {
	x, exactX := rational(a)
	y, exactY := rational(b)
	if exactX && exactY {
		return x.Cmp(y)
	}
	f, _ := a.Float64() // ±Inf
	g, _ := b.Float64()
	switch {
	case f < g:
		return -1
	case f > g:
		return 1
	}
	return 0
}

func equalJSON(a, b any) bool {
	n, isNumber := asNumber(a)
	m, both := asNumber(b)
	if isNumber || both {
		return isNumber && both && compareNumbers(n, m) == 0
	}
	return reflect.DeepEqual(canonical(a), canonical(b))
}
