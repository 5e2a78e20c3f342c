package transcode

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// rule is one way to call a method by HTTP.
type rule struct {
	template
	method   string // of HTTP; * for any
	rpc      protoreflect.MethodDescriptor
	call     string                       // /package.Service/Method
	body     string                       // "*" for the whole message, the name of a field, or ""
	response protoreflect.FieldDescriptor // what is answered, nil for the whole message
}

// Rules are the methods of a descriptor set that have rules of google.api.http.
type Rules struct {
	rules []rule
	types *dynamicpb.Types
	// Skipped are methods with rules whose requests are streams, which HTTP has no form for.
	Skipped []string
}

// Parse reads a descriptor set, as protoc --include_imports --descriptor_set_out writes it. The
// error has all that is wrong with its rules, joined.
func Parse(set []byte) (*Rules, error) {
	var files descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(set, &files); err != nil {
		return nil, errors.New("it is not a descriptor set: write one with protoc --include_imports --descriptor_set_out")
	}
	known, err := protodesc.NewFiles(&files)
	if err != nil {
		return nil, fmt.Errorf("it is not whole (%w): write it with protoc --include_imports", err)
	}
	r := &Rules{types: dynamicpb.NewTypes(known)}
	var faults []error
	known.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				if err := r.add(methods.Get(j)); err != nil {
					faults = append(faults, err)
				}
			}
		}
		return true
	})
	slices.SortStableFunc(r.rules, func(a, b rule) int {
		return cmp.Or(compare(a.template, b.template), strings.Compare(a.verb, b.verb), strings.Compare(b.method, a.method)) // * behind the others
	})
	faults = append(faults, r.twins()...)
	if len(r.rules) == 0 && len(faults) == 0 {
		faults = append(faults, errors.New("no method in it has a rule: write option (google.api.http) at those that clients may call"))
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return r, errors.Join(faults...)
}

// add adds the rules of a method.
func (r *Rules) add(rpc protoreflect.MethodDescriptor) error {
	first, _ := proto.GetExtension(rpc.Options(), annotations.E_Http).(*annotations.HttpRule)
	if first == nil {
		return nil
	}
	if rpc.IsStreamingClient() {
		r.Skipped = append(r.Skipped, string(rpc.FullName()))
		return nil
	}
	for _, one := range append([]*annotations.HttpRule{first}, first.GetAdditionalBindings()...) {
		made, err := newRule(rpc, one)
		if err != nil {
			return fmt.Errorf("%s: %w", rpc.FullName(), err)
		}
		r.rules = append(r.rules, made)
	}
	return nil
}

func newRule(rpc protoreflect.MethodDescriptor, from *annotations.HttpRule) (made rule, err error) {
	made = rule{rpc: rpc, body: from.GetBody(), call: fmt.Sprintf("/%s/%s", rpc.Parent().FullName(), rpc.Name())}
	path := ""
	switch pattern := from.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		made.method, path = "GET", pattern.Get
	case *annotations.HttpRule_Put:
		made.method, path = "PUT", pattern.Put
	case *annotations.HttpRule_Post:
		made.method, path = "POST", pattern.Post
	case *annotations.HttpRule_Delete:
		made.method, path = "DELETE", pattern.Delete
	case *annotations.HttpRule_Patch:
		made.method, path = "PATCH", pattern.Patch
	case *annotations.HttpRule_Custom:
		made.method, path = pattern.Custom.GetKind(), pattern.Custom.GetPath()
	default:
		return made, errors.New("the rule has no method and path: write get, put, post, delete, patch or custom")
	}
	if made.template, err = parseTemplate(path); err != nil {
		return made, err
	}
	for i, v := range made.vars {
		field, path := fieldAt(rpc.Input(), v.field)
		if field == nil || field.IsList() || field.IsMap() || field.Message() != nil && !isText(field.Message()) {
			return made, fmt.Errorf("the path %q has {%s}, which is not a field of %s with one value: name one that is", made.text, v.field, rpc.Input().FullName())
		}
		made.vars[i].field = path
	}
	if made.body != "" && made.body != "*" {
		field := fieldOf(rpc.Input(), made.body)
		if field == nil {
			return made, fmt.Errorf("the body %q is not a field of %s: name one, or write *", made.body, rpc.Input().FullName())
		}
		made.body = field.TextName()
	}
	if name := from.GetResponseBody(); name != "" {
		if made.response = fieldOf(rpc.Output(), name); made.response == nil {
			return made, fmt.Errorf("the response_body %q is not a field of %s: name one, or leave it out", name, rpc.Output().FullName())
		}
	}
	return made, nil
}

// twins are the rules that one request fits as well as another.
func (r *Rules) twins() (faults []error) {
	for i := range max(len(r.rules)-1, 0) {
		a, b := r.rules[i], r.rules[i+1]
		if compare(a.template, b.template) == 0 && a.verb == b.verb && a.method == b.method {
			faults = append(faults, fmt.Errorf("%s: the path %q of %s matches the same as %q of %s: change or remove one", b.rpc.FullName(), b.text, b.method, a.text, a.rpc.FullName()))
		}
	}
	return faults
}

// find returns the rule for a request, and the segments of its path. Without one, allowed are the
// methods that there are for the path.
func (r *Rules) find(method, path string) (found *rule, parts, allowed []string) {
	parts = strings.Split(strings.TrimPrefix(path, "/"), "/")
	last := parts[len(parts)-1]
	verb := ""
	if i := strings.LastIndexByte(last, ':'); i > 0 {
		verb = last[i+1:]
	}
	for i := range r.rules {
		one := &r.rules[i]
		if !one.match(parts, verb) {
			continue
		}
		if one.method == method || one.method == "*" || one.method == "GET" && method == "HEAD" {
			return one, parts, nil
		}
		if !slices.Contains(allowed, one.method) {
			allowed = append(allowed, one.method)
		}
	}
	return nil, nil, allowed
}

// fieldOf returns a field by its name, in the source or in JSON, nil if there is none.
func fieldOf(m protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if field := m.Fields().ByTextName(name); field != nil {
		return field
	}
	return m.Fields().ByJSONName(name)
}

// fieldAt returns the field at the end of a path of names, book.author.name, and the path with the
// names of the source.
func fieldAt(m protoreflect.MessageDescriptor, path string) (field protoreflect.FieldDescriptor, names string) {
	for name := range strings.SplitSeq(path, ".") {
		if m == nil {
			return nil, ""
		}
		if field = fieldOf(m, name); field == nil {
			return nil, ""
		}
		if m = field.Message(); field.IsList() || field.IsMap() {
			m = nil
		}
		names += "." + field.TextName()
	}
	return field, names[1:]
}

// isText reports whether a message is written as a single value in JSON.
func isText(m protoreflect.MessageDescriptor) bool {
	switch m.FullName() {
	case "google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask":
		return true
	}
	return isWrapper(m)
}

func isWrapper(m protoreflect.MessageDescriptor) bool {
	return m.ParentFile().Path() == "google/protobuf/wrappers.proto"
}
