// Examples of single names that every program needs sooner or later; those of what takes
// more than one name are beside them in example_test.go.

package dram_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

// A layer is for the routes that are registered after it, and for paths without a route.
func ExampleEngine_Use() {
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Header("X-Served-By", "books") })
	r.GET("/books", func(c *dram.Context) { c.String(http.StatusOK, c.Writer.Header().Get("X-Served-By")) })
	show(r, "GET", "/books")
	// Output: 200 books
}

func ExampleEngine_NoMethod() {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.NoMethod(func(c *dram.Context) {
		c.String(http.StatusMethodNotAllowed, "only %s", c.Writer.Header().Get("Allow"))
	})
	r.POST("/books", func(*dram.Context) {})
	show(r, "DELETE", "/books")
	// Output: 405 only POST
}

// RunContext calls it by itself, with Engine.ShutdownTimeout.
func ExampleEngine_Shutdown() {
	r := dram.New()
	ended := make(chan error, 1)
	r.OnListen = func(net.Addr) {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			ended <- r.Shutdown(ctx)
		}()
	}
	err := r.Run("127.0.0.1:0")
	fmt.Println(errors.Is(err, http.ErrServerClosed))
	fmt.Println(<-ended) // nil: every request was answered

	// Output:
	// true
	// <nil>
}

// A server of one's own begins with the limits that the Run methods have.
func ExampleEngine_Server() {
	r := dram.New()
	server := r.Server("127.0.0.1:8080")
	server.WriteTimeout = time.Minute
	fmt.Println(server.Addr, server.ReadHeaderTimeout, server.IdleTimeout, server.WriteTimeout)
	// log.Fatal(server.ListenAndServe())

	// Output: 127.0.0.1:8080 10s 2m0s 1m0s
}

// Layers hand values inwards.
func ExampleContext_Set() {
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Set("user", "anna") })
	r.GET("/", func(c *dram.Context) {
		user, found := c.Get("user")
		_, other := c.Get("other")
		c.String(http.StatusOK, "%v %v %v %s", user, found, other, c.GetString("user"))
	})
	show(r, "GET", "/")
	// Output: 200 anna true false anna
}

func ExampleContext_Redirect() {
	r := dram.New()
	r.POST("/books", func(c *dram.Context) { c.Redirect(http.StatusSeeOther, "/books/7") })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("POST", "/books", nil))
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 303 /books/7
}

func ExampleContext_SetCookie() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.SetSameSite(http.SameSiteLaxMode)
		c.SetCookie("theme", "dark", 3600, "/", "", true, true) // an hour, Secure, HttpOnly
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Header().Get("Set-Cookie"))
	// Output: theme=dark; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax
}

// The name of the file is ours. Where it is the client's, see SaveUploadedFileIn.
func ExampleContext_SaveUploadedFile() {
	dir, err := os.MkdirTemp("", "dram-example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	r := dram.New()
	r.POST("/report", dram.Try(func(c *dram.Context) error {
		file, err := c.FormFile("file")
		if err != nil {
			return err
		}
		return c.SaveUploadedFile(file, filepath.Join(dir, "report.txt"))
	}))

	fmt.Println(sendFile(r, http.MethodPost, "/report", "Hello"))
	text, err := os.ReadFile(filepath.Join(dir, "report.txt"))
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// 200
	// Hello <nil>
}

func ExampleContext_ShouldBindUri() {
	r := dram.New()
	r.GET("/books/:id", func(c *dram.Context) {
		var in struct {
			ID int `uri:"id" binding:"min=1"`
		}
		if err := c.ShouldBindUri(&in); err != nil {
			c.String(http.StatusBadRequest, binding.FieldErrors(err).Error())
			return
		}
		c.String(http.StatusOK, "book %d", in.ID)
	})
	show(r, "GET", "/books/7")
	show(r, "GET", "/books/seven")
	// Output:
	// 200 book 7
	// 400 dram: uri "id": must be an integer (type=integer)
}

// The body is kept, so that it can be read more than once.
func ExampleContext_ShouldBindBodyWith() {
	r := dram.New()
	r.POST("/events", func(c *dram.Context) {
		var kind struct{ Kind string }
		var added struct{ Title string }
		if c.ShouldBindBodyWith(&kind, binding.JSON) == nil && kind.Kind == "added" &&
			c.ShouldBindBodyWith(&added, binding.JSON) == nil {
			c.String(http.StatusOK, "%s was added", added.Title)
		}
	})
	show(r, "POST", "/events", `{"kind": "added", "title": "Momo"}`)
	// Output: 200 Momo was added
}

// A file is sent with its type, its date, ranges and conditional requests.
func ExampleContext_File() {
	dir, err := os.MkdirTemp("", "dram-example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "report.txt")
	if err := os.WriteFile(name, []byte("Hello, reader"), 0o600); err != nil {
		panic(err)
	}
	r := dram.New()
	r.GET("/report", func(c *dram.Context) { c.File(name) })
	req := httptest.NewRequest("GET", "/report", nil)
	req.Header.Set("Range", "bytes=0-4")
	ask(r, req)
	// Output: 206 Hello
}

// Error notes what the log should show; it neither answers nor aborts.
func ExampleContext_Error() {
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.Next()
		fmt.Println("log:", c.Errors.Last())
	})
	r.GET("/", func(c *dram.Context) {
		_ = c.Error(errors.New("the cache is gone"))
		c.String(http.StatusOK, "from the database")
	})
	show(r, "GET", "/")
	// Output:
	// log: the cache is gone
	// 200 from the database
}

// A Context is a context.Context: it ends with the request, and has what Set has stored.
func ExampleContext() {
	find := func(ctx context.Context, id string) (string, error) { // a database, say
		return fmt.Sprintf("book %s for %v", id, ctx.Value("user")), ctx.Err()
	}
	r := dram.New()
	r.GET("/books/:id", dram.Try(func(c *dram.Context) error {
		c.Set("user", "anna")
		book, err := find(c, c.Param("id"))
		if err == nil {
			c.String(http.StatusOK, book)
		}
		return err
	}))
	show(r, "GET", "/books/7")
	// Output: 200 book 7 for anna
}

// A handler alone, without a route. Package dramtest does more.
func ExampleCreateTestContext() {
	hello := func(c *dram.Context) { c.String(http.StatusOK, "hello "+c.Param("name")) }

	w := httptest.NewRecorder()
	c, _ := dram.CreateTestContext(w)
	c.Request = httptest.NewRequest("GET", "/hello/you", nil)
	c.Params = dram.Params{{Key: "name", Value: "you"}}
	hello(c)
	fmt.Println(w.Code, w.Body)
	// Output: 200 hello you
}
