package web

// This file is the pages of loans: to borrow, to look who has what, to return.

import (
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/crud/library"
)

func (w *Web) borrowForm(c *dram.Context) error {
	var in newLoan
	if _, err := call(c, &in, w.borrowBook); err != nil {
		return w.showBook(c, in.ID, err)
	}
	return w.done(c, bookPath(in.ID), "The book is yours for four weeks.")
}

func (w *Web) loansPage(c *dram.Context) error {
	var in loanQuery
	list, err := call(c, &in, w.listLoans)
	if err != nil {
		return err
	}
	w.page(c, http.StatusOK, "loans.html", "Loans", struct {
		Filter library.LoanFilter
		List[library.Loan]
	}{in.LoanFilter, list})
	return nil
}

func (w *Web) returnForm(c *dram.Context) error {
	loan, err := call(c, &byID{}, w.returnLoan)
	if err != nil {
		return err
	}
	return w.done(c, localPath(c.PostForm("back")), "“"+loan.Title+"” is back.")
}
