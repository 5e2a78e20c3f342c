package main

import (
	"context"
	"strings"
	"sync"
)

// Store holds the books in memory.
type Store struct {
	mu    sync.Mutex // handlers run at the same time
	books []Book     // by ID, from 1 on
}

// List returns the books that have a word in their title or author.
func (s *Store) List(_ context.Context, search Search) ([]Book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []Book{}
	word := strings.ToLower(search.Query)
	for _, book := range s.books {
		if book.ID > search.After && len(found) < search.Limit && strings.Contains(strings.ToLower(book.Title+" "+book.Author), word) {
			found = append(found, book)
		}
	}
	return found, nil
}

// Get returns one book.
func (s *Store) Get(_ context.Context, id int64) (Book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(id)
}

func (s *Store) get(id int64) (Book, error) {
	if id < 1 || id > int64(len(s.books)) {
		return Book{}, errNoBook
	}
	return s.books[id-1], nil
}

// Add stores a new book and returns it with its ID.
func (s *Store) Add(_ context.Context, book Book) (Book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	book.ID, book.Version = int64(len(s.books))+1, 1
	s.books = append(s.books, book)
	return book, nil
}

// Update replaces a book if it still has the ETag; a dry one only says what would be.
func (s *Store) Update(_ context.Context, book Book, etag string, dry bool) (Book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := s.get(book.ID)
	if err != nil {
		return old, err
	}
	if old.ETag() != etag {
		return old, errStale
	}
	book.Version = old.Version + 1
	if !dry {
		s.books[book.ID-1] = book
	}
	return book, nil
}
