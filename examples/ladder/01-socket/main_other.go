//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "This rung is made of Linux's system calls. Elsewhere, read it and begin at go run ./examples/ladder/05-http.")
	os.Exit(1)
}
