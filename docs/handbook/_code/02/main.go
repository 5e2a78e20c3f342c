// Command library lends books: the program of dram's handbook.
package main

import "log"

func main() {
	a := &app{store: newStore(
		Book{Title: "Momo", Author: "Michael Ende", Year: 1973},
		Book{Title: "Krabat", Author: "Otfried Preußler", Year: 1971},
	)}
	log.Fatal(a.routes().Run()) // :8080, or the port of the environment variable PORT
}
