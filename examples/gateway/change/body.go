package change

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
)

// body is a change of a JSON document, its pointers split into their steps.
type body struct {
	rename []move
	set    []value
	remove [][]string
}

type move struct{ from, to []string }

type value struct {
	at []string
	is json.RawMessage
}

// Messages changes one JSON document after the other, of a stream, as the route's answers are; nil if there is
// nothing to change.
func Messages(cfg *config.Change) func(text []byte) ([]byte, error) {
	if cfg == nil || cfg.Body == nil {
		return nil
	}
	return newBody(cfg.Body).apply
}

// Removed are the pointers, split into their steps, to what is removed from bodies.
func Removed(cfg *config.Change) [][]string {
	if cfg == nil || cfg.Body == nil {
		return nil
	}
	return newBody(cfg.Body).remove
}

// newBody makes a body of what the file says, nil of nil.
func newBody(cfg *config.Body) *body {
	if cfg == nil {
		return nil
	}
	b := new(body)
	for _, from := range slices.Sorted(maps.Keys(cfg.Rename)) {
		b.rename = append(b.rename, move{steps(from), steps(cfg.Rename[from])})
	}
	for _, at := range slices.Sorted(maps.Keys(cfg.Set)) {
		b.set = append(b.set, value{steps(at), json.RawMessage(cfg.Set[at])})
	}
	for _, at := range cfg.Remove {
		b.remove = append(b.remove, steps(at))
	}
	return b
}

// unescape undoes the escapes of a JSON Pointer (RFC 6901 section 3).
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

func steps(pointer string) []string {
	all := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range all {
		all[i] = unescape.Replace(all[i])
	}
	return all
}

// request changes a request. A member in another case than a pointer has it is an error: services that know no case read
// the one as the other, and what is to be removed would pass.
func (b *body) request(text []byte) ([]byte, error) {
	doc, err := decoded(text)
	if err != nil {
		return nil, dram.NewProblem(http.StatusBadRequest, "The body is not JSON.").Because(err)
	}
	return b.change(doc, func(at []string) error {
		if name := b.otherwise(doc, at); name != "" {
			return dram.NewProblem(http.StatusBadRequest, fmt.Sprintf("The body has the member %q, which is written in another case here.", name))
		}
		return nil
	})
}

// otherwise is a member on the way of a pointer that differs from it by its case only, and that no other pointer names;
// "" without one.
func (b *body) otherwise(doc any, at []string) string {
	for i, step := range at {
		switch v := doc.(type) {
		case map[string]any:
			for name := range v {
				if name != step && strings.EqualFold(name, step) && !b.names(at[:i], name) {
					return name
				}
			}
			doc = v[step]
		case []any:
			doc = item(v, step)
		}
	}
	return ""
}

// names reports whether a pointer has a member of the object at another one on its way.
func (b *body) names(object []string, member string) bool {
	all := slices.Clone(b.remove)
	for _, m := range b.rename {
		all = append(all, m.from, m.to)
	}
	for _, v := range b.set {
		all = append(all, v.at)
	}
	n := len(object)
	return slices.ContainsFunc(all, func(at []string) bool { return len(at) > n && at[n] == member && slices.Equal(at[:n], object) })
}

// item is one of a list, nil if there is none.
func item(list []any, step string) any {
	n, err := strconv.Atoi(step)
	if err != nil || n < 0 || n >= len(list) {
		return nil
	}
	return list[n]
}

// apply changes a document.
func (b *body) apply(text []byte) ([]byte, error) {
	doc, err := decoded(text)
	if err != nil {
		return nil, err
	}
	return b.change(doc, func([]string) error { return nil })
}

// decoded is a text of one JSON value. Numbers keep their digits.
func decoded(text []byte) (doc any, err error) {
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	if err := in.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, errors.New("there is something behind the JSON value")
	}
	return doc, nil
}

// change changes a document. What a pointer does not find is left as it is, and so is what cannot be
// moved since a value stands where an object has to; set and rename make the objects on their way.
// Before each pointer is followed, see may refuse what stands on its way: what was renamed there, too.
func (b *body) change(doc any, see func(at []string) error) ([]byte, error) {
	for _, m := range b.rename {
		if err := cmp.Or(see(m.from), see(m.to)); err != nil {
			return nil, err
		}
		if object, name := parent(doc, m.from, false); object != nil {
			if moved, ok := object[name]; ok {
				if delete(object, name); !put(doc, m.to, moved) {
					object[name] = moved // there is no place for it
				}
			}
		}
	}
	for _, v := range b.set {
		if err := see(v.at); err != nil {
			return nil, err
		}
		put(doc, v.at, v.is)
	}
	for _, at := range b.remove {
		if err := see(at); err != nil {
			return nil, err
		}
		if object, name := parent(doc, at, false); object != nil {
			delete(object, name)
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(doc)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

func put(doc any, at []string, value any) bool {
	object, name := parent(doc, at, true)
	if object != nil {
		object[name] = value
	}
	return object != nil
}

// parent is the object that has the member at the end of a pointer, nil if there is none.
func parent(doc any, at []string, create bool) (object map[string]any, name string) {
	last := len(at) - 1
	for i, step := range at {
		switch v := doc.(type) {
		case map[string]any:
			if i == last {
				return v, step
			}
			if _, ok := v[step]; !ok && create {
				v[step] = make(map[string]any)
			}
			doc = v[step]
		case []any:
			doc = item(v, step)
		default:
			return nil, ""
		}
	}
	return nil, ""
}
