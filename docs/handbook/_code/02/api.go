package main

import (
	"net/http"

	"github.com/dram-go/dram"
)

func (a *app) list(c *dram.Context) {
	c.JSON(http.StatusOK, a.store.List())
}

func (a *app) latest(c *dram.Context) {
	books := a.store.List()
	c.JSON(http.StatusOK, books[len(books)-1])
}

func (a *app) show(c *dram.Context) {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		c.Fail(err) // 400, and what is wrong with the id
		return
	}
	book, found := a.store.Get(id)
	if !found {
		c.Fail(dram.NewProblem(http.StatusNotFound, "There is no such book."))
		return
	}
	c.JSON(http.StatusOK, book)
}
