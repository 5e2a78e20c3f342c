// Examples of a service among others: under several hosts, below the prefix of a proxy,
// asked for what it does not have, with groups that fail in their own way.

package dram_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/dram-go/dram"
)

// A log line or a metric that names a route needs its host as well.
func ExampleContext_FullHost() {
	engine := dram.New()
	engine.Use(func(c *dram.Context) {
		c.Next()
		fmt.Printf("%q %q\n", c.FullHost(), c.FullPath())
	})
	engine.GET("/orders", func(*dram.Context) {})
	engine.Host("{tenant}.example.com").GET("/orders", func(*dram.Context) {})

	for _, host := range []string{"anna.example.com", "example.org"} {
		engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://"+host+"/orders", nil))
	}
	// Output:
	// "{tenant}.example.com" "/orders"
	// "" "/orders"
}

// Only a proxy that is trusted says below which prefix the client finds the service.
func ExampleContext_BasePath() {
	engine := dram.New()
	if err := engine.SetTrustedProxies([]string{"10.0.0.7"}); err != nil {
		panic(err)
	}
	engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "%q", c.BasePath()) })

	for _, peer := range []string{"10.0.0.7:4711", "203.0.113.9:4711"} {
		req := httptest.NewRequest("GET", "/", nil)
		req.RemoteAddr = peer
		req.Header.Set("X-Forwarded-Prefix", "/app")
		ask(engine, req)
	}
	// Output:
	// 200 "/app"
	// 200 ""
}

// SetCookie finds the path by itself; CookiePath is for who writes a cookie in another way.
func ExampleContext_CookiePath() {
	engine := dram.New()
	if err := engine.SetTrustedProxies([]string{"10.0.0.7"}); err != nil {
		panic(err)
	}
	engine.GET("/", func(c *dram.Context) {
		fmt.Println(c.CookiePath("theme", ""), c.CookiePath("theme", "/admin"), c.CookiePath("__Host-id", ""))
	})

	req := httptest.NewRequest("GET", "/", nil)
	req.RemoteAddr = "10.0.0.7:4711"
	req.Header.Set("X-Forwarded-Prefix", "/app")
	engine.ServeHTTP(httptest.NewRecorder(), req)
	// Output: /app /app/admin /
}

// What no route has is answered without the layers: a scanner's requests leave no line in
// the log. A wrong method goes through them: the path has a route.
func ExampleEngine_bareMisses() {
	engine := dram.New()
	engine.BareMisses = true
	engine.HandleMethodNotAllowed = true
	engine.Use(func(c *dram.Context) {
		c.Next()
		fmt.Println("log:", c.Request.Method, c.Request.URL.Path, c.Writer.Status())
	})
	engine.GET("/books", func(c *dram.Context) { c.String(http.StatusOK, "books") })

	ask(engine, httptest.NewRequest("GET", "/books", nil))
	ask(engine, httptest.NewRequest("GET", "/wp-login.php", nil))
	ask(engine, httptest.NewRequest("POST", "/books", nil))
	// Output:
	// log: GET /books 200
	// 200 books
	// 404 404 page not found
	// log: POST /books 405
	// 405 405 method not allowed
}

// The pages of a service fail as pages, its API in the form that its clients know.
func ExampleRouterGroup_OnError() {
	engine := dram.New()
	engine.OnError(func(c *dram.Context, err error) {
		c.String(-1, "Sorry: %s", dram.ProblemOf(err).Detail) // the status is set already
	})
	fail := dram.Try(func(*dram.Context) error { return dram.NewProblem(http.StatusConflict, "The book is lent.") })
	engine.GET("/books", fail)
	api := engine.Group("/api")
	api.OnError(func(c *dram.Context, err error) {
		problem := dram.ProblemOf(err)
		c.JSON(problem.Status, dram.H{"error": problem.Detail})
	})
	api.GET("/books", fail)

	ask(engine, httptest.NewRequest("GET", "/books", nil))
	ask(engine, httptest.NewRequest("GET", "/api/books", nil))
	// Output:
	// 409 Sorry: The book is lent.
	// 409 {"error":"The book is lent."}
}
