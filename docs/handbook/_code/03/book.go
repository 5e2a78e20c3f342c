package main

import (
	"errors"
	"fmt"
)

// Book is what the library has.
type Book struct {
	ID      int64  `json:"id"`
	Version int64  `json:"version"` // counts its changes, from 1 on
	Title   string `json:"title"`
	Author  string `json:"author"`
	Year    int    `json:"year,omitempty"`
}

// ETag names this version of the book.
func (b Book) ETag() string { return fmt.Sprintf(`"%d-%d"`, b.ID, b.Version) }

// What the store may have to say.
var (
	errNoBook = errors.New("there is no such book")
	errStale  = errors.New("the book was changed meanwhile")
)
