// Pagination lists the books of a database page by page, forwards and backwards: the
// Link header leads on, and a cursor cannot be forged.
//
//	go run ./examples/pagination
//	curl -i 'http://127.0.0.1:8080/books?limit=3'
//	curl -i 'http://127.0.0.1:8080/books?limit=3&author=Woolf'
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"log"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/pagination"
	_ "modernc.org/sqlite"
)

type book struct {
	ID     int64  `json:"id"`
	Title  string `json:"title"`
	Author string `json:"author"`
}

// position is what the list is sorted by. Titles may be the same, ids are not.
type position struct {
	Title string
	ID    int64
}

func positionOf(b book) position { return position{b.Title, b.ID} }

// newEngine serves the books of db. The processes of a service have the same key.
func newEngine(db *sql.DB, key []byte) *dram.Engine {
	pages := pagination.New[position](pagination.Config{Keys: [][]byte{key}})
	engine := dram.Default()
	engine.GET("/books", dram.Try(func(c *dram.Context) error {
		page, err := pages.From(c)
		if err != nil {
			return err
		}
		books, err := read(c, db, c.Query("author"), page)
		if err != nil {
			return err
		}
		books, _, err = pagination.Rows(c, page, books, positionOf)
		if err != nil {
			return err
		}
		c.JSON(http.StatusOK, books)
		return nil
	}))
	return engine
}

// read returns the rows at the position of a page, in its direction, and one more. An
// author of "" stands for all.
func read(ctx context.Context, db *sql.DB, author string, page pagination.Page[position]) ([]book, error) {
	compare, order := ">", "title, id"
	from := page.After
	if page.Before != nil {
		compare, order, from = "<", "title DESC, id DESC", page.Before
	}
	query, args := "SELECT id, title, author FROM books WHERE ? IN ('', author)", []any{author}
	if from != nil {
		query += " AND (title, id) " + compare + " (?, ?)"
		args = append(args, from.Title, from.ID)
	}
	rows, err := db.QueryContext(ctx, query+" ORDER BY "+order+" LIMIT ?", append(args, page.Limit+1)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	books := []book{}
	for rows.Next() {
		var b book
		if err := rows.Scan(&b.ID, &b.Title, &b.Author); err != nil {
			return nil, err
		}
		books = append(books, b)
	}
	return books, rows.Err()
}

// open makes a database in memory with some books, in which an index has the list's order.
func open() (*sql.DB, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection would have a memory of its own
	if _, err := db.Exec(`CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL, author TEXT NOT NULL);
		CREATE INDEX books_by_title ON books (title, id)`); err != nil {
		return nil, err
	}
	for i := range 100 {
		author := [...]string{"Austen", "Joyce", "Woolf"}[i%3]
		title := fmt.Sprintf("Volume %d", i*7%50) // each twice
		if _, err := db.Exec("INSERT INTO books (title, author) VALUES (?, ?)", title, author); err != nil {
			return nil, err
		}
	}
	return db, nil
}

func main() {
	db, err := open()
	if err != nil {
		log.Fatal(err)
	}
	key := make([]byte, 32) // new at each start; yours comes from the environment
	rand.Read(key)
	if err := newEngine(db, key).Run("127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}
