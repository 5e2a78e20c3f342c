package main

// This file is the JSON API of loans, sessions and accounts.

import (
	"net/http"
	"strconv"

	"github.com/dram-go/dram"
)

func (a *App) borrowBook(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	return a.idempotent(c, func(q Queries) (reply, error) {
		loan, err := q.Borrow(c.Request.Context(), id, currentUser(c))
		if err != nil {
			return reply{}, err
		}
		return created("/api/loans/"+strconv.FormatInt(loan.ID, 10), "", loan)
	})
}

// findLoans is the list that the query string asks for, here and on the page:
// one's own loans, and everybody's for editors.
func (a *App) findLoans(c *dram.Context) (f LoanList, loans []Loan, next string, err error) {
	if user := currentUser(c); !user.Can(Editor) {
		f.UserID = user.ID
	}
	if err = c.ShouldBindQuery(&f); err == nil {
		loans, next, err = a.store.Loans(c.Request.Context(), f)
	}
	return f, loans, next, err
}

func (a *App) listLoans(c *dram.Context) error {
	_, loans, next, err := a.findLoans(c)
	if err != nil {
		return err
	}
	answerList(c, loans, next)
	return nil
}

func (a *App) getLoan(c *dram.Context) error    { return a.answerLoan(c, Queries.Loan) }
func (a *App) returnLoan(c *dram.Context) error { return a.answerLoan(c, Queries.Return) }

func (a *App) answerLoan(c *dram.Context, find loanFinder) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	loan, err := find(a.store.Queries, c.Request.Context(), id, currentUser(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, loan)
	return nil
}

// credentials is the body of a log-in, as JSON or as a form.
type credentials struct {
	Email    string `json:"email" form:"email" binding:"required"`
	Password string `json:"password" form:"password" binding:"required"`
}

func (a *App) createSession(c *dram.Context) error {
	var in credentials
	if err := c.ShouldBindJSON(&in); err != nil {
		return err
	}
	user, err := a.logIn(c, in)
	if err != nil {
		return err
	}
	c.JSON(http.StatusCreated, user)
	return nil
}

func (a *App) getSession(c *dram.Context) { c.JSON(http.StatusOK, currentUser(c)) }

func (a *App) deleteSession(c *dram.Context) error {
	if err := a.logOut(c); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func (a *App) listUsers(c *dram.Context) error {
	users, err := a.store.Users(c.Request.Context())
	if err != nil {
		return err
	}
	answerList(c, users, "")
	return nil
}

func (a *App) createUser(c *dram.Context) error {
	var in NewUser
	if err := c.ShouldBindJSON(&in); err != nil {
		return err
	}
	if err := in.validate(); err != nil {
		return err
	}
	user, err := a.store.CreateUser(c.Request.Context(), in)
	if err != nil {
		return err
	}
	c.JSON(http.StatusCreated, user)
	return nil
}
