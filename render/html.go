// HTML from templates. It stands alone, since only what this file names links
// html/template, whose use of reflection keeps the linker from dropping unused
// methods in the whole program.
// See docs/internals/14-render.md.

package render

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ErrNoTemplate is what rendering HTML fails with when no template was loaded.
var ErrNoTemplate = errors.New("dram: no HTML template is loaded; call LoadHTMLGlob, LoadHTMLFiles, LoadHTMLFS or SetHTMLTemplate before the first request")

// Delims are the left and right delimiters of a template's actions. An empty one
// means the default, {{ or }}.
type Delims struct {
	// Left stands before an action, {{ by default.
	Left string
	// Right stands after an action, }} by default.
	Right string
}

// HTMLRender finds a template by name and binds a value to it. An engine has
// one; a program may bring its own to use another template language.
type HTMLRender interface {
	// Instance returns what renders the template called name with data.
	Instance(name string, data any) Render
}

// HTMLProduction renders templates that were parsed once.
type HTMLProduction struct {
	// Template is the set of templates.
	Template *template.Template
	// Delims are the delimiters that the set was parsed with, for information.
	Delims Delims
}

// Instance returns the Render of one template of the set.
func (r HTMLProduction) Instance(name string, data any) Render {
	return HTML{Template: r.Template, Name: name, Data: data}
}

// HTML is a page: one template of a set, executed with a value.
type HTML struct {
	// Template is the set; nil is ErrNoTemplate.
	Template *template.Template
	// Name is the template to execute; if it is empty, the set's own.
	Name string
	// Data is the template's dot.
	Data any
}

// Render executes the template and writes the page. It writes nothing if the
// execution fails.
func (r HTML) Render(w http.ResponseWriter) error {
	if r.Template == nil {
		return ErrNoTemplate
	}
	if named := r.Template.Lookup(r.Name); r.Name != "" && named == nil || r.Name == "" && r.Template.Tree == nil {
		return fmt.Errorf("dram: no HTML template is called %q: loaded are %s; a file's template has the name of the file, without its folder", r.Name, loaded(r.Template))
	}
	buf := getBuffer()
	defer putBuffer(buf)
	var err error
	if r.Name == "" {
		err = r.Template.Execute(buf, r.Data)
	} else {
		err = r.Template.ExecuteTemplate(buf, r.Name, r.Data)
	}
	if err != nil {
		return encodeError("HTML", r.Data, err)
	}
	return writeBody(w, htmlType, buf.Bytes())
}

// loaded lists the templates that there are.
func loaded(set *template.Template) string {
	const most = 20
	var names []string
	for _, t := range set.Templates() {
		if t.Tree != nil {
			names = append(names, strconv.Quote(t.Name()))
		}
	}
	slices.Sort(names)
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}

// WriteContentType sets text/html; charset=utf-8.
func (r HTML) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), htmlType) }
