package risk

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/dram-go/dram/examples/gateway/config"
)

// This file is what a rule may say, in CEL, and what it becomes. What is wrong with a rule shows
// when it is compiled: a name that is not there, and kinds that do not go together.

// rule is a compiled one.
type rule struct {
	name    string
	score   int
	program cel.Program
	late    bool // it asks for the user, who is known behind auth only
}

// texts are the variables that are texts.
var texts = []string{"address", "method", "host", "path", "agent", "user"}

var listType = types.NewObjectType("list", traits.ContainerType)

// language is what the rules of a file may say.
type language struct {
	file  *config.File
	env   *cel.Env
	names []string
}

func newLanguage(file *config.File) (*language, error) {
	l := &language{file: file}
	options := []cel.EnvOption{
		cel.Function("@in", cel.Overload("in_list_of_texts", []*cel.Type{cel.StringType, listType}, cel.BoolType)), // by list.Contains
		cel.Function("mentions", cel.MemberOverload("mentions", []*cel.Type{cel.StringType, listType}, cel.BoolType, cel.BinaryBinding(mentions))),
	}
	for _, name := range texts {
		options = append(options, cel.Variable(name, cel.StringType))
		l.names = append(l.names, name)
	}
	for _, name := range slices.Sorted(maps.Keys(file.Risk.Velocity)) {
		options = append(options, cel.Variable("velocity."+name, cel.IntType))
		l.names = append(l.names, "velocity."+name)
	}
	for _, name := range slices.Sorted(maps.Keys(file.Risk.Lists)) {
		options = append(options, cel.Variable("lists."+name, listType))
		l.names = append(l.names, "lists."+name)
	}
	var err error
	l.env, err = cel.NewCustomEnv(append([]cel.EnvOption{cel.StdLib()}, options...)...)
	return l, err
}

// compile makes a rule; the error is config.Faults.
func (l *language) compile(name string, cfg *config.Rule) (*rule, error) {
	checked, issues := l.env.Compile(cfg.When)
	if issues.Err() != nil {
		var faults config.Faults
		for _, e := range issues.Errors() {
			faults = append(faults, cfg.At.Fault("when", "column %d: %s", e.Location.Column()+1, l.mend(e.Message)))
		}
		return nil, faults
	}
	fault := func(format string, args ...any) (*rule, error) {
		return nil, config.Faults{cfg.At.Fault("when", format, args...)}
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return fault("its value is of the kind %s, and not true or false: write a comparison, such as velocity.tries > 5", checked.OutputType())
	}
	program, err := l.env.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil { // a pattern that is none, say
		return fault("%v: write it so that it can be compiled", err)
	}
	r := &rule{name: name, score: cfg.Score, program: program}
	for _, reference := range checked.NativeRep().ReferenceMap() {
		velocity := l.file.Risk.Velocity[strings.TrimPrefix(reference.Name, "velocity.")]
		if reference.Name == "user" || velocity != nil && velocity.By == "user" {
			r.late = true
		}
	}
	return r, nil
}

var undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)

// mend adds to what CEL says what to write instead.
func (l *language) mend(message string) string {
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("there is no %q: %s", m[1], config.Meant(m[1], l.names))
	}
	if strings.HasPrefix(message, "found no matching overload") {
		return message + ": compare texts with texts and numbers with numbers; velocity.NAME is a number, lists.NAME is for in and mentions, all else is text"
	}
	return strings.Join(strings.Fields(message), " ") + ": write CEL, such as velocity.tries > 5 && !(address in lists.office)"
}

// listValue is lists.NAME, with which rules can do nothing but in and mentions.
type listValue struct{ *list }

var errList = errors.New("a list has no other form")

func (listValue) ConvertToNative(reflect.Type) (any, error) { return nil, errList }
func (listValue) ConvertToType(ref.Type) ref.Val            { return types.WrapErr(errList) }
func (listValue) Equal(ref.Val) ref.Val                     { return types.False }
func (listValue) Type() ref.Type                            { return listType }
func (listValue) Value() any                                { return nil }

// Contains is the operator in.
func (l listValue) Contains(text ref.Val) ref.Val {
	s, _ := text.Value().(string)
	return types.Bool(l.has(s))
}

func mentions(text, of ref.Val) ref.Val {
	s, _ := text.Value().(string)
	return types.Bool(of.(listValue).mentionedIn(s))
}
