// Package e2e measures whole servers with a load from outside: wrk on one
// processor, the server on another one. Each server is this program, started
// again under the command serve.
package e2e

import (
	"bytes"
	"fmt"
	"html/template"
	"os"
	"path/filepath"

	"github.com/go-playground/validator/v10"

	"github.com/dram-go/dram/benchmarks/peers"
)

// Site is what every server serves:
//
//	GET  /text          a short text
//	GET  /user/:id      a User as JSON, with the id of the path
//	POST /signup        a Signup, decoded, validated and sent back as JSON
//	GET  /static/*path  the files of Dir
//	GET  /page          a page from a template
type Site struct {
	Dir string // of the static files
}

// The sizes of the static files.
const (
	smallFile = 64 << 10
	largeFile = 1 << 20
)

// WriteFiles makes the static files.
func (s Site) WriteFiles() error {
	for name, size := range map[string]int{"64k.bin": smallFile, "1m.bin": largeFile} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), bytes.Repeat([]byte("dram"), size/4), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// user is the answer of /user/:id.
func user(id string) any {
	return struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Email string `json:"email"`
	}{id, "Gordon", "gordon@example.com"}
}

var validate = validator.New()

// structValidator is the validator for frameworks that bring none.
type structValidator struct{}

func (structValidator) Validate(v any) error       { return validate.Struct(v) }
func (structValidator) ValidateStruct(v any) error { return validate.Struct(v) }

// pageName is the template's name, page its data.
const pageName = "page.html"

var page = struct {
	Title string
	Items []peers.Item
}{"Single malts & others", peers.Catalogue(4 << 10).Items}

// pages holds the template of /page. Each server has its own parsed copy.
func pages() *template.Template {
	return template.Must(template.New(pageName).Parse(`<!doctype html>
<title>{{.Title}}</title>
<h1>{{.Title}}</h1>
<table>
{{range .Items}}<tr><td>{{.ID}}<td><a href="/items/{{.ID}}">{{.Title}}</a><td>{{.Owner.Name}}<td>{{.Price}}</tr>
{{end}}</table>
`))
}

// renderPage is for frameworks without templates. The page is complete before
// anything of it is sent, so that an error could still be answered with one.
func renderPage(t *template.Template) ([]byte, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, pageName, page); err != nil {
		return nil, fmt.Errorf("the page: %w", err)
	}
	return b.Bytes(), nil
}
