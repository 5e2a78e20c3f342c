package pagination_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/pagination"
)

func Example() {
	books := table{{"Dune", 2}, {"Emma", 1}, {"Ulysses", 3}} // a database, in a real service
	pages := pagination.New[position](pagination.Config{Keys: [][]byte{[]byte("32 bytes from the environment …")}, Limit: 2})

	r := dram.New()
	r.GET("/books", dram.Try(func(c *dram.Context) error {
		page, err := pages.From(c)
		if err != nil {
			return err
		}
		rows := books.read(page.After, page.Before, page.Limit+1)
		rows, _, err = pagination.Rows(c, page, rows, func(row position) position { return row })
		if err != nil {
			return err
		}
		c.JSON(http.StatusOK, rows)
		return nil
	}))

	target := "/books"
	for range 2 {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		fmt.Println(w.Body)
		next, _, _ := strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), ">")
		target = "/books" + next
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/books?cursor=guessed", nil))
	fmt.Println(w.Body)
	// Output:
	// [{"Title":"Dune","ID":2},{"Title":"Emma","ID":1}]
	// [{"Title":"Ulysses","ID":3}]
	// {"title":"Bad Request","status":400,"detail":"The request is not valid.","errors":[{"source":"query","field":"cursor","rule":"cursor","message":"is not one of this list: leave it out to start anew"}]}
}
