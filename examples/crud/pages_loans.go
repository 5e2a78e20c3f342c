package main

// This file is the pages of loans: to borrow, to look who has what, to return.

import (
	"net/http"

	"github.com/dram-go/dram"
)

func (a *App) borrowForm(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	err = a.store.Tx(c.Request.Context(), func(q Queries) error {
		_, err := q.Borrow(c.Request.Context(), id, currentUser(c))
		return err
	})
	if err != nil {
		return a.showBook(c, id, err)
	}
	a.done(c, pagePath(id), "The book is yours for four weeks.")
	return nil
}

func (a *App) loansPage(c *dram.Context) error {
	f, loans, next, err := a.findLoans(c)
	if err != nil {
		return err
	}
	if next != "" {
		next = pageURL(c, next)
	}
	a.page(c, http.StatusOK, "loans.html", "Loans", struct {
		Filter LoanList
		Loans  []Loan
		Next   string
	}{f, loans, next})
	return nil
}

func (a *App) returnForm(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	loan, err := a.store.Return(c.Request.Context(), id, currentUser(c))
	if err != nil {
		return err
	}
	a.done(c, localPath(c.PostForm("back")), "“"+loan.Title+"” is back.")
	return nil
}
