package schema_test

import (
	"fmt"
	"reflect"

	"github.com/dram-go/dram/internal/schema"
)

func Example() {
	type Book struct {
		ISBN  string `json:"isbn" binding:"required,isbn" doc:"with or without dashes"`
		Title string `json:"title" binding:"omitempty,min=3"`
		Pages int    `json:"pages,omitempty" binding:"gte=0"`
	}
	r := schema.New()
	s, _ := r.Of(reflect.TypeFor[Book](), schema.Input)
	text, _ := schema.Marshal(s.Ref.Schema())
	fmt.Println(string(text))
	for _, note := range r.Notes() {
		fmt.Println(note)
	}
	fmt.Println(r.Check(s, map[string]any{"isbn": "978-3-16-148410-0", "title": "Go"}))
	// Output:
	// {"type":"object","properties":{"isbn":{"type":"string","description":"with or without dashes","pattern":"^[0-9X -]{10,21}$","minLength":1,"$comment":"isbn"},"title":{"type":"string","anyOf":[{"maxLength":0},{"minLength":3}]},"pages":{"type":"integer","format":"int64","minimum":0}},"required":["isbn"]}
	// field ISBN of schema_test.Book: the rule "isbn" is inexact to schemas: the validator does more than match a pattern
	// ["/title" (anyOf) fits none of the alternatives]
}
