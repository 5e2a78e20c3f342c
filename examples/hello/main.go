// Hello is the smallest application: one route with a parameter, answered in JSON.
//
//	go run ./examples/hello
//	curl http://127.0.0.1:8080/hello/gopher
package main

import (
	"log"
	"net/http"

	"github.com/dram-go/dram"
)

func newEngine() *dram.Engine {
	engine := dram.Default() // with a Logger and a Recovery around every handler
	engine.GET("/hello/:name", func(c *dram.Context) {
		c.JSON(http.StatusOK, dram.H{"message": "hello " + c.Param("name")})
	})
	return engine
}

func main() {
	log.Fatal(newEngine().Run()) // on the port that PORT names, or 8080
}
