package render_test

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/render"
)

func ExampleHTMLProduction() {
	pages := render.HTMLProduction{
		Template: template.Must(template.New("hello").Parse(`<p>Hello, {{.}}!</p>`)),
	}
	w := httptest.NewRecorder()
	err := pages.Instance("hello", "<Islay>").Render(w)
	fmt.Println(err, w.Header().Get("Content-Type"))
	fmt.Println(w.Body)
	// Output:
	// <nil> text/html; charset=utf-8
	// <p>Hello, &lt;Islay&gt;!</p>
}

func page(t *testing.T, r render.Render) string {
	t.Helper()
	w := httptest.NewRecorder()
	require.NoError(t, r.Render(w))
	assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	return w.Body.String()
}

func TestHTML(t *testing.T) {
	set := template.Must(template.New("root").Parse(`root {{.}}{{define "part"}}part {{.}}{{end}}{{define "broken"}}sent? {{.Missing.Field}}{{end}}`))
	assert.Equal(t, "part &amp;", page(t, render.HTML{Template: set, Name: "part", Data: "&"}))
	assert.Equal(t, "root 1", page(t, render.HTMLProduction{Template: set}.Instance("", 1)), "no name is the root template")

	for want, r := range map[string]render.HTML{
		"dram: cannot render ": {Template: set, Name: "broken", Data: oban},
		`dram: no HTML template is called "none": loaded are "broken", "part", "root"`: {Template: set, Name: "none"},
		`dram: no HTML template is called "": loaded are none`:                         {Template: template.New("")},
	} {
		w := httptest.NewRecorder()
		require.ErrorContains(t, r.Render(w), want)
		assert.Empty(t, w.Body.String(), "nothing of a page that breaks off")
		assert.Empty(t, w.Header())
	}

	for _, r := range []render.HTMLRender{render.HTMLProduction{}, render.HTMLDebug{}, render.HTMLDebug{FileSystem: http.Dir(".")}} {
		require.ErrorIs(t, r.Instance("x", nil).Render(httptest.NewRecorder()), render.ErrNoTemplate)
	}

	w := httptest.NewRecorder()
	render.HTML{}.WriteContentType(w)
	assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
}

// Debug pages show a change with the next request, wherever they come from.
func TestHTMLDebug(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	file := filepath.Join(dir, "sub", "page.html")
	functions := template.FuncMap{"upper": strings.ToUpper}
	delims := render.Delims{Left: "<%", Right: "%>"}

	sources := map[string]render.HTMLDebug{
		"files":       {Files: []string{file}},
		"glob":        {Glob: filepath.Join(dir, "*", "*.html")},
		"http.Dir":    {FileSystem: http.Dir(dir), Patterns: []string{"sub/*.html"}},
		"http.FS":     {FileSystem: http.FS(os.DirFS(dir)), Patterns: []string{"none*", "sub/page.html"}[1:]},
		"wildcard fs": {FileSystem: http.FS(os.DirFS(dir)), Patterns: []string{"*/page.*"}},
	}
	for name, r := range sources {
		t.Run(name, func(t *testing.T) {
			r.Delims, r.FuncMap = delims, functions
			require.NoError(t, os.WriteFile(file, []byte(`one <% upper . %>`), 0o600))
			assert.Equal(t, "one OBAN", page(t, r.Instance("page.html", "Oban")))
			require.NoError(t, os.WriteFile(file, []byte(`two <% . %>`), 0o600))
			assert.Equal(t, "two Oban", page(t, r.Instance("page.html", "Oban")))

			require.NoError(t, os.WriteFile(file, []byte(`three <% if %>`), 0o600))
			w := httptest.NewRecorder()
			broken := r.Instance("page.html", "Oban")
			require.ErrorContains(t, broken.Render(w), "dram: cannot load the HTML templates: ")
			assert.Empty(t, w.Header())
			broken.WriteContentType(w)
			assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))

			_, err := r.Parse()
			require.Error(t, err)
		})
	}
}

func TestHTMLDebugWithoutMatches(t *testing.T) {
	system := http.FS(fstest.MapFS{"a.html": {Data: []byte("a")}})
	for _, r := range []render.HTMLDebug{
		{Files: []string{"no-such-file"}},
		{Glob: "no-such-*"},
		{FileSystem: system, Patterns: []string{"b.html"}},
		{FileSystem: system, Patterns: []string{"*.txt"}},
		{FileSystem: system, Patterns: []string{"../a.html"}},
		{FileSystem: failingFS{}, Patterns: []string{"a.html"}},
	} {
		_, err := r.Parse()
		require.Error(t, err, "%+v", r)
		assert.False(t, errors.Is(err, render.ErrNoTemplate))
	}
}

type failingFS struct{}

func (failingFS) Open(string) (http.File, error) { return nil, fs.ErrPermission }
