package typed_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

// grep prints the lines of the document that have one of the words.
func grep(api *typed.API, words ...string) {
	for line := range strings.Lines(string(api.Document())) {
		for _, word := range words {
			if strings.Contains(line, word) {
				fmt.Println(strings.Trim(line, " \n"))
			}
		}
	}
}

// A command of a program prints the document: "go run . openapi > openapi.json". In debug mode routes
// are printed as they are registered, to the standard output unless DefaultWriter is another one.
func ExampleAPI_Document() {
	defer func(was io.Writer) { dram.DefaultWriter = was }(dram.DefaultWriter)
	dram.DefaultWriter = os.Stderr

	_, api := library()
	typed.GET(api, "/books/7", func(context.Context, *struct{}) (Book, error) { return Book{}, nil })
	text := api.Document() // for os.Stdout.Write
	begin, _, _ := strings.Cut(string(text), ",\n  \"servers\"")
	fmt.Println(begin)
	// Output:
	// {
	//   "openapi": "3.1.1",
	//   "info": {
	//     "title": "Library",
	//     "version": "1.2"
	//   }
}

func ExampleAPI_Docs() {
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1.2", Description: "What we *lend*."})
	typed.GET(api, "/books/7", func(context.Context, *struct{}) (Book, error) { return Book{}, nil })
	api.Docs("/docs", typed.InAllModes()) // in debug mode alone without the option

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/docs/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"), strings.Contains(w.Body.String(), "What we <em>lend</em>."))
	// Output: 200 text/html; charset=utf-8 true
}

// Medium is a Paper or an Audio.
type Medium interface{ medium() }

type Paper struct {
	Kind  string `json:"kind"`
	Pages int    `json:"pages"`
}

type Audio struct {
	Kind    string `json:"kind"`
	Seconds int    `json:"seconds"`
}

func (Paper) medium() {}
func (Audio) medium() {}

func ExampleUnion() {
	_, api := library()
	typed.Union(api, "kind", map[string]Medium{"paper": Paper{}, "audio": Audio{}})
	typed.GET(api, "/media", func(context.Context, *struct{}) ([]Medium, error) {
		return []Medium{Paper{"paper", 300}, Audio{"audio", 3600}}, nil
	})
	grep(api, "discriminator", "propertyName", `"audio": "#`, `"paper": "#`)
	// Output:
	// "discriminator": {
	// "propertyName": "kind",
	// "audio": "#/components/schemas/Audio",
	// "paper": "#/components/schemas/Paper"
}

// A rule of the program's own is registered with the validator, and taught to the document.
func ExampleAPI_Keyword() {
	mark := regexp.MustCompile("^[A-Z]{2} [0-9]+$")
	_ = binding.Validator.Engine().(*validator.Validate).RegisterValidation("shelfmark", func(fl validator.FieldLevel) bool {
		return mark.MatchString(fl.Field().String())
	})
	_, api := library()
	api.Keyword("shelfmark", func(s *typed.Schema, _ string) { s.Pattern = mark.String() })
	typed.POST(api, "/marks", func(context.Context, *struct {
		Mark string `json:"mark" binding:"shelfmark"`
	}) (typed.NoContent, error) {
		return typed.NoContent{}, nil
	})
	grep(api, "pattern")
	// Output: "pattern": "^[A-Z]{2} [0-9]+$"
}

// The layers of a group ask for credentials; Security says so in the document.
func ExampleSecurity() {
	_, api := library()
	token := typed.Bearer("token", "JWT")
	staff := api.Group("/staff", typed.Security(token))
	typed.DELETE(staff, "/books/:id", func(context.Context, *struct {
		ID int `uri:"id"`
	}) (typed.NoContent, error) {
		return typed.NoContent{}, nil
	}, typed.Security(token.Scopes("delete")), typed.OrSecurity(typed.APIKey("session", "cookie", "sid")))
	grep(api, "bearerFormat", `"delete"`, "apiKey")
	// Output:
	// "delete": {
	// "delete"
	// "type": "apiKey",
	// "bearerFormat": "JWT"
}

// A hidden route is one like others, which the document does not have.
func ExampleHidden() {
	r, api := library()
	typed.GET(api, "/debug", func(context.Context, *struct{}) (int, error) { return 1, nil }, typed.Hidden())
	get(r, "/debug", "Accept", "*/*")
	grep(api, "/debug")
	// Output: 200 application/json; charset=utf-8 1
}

// QUERY (RFC 10008) reads as GET does, what is asked for being in the body. The document is one of 3.2.
func ExampleQUERY() {
	r, api := library()
	typed.QUERY(api, "/books", func(_ context.Context, in *struct {
		Words []string `json:"words" binding:"required,max=5"`
	}) ([]Book, error) {
		return []Book{{7, strings.Join(in.Words, " ")}}, nil
	})
	req := httptest.NewRequest("QUERY", "/books", strings.NewReader(`{"words":["Jim","Knopf"]}`))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println(w.Code, w.Body)
	grep(api, `"openapi"`)
	// Output:
	// 200 [{"id":7,"title":"Jim Knopf"}]
	// "openapi": "3.2.0",
}

// In a test file. go test sends some requests of each route; go test -fuzz FuzzLibrary sends on.
func ExampleFuzz() {
	_ = func(f *testing.F) { // func FuzzLibrary(f *testing.F)
		r, api := library()
		typed.POST(api, "/shelves/:shelf/books", addBook)
		typed.Fuzz[*testing.T](f, api, r)
	}
}
