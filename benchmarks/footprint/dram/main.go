// Command dram is a hello-world JSON server.
package main

import (
	"log"
	"net/http"

	"github.com/dram-go/dram"
)

func main() {
	engine := dram.Default()
	engine.GET("/", func(c *dram.Context) { c.JSON(http.StatusOK, dram.H{"hello": "world"}) })
	log.Fatal(engine.Run("127.0.0.1:0"))
}
