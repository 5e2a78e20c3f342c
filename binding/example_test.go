package binding_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/go-playground/validator/v10"
)

// Every field that is wrong at once, ready for the body of a 422.
func ExampleFieldErrors() {
	type Item struct {
		Qty int `json:"qty" binding:"min=1"`
	}
	type Order struct {
		Email string `json:"email" binding:"required,email"`
		Items []Item `json:"items" binding:"dive"`
	}
	body := `{"email":"nobody","items":[{"qty":2},{"qty":0}]}`
	req := httptest.NewRequest(http.MethodPost, "/orders", strings.NewReader(body))

	var order Order
	err := binding.JSON.Bind(req, &order)
	answer, _ := json.MarshalIndent(binding.FieldErrors(err), "", "  ")
	fmt.Println(string(answer))
	// Output:
	// [
	//   {
	//     "source": "json",
	//     "field": "email",
	//     "rule": "email",
	//     "message": "must be an e-mail address"
	//   },
	//   {
	//     "source": "json",
	//     "field": "items[1].qty",
	//     "rule": "min",
	//     "param": "1",
	//     "message": "must be at least 1"
	//   }
	// ]
}

// An answer of one's own, without a list that is only read.
func ExampleEachFieldError() {
	type Signup struct {
		Name string `json:"name" binding:"required"`
		Age  int    `json:"age" binding:"min=18"`
	}
	req := httptest.NewRequest(http.MethodPost, "/signup", strings.NewReader(`{"age":7}`))
	req.Header.Set("Content-Type", "application/json")
	err := binding.All(req, nil, new(Signup))
	if !binding.EachFieldError(err, func(fe *binding.FieldError) { fmt.Println(fe.Field, fe.Message) }) {
		fmt.Println("something else:", err)
	}
	// Output:
	// name is required
	// age must be at least 18
}

// Broken rules alone are validator.ValidationErrors, as in Gin; the fields have the
// names that the client knows.
func ExampleBinding_validationErrors() {
	type User struct {
		Name string `json:"fullName" form:"full_name" binding:"required"`
	}
	fromJSON := binding.JSON.BindBody([]byte(`{}`), &User{})
	fromQuery := binding.Query.Bind(&http.Request{URL: &url.URL{}}, &User{})
	for _, err := range []error{fromJSON, fromQuery} {
		for _, fe := range err.(validator.ValidationErrors) {
			fmt.Println(fe.Field(), fe.StructField(), fe.Tag())
		}
	}
	// Output:
	// fullName Name required
	// full_name Name required
}

// Values that are not of their field's type come with the broken rules of the others.
func ExampleErrors() {
	type Search struct {
		Term string `form:"q" binding:"required"`
		Page int    `form:"page,default=1"`
		Max  uint8  `form:"max"`
	}
	req := httptest.NewRequest(http.MethodGet, "/?page=two&max=300", nil)
	err := binding.Query.Bind(req, &Search{})

	var all binding.Errors
	fmt.Println(errors.As(err, &all))
	fmt.Println(err)
	// Output:
	// true
	// dram: query "page": must be an integer (type=integer)
	// dram: query "max": must be an integer between 0 and 255 (type=integer)
	// dram: query "q": is required (required)
}

// Defaults, lists and times are told by tags.
func ExampleMapFormWithTag() {
	type Filter struct {
		Page  int      `form:"page,default=1"`
		Sort  []string `form:"sort,default=name;id"`
		IDs   []int    `form:"ids" collection_format:"csv"`
		Since struct {
			Year int `form:"year" json:"year"`
		} `form:"since"`
	}
	var f Filter
	err := binding.MapFormWithTag(&f, map[string][]string{"ids": {"3,1,2"}, "year": {"2024"}}, "form")
	fmt.Printf("%+v %v\n", f, err)
	// Output:
	// {Page:1 Sort:[name id] IDs:[3 1 2] Since:{Year:2024}} <nil>
}

// point parses itself.
type point struct{ X, Y int }

func (p *point) UnmarshalParam(param string) error {
	_, err := fmt.Sscanf(param, "%d,%d", &p.X, &p.Y)
	return err
}

func ExampleBindUnmarshaler() {
	var v struct {
		From point   `form:"from"`
		Via  []point `form:"via"`
	}
	req := httptest.NewRequest(http.MethodGet, "/route?from=1,2&via=3,4&via=5,6", nil)
	err := binding.Query.Bind(req, &v)
	fmt.Println(v.From, v.Via, err)
	// Output:
	// {1 2} [{3 4} {5 6}] <nil>
}

// PATCH: what is absent stays, null clears, a value replaces.
func ExampleOptional() {
	type Patch struct {
		Title  binding.Optional[string] `json:"title" binding:"omitempty,min=3"`
		Series binding.Optional[string] `json:"series"`
		Pages  binding.Optional[int]    `json:"pages"`
	}
	var p Patch
	if err := binding.JSON.BindBody([]byte(`{"title":"Dune","series":null}`), &p); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("title:", p.Title.Or("old title"))
	fmt.Println("series cleared:", p.Series.IsNull())
	fmt.Println("pages untouched:", p.Pages.IsAbsent())

	err := binding.JSON.BindBody([]byte(`{"title":"It"}`), &p)
	fmt.Println(binding.FieldErrors(err))
	// Output:
	// title: Dune
	// series cleared: true
	// pages untouched: true
	// dram: json "title": must have at least 3 characters (min=3)
}

// Absent, null, or not empty: omitnil before the other rules.
func ExampleOptional_omitnil() {
	type Patch struct {
		Title binding.Optional[string] `json:"title" binding:"omitnil,min=1"`
	}
	for _, body := range []string{`{}`, `{"title":null}`, `{"title":"Dune"}`, `{"title":""}`} {
		fmt.Println(body, binding.JSON.BindBody([]byte(body), &Patch{}) == nil)
	}
	// Output:
	// {} true
	// {"title":null} true
	// {"title":"Dune"} true
	// {"title":""} false
}

// A rule of one's own is registered on the engine at start-up.
func ExampleStructValidator() {
	engine := binding.Validator.Engine().(*validator.Validate)
	_ = engine.RegisterValidation("isbn_group", func(fl validator.FieldLevel) bool {
		return strings.HasPrefix(fl.Field().String(), "978-")
	})
	var book struct {
		ISBN string `uri:"isbn" binding:"isbn_group"`
	}
	err := binding.Uri.BindUri(map[string][]string{"isbn": {"12"}}, &book)
	fmt.Println(binding.FieldErrors(err))
	// Output:
	// dram: uri "isbn": is not valid (isbn_group)
}

// The index of a SliceValidationError is the element's.
func ExampleSliceValidationError() {
	type User struct {
		Name string `json:"name" binding:"required"`
	}
	var users []User
	err := binding.JSON.BindBody([]byte(`[{"name":"a"},{}]`), &users)
	slice := err.(binding.SliceValidationError)
	fmt.Println(slice[0], slice[1] != nil)
	fmt.Println(binding.FieldErrors(err))
	// Output:
	// <nil> true
	// dram: json "[1].name": is required (required)
}

func ExampleDefault() {
	fmt.Println(binding.Default(http.MethodPost, "application/json; charset=utf-8").Name())
	fmt.Println(binding.Default(http.MethodGet, "application/json").Name())
	// Output:
	// json
	// form
}

func ExampleAll() {
	var in struct {
		Shelf string `uri:"shelf"`
		Page  int    `query:"page,default=1"`
		Title string `json:"title" binding:"required"`
		ID    int    // no tag: the body's, "ID"
	}
	req := httptest.NewRequest("POST", "/shelves/a?page=two&ID=9", strings.NewReader(`{"Shelf":"b"}`))
	req.Header.Set("Content-Type", "application/json")
	err := binding.All(req, route{"shelf": "a"}, &in) // in a handler: &c.Params
	fmt.Println(err)
	fmt.Println(in.Shelf, in.ID)
	// Output:
	// dram: query "page": must be an integer (type=integer)
	// dram: json "title": is required (required)
	// a 0
}

func ExampleParse() {
	wait, err := binding.Parse[time.Duration]("query", "wait", []string{"90s"})
	fmt.Println(wait, err)
	_, err = binding.Parse[time.Duration]("query", "wait", []string{"soon"})
	fmt.Println(err)
	size, err := binding.ParseOr("query", "size", nil, 20)
	fmt.Println(size, err)
	// Output:
	// 1m30s <nil>
	// dram: query "wait": must be a duration (type=duration)
	// 20 <nil>
}

func ExampleCheckTags() {
	type order struct {
		Kind string `json:"kind"`
		IBAN string `json:"iban" binding:"required_if=Knd transfer"`
	}
	fmt.Println(binding.CheckTags(reflect.TypeFor[order]()))
	// Output:
	// dram: BindAll cannot fill the struct: field IBAN of binding_test.order: the rule "required_if=Knd transfer" names "Knd", which is not a field of binding_test.order: write a field's Go name
}
