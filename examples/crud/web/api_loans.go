package web

import (
	"context"
	"fmt"

	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/typed"
)

type newLoan struct {
	byID
	repeatable
}

func (w *Web) borrowBook(ctx context.Context, in *newLoan) (typed.Created[library.Loan], error) {
	loan, err := w.store.Borrow(ctx, in.ID, currentUser(ctx))
	return typed.Created[library.Loan]{Location: fmt.Sprintf("/api/loans/%d", loan.ID), Body: loan}, err
}

type loanQuery struct {
	library.LoanFilter
	pageQuery
}

func (w *Web) listLoans(ctx context.Context, in *loanQuery) (List[library.Loan], error) {
	return listOf(ctx, w, func(r library.Range) ([]library.Loan, error) {
		return w.store.Loans(ctx, currentUser(ctx), in.LoanFilter, r)
	}, library.Loan.Position)
}

func (w *Web) getLoan(ctx context.Context, in *byID) (library.Loan, error) {
	return w.store.Loan(ctx, in.ID, currentUser(ctx))
}

func (w *Web) returnLoan(ctx context.Context, in *byID) (library.Loan, error) {
	return w.store.Return(ctx, in.ID, currentUser(ctx))
}
