package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
)

// At is the line of the file where a mapping begins, embedded by the types that later checks
// have something to say of.
type At struct {
	Line  int    `yaml:"-" json:"-"`
	Where string `yaml:"-" json:"-"` // routes[3]
	file  string
}

// at is where a field of the mapping is.
func (a At) at(field string) string { return join(a.Where, field) }

// Fault is a mistake in a field of the mapping, for those who find one when they compile it.
func (a At) Fault(field, format string, args ...any) Fault {
	return Fault{File: a.file, Line: a.Line, Path: a.at(field), Text: fmt.Sprintf(format, args...)}
}

// decoder fills the types of this package from the nodes of a file, and goes on after a
// mistake. The tags of a field are:
//
//	yaml:"name,required"   its name; it has to be there
//	oneof:"a b c"          what a string may be
//	is:"path"              the kind of a string (kind.go)
//	bytes:"32"             how long a secret has to be
//	min:"1" max:"9"        the bounds of a number, or of a time
//	least:"1"              how many entries a list or map has to have
//	scheme:"http https"    what a URL may begin with
//	default:"30s"          the text that stands for one that is not there
//
// What is empty (null) is as if it were not there, if it has a default. Otherwise it is told: a scope or a
// certificate that is missing by mistake would let everybody in.
type decoder struct {
	*report
	nodes  int
	broken bool // there are holes in the File
}

// decode fills v, which can be set, from a node.
func (d *decoder) decode(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if n = resolved(n); d.isTooMuch(n, 1) {
		return
	}
	if v.Type() == reflect.TypeFor[JSON]() {
		d.json(n, v, path)
		return
	}
	if isNull(n) {
		d.broken = true
		d.empty(n, path)
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if parser, ok := v.Addr().Interface().(value); ok {
		d.text(n, parser, path, tag)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(n, v, path)
	case reflect.Map:
		d.names(n, v, path, tag)
	case reflect.Slice:
		d.list(n, v, path, tag)
	default:
		d.scalar(n, v, path, tag)
	}
}

func (d *decoder) empty(n *yaml.Node, path string) {
	d.add(n.Line, path, "it is empty: write its value, or leave the name out")
}

// text fills a value that is written as text.
func (d *decoder) text(n *yaml.Node, v value, path string, tag reflect.StructTag) {
	if s, ok := v.(interface{ within(dir string) }); ok {
		s.within(d.dir)
		if name, isFile := strings.CutPrefix(n.Value, "file:"); isFile {
			d.reads(name)
		}
	}
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		d.add(n.Line, path, "%s stands where one value belongs: write it on the line of its name", kindOf(n))
		return
	}
	if err := v.parse(n.Value); err != nil {
		d.add(n.Line, path, "%v", err)
		return
	}
	switch v := v.(type) {
	case *Secret:
		if least, err := strconv.Atoi(tag.Get("bytes")); err == nil && len(v.text) < least {
			d.add(n.Line, path, "the secret is %d bytes: make it %d or more, with openssl rand -hex %d", len(v.text), least, least)
		}
	case *URL:
		if schemes := tag.Get("scheme"); schemes != "" && !slices.Contains(strings.Fields(schemes), v.Scheme) {
			d.add(n.Line, path, "the scheme of %s is not known here: write %s", shown(n.Value), or(strings.Fields(schemes)))
		}
	case *Duration:
		if least, err := time.ParseDuration(tag.Get("min")); err == nil && time.Duration(*v) < least {
			d.add(n.Line, path, "%s is too short: write %s or more", shown(n.Value), tag.Get("min"))
		}
	}
}

// mapping fills a struct.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if at := v.FieldByName("At"); at.IsValid() {
		at.Set(reflect.ValueOf(At{Line: n.Line, Where: path, file: d.file}))
	}
	names, fields := fieldsOf(v.Type())
	if n.Kind != yaml.MappingNode {
		d.add(n.Line, path, "%s stands where fields belong: write %s, each with its value", kindOf(n), or(names))
		return
	}
	seen := make(map[string]int)
	for _, entry := range d.entries(n, path, 0) {
		key, content := entry[0], entry[1]
		name := key.Value
		if path == "" && strings.HasPrefix(name, "x-") {
			continue // the author's own, to be repeated elsewhere
		}
		if _, ok := fields[name]; !ok {
			d.add(key.Line, join(path, name), "there is no such field: %s", Meant(name, names))
			if name = meant(name, names); name == "" || seen[name] > 0 {
				continue
			}
		}
		if before, twice := seen[name]; twice {
			d.add(key.Line, join(path, name), "it stands on line %d as well: leave one", before)
			continue
		}
		field := fields[name]
		if isNull(content) && (hasDefault(field) || isRequired(field)) {
			continue // as if it were not there
		}
		seen[name] = key.Line
		d.decode(content, v.FieldByIndex(field.Index), join(path, name), field.Tag)
	}
	for _, name := range names {
		field := fields[name]
		absent := v.FieldByIndex(field.Index)
		if seen[name] > 0 {
			continue
		}
		if isRequired(field) {
			d.add(n.Line, join(path, name), "it is missing: it has to be there")
		} else if text, ok := field.Tag.Lookup("default"); ok {
			d.decode(&yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: n.Line}, absent, join(path, name), field.Tag)
		} else if hasDefault(field) {
			d.decode(&yaml.Node{Kind: yaml.MappingNode, Line: n.Line}, absent, join(path, name), field.Tag)
		}
	}
}

func isRequired(field reflect.StructField) bool {
	return strings.HasSuffix(field.Tag.Get("yaml"), ",required")
}

// hasDefault reports whether a field has a default, or is a group of fields that may have some.
func hasDefault(field reflect.StructField) bool {
	_, text := field.Tag.Lookup("default")
	_, written := reflect.New(field.Type).Interface().(value)
	return text || !written && field.Type.Kind() == reflect.Struct
}

// names fills a map, whose keys are names of the file's author.
func (d *decoder) names(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if n.Kind != yaml.MappingNode {
		d.add(n.Line, path, "%s stands where names belong: write name: value, a line for each", kindOf(n))
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	entries := d.entries(n, path, 0)
	for _, entry := range entries {
		key := entry[0]
		name := reflect.ValueOf(key.Value)
		if v.MapIndex(name).IsValid() {
			d.add(key.Line, join(path, key.Value), "the name is taken by one above: choose another")
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		d.decode(entry[1], item, join(path, key.Value), tag)
		v.SetMapIndex(name, item)
	}
	d.least(n, len(entries), path, tag)
}

// list fills a slice. A single value is a list of one.
func (d *decoder) list(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	items := n.Content
	if n.Kind != yaml.SequenceNode {
		if elem := v.Type().Elem(); n.Kind != yaml.ScalarNode || elem.Kind() == reflect.Pointer {
			d.add(n.Line, path, "%s stands where a list belongs: write [a, b], or a line with - for each", kindOf(n))
			return
		}
		items = []*yaml.Node{n}
	}
	if d.nodes+len(items) > maxNodes {
		d.nodes = max(d.nodes, maxNodes) // the next one says so
	}
	if len(items) == 0 && tag.Get("least") == "" {
		d.empty(n, path)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		d.decode(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i), tag)
	}
	d.least(n, len(items), path, tag)
}

func (d *decoder) least(n *yaml.Node, entries int, path string, tag reflect.StructTag) {
	if least, err := strconv.Atoi(tag.Get("least")); err == nil && entries < least {
		d.add(n.Line, path, "it has %d entries: write at least %d", entries, least)
	}
}

// scalar fills a string, number or bool.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if n.Kind != yaml.ScalarNode {
		d.add(n.Line, path, "%s stands where one value belongs: write it on the line of its name", kindOf(n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		if v.SetString(n.Value); n.Value == "" {
			d.empty(n, path)
			return
		}
		if known := strings.Fields(tag.Get("oneof")); len(known) > 0 && !slices.Contains(known, n.Value) {
			d.add(n.Line, path, "%s is not known: %s", shown(n.Value), Meant(n.Value, known))
		}
		d.kind(tag.Get("is"), n.Line, path, n.Value)
	case reflect.Bool:
		if n.Value != "true" && n.Value != "false" {
			d.add(n.Line, path, "%s is neither true nor false: write one of them", shown(n.Value))
			return
		}
		v.SetBool(n.Value == "true")
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if err != nil {
			d.add(n.Line, path, "%s is not a number: write digits", shown(n.Value))
			return
		}
		v.SetInt(int64(i))
		d.bounds(n, i, path, tag)
	default:
		panic("config: a field of " + v.Type().String())
	}
}

func (d *decoder) bounds(n *yaml.Node, i int, path string, tag reflect.StructTag) {
	if least, err := strconv.Atoi(tag.Get("min")); err == nil && i < least {
		d.add(n.Line, path, "%d is too small: write %d or more", i, least)
	}
	most, err := strconv.Atoi(tag.Get("max"))
	if err != nil {
		most = 1e9
	}
	if i > most {
		d.add(n.Line, path, "%d is too large: write %d or less", i, most)
	}
}

// group are the fields that a file may have in a struct.
type group struct {
	names  []string
	fields map[string]reflect.StructField
}

var groups sync.Map // type → group

func fieldsOf(t reflect.Type) (names []string, fields map[string]reflect.StructField) {
	known, ok := groups.Load(t)
	if !ok {
		g := group{fields: make(map[string]reflect.StructField)}
		for _, field := range reflect.VisibleFields(t) {
			if name, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); name != "" && name != "-" {
				g.names, g.fields[name] = append(g.names, name), field
			}
		}
		known, _ = groups.LoadOrStore(t, g)
	}
	return known.(group).names, known.(group).fields
}

// join is the path of a field in a group.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
