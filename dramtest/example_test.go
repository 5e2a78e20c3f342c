package dramtest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/render"
)

// The examples are tests, whose t is not that of a test here: Example prints a failure.

// exampleT runs a test, and prints its failure.
func exampleT(test func(t testing.TB)) {
	if text := failure(test); text != "" {
		fmt.Println(strings.TrimSpace(text))
	} else {
		fmt.Println("passed")
	}
}

type User struct{ Name string }

type Book struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

// library is the program under test.
func library() *dram.Engine {
	r := dram.New()
	r.POST("/login", func(c *dram.Context) {
		c.SetCookie("user", c.PostForm("name"), 0, "/", "", true, true)
		c.Redirect(http.StatusSeeOther, "/books/1")
	})
	r.GET("/books/:id", loggedIn, show)
	r.GET("/events", func(c *dram.Context) {
		dram.SSE(c, func(ctx context.Context, last string) (iter.Seq[render.SSEvent], error) { return ticks, nil })
	})
	r.GET("/ws", func(c *dram.Context) { talk(c) })
	r.POST("/covers", func(c *dram.Context) {
		file, err := c.FormFile("cover")
		if err != nil {
			c.WriteProblem(dram.NewProblem(http.StatusBadRequest, "a cover is missing"))
			return
		}
		c.String(http.StatusCreated, "%s of %d bytes", file.Filename, file.Size)
	})
	return r
}

func loggedIn(c *dram.Context) {
	if name, err := c.Cookie("user"); err != nil || name == "" {
		c.WriteProblem(dram.NewProblem(http.StatusUnauthorized, "log in first"))
	}
}

// ticks are three events.
func ticks(yield func(render.SSEvent) bool) {
	for i, word := range []string{"one", "two", "three", "four"} {
		if !yield(render.SSEvent{Event: "tick", ID: strconv.Itoa(i + 1), Data: word}) {
			return
		}
	}
}

func show(c *dram.Context) {
	if c.Param("id") != "1" {
		c.Error(errors.New("the database is gone"))
		c.String(http.StatusInternalServerError, "sorry")
		return
	}
	c.JSON(http.StatusOK, Book{1, "Momo"})
}

func Example() {
	exampleT(func(t testing.TB) {
		app := dramtest.New(t, library())
		app.GET("/books/1").Problem(http.StatusUnauthorized).Says("log in first")
		dramtest.LogIn(app, func(c *dramtest.Client, user User) {
			c.POST("/login", dramtest.Form("name", user.Name, "password", "secret")).Redirect("/books/1")
		})
		res := app.As(User{"anna"}).GET("/books/1").Want(http.StatusOK)
		res.JSON(`{"title": "Momo", "id": "…"}`)
		res.Route("/books/:id").Layers("loggedIn", "show")
		book := dramtest.Decode[Book](res)
		fmt.Println(book.Title)
	})
	// Output:
	// Momo
	// passed
}

// What a failure prints: secrets are masked.
func ExampleResponse_Want() {
	exampleT(func(t testing.TB) {
		app := dramtest.New(t, library())
		app.GET("/books/2", dramtest.Cookie("user", "anna"), dramtest.Query("q", "it's")).Want(http.StatusOK)
	})
	// Output:
	// dramtest: GET /books/2?q=it%27s: status 500, want 200
	//
	// > GET /books/2?q=it%27s HTTP/1.1
	// > Cookie: *
	// > Host: example.com
	// > Sec-Fetch-Site: same-origin
	//
	// < HTTP/1.1 500 Internal Server Error
	// < Content-Length: 5
	// < Content-Type: text/plain; charset=utf-8
	// <
	// < sorry
	//
	// route   GET /books/:id (example_test.go:43)
	// layers  dramtest_test.loggedIn, dramtest_test.show; answered by dramtest_test.show
	// error   the database is gone
	// curl    curl -i 'http://localhost:8080/books/2?q=it%27s' -H 'Cookie: *' -H 'Sec-Fetch-Site: same-origin'
}

// A user logs in once. Users of several types may log in each in their own way.
func ExampleLogIn() {
	exampleT(func(t testing.TB) {
		type APIKey string
		app := dramtest.New(t, library())
		dramtest.LogIn(app, func(c *dramtest.Client, user User) {
			c.POST("/login", dramtest.Form("name", user.Name)).Want(http.StatusSeeOther)
		})
		dramtest.LogIn(app, func(c *dramtest.Client, key APIKey) {
			c.Always(dramtest.Bearer(string(key)))
		})
		app.As(User{"anna"}).GET("/books/1").Want(http.StatusOK)
		app.As(APIKey("4f0c")).GET("/books/1").Want(http.StatusUnauthorized)
	})
	// Output: passed
}

func ExampleResponse_JSON() {
	exampleT(func(t testing.TB) {
		app := dramtest.New(t, library(), dramtest.Cookie("user", "anna"))
		res := app.GET("/books/1")
		res.JSON(`{"title": "Momo"}`)                            // further fields are allowed
		res.JSON(`{"title": "Momo", "id": "…"}`, dramtest.Exact) // … is anything
		res.JSON(Book{1, "Momo"})
	})
	// Output: passed
}

// The file has "…" where the value changes from run to run; it is written by the flag -dramtest.update.
func ExampleResponse_Golden() {
	exampleT(func(t testing.TB) {
		app := dramtest.New(t, library(), dramtest.Cookie("user", "anna"))
		app.GET("/books/1").Want(http.StatusOK).Golden("testdata/book.json")
	})
	// Output: passed
}

func ExampleResponse_Problem() {
	exampleT(func(t testing.TB) {
		app := dramtest.New(t, routes())
		app.POST("/books", dramtest.JSON(`{"parts": [{"pages": 0}]}`)).
			Problem(http.StatusBadRequest).Field("isbn", "required").Field("parts[0].pages", "min")
	})
	// Output: passed
}

// A guard is what has refused a request: AbortedBy says which.
func ExampleResponse_AbortedBy() {
	exampleT(func(t testing.TB) {
		dramtest.New(t, library()).GET("/books/1").Want(http.StatusUnauthorized).AbortedBy("loggedIn")
	})
	// Output: passed
}

func ExampleResponse_Events() {
	exampleT(func(t testing.TB) {
		app := dramtest.New(t, library())
		for event := range app.GET("/events").Events(t.Context()) {
			fmt.Println(event.ID, event.Type, event.Data)
			if event.ID == "3" {
				break // the handler sees that the client is gone
			}
		}
	})
	// Output:
	// 1 tick one
	// 2 tick two
	// 3 tick three
	// passed
}

func ExampleClient_WebSocket() {
	exampleT(func(t testing.TB) {
		ws := dramtest.New(t, library()).WebSocket("/ws")
		ws.Send("hello")
		fmt.Println(ws.Receive())
		fmt.Println(ws.Close(1000, "done"))
	})
	// Output:
	// hello
	// 1000
	// passed
}

func ExampleMultipart() {
	exampleT(func(t testing.TB) {
		app := dramtest.New(t, library())
		app.POST("/covers", dramtest.Multipart(
			dramtest.Field("title", "Momo"),
			dramtest.File("cover", "momo.png", []byte("\x89PNG")).As("image/png"),
		)).Want(http.StatusCreated).Body("momo.png of 4 bytes")
	})
	// Output: passed
}

// The same client over a socket, with TLS and HTTP/2.
func ExampleClient_Served() {
	exampleT(func(t testing.TB) {
		app := dramtest.New(t, library()).Served(t)
		fmt.Println(app.GET("/books/1").Want(http.StatusUnauthorized).HTTP().Proto)
	})
	// Output:
	// HTTP/2.0
	// passed
}

// A handler alone: what layers would have stored is set by hand.
func ExampleContext() {
	exampleT(func(t testing.TB) {
		c, answer := dramtest.Context(t, "GET", "/books/1", dramtest.Param("id", "1"))
		show(c)
		answer().Want(http.StatusOK).JSON(`{"title": "Momo"}`)
	})
	// Output: passed
}

// Every route that is added asks for a log-in, but those that are named.
func ExampleEachRoute() {
	open := map[string]bool{"/login": true, "/events": true, "/ws": true, "/covers": true}
	testNothingElseIsOpen := func(t *testing.T) {
		dramtest.EachRoute(t, library(), func(r dram.RouteInfo, c *dramtest.Client) {
			if !open[r.Path] {
				c.Visit(r).Want(http.StatusUnauthorized)
			}
		})
	}
	fmt.Println(testing.RunTests(func(string, string) (bool, error) { return true, nil },
		[]testing.InternalTest{{Name: "TestNothingElseIsOpen", F: testNothingElseIsOpen}}))
	// Output: true
}

// A layer of the program's own under the contract of all writers.
func ExampleLayer() {
	exampleT(func(t testing.TB) {
		dramtest.Layer(t, func(c *dram.Context) {
			c.Header("X-Served-By", "library")
			c.Next()
		})
	})
	// Output: passed
}
