package dramtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram/internal/jsonpointer"
)

// This file compares JSON with what a test wants of it.

// anything stands for any value.
const anything = "…"

// Match says how JSON is compared.
type Match int

// Exact allows no fields but those that are wanted.
const Exact Match = 1

// JSON fails the test unless the body is JSON that fits: want is JSON, or a value that is encoded. The string "…" in it
// fits any value; objects may have further fields, unless Exact is said; "…" as the last element of an array is any
// number of further ones.
//
//	res.JSON(`{"title": "Momo", "id": "…", "tags": ["a", "…"]}`)
func (res *Response) JSON(want any, how ...Match) *Response {
	res.t.Helper()
	text, err := asJSON(want)
	if err != nil {
		res.t.Fatalf("dramtest: JSON: what is wanted: %v", err)
	}
	wanted, err := parseJSON(text)
	if err != nil {
		res.t.Fatalf("dramtest: JSON: what is wanted is not JSON: %v: %s", err, text)
	}
	got, err := parseJSON(res.Bytes())
	if err != nil {
		res.fatal("the body is not JSON: %v", err)
	}
	if faults := compare("", wanted, got, slices.Contains(how, Exact)); len(faults) > 0 {
		res.fatal("the JSON differs\n\t%s", strings.Join(faults, "\n\t"))
	}
	return res
}

// parseJSON keeps numbers as they are written.
func parseJSON(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err = decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err = decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("more follows at byte %d", decoder.InputOffset())
	}
	return value, nil
}

// compare lists where got does not fit, by JSON pointers (RFC 6901).
func compare(at string, want, got any, exact bool) (faults []string) {
	if want == anything {
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return compareObjects(at, want, got, exact)
		}
	case []any:
		if got, ok := got.([]any); ok {
			return compareArrays(at, want, got, exact)
		}
	case json.Number:
		if got, ok := got.(json.Number); ok && sameNumber(want, got) {
			return nil
		}
	default: // a string, a bool, null
		if want == got {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: got %s, want %s", pointer(at), asText(got), asText(want))}
}

func compareObjects(at string, want, got map[string]any, exact bool) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		below := at + "/" + jsonpointer.Escape(name)
		if value, ok := got[name]; ok {
			faults = append(faults, compare(below, want[name], value, exact)...)
		} else {
			faults = append(faults, fmt.Sprintf("%s: missing, want %s", below, asText(want[name])))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; exact && !ok {
			faults = append(faults, fmt.Sprintf("%s/%s: got %s, want no such field", at, jsonpointer.Escape(name), asText(got[name])))
		}
	}
	return faults
}

func compareArrays(at string, want, got []any, exact bool) (faults []string) {
	open := len(want) > 0 && want[len(want)-1] == anything && len(got) != len(want)
	if open {
		want = want[:len(want)-1]
	}
	if len(got) < len(want) || len(got) > len(want) && !open {
		return []string{fmt.Sprintf("%s: got %d elements, want %d: %s", pointer(at), len(got), len(want), asText(got))}
	}
	for i := range want {
		faults = append(faults, compare(at+"/"+strconv.Itoa(i), want[i], got[i], exact)...)
	}
	return faults
}

// sameNumber reports whether two numbers are equal: 1 is 1.0, and large ones differ in their last digit.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, errA := a.Float64()
	y, errB := b.Float64()
	const exactly = 1 << 53
	return errA == nil && errB == nil && x == y && -exactly < x && x < exactly
}

func pointer(at string) string {
	if at == "" {
		return "the whole"
	}
	return at
}

// asText is a value in a message.
func asText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	const most = 120
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
