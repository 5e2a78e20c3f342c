package dram_test

import (
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// mistake is what somebody who is new to dram gets wrong, and what they are told: as a
// panic, an error that they hold, or a line of the debug mode. Each of says is
// a regular expression; "§" is a position in this file.
type mistake struct {
	name string
	make func(t *testing.T, r *dram.Engine) error
	says []string
}

// mistaken makes a mistake that shows when a request comes.
func mistaken(r *dram.Engine, method, target, body string) error {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	r.ServeHTTP(httptest.NewRecorder(), req)
	return nil
}

var patternMistakes = []mistake{
	{"nil handler", func(_ *testing.T, r *dram.Engine) error { r.GET("/a", nil); return nil },
		[]string{`handler 1 of GET '/a' \(.*§\) is nil: pass a function`}},
	{"nil behind a layer", func(_ *testing.T, r *dram.Engine) error { r.POST("/a", target, nil); return nil },
		[]string{`handler 2 of POST '/a' \(.*§\) is nil`}},
	{"nil layer", func(_ *testing.T, r *dram.Engine) error { r.Use(nil); return nil },
		[]string{`handler 1 of Use of '/' \(.*§\) is nil`}},
	{"nil layer of a group", func(_ *testing.T, r *dram.Engine) error { r.Group("/v1", nil); return nil },
		[]string{`handler 1 of Group '/v1' \(.*§\) is nil`}},
	{"nil layer of a nested group", func(_ *testing.T, r *dram.Engine) error { r.Group("/v1").Use(target, nil); return nil },
		[]string{`handler 2 of Use of '/v1' \(.*§\) is nil`}},
	{"nil among the layers that were set", func(_ *testing.T, r *dram.Engine) error {
		r.Handlers = append(r.Handlers, nil)
		r.GET("/a", target)
		return nil
	}, []string{`handler 1 of the group '/' .* is nil`}},
	{"nil NoRoute", func(_ *testing.T, r *dram.Engine) error { r.NoRoute(nil); return nil },
		[]string{`handler 1 of NoRoute of '/' \(.*§\) is nil`}},
	{"nil NoMethod", func(_ *testing.T, r *dram.Engine) error { r.NoMethod(nil); return nil },
		[]string{`handler 1 of NoMethod of '/' \(.*§\) is nil`}},
	{"no handler", func(_ *testing.T, r *dram.Engine) error { r.GET("/a"); return nil },
		[]string{`at least one handler for GET '/a' \(.*§\): pass a function`}},
	{"no method", func(_ *testing.T, r *dram.Engine) error { r.Handle("", "/a", target); return nil },
		[]string{`http method  is not valid: use upper case letters`}},
	{"method in lower case", func(_ *testing.T, r *dram.Engine) error { r.Handle("get", "/a", target); return nil },
		[]string{`http method get is not valid: use upper case letters`}},
	{"the same route twice", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a/:id", target)
		r.GET("/a/:name", target)
		return nil
	}, []string{`/a/:name`, `/a/:id`, `(?s)§.*§`}},
	{"catch-all in the middle", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/*b/c", target); return nil },
		[]string{`catch-all`, `/a/\*b/c`, `§`}},
	{"catch-all without a name", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/*", target); return nil },
		[]string{`named`, `/a/\*`, `§`}},
	{"param without a name", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/:", target); return nil },
		[]string{`named`, `/a/:`, `§`}},
	{"two params in a segment", func(_ *testing.T, r *dram.Engine) error { r.GET("/:a:b", target); return nil },
		[]string{`one wildcard per path segment`, `/:a:b`, `§`}},
	{"param of net/http, chi and OpenAPI", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/{id}", target); return nil },
		[]string{`GET /a/\{id\} \(§\): "\{id\}" matches only itself: for a param write :id`}},
	{"param with an expression", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/{id:[0-9]+}", target); return nil },
		[]string{`for a param write :id`}},
	{"rest of net/http", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/{path...}", target); return nil },
		[]string{`for the rest of the path write /\*path`}},
	{"end of net/http", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/{$}", target); return nil },
		[]string{`leave \{\$\} out`}},
	{"param of Flask", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/<int:id>", target); return nil },
		[]string{`for a param write :id`}},
	{"constraint of Fiber", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/:id<int>", target); return nil },
		[]string{`write :id and check its value`}},
	{"optional param", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/:id?", target); return nil },
		[]string{`write :id and check its value`}},
	{"query in a pattern", func(_ *testing.T, r *dram.Engine) error { r.GET("/a?id=1", target); return nil },
		[]string{`a pattern has no query`}},
	{"method in a pattern", func(_ *testing.T, r *dram.Engine) error { r.GET("GET /a", target); return nil },
		[]string{`a pattern is a path alone`}},
	{"host in a pattern", func(_ *testing.T, r *dram.Engine) error { r.GET("https://example.com/a", target); return nil },
		[]string{`a pattern is a path alone`}},
	{"space behind a group", func(_ *testing.T, r *dram.Engine) error { r.Group("/v1 ").GET("/a", target); return nil },
		[]string{`GET /v1 /a \(§\): " /" matches only itself: a path has no space there`}},
	{"tab in a pattern", func(_ *testing.T, r *dram.Engine) error { r.GET("/a\t", target); return nil },
		[]string{`a path has no space there`}},
	{"one or more of path-to-regexp", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/:id+", target); return nil },
		[]string{`":id\+" matches only itself: for the rest of the path write /\*id`}},
	{"beginning of a regular expression", func(_ *testing.T, r *dram.Engine) error { r.GET("^/a", target); return nil },
		[]string{`a pattern is not a regular expression`}},
	{"end of a regular expression", func(_ *testing.T, r *dram.Engine) error { r.GET("/a$", target); return nil },
		[]string{`a pattern is not a regular expression`}},
	{"one of several", func(_ *testing.T, r *dram.Engine) error { r.GET("/(a|b)", target); return nil },
		[]string{`"\(a\|b\)" matches only itself: a pattern is not a regular expression`}},
	{"header that no request can have, of an address", func(_ *testing.T, r *dram.Engine) error {
		r.RemoteIPHeaders = []string{"X-Real-Ip", "X Forwarded For"}
		r.GET("/a", target)
		return mistaken(r, "GET", "/a", "")
	}, []string{`RemoteIPHeaders has "X Forwarded For", which is not the name of a header: ClientIP does not find it; correct it`}},
	{"header that no request can have, of a platform", func(_ *testing.T, r *dram.Engine) error {
		r.TrustedPlatform = "cf connecting ip"
		r.GET("/a", target)
		return mistaken(r, "GET", "/a", "")
	}, []string{`TrustedPlatform has "cf connecting ip", which is not the name of a header`}},
	{"functions of templates too late", func(_ *testing.T, r *dram.Engine) error {
		r.LoadHTMLFS(http.FS(fstest.MapFS{"a.html": {}}), "a.html")
		r.SetFuncMap(template.FuncMap{})
		return nil
	}, []string{`SetFuncMap \(§\) comes after the templates were loaded, without its functions: call it before`}},
	{"directory for a file", func(t *testing.T, r *dram.Engine) error { r.StaticFile("/a", t.TempDir()); return nil },
		[]string{`StaticFile /a \(§\): .* is a directory, and has no index.html; for what is in it there is Static`}},
	{"late Use", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", target)
		r.GET("/b", target)
		r.Use(layer)
		return nil
	}, []string{`Use \(§\) comes after 2 routes \(GET /a, §\), which run without its layers: call Use first`}},
	{"late Use of a group, a route below", func(_ *testing.T, r *dram.Engine) error {
		v1 := r.Group("/v1")
		v1.Group("/x").GET("/a", target)
		v1.Use(layer)
		return nil
	}, []string{`Use \(§\) comes after a route \(GET /v1/x/a, §\)`}},
	{"Use after the group was made", func(_ *testing.T, r *dram.Engine) error {
		v1 := r.Group("/v1")
		r.Use(layer)
		v1.GET("/a", target)
		return nil
	}, []string{`GET /v1/a \(§\) runs without the layers of Use \(§\): its group /v1 was made before \(§\): call Use first`}},
	{"param of Next.js", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/[id]", target); return nil }, []string{`for a param write :id`}},
	{"rest of Next.js", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/[...slug]", target); return nil }, []string{`for the rest of the path write /\*slug`}},
	{"rest of Go's packages", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/...", target); return nil }, []string{`for the rest of the path write /\*path`}},
	{"rest of Ant", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/**", target); return nil }, []string{`a catch-all is one '\*' and a name, has: '\*\*'`, `write '\*path'`}},
	{"suffix behind a catch-all", func(_ *testing.T, r *dram.Engine) error { r.GET("/a/*.html", target); return nil }, []string{`a catch-all takes the rest of the path, whatever its end`}},
	{"fragment in a pattern", func(_ *testing.T, r *dram.Engine) error { r.GET("/a#b", target); return nil }, []string{`a request has no fragment`}},
	{"escape in a pattern", func(_ *testing.T, r *dram.Engine) error { r.GET("/a%20b", target); return nil }, []string{`a pattern is the decoded path`}},
	{"space before a pattern", func(_ *testing.T, r *dram.Engine) error { r.GET(" /c", target); return nil }, []string{`a path has no space there`}},
	{"one name for two params", func(_ *testing.T, r *dram.Engine) error { r.GET("/v/:id/w/:id", target); return nil }, []string{`two params are called "id"`}},
	{"Match in lower case", func(_ *testing.T, r *dram.Engine) error { r.Match([]string{"get"}, "/a", target); return nil }, []string{`get /a \(§\): no request has this method, .*: write GET`}},
	{"the same route by reflection", func(_ *testing.T, r *dram.Engine) error {
		for range 2 {
			reflect.ValueOf(r.GET).Call([]reflect.Value{reflect.ValueOf("/x"), reflect.ValueOf(dram.HandlerFunc(target))})
		}
		return nil
	}, []string{`handlers are already registered .*§.*§`}},
	{"the same route by Any", func(_ *testing.T, r *dram.Engine) error { r.PUT("/x", target); r.Any("/x", target); return nil }, []string{`dram: PUT: handlers are already registered`, `(?s)§.*§`}},
	{"too many layers", func(_ *testing.T, r *dram.Engine) error {
		for range 70 {
			r.Use(layer)
		}
		r.GET("/x", target)
		return nil
	}, []string{`too many handlers: \d+ in a chain of / \(.*§\), at most 62 fit: make one layer of several`}},
	{"a directory that is not there", func(_ *testing.T, r *dram.Engine) error { r.Static("/assets", "./no-such-dir"); return nil },
		[]string{`Static /assets \(§\): .*no-such-dir: no such file or directory; a path is relative to the working directory, /`}},
	{"a file that is not there", func(_ *testing.T, r *dram.Engine) error { r.StaticFile("/a.txt", "no-such.txt"); return nil }, []string{`StaticFile /a.txt \(§\): .*no-such.txt: no such file`}},
	{"nil to wrap, WrapH", func(_ *testing.T, r *dram.Engine) error { r.GET("/", dram.WrapH(nil)); return nil }, []string{`WrapH \(§\): what it is to wrap is nil: pass a handler`}},
	{"nil to wrap, WrapF", func(_ *testing.T, r *dram.Engine) error { r.GET("/", dram.WrapF(nil)); return nil }, []string{`WrapF \(§\): what it is to wrap is nil`}},
	{"nil to wrap, WrapHandle", func(_ *testing.T, r *dram.Engine) error { r.GET("/", dram.WrapHandle(nil)); return nil }, []string{`WrapHandle \(§\): what it is to wrap is nil`}},
	{"nil to wrap, WrapMiddleware", func(_ *testing.T, r *dram.Engine) error { r.Use(dram.WrapMiddleware(nil)); return nil }, []string{`WrapMiddleware \(§\): what it is to wrap is nil`}},
	{"a directory without a name", func(_ *testing.T, r *dram.Engine) error { r.Static("/assets", ""); return nil },
		[]string{`Static /assets \(§\): the name of the directory is empty, which serves all that is in the working directory; write "\." if that is meant`}},
	{"a file for a directory", func(_ *testing.T, r *dram.Engine) error { r.Static("/assets", "go.mod"); return nil },
		[]string{`Static /assets \(§\): go.mod is not a directory; for a file there is StaticFile`}},
	{"a file that is not in the file system", func(_ *testing.T, r *dram.Engine) error {
		r.StaticFileFS("/a.txt", "no-such.txt", http.FS(fstest.MapFS{}))
		return nil
	}, []string{`StaticFileFS /a.txt \(§\): .*no-such.txt.*; the name is one of the file system that was passed`}},
	{"the folder of fs.Sub is not there", func(_ *testing.T, r *dram.Engine) error {
		sub, _ := fs.Sub(fstest.MapFS{"dist/a.txt": {}}, "dsit")
		r.StaticFS("/assets", http.FS(sub))
		r.StaticFS("/all", http.FS(fstest.MapFS{}))
		return nil
	}, []string{`StaticFS /assets \(§\): the file system has no root: .*; is the folder of fs.Sub there\?`}},
	{"no methods", func(_ *testing.T, r *dram.Engine) error { r.Match(nil, "/a", target); return nil },
		[]string{`Match /a \(§\): no method is named, so that there is no route; name one, or call Any`}},
	{"an Engine that was not made", func(*testing.T, *dram.Engine) error { new(dram.Engine).GET("/a", target); return nil },
		[]string{`GET '/a': the Engine is a zero value: make it by New or Default`}},
	{"files of an Engine that was not made", func(*testing.T, *dram.Engine) error { new(dram.Engine).Static("/a", "."); return nil },
		[]string{`Static '/a': the Engine is a zero value`}},
	{"a file of an Engine that was not made", func(*testing.T, *dram.Engine) error {
		new(dram.Engine).StaticFileFS("/a", "go.mod", http.Dir("."))
		return nil
	}, []string{`StaticFileFS '/a': the Engine is a zero value`}},
	{"no methods of an Engine that was not made", func(*testing.T, *dram.Engine) error { new(dram.Engine).Match(nil, "/a"); return nil },
		[]string{`Match '/a': the Engine is a zero value`}},
	{"a layer of an Engine that was not made", func(*testing.T, *dram.Engine) error { new(dram.Engine).Use(target); return nil },
		[]string{`Use of '': the Engine is a zero value`}},
	{"a group of an Engine that was not made", func(*testing.T, *dram.Engine) error { new(dram.Engine).Group("/a"); return nil },
		[]string{`Group '/a': the Engine is a zero value`}},
	{"nil file system", func(_ *testing.T, r *dram.Engine) error { r.StaticFS("/s", nil); return nil }, []string{`StaticFS '/s' \(.*§\): the file system is nil: pass one`}},
	{"NoMethod that never runs", func(_ *testing.T, r *dram.Engine) error { r.NoMethod(target); return mistaken(r, "GET", "/", "") }, []string{`NoMethod never run: set HandleMethodNotAllowed`}},
	{"Static with a wildcard", func(_ *testing.T, r *dram.Engine) error { r.Static("/a/:dir", "."); return nil },
		[]string{`/a/:dir`}},
}

type misspelt struct {
	A string `json:"a" binding:"requierd"`
}

type unfit struct {
	A string `json:"a" binding:"min=x"`
}

type unregistered struct {
	A string `json:"a" binding:"zipcode"`
}

type misset struct {
	Page int `form:"page,default=first"`
}

type misdated struct {
	Day time.Time `form:"day" time_format:"yyyy-MM-dd"`
}

type mislocated struct {
	Day time.Time `form:"day" time_location:"Mars"`
}

type misclocked struct {
	Day time.Time `form:"day" time_utc:"yes"`
}

var requestMistakes = []mistake{
	{"bad JSON, by Bind", func(_ *testing.T, r *dram.Engine) error {
		r.POST("/a", func(c *dram.Context) { _ = c.Bind(&struct{ A int }{}) })
		return mistaken(r, "POST", "/a", "{")
	}, []string{`POST /a \(§\): Bind at §: dram: json body: is cut off`}},
	{"a wrong type, by BindJSON", func(_ *testing.T, r *dram.Engine) error {
		r.POST("/a", func(c *dram.Context) { _ = c.BindJSON(&struct{ A int }{}) })
		return mistaken(r, "POST", "/a", `{"A":"x"}`)
	}, []string{`Bind at §: dram: json "A": must be an integer`}},
	{"a param that does not fit, by BindUri", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a/:id", func(c *dram.Context) {
			_ = c.BindUri(&struct {
				ID int `uri:"id"`
			}{})
		})
		return mistaken(r, "GET", "/a/x", "")
	}, []string{`GET /a/:id \(§\): Bind at §: dram: uri "id": must be an integer`}},
	{"pointer forgotten", func(_ *testing.T, r *dram.Engine) error {
		var err error
		r.POST("/a", func(c *dram.Context) { err = c.ShouldBindJSON(struct{ A int }{}) })
		_ = mistaken(r, "POST", "/a", "{}")
		return err
	}, []string{`pointer`}},
	{"nil to bind into", func(_ *testing.T, r *dram.Engine) error {
		var err error
		r.POST("/a", func(c *dram.Context) { err = c.ShouldBindJSON(nil) })
		_ = mistaken(r, "POST", "/a", "{}")
		return err
	}, []string{`pointer`}},
	{"pointer forgotten, of a query", func(_ *testing.T, r *dram.Engine) error {
		var err error
		r.GET("/a", func(c *dram.Context) { err = c.ShouldBindQuery(struct{ A int }{}) })
		_ = mistaken(r, "GET", "/a", "")
		return err
	}, []string{`pointer`}},
	{"the tag query without BindAll", func(_ *testing.T, r *dram.Engine) error {
		type page struct {
			Plain int `query:"-"`
			Both  int `query:"both" form:"both"`
			No    int `query:"page"`
		}
		r.GET("/a", func(c *dram.Context) { _ = c.ShouldBindQuery(&page{}) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`GET /a \(§\): Bind at §: the field No of dram_test.page has the tag query, which is BindAll's: call that, or write form`}},
	{"a rule that names a field which is not there", func(_ *testing.T, r *dram.Engine) error {
		type order struct {
			Kind string `json:"kind"`
			Iban string `json:"iban" binding:"required_if=Knd transfer"`
		}
		r.POST("/a", func(c *dram.Context) { _ = c.ShouldBindJSON(&order{}) })
		_ = mistaken(r, "POST", "/a", "{}")
		return mistaken(r, "POST", "/a", "{}")
	}, []string{`POST /a \(§\): Bind at §: field Iban of dram_test.order: the rule "required_if=Knd transfer" names "Knd", which is not a field of dram_test.order: write a field's Go name`}},
	{"an option that means nothing", func(_ *testing.T, r *dram.Engine) error {
		type list struct {
			Limit int `form:"limit,defualt=5"`
		}
		r.GET("/a", func(c *dram.Context) { _ = c.ShouldBindQuery(&list{}) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`Bind at §: field Limit of dram_test.list: the option "defualt=5" of the tag form is not known; write`}},
	{"format without its codec, in", func(_ *testing.T, r *dram.Engine) error {
		r.POST("/a", func(c *dram.Context) { _ = c.BindTOML(&struct{}{}) })
		return mistaken(r, "POST", "/a", "a = 1")
	}, []string{`Bind at §: .*import _ "github.com/dram-go/dram/contrib/toml"`}},
	{"format without its codec, out", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.YAML(200, dram.H{}) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`GET /a \(§\): Render at §: .*import _ "github.com/dram-go/dram/contrib/yaml"`}},
	{"what JSON cannot say", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.JSON(200, dram.H{"f": func() {}}) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`GET /a \(§\): Render at §: .*func\(\)`}},
	{"no template", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.HTML(200, "a.html", nil) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`Render at §: .*no HTML template is loaded; call LoadHTMLGlob`}},
	{"another template", func(_ *testing.T, r *dram.Engine) error {
		r.LoadHTMLFS(http.FS(fstest.MapFS{"t/a.html": {}, "t/b.html": {}}), "t/*.html")
		r.GET("/a", func(c *dram.Context) { c.HTML(200, "t/a.html", nil) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`Render at .*no HTML template is called "t/a.html": loaded are "a.html", "b.html"; .* without its folder`}},
	{"template that fails", func(_ *testing.T, r *dram.Engine) error {
		r.SetHTMLTemplate(template.Must(template.New("a").Parse(`{{.Nothing.There}}`)))
		r.GET("/a", func(c *dram.Context) { c.HTML(200, "a", struct{}{}) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`Render at §: .*Nothing`}},
	{"templates of another directory", func(_ *testing.T, r *dram.Engine) error { r.LoadHTMLGlob("no/such/*.html"); return nil },
		[]string{`no/such/\*.html`, `relative to the working directory, .*dram|relative to the working directory, /`}},
	{"template with a function that comes later", func(_ *testing.T, r *dram.Engine) error {
		r.LoadHTMLFS(http.FS(fstest.MapFS{"a.html": {Data: []byte("{{shout .}}")}}), "a.html")
		return nil
	}, []string{`a.html:1: function "shout" not defined; call SetFuncMap before`}},
	{"templates beside a directory", func(t *testing.T, r *dram.Engine) error {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o700))
		r.LoadHTMLGlob(filepath.Join(dir, "*"))
		return nil
	}, []string{`is a directory; the pattern matches a directory as well: write one that matches files`}},
	{"templates whose pattern speaks of a function", func(_ *testing.T, r *dram.Engine) error { r.LoadHTMLGlob("no function *.html"); return nil },
		[]string{`matches no files: .no function \*.html.; a path is relative to the working directory`}},
	{"templates whose pattern says not defined", func(_ *testing.T, r *dram.Engine) error { r.LoadHTMLGlob("a not defined *.html"); return nil },
		[]string{`matches no files: .a not defined \*.html.; a path is relative to the working directory`}},
	{"templates of a wrong pattern", func(_ *testing.T, r *dram.Engine) error { r.LoadHTMLGlob("[a"); return nil },
		[]string{`syntax error in pattern; correct the pattern "\[a"`}},
	{"templates of no file system", func(_ *testing.T, r *dram.Engine) error { r.LoadHTMLFS(nil, "*.html"); return nil },
		[]string{`LoadHTMLFS '\*\.html' \(.*§\): the file system is nil: pass one`}},
	{"no template to set", func(_ *testing.T, r *dram.Engine) error { r.SetHTMLTemplate(nil); return nil },
		[]string{`SetHTMLTemplate \(.*§\): the template is nil: pass one that was parsed`}},
	{"template file that is not there", func(_ *testing.T, r *dram.Engine) error { r.LoadHTMLFiles("no.html"); return nil },
		[]string{`no.html: no such file or directory; a path is relative to the working directory, /`}},
	{"two answers", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) {
			c.String(400, "no")
			c.JSON(200, "yes") // a return is missing above
		})
		return mistaken(r, "GET", "/a", "")
	}, []string{`status code 400 with 200: GET /a \(§\) was answered at §, and again at §; return after the first`}},
	{"two answers, a layer's the first", func(_ *testing.T, r *dram.Engine) error {
		r.Use(func(c *dram.Context) { c.AbortWithStatus(401); c.Next() }, func(*dram.Context) {})
		r.GET("/a", target)
		r.Use(func(c *dram.Context) { c.String(401, "no") }) // which does not abort
		r.GET("/b", func(c *dram.Context) { c.JSON(200, 1) })
		r.Handlers = r.Handlers[2:]
		r.GET("/c", func(c *dram.Context) { c.JSON(200, 1) })
		return mistaken(r, "GET", "/c", "")
	}, []string{`GET /c \(§\) was answered at §, and again`}},
	{"two answers of one status", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) {
			c.AbortWithStatusJSON(403, dram.H{"e": 1})
			c.JSON(403, dram.H{"e": 2})
		})
		return mistaken(r, "GET", "/a", "")
	}, []string{`status code 403 with 403: GET /a \(§\) was answered at §, and again at §; return after the first`}},
	{"a header behind the body", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.String(200, "a"); c.Header("X-Late", "1") })
		return mistaken(r, "GET", "/a", "")
	}, []string{`GET /a \(§\): the header X-Late \(§\) comes after the answer has begun \(at §\), and is not sent`}},
	{"a cookie behind the body", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.String(200, "a"); c.SetCookie("a", "b", 1, "", "", true, true) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`the header Set-Cookie \(§\) comes after`}},
	{"a cookie whose name is none", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.SetCookie("a b", "c", 1, "", "", true, true) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`GET /a \(§\): the cookie "a b" \(§\) is not sent: its name may have letters`}},
	{"a file to send that is not there", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.File("./no-such.txt") })
		return mistaken(r, "GET", "/a", "")
	}, []string{`GET /a \(§\): File at §: ./no-such.txt is not there; a path is relative to the working directory, /`}},
	{"delimiters behind the templates", func(_ *testing.T, r *dram.Engine) error {
		r.LoadHTMLFS(http.FS(fstest.MapFS{"a.html": {}}), "a.html")
		r.Delims("[[", "]]")
		return nil
	}, []string{`Delims \(§\) comes after the templates were loaded`}},
	{"misspelt rule", func(_ *testing.T, r *dram.Engine) error {
		r.POST("/a", func(c *dram.Context) { _ = c.ShouldBindJSON(&misspelt{}) })
		return mistaken(r, "POST", "/a", `{"a":"b"}`)
	}, []string{`field A of dram_test.misspelt: the rule "requierd" is not known \(is "required" meant\?\)`}},
	{"rule that is not there", func(_ *testing.T, r *dram.Engine) error {
		r.POST("/a", func(c *dram.Context) { _ = c.ShouldBindJSON(&unregistered{}) })
		return mistaken(r, "POST", "/a", `{"a":"b"}`)
	}, []string{"the rule \"zipcode\" is not known: correct the tag `binding`, or register the rule"}},
	{"rule that does not fit", func(_ *testing.T, r *dram.Engine) error {
		r.POST("/a", func(c *dram.Context) { _ = c.ShouldBindJSON(&unfit{}) })
		return mistaken(r, "POST", "/a", `{"a":"b"}`)
	}, []string{`field A of dram_test.unfit: the rule "min=x" does not fit the type string`}},
	{"a Context in a goroutine", func(_ *testing.T, r *dram.Engine) error {
		var late *dram.Context
		r.GET("/a/:id", func(c *dram.Context) { late = c })
		_ = mistaken(r, "GET", "/a/7", "")
		late.Param("id")
		return nil
	}, []string{`the Context of GET /a/:id was used after its handler returned: give a goroutine c.Copy\(\)`}},
	{"status that is none", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.String(42, "x") })
		return mistaken(r, "GET", "/a", "")
	}, []string{`status code 42 is not valid: use one between 100 and 999`}},
	{"redirect with 200", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.Redirect(200, "/b") })
		return mistaken(r, "GET", "/a", "")
	}, []string{`Cannot redirect with status code 200`}},
	{"nil error", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { c.Error(nil) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`err is nil: call Context.Error only with an error`}},
	{"body read twice", func(_ *testing.T, r *dram.Engine) error {
		var err error
		r.POST("/a", func(c *dram.Context) {
			_ = c.ShouldBindJSON(&struct{}{})
			err = c.ShouldBindJSON(&struct{}{})
		})
		_ = mistaken(r, "POST", "/a", "{}")
		return err
	}, []string{`json body: must not be empty .*: the body was read before, by a layer or another Bind; decode it with Context.ShouldBindBodyWith each time`}},
	{"body read by a layer, then by ShouldBindBodyWith", func(_ *testing.T, r *dram.Engine) error {
		var err error
		r.Use(func(c *dram.Context) { _, _ = c.GetRawData() })
		r.POST("/a", func(c *dram.Context) { err = c.ShouldBindBodyWithJSON(&struct{}{}) })
		_ = mistaken(r, "POST", "/a", "{}")
		return err
	}, []string{`json body: must not be empty .*: the body was read before`}},
	{"default that is not of the field's type", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { _ = c.BindQuery(&misset{}) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`Bind at §: dram: field Page of dram_test.misset: default "first" is not an integer; correct it in the tag form`}},
	{"layout of another language", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { _ = c.BindQuery(&misdated{}) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`dram: field Day of dram_test.misdated: time_format "yyyy-MM-dd" .* write the time 2006-01-02 15:04:05`}},
	{"location that is not known", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { _ = c.BindQuery(&mislocated{}) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`dram: field Day of dram_test.mislocated: time_location "Mars": .*; write a name such as Europe/Berlin`}},
	{"UTC that is neither true nor false", func(_ *testing.T, r *dram.Engine) error {
		r.GET("/a", func(c *dram.Context) { _ = c.BindQuery(&misclocked{}) })
		return mistaken(r, "GET", "/a", "")
	}, []string{`dram: field Day of dram_test.misclocked: time_utc "yes" is neither true nor false; write time_utc:"1"`}},
}

var startMistakes = []mistake{
	{"port without a colon", func(_ *testing.T, r *dram.Engine) error { return r.Run("8080") }, []string{`missing port in address; write ":8080"`}},
	{"two addresses", func(_ *testing.T, r *dram.Engine) error { return r.Run(":1", ":2") }, []string{`too many parameters: give Run one address`}},
	{"port that is taken", func(t *testing.T, r *dram.Engine) error {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		return r.Run(listener.Addr().String())
	}, []string{`address already in use; another program, or another server of this one, listens there`}},
	{"no certificate", func(_ *testing.T, r *dram.Engine) error { return r.RunTLS(":0", "no.pem", "no.key") },
		[]string{`no.pem: no such file or directory; write where the PEM files are`}},
	{"proxy by its name", func(_ *testing.T, r *dram.Engine) error { return r.SetTrustedProxies([]string{"proxy.local"}) },
		[]string{`invalid IP address: proxy.local: write an address such as`}},
	{"mode that is none", func(_ *testing.T, _ *dram.Engine) error { dram.SetMode("production"); return nil },
		[]string{`dram mode unknown: production \(available mode: debug release test\)`}},
	{"pointer for the layer Bind", func(_ *testing.T, _ *dram.Engine) error { dram.Bind(&struct{}{}); return nil }, []string{`pointer`}},
	{"accounts that are none", func(_ *testing.T, _ *dram.Engine) error { dram.BasicAuth(dram.Accounts{}); return nil }, []string{`BasicAuth without accounts would let nobody in: pass at least one`}},
}

// TestMistakesAreNamed: what is printed names the fault, the position and the mend.
func TestMistakesAreNamed(t *testing.T) {
	inMode(t, dram.DebugMode)
	for group, mistakes := range map[string][]mistake{"patterns": patternMistakes, "requests": requestMistakes, "start": startMistakes} {
		for _, m := range mistakes {
			t.Run(group+"/"+m.name, func(t *testing.T) {
				said := told(t, m)
				for _, pattern := range m.says {
					assert.Regexp(t, strings.ReplaceAll(pattern, "§", `mistakes_test.go:\d+`), said)
				}
			})
		}
	}
}

// told returns all that a mistake makes dram say.
func told(t *testing.T, m mistake) (said string) {
	out := captureWriter(t)
	defer func() {
		if panicked := recover(); panicked != nil {
			said = fmt.Sprint(out, panicked)
		}
	}()
	err := m.make(t, dram.New())
	return fmt.Sprint(out, err)
}

// fromRoot takes names that begin with a slash, as those do that net/http's file server asks for.
type fromRoot struct{ http.FileSystem }

func (fs fromRoot) Open(name string) (http.File, error) {
	if !strings.HasPrefix(name, "/") {
		return nil, os.ErrNotExist
	}
	return fs.FileSystem.Open(name)
}

// TestOrdinaryProgramsAreNotWarned: what is right gets no line but those of the routes.
func TestOrdinaryProgramsAreNotWarned(t *testing.T) {
	inMode(t, dram.DebugMode)
	for name, program := range map[string]func(r *dram.Engine){
		"Use without layers": func(r *dram.Engine) { r.GET("/a", target); r.Use([]dram.HandlerFunc{}...) },
		"groups": func(r *dram.Engine) {
			r.Use(layer)
			r.GET("/a", target)
			v1 := r.Group("/v1", layer)
			v1.GET("/a/:id/*rest", target)
		},
		"a panic behind the answer": func(r *dram.Engine) {
			r.Use(dram.RecoveryWithWriter(nil))
			r.GET("/", func(c *dram.Context) { c.String(200, "a"); c.Writer.Flush(); panic("x") })
		},
		"a stream": func(r *dram.Engine) {
			r.GET("/", func(c *dram.Context) {
				c.Stream(func(io.Writer) bool { c.SSEvent("a", 1); return false })
				c.SSEvent("b", 2)
				c.String(200, "more")
			})
		},
		"flushed parts": func(r *dram.Engine) {
			r.GET("/", func(c *dram.Context) {
				for range 2 {
					c.String(200, "part")
					c.Writer.Flush()
				}
			})
		},
		"trailers": func(r *dram.Engine) {
			r.GET("/", func(c *dram.Context) { c.Header("Trailer", "X-Sum"); c.String(200, "a"); c.Header("X-Sum", "1") })
		},
		"odd but honest patterns": func(r *dram.Engine) {
			for _, pattern := range []string{"/@name", "/$metadata", "/a(1)", "/files/:name.json", "/a,b;c", "/v1.2/x", "/~home/*rest", `/items\:batch`, "/a+b"} {
				r.GET(pattern, target)
			}
		},
		"a directory with its page as a file": func(r *dram.Engine) {
			fs := http.FS(fstest.MapFS{"docs/index.html": {Data: []byte("page")}})
			r.StaticFileFS("/docs", "docs/", fs)
			r.StaticFileFS("/page", "docs/index.html", fromRoot{fs})
		},
		"an escape with UseRawPath": func(r *dram.Engine) { r.UseRawPath = true; r.GET("/a%20b", target) },
	} {
		t.Run(name, func(t *testing.T) {
			out := captureWriter(t)
			r := dram.New()
			out.Reset()
			program(r)
			_ = mistaken(r, "GET", "/", "")
			assert.NotContains(t, out.String(), "WARNING")
		})
	}
}
