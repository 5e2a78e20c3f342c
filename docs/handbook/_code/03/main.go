// Command library lends books: the program of dram's handbook.
package main

import (
	"context"
	"log"
)

func main() {
	a := &app{store: &Store{}}
	for _, book := range []Book{
		{Title: "Momo", Author: "Michael Ende", Year: 1973},
		{Title: "Krabat", Author: "Otfried Preußler", Year: 1971},
	} {
		if _, err := a.store.Add(context.Background(), book); err != nil {
			log.Fatal(err)
		}
	}
	log.Fatal(a.routes().Run()) // :8080, or the port of the environment variable PORT
}
