package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/dram-go/dram"
)

// Diff says what a new file changes, a line for each: + what is new, - what is gone, and ~ each
// value that is another. A value whose name is a secret's, to dram's log, is an asterisk.
func Diff(a, b *File) (lines []string) {
	was, is := make(values), make(values)
	was.add("", reflect.ValueOf(a))
	is.add("", reflect.ValueOf(b))
	all := maps.Clone(was)
	maps.Copy(all, is)
	said := "-" // a group that is new or gone: its name is enough
	for _, at := range slices.Sorted(maps.Keys(all)) {
		old, had := was[at]
		now, has := is[at]
		path := strings.ReplaceAll(strings.TrimPrefix(at, inside), inside, ".")
		switch {
		case strings.HasPrefix(at, said+inside):
		case !had:
			lines, said = append(lines, "+ "+path+now.shown()), at
		case !has:
			lines, said = append(lines, "- "+path), at
		case old != now:
			lines = append(lines, "~ "+path+old.shown()+" →"+strings.TrimPrefix(now.shown(), ":"))
		}
	}
	return lines
}

// values are those of a file, and its groups, which have none, by their places: the names on the way to them,
// with inside between.
type values map[string]leaf

// leaf is a value and the name that it has.
type leaf struct{ name, text string }

func (l leaf) shown() string {
	if l.text == "" {
		return ""
	}
	if l.name != "" && strings.ContainsAny(l.text, "{[") { // JSON, which has names of its own
		return ": *"
	}
	for name := range strings.SplitSeq(l.name, "/") { // of a pointer, a secret may be inside each
		if dram.MaskHeader(name, strings.Trim(l.text, `"`)) == "*" {
			return ": *"
		}
	}
	return ": " + withoutSecrets(l.text)
}

// isSecret reports whether a name is that of a secret.
func isSecret(name string) bool { return dram.MaskHeader(name, "x") == "*" }

var (
	word     = regexp.MustCompile(`[\pL\pN_-]+`)
	userInfo = regexp.MustCompile(`[^\s:/@"']+:[^\s/@"']+@`)
)

// withoutSecrets masks a text that people have written: what stands behind the name of a secret in it,
// wherever that ends, and what is in front of an @.
func withoutSecrets(text string) string {
	if strings.Contains(text, "-----BEGIN ") {
		return "*"
	}
	text = userInfo.ReplaceAllString(dram.MaskHeader("", text), "*@")
	for _, at := range word.FindAllStringIndex(text, -1) {
		if rest := strings.Trim(text[at[1]:], " =:\"'"); isSecret(text[at[0]:at[1]]) && rest != "" && rest != "*" {
			return text[:at[1]] + " *"
		}
	}
	return text
}

const inside = "\x00"

func (all values) add(at string, v reflect.Value) {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return
	}
	if s, ok := v.Interface().(fmt.Stringer); ok {
		all[at] = leaf{text: s.String()}
		return
	}
	v = reflect.Indirect(v)
	switch v.Kind() {
	case reflect.Struct:
		all[at] = leaf{}
		_, fields := fieldsOf(v.Type())
		for name, field := range fields {
			all.add(at+inside+name, v.FieldByIndex(field.Index))
		}
		return
	case reflect.Map:
		for _, key := range v.MapKeys() {
			name := key.String()
			switch value := v.MapIndex(key).Interface().(type) {
			case Text:
				all[at+inside+name] = leaf{name, value.Place}
			case string: // its name may be a pointer to a member
				all[at+inside+name] = leaf{name, value}
			case JSON:
				all[at+inside+name] = leaf{name, string(value)}
			default:
				all.add(at+inside+name, v.MapIndex(key))
			}
		}
		return
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Pointer {
			for i := range v.Len() {
				all.add(at+inside+label(v.Index(i).Interface(), i), v.Index(i))
			}
			return
		}
	}
	if text := fmt.Sprint(v.Interface()); text != "" && text != "[]" {
		all[at] = leaf{text: text}
	}
}

// label is the name of an entry in a list.
func label(entry any, i int) string {
	switch e := entry.(type) {
	case *Route:
		return strings.Join(slices.Concat(e.Methods, e.Hosts, []string{e.Path}), " ")
	case *Server:
		return e.URL.String()
	case *Part:
		return e.As
	}
	return fmt.Sprint(i)
}
