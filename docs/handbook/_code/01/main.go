package main

import (
	"log"
	"net/http"

	"github.com/dram-go/dram"
)

func main() {
	r := dram.Default()
	r.GET("/hello/:name", hello)
	log.Fatal(r.Run()) // :8080, or the port of the environment variable PORT
}

func hello(c *dram.Context) {
	c.JSON(http.StatusOK, dram.H{"hello": c.Param("name")})
}
