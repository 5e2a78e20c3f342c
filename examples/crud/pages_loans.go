package main

// This file is the pages of loans: to borrow, to look who has what, to return.

import (
	"net/http"

	"github.com/dram-go/dram"
)

func (a *App) borrowForm(c *dram.Context) {
	id := pathID(c)
	err := a.store.Tx(c.Request.Context(), func(q Queries) error {
		_, err := q.Borrow(c.Request.Context(), id, currentUser(c))
		return err
	})
	if err != nil {
		a.failForm(c, err, func(p Problem) { a.showBook(c, p.Status, p.Detail) })
		return
	}
	a.done(c, pagePath(id), "The book is yours for four weeks.")
}

func (a *App) loansPage(c *dram.Context) {
	f, loans, next, err := a.findLoans(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	if next != "" {
		next = pageURL(c, next)
	}
	a.page(c, http.StatusOK, "loans.html", "Loans", struct {
		Filter LoanList
		Loans  []Loan
		Next   string
	}{f, loans, next})
}

func (a *App) returnForm(c *dram.Context) {
	loan, err := a.store.Return(c.Request.Context(), pathID(c), currentUser(c))
	if err != nil {
		a.fail(c, err)
		return
	}
	a.done(c, localPath(c.PostForm("back")), "“"+loan.Title+"” is back.")
}
