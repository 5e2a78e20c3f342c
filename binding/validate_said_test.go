package binding_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
)

// saidIn has rules that are plain, in structs, behind pointers and not at all.
type saidIn struct {
	ID   int `uri:"id" binding:"min=10"`
	Size int `query:"size,default=5" binding:"max=9"`
	saidTitle
	Author struct {
		Name string `json:"name" form:"author" binding:"required,max=5"`
		Born *int   `json:"born" binding:"omitempty,min=1000"`
	} `json:"author"`
	Kind string   `json:"kind" form:"type" binding:"omitempty,oneof=a b"`
	Mail string   `json:"mail" binding:"omitempty,email"`
	Tags []string `json:"tags" binding:"max=2,dive,min=2"`
}

type saidTitle struct {
	Title string `json:"title" form:"heading" binding:"required"`
}

// saidBy is the error of a request, by a validator that may remember others.
func saidBy(t *testing.T, v binding.StructValidator, id, query, media, body string) error {
	before := binding.Validator
	binding.Validator = v
	defer func() { binding.Validator = before }()
	return binding.All(allRequest("POST", "/"+query, media, body), route{"id": id}, &saidIn{})
}

// What is said of a request does not depend on what was asked before it, in whichever order requests
// come, and all of it is about this request's values.
func TestWhatIsRememberedIsWhatTheValidatorSays(t *testing.T) {
	requests := [][4]string{
		{"1", "?size=10", "application/json", `{}`},
		{"2", "?size=11", "application/json", `{"title":"","author":{"name":"Michael","born":999},"kind":"c"}`},
		{"2", "", "application/json", `{"title":"a","author":{"name":"Ende","born":1},"kind":"d","mail":"a@"}`},
		{"3", "", "application/json", `{"title":"a","author":{"name":"Ende"},"tags":["a","bc"]}`},
		{"10", "?size=x", "application/json", `{"title":7,"author":{"name":""},"kind":"e"}`},
		{"4", "?size=12", "application/x-www-form-urlencoded", "heading=&author=Michael&type=f"},
		{"5", "?size=13", "", ""},
		{"6", "?size=14", "application/xml", "<saidIn><Title></Title></saidIn>"},
	}
	all := unasked()
	for range 3 {
		for _, r := range requests {
			once, again := saidBy(t, unasked(), r[0], r[1], r[2], r[3]), saidBy(t, all, r[0], r[1], r[2], r[3])
			require.Error(t, again, r)
			assert.Equal(t, once.Error(), again.Error())
			assert.Equal(t, described(once), described(again))
			var fresh, kept validator.ValidationErrors
			require.ErrorAs(t, once, &fresh)
			require.ErrorAs(t, again, &kept)
			assert.Equal(t, ruleFacts(fresh), ruleFacts(kept))
			assert.Equal(t, fresh.Translate(nil), kept.Translate(nil), "the validator does not take errors of others")
		}
	}
}

// described is what a client is told, and what the program is told of its cause.
func described(err error) (list []string) {
	for _, fe := range binding.FieldErrors(err) {
		text := fmt.Sprintf("%s %s %s %s %s", fe.Source, fe.Field, fe.Rule, fe.Param, fe.Message)
		if rule, ok := fe.Err.(validator.FieldError); ok {
			text += fmt.Sprint(ruleFacts(validator.ValidationErrors{rule}))
		}
		list = append(list, text)
	}
	return list
}

func ruleFacts(errs validator.ValidationErrors) (list []string) {
	for _, fe := range errs {
		list = append(list, fmt.Sprintf("%s %s %s %s %s %s %s %#v %s %s %v", fe.Tag(), fe.ActualTag(), fe.Namespace(), fe.StructNamespace(), fe.Field(),
			fe.StructField(), fe.Param(), fe.Value(), fe.Kind(), fe.Type(), fe))
	}
	return list
}

func TestBrokenRulesOfAllAreFoundThroughWhatWrapsThem(t *testing.T) {
	v := unasked()
	for range 2 {
		err := fmt.Errorf("outside: %w", saidBy(t, v, "1", "", "application/json", `{"title":"a","author":{"name":"Ende"}}`))
		require.Len(t, binding.FieldErrors(err), 1)
		assert.Equal(t, "id", binding.FieldErrors(err)[0].Field)
		var broken validator.ValidationErrors
		require.ErrorAs(t, err, &broken)
		assert.Equal(t, 1, broken[0].Value())
		assert.False(t, errors.As(err, new(*binding.FieldError)), "one of them would stand for all")
	}
}

// A program may register its translations after the first request.
func TestRememberedRulesAreTranslatedWithTheRequestsValue(t *testing.T) {
	v := unasked()
	var list binding.Errors
	for range 2 {
		list = binding.FieldErrors(saidBy(t, v, "1", "", "application/json", `{"title":"a","author":{"name":"Ende"}}`))
		require.Len(t, list, 1)
	}
	require.NoError(t, v.Engine().(*validator.Validate).RegisterTranslation("min", nil, accept, notTheValue))
	assert.Equal(t, "not 1", list[0].Err.(validator.FieldError).Translate(nil))
}

func notTheValue[Translator any](_ Translator, fe validator.FieldError) string {
	return fmt.Sprint("not ", fe.Value())
}

// A program may write other sentences into what it was given.
func TestWhatIsRememberedIsNotTheProgramsToChange(t *testing.T) {
	v := unasked()
	for range 3 {
		list := binding.FieldErrors(saidBy(t, v, "1", "", "application/json", `{"title":"a","author":{"name":"Ende"}}`))
		require.Len(t, list, 1)
		assert.Equal(t, "must be at least 10", list[0].Message)
		list[0].Message, list[0].Err = "another", nil
	}
}

func TestRulesOfAnEmbeddedTypeThatIsNotExportedAreTheValidators(t *testing.T) {
	type in struct {
		//lint:ignore U1000 binding reads it
		label `binding:"required"`
	}
	for range 2 {
		err := binding.All(allRequest("POST", "/", "", ""), nil, &in{})
		require.Len(t, binding.FieldErrors(err), 1)
		assert.Equal(t, "label", binding.FieldErrors(err)[0].Field)
	}
}

func TestRememberedRulesNeedNoValidator(t *testing.T) {
	before := binding.Validator
	binding.Validator = unasked()
	defer func() { binding.Validator = before }()
	in := &saidIn{}
	req := allRequest("POST", "/?size=10", "", "")
	bind := func() { _ = binding.All(req, route{"id": "1"}, in) }
	bind()
	assert.Less(t, testing.AllocsPerRun(100, bind), 20.0, "the validator was asked about each of four rules")
}
