package main

import "slices"

// Book is what the library has.
type Book struct {
	ID     int64  `json:"id"`
	Title  string `json:"title"`
	Author string `json:"author"`
	Year   int    `json:"year,omitempty"`
}

// Store holds the books.
type Store struct {
	books []Book // by ID, from 1 on
}

func newStore(books ...Book) *Store {
	s := &Store{}
	for _, book := range books {
		book.ID = int64(len(s.books)) + 1
		s.books = append(s.books, book)
	}
	return s
}

// List returns all books.
func (s *Store) List() []Book {
	return slices.Clone(s.books)
}

// Get returns one book.
func (s *Store) Get(id int64) (Book, bool) {
	if id < 1 || id > int64(len(s.books)) {
		return Book{}, false
	}
	return s.books[id-1], true
}
