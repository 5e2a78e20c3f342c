package dram_test

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

// show sends a request to an engine and prints the answer.
func show(h http.Handler, method, target string, body ...string) {
	req := httptest.NewRequest(method, target, strings.NewReader(strings.Join(body, "")))
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
}

func Example() {
	r := dram.New()
	r.GET("/hello/:name", func(c *dram.Context) {
		c.JSON(http.StatusOK, dram.H{"hello": c.Param("name")})
	})
	show(r, "GET", "/hello/you")
	// Output: 200 {"hello":"you"}
}

// Static parts win over params, params over catch-alls, and the search goes
// back when it is stuck.
func ExampleEngine_precedence() {
	r := dram.New()
	for _, pattern := range []string{"/users/new", "/users/:id", "/users/:name/posts", "/*page"} {
		r.GET(pattern, func(c *dram.Context) { c.String(http.StatusOK, "%s %v", c.FullPath(), c.Params) })
	}
	show(r, "GET", "/users/new")
	show(r, "GET", "/users/7")
	show(r, "GET", "/users/new/posts")
	show(r, "GET", "/about")
	// Output:
	// 200 /users/new []
	// 200 /users/:id [{id 7}]
	// 200 /users/:name/posts [{name new}]
	// 200 /*page [{page /about}]
}

func ExampleRouterGroup_Group() {
	r := dram.New()
	api := r.Group("/api", func(c *dram.Context) {
		if c.GetHeader("Authorization") == "" {
			c.AbortWithStatusJSON(http.StatusUnauthorized, dram.H{"error": "who are you?"})
		}
	})
	api.GET("/users", func(c *dram.Context) { c.String(http.StatusOK, "users") })
	show(r, "GET", "/api/users")
	// Output: 401 {"error":"who are you?"}
}

func ExampleContext_Next() {
	r := dram.New()
	r.Use(func(c *dram.Context) {
		fmt.Println("in")
		c.Next()
		fmt.Println("out", c.Writer.Status())
	})
	r.GET("/", func(c *dram.Context) { fmt.Println("handler"); c.Status(http.StatusAccepted) })
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	// Output:
	// in
	// handler
	// out 202
}

func ExampleContext_Abort() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.String(http.StatusForbidden, "no")
		c.Abort()
	}, func(*dram.Context) { fmt.Println("never runs") })
	show(r, "GET", "/")
	// Output: 403 no
}

func ExampleContext_ShouldBindJSON() {
	type book struct {
		Title string `json:"title" binding:"required"`
		Pages int    `json:"pages" binding:"gte=1"`
	}
	r := dram.New()
	r.POST("/books", func(c *dram.Context) {
		var in book
		if err := c.ShouldBindJSON(&in); err != nil {
			c.JSON(http.StatusUnprocessableEntity, binding.FieldErrors(err))
			return
		}
		c.JSON(http.StatusCreated, in)
	})
	show(r, "POST", "/books", `{"title": "Dune", "pages": 412}`)
	show(r, "POST", "/books", `{"pages": 0}`)
	// Output:
	// 201 {"title":"Dune","pages":412}
	// 422 [{"source":"json","field":"title","rule":"required","message":"is required"},{"source":"json","field":"pages","rule":"gte","param":"1","message":"must be at least 1"}]
}

func ExampleContext_ShouldBindQuery() {
	r := dram.New()
	r.GET("/search", func(c *dram.Context) {
		var in struct {
			Term string   `form:"q"`
			Tags []string `form:"tag" collection_format:"csv"`
			Size int      `form:"size,default=20"`
		}
		if c.ShouldBindQuery(&in) == nil {
			c.String(http.StatusOK, "%q %q %d", in.Term, in.Tags, in.Size)
		}
	})
	show(r, "GET", "/search?q=go&tag=web,http")
	// Output: 200 "go" ["web" "http"] 20
}

func ExampleEngine_SetHTMLTemplate() {
	r := dram.New()
	r.SetHTMLTemplate(template.Must(template.New("hello").Parse(`<p>Hello, {{.}}!</p>`)))
	r.GET("/", func(c *dram.Context) { c.HTML(http.StatusOK, "hello", "<you>") })
	show(r, "GET", "/")
	// Output: 200 <p>Hello, &lt;you&gt;!</p>
}

func ExampleContext_Negotiate() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.Negotiate(http.StatusOK, dram.Negotiate{Offered: []string{dram.MIMEJSON, dram.MIMEXML}, Data: dram.H{"a": 1}})
	})
	for _, accept := range []string{"application/json", "application/xml;q=0.9, text/html;q=0.5", "image/png"} {
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 {"a":1}
	// 200 <map><a>1</a></map>
	// 406
}

func ExampleContext_Stream() {
	r := dram.New()
	r.GET("/events", func(c *dram.Context) {
		n := 0
		c.Stream(func(io.Writer) bool {
			n++
			c.SSEvent("tick", n)
			return n < 2
		})
	})
	show(r, "GET", "/events")
	// Output:
	// 200 event:tick
	// data:1
	//
	// event:tick
	// data:2
}

func ExampleRouterGroup_StaticFS() {
	files := fstest.MapFS{"app.css": {Data: []byte("body {}")}}
	r := dram.New()
	r.StaticFS("/assets", &dram.OnlyFilesFS{FileSystem: http.FS(files)})
	show(r, "GET", "/assets/app.css")
	show(r, "GET", "/assets/")
	// Output:
	// 200 body {}
	// 404 404 page not found
}

func ExampleEngine_NoRoute() {
	r := dram.New()
	r.NoRoute(func(c *dram.Context) { c.JSON(http.StatusNotFound, dram.H{"no": c.Request.URL.Path}) })
	show(r, "GET", "/nowhere")
	// Output: 404 {"no":"/nowhere"}
}

func ExampleEngine_HandleContext() {
	r := dram.New()
	r.GET("/old", func(c *dram.Context) {
		c.Request.URL.Path = "/new"
		r.HandleContext(c)
	})
	r.GET("/new", func(c *dram.Context) { c.String(http.StatusOK, "new") })
	show(r, "GET", "/old")
	// Output: 200 new
}

// A goroutine that outlives the handler gets a copy.
func ExampleContext_Copy() {
	done := make(chan struct{})
	r := dram.New()
	r.GET("/jobs/:id", func(c *dram.Context) {
		cp := c.Copy()
		go func() {
			defer close(done)
			fmt.Println("working on", cp.Param("id"))
		}()
		c.Status(http.StatusAccepted)
	})
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/jobs/7", nil))
	<-done
	// Output: working on 7
}

func ExampleEngine_Routes() {
	r := dram.New()
	r.GET("/a/:id", func(*dram.Context) {})
	r.POST("/b", func(*dram.Context) {})
	for _, route := range r.Routes() {
		fmt.Println(route.Method, route.Path, len(route.Handlers))
	}
	// Output:
	// GET /a/:id 1
	// POST /b 1
}

// QUERY asks as GET does, with a body (RFC 10008).
func ExampleRouterGroup_QUERY() {
	r := dram.New()
	r.QUERY("/books", func(c *dram.Context) {
		var in struct{ Author string }
		if c.ShouldBindJSON(&in) == nil {
			c.String(http.StatusOK, "books of %s", in.Author)
		}
	})
	show(r, "QUERY", "/books", `{"author": "Herbert"}`)
	// Output: 200 books of Herbert
}
