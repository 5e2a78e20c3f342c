// Command bunrouter is a hello-world JSON server.
package main

import (
	"log"
	"net/http"

	"github.com/uptrace/bunrouter"
)

func main() {
	router := bunrouter.New()
	router.GET("/", func(w http.ResponseWriter, _ bunrouter.Request) error {
		return bunrouter.JSON(w, bunrouter.H{"hello": "world"})
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:0", router))
}
