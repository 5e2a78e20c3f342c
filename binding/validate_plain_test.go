package binding_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
)

// unasked is a default validator that no program has registered anything on.
func unasked() binding.StructValidator {
	return reflect.New(reflect.TypeOf(binding.Validator).Elem()).Interface().(binding.StructValidator)
}

type label string

// itself is validated as something else.
type itself struct{ Text string }

func (itself) ValidatorValue() any { return "" }

// every value of a list, as a field has it.
var plainValues = []any{
	"", "a", "äöü", "abcd", "a\u00a0b", "jane@example.com", label("abcd"), true, false,
	0, 3, -3, int8(3), uint(3), uint8(0), math.NaN(), 3.0, float32(0.1), time.Duration(3), time.Time{}, time.Now(),
	[]string(nil), []string{}, []string{"a", "abcd"}, []int{3, 0}, map[string]int(nil), map[string]int{"a": 1}, [2]int{}, []byte("abc"),
	struct{ In string }{}, struct {
		In string `binding:"required"`
	}{}, struct {
		In *int `binding:"min=3"`
	}{}, []struct {
		In string `binding:"max=2"`
	}{{"abc"}}, itself{"a"}, []itself{{"a"}},
}

var plainTags = []string{
	"required", "omitempty", "omitnil", "dive", "min=3", "max=3", "gte=0x3", "lte=3", "gt=3", "lt=3", "len=3", "eq=3", "ne=3", "min=0.1", "max=0.1",
	"eq=a", "ne=a", "oneof=a abcd", "oneof=a\u00a0b", "oneof='a' 3", "email", "min=3|eq=a", "eq=a0x2C", "min=", "required=3", "uuid", "-",
}

// broken returns the rules that the validator finds broken. Rules that do not fit their field panic.
func broken(v *validator.Validate, obj any) (rules []string) {
	defer func() {
		if panicked := recover(); panicked != nil {
			rules = []string{fmt.Sprint(panicked)}
		}
	}()
	errs, _ := v.Struct(obj).(validator.ValidationErrors)
	for _, fe := range errs {
		rules = append(rules, strings.TrimSuffix(fe.Tag()+"="+fe.Param(), "="))
	}
	return rules
}

// What is known to keep its rules without the validator keeps them by the validator, and what is
// known to break them breaks the same ones: all values with all pairs of rules, and behind pointers.
func TestPlainRulesAreTheValidators(t *testing.T) {
	reference := validator.New()
	reference.SetTagName("binding")
	tags := append([]string{""}, plainTags...)
	for _, first := range plainTags {
		for _, second := range plainTags {
			tags = append(tags, first+","+second)
		}
	}
	kept, refused := 0, 0
	for _, value := range plainValues {
		pointer := reflect.New(reflect.TypeOf(value))
		pointer.Elem().Set(reflect.ValueOf(value))
		for _, v := range []reflect.Value{pointer.Elem(), pointer, reflect.Zero(pointer.Type())} {
			for _, tag := range tags {
				typ := reflect.StructOf([]reflect.StructField{{Name: "F", Type: v.Type(), Tag: reflect.StructTag(`binding:"` + tag + `"`)}})
				obj := reflect.New(typ)
				obj.Elem().Field(0).Set(v)
				if binding.Plainly(obj.Interface()) {
					kept++
					require.Empty(t, broken(reference, obj.Interface()), "%s `binding:%q` %#v", v.Type(), tag, v.Interface())
				}
				if rules := binding.PlainlyBroken(obj.Interface()); rules != nil {
					refused++
					require.Equal(t, broken(reference, obj.Interface()), rules, "%s `binding:%q` %#v", v.Type(), tag, v.Interface())
				}
			}
		}
	}
	assert.Greater(t, min(kept, refused), 1000, "almost nothing is plain, and this test shows nothing")
}

type plainOrder struct {
	Name  string   `binding:"required,min=2,max=20"`
	Mail  string   `binding:"omitempty,email"`
	Kind  string   `binding:"oneof=a b"`
	Count int      `binding:"min=1,max=500"`
	Price float64  `binding:"gt=0"`
	Tags  []string `binding:"max=3,dive,min=1"`
	Items []struct {
		ID  uint `binding:"required"`
		Qty *int `binding:"omitempty,gte=1"`
	} `binding:"required,dive"`
	At time.Time
	*withEmbedded
}

type withEmbedded struct {
	Note string `binding:"max=5"`
}

func TestPlainRulesNeedNoValidator(t *testing.T) {
	qty := 300
	obj := &plainOrder{Name: "äö", Mail: "jane@example.com", Kind: "b", Count: 300, Price: 0.5, Tags: []string{"x"}, withEmbedded: &withEmbedded{"note"}}
	obj.Items = append(obj.Items, struct {
		ID  uint `binding:"required"`
		Qty *int `binding:"omitempty,gte=1"`
	}{7, &qty})
	v := unasked()
	require.NoError(t, v.ValidateStruct(obj))
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = v.ValidateStruct(obj) }), "the validator was asked")
	obj.Note = "too long"
	require.ErrorContains(t, v.ValidateStruct(obj), "Note")
}

// What a program registers may change any rule, and counts from then on.
func TestARegisteredRuleReplacesThePlainOne(t *testing.T) {
	v := unasked()
	obj := &struct {
		Name string `binding:"min=2"`
	}{"abc"}
	require.NoError(t, v.ValidateStruct(obj))
	engine := v.Engine().(*validator.Validate)
	engine.RegisterStructValidation(func(level validator.StructLevel) {
		level.ReportError(level.Current().Interface(), "Name", "Name", "never", "")
	}, *obj)
	// The validator keeps what it has learned of a type; this one it has not met before.
	require.ErrorContains(t, v.ValidateStruct(obj), "never")
}

// The validator remembers each element that breaks a rule; a rule in front of dive keeps it from that.
func TestAListThatIsTooLongIsNotLookedInto(t *testing.T) {
	type item struct {
		Name string `binding:"required"`
	}
	bounded := struct {
		Items []item `binding:"max=1000,dive"`
		Codes []int  `binding:"max=1000,dive,min=5"`
	}{make([]item, 100_000), make([]int, 100_000)}
	var err error
	allocations := testing.AllocsPerRun(1, func() { err = binding.Validator.ValidateStruct(&bounded) })
	var broken validator.ValidationErrors
	require.ErrorAs(t, err, &broken)
	require.Len(t, broken, 2)
	assert.Equal(t, "max", broken[0].Tag())
	assert.Equal(t, "max", broken[1].Tag())
	assert.Less(t, allocations, 100.0)
}
