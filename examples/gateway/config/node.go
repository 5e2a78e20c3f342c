package config

import (
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds what a file may have, and what aliases may multiply it to.
const maxNodes = 200_000

// isTooMuch counts values that a node brings.
func (d *decoder) isTooMuch(n *yaml.Node, values int) bool {
	before := d.nodes
	if d.nodes += values; before <= maxNodes && d.nodes > maxNodes {
		d.broken = true
		d.add(n.Line, "", "the file has more than %d values, with those that aliases repeat: write fewer", maxNodes)
	}
	return d.nodes > maxNodes
}

func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Tag == "!!null" }

// maxMerges bounds how deep merges may go: one may not be of itself.
const maxMerges = 10

// entries are the names of a mapping, each with what it stands for: its own, and those that a merge
// (<<: *name) brings, which is so deep in others.
func (d *decoder) entries(n *yaml.Node, path string, deep int) (all [][2]*yaml.Node) {
	var more [][2]*yaml.Node
	own := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, content := n.Content[i], resolved(n.Content[i+1])
		if key.Tag != "!!merge" {
			own[key.Value] = true
			all = append(all, [2]*yaml.Node{key, content})
			continue
		}
		from := []*yaml.Node{content}
		if content.Kind == yaml.SequenceNode {
			from = content.Content
		}
		for _, one := range from {
			if one = resolved(one); one.Kind != yaml.MappingNode || deep == maxMerges {
				d.add(key.Line, join(path, "<<"), "%s stands where another group of fields belongs: write the *name of one", kindOf(one))
				return nil
			} else if !d.isTooMuch(one, 1+len(one.Content)/2) {
				more = append(more, d.entries(one, path, deep+1)...)
			}
		}
	}
	for _, entry := range more {
		if name := entry[0].Value; !own[name] {
			own[name] = true
			all = append(all, entry)
		}
	}
	return all
}

// JSON is a value of a JSON document, written as one of YAML is: what stands in quotes is a text.
type JSON string

// json fills a JSON.
func (d *decoder) json(n *yaml.Node, v reflect.Value, path string) {
	if isNull(n) && n.Value == "" {
		d.add(n.Line, path, "it is empty: write null, another value, or leave the name out")
		return
	}
	var is any
	switch tag := n.ShortTag(); {
	case tag != "!!str" && n.Kind == yaml.ScalarNode && json.Valid([]byte(n.Value)): // numbers keep their digits
		v.SetString(n.Value)
		return
	case slices.Contains([]string{"!!null", "!!bool", "!!int", "!!float", "!!map", "!!seq"}, tag):
		if n.Decode(&is) != nil || hasOtherNames(is) {
			is = math.NaN() // which JSON does not have either
		}
	default: // a date, say
		is = n.Value
	}
	text, err := json.Marshal(is)
	if err != nil {
		d.add(n.Line, path, "it is not a value of JSON: write a text, a number, true, false, null, [a, b] or {name: a}, where a name that is a number stands in quotes")
	}
	v.SetString(string(text))
}

// hasOtherNames reports whether a name in a value is something other than text, which encoding/json
// writes as text since Go 1.27.
func hasOtherNames(v any) bool {
	switch v := v.(type) {
	case map[any]any:
		return true
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hasOtherNames)
	case []any:
		return slices.ContainsFunc(v, hasOtherNames)
	}
	return false
}

// kindOf is what a reader calls a node. What it is stays unsaid: a secret may stand at the wrong place.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a group of fields"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Value == "":
		return "nothing"
	}
	return "a text"
}
