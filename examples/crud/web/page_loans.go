package web

// This file is the pages of loans: to borrow, to look who has what, to return.

import (
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/crud/library"
)

func (w *Web) borrowForm(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	if _, err := w.store.Borrow(c, id, currentUser(c)); err != nil {
		return w.showBook(c, id, err)
	}
	return done(c, bookPath(id), "The book is yours for four weeks.")
}

func (w *Web) loansPage(c *dram.Context) error {
	var in loanQuery
	if err := c.ShouldBindAll(&in); err != nil {
		return err
	}
	list, err := w.listLoans(c, &in)
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
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	loan, err := w.store.Return(c, id, currentUser(c))
	if err != nil {
		return err
	}
	return done(c, localPath(c.PostForm("back")), "“"+loan.Title+"” is back.")
}
