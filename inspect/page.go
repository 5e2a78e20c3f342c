package inspect

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
)

// This file is the way from an address to a page. The pages are made here and work without a script,
// which only adds requests while they come in. What they show is in page_routes.go,
// page_requests.go and page_runtime.go.

//go:embed templates static
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"clock": func(t time.Time) string { return t.Format("15:04:05.000") },
	"class": func(answer string) string {
		if answer == "cut" {
			answer = "5"
		}
		return answer[:1] + "xx"
	},
	"at":    at,
	"short": shorten,
	"tab": func(p page, name, title string) map[string]any {
		return map[string]any{"Root": p.Root, "Name": name, "Title": title, "Current": p.Tab == name}
	},
	"ask": func(action string, a asked) map[string]any {
		return map[string]any{"Action": action, "Methods": a.Methods, "Method": a.Method, "Path": a.Path}
	},
	"rows": func(p page) page { return page{Root: p.Root, Data: p.Data.(requestsData).Rows} },
}).ParseFS(files, "templates/*.html"))

// page is what all templates are given.
type page struct {
	Title string
	Root  string // leads to the root of the pages: "./", "../"
	Tab   string
	Data  any
}

// tabs are the pages that lead to all others.
var tabs = map[string]struct {
	title string
	make  func(*inspector, *dram.Context) any
}{
	"routes":   {"Routes", (*inspector).routesPage},
	"tree":     {"Tree", (*inspector).treePage},
	"requests": {"Requests", (*inspector).requestsPage},
	"lint":     {"Lint", func(m *inspector, _ *dram.Context) any { return Lint(m.engine) }},
	"runtime":  {"Runtime", (*inspector).runtimePage},
}

// assets are the files that pages load.
var assets = []string{"style.css", "tree.css", "script.js"}

// page answers a GET.
func (m *inspector) page(c *dram.Context) {
	first, rest, _ := strings.Cut(m.guard.page(c), "/")
	if first == "" {
		lead(c, "requests")
		return
	}
	if tab, ok := tabs[first]; ok && rest == "" {
		m.show(c, first, first, tab.title, tab.make(m, c))
		return
	}
	switch {
	case first == "requests":
		m.requestPage(c, rest)
	case first == "runtime":
		m.profile(c, rest)
	case first == "events" && rest == "":
		m.events(c)
	case slices.Contains(assets, first) && rest == "":
		asset(c, first)
	default:
		m.sorry(c, http.StatusNotFound, "There is no such page.")
	}
}

// act answers a POST: that a request is to be sent again.
func (m *inspector) act(c *dram.Context) {
	id, ok := strings.CutPrefix(m.guard.page(c), "requests/")
	if id, isAgain := strings.CutSuffix(id, "/again"); ok && isAgain {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxAgainBody)
		if rec := m.find(id); rec != nil {
			m.sendAgain(c, rec)
			return
		}
	}
	m.sorry(c, http.StatusNotFound, gone)
}

const gone = "The request is not there: only the last ones are kept."

// find returns a request by its id.
func (m *inspector) find(id string) *request {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return nil
	}
	return m.ring.find(n)
}

// show answers with a page.
func (m *inspector) show(c *dram.Context, name, tab, title string, data any) {
	show(c, http.StatusOK, name, page{title, m.guard.root(c), tab, data})
}

// sorry answers in place of a page, with the way to the others.
func (m *inspector) sorry(c *dram.Context, status int, why string) {
	show(c, status, "sorry", page{Title: http.StatusText(status), Root: m.guard.root(c), Data: why})
}

// show answers with a template.
func show(c *dram.Context, status int, name string, p page) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, p); err != nil {
		refuse(c, http.StatusInternalServerError, fmt.Sprint("inspect: ", err))
		return
	}
	c.Data(status, "text/html; charset=utf-8", out.Bytes())
}

// lead answers with a relative address, as it is: http.Redirect would make it one from the root, and a prefix may be around.
func lead(c *dram.Context, address string) {
	c.Header("Location", address)
	c.Status(http.StatusSeeOther)
}

// asset answers with a file that pages load.
func asset(c *dram.Context, name string) {
	text, _ := files.ReadFile("static/" + name) // it is embedded
	media := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}[path.Ext(name)]
	c.Data(http.StatusOK, media, text)
}

// download answers with a file to be kept.
func download(c *dram.Context, name, media string, data []byte) {
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Data(http.StatusOK, media, data)
}
