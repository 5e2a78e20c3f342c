package main

// This file is the JSON API of loans, sessions and accounts.

import (
	"net/http"
	"strconv"

	"github.com/dram-go/dram"
)

func (a *App) borrowBook(c *dram.Context) {
	id := pathID(c)
	a.idempotent(c, func(q Queries) (reply, error) {
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

func (a *App) listLoans(c *dram.Context) {
	_, loans, next, err := a.findLoans(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	answerList(c, loans, next)
}

func (a *App) getLoan(c *dram.Context)    { a.answerLoan(c, Queries.Loan) }
func (a *App) returnLoan(c *dram.Context) { a.answerLoan(c, Queries.Return) }

func (a *App) answerLoan(c *dram.Context, find loanFinder) {
	loan, err := find(a.store.Queries, c.Request.Context(), pathID(c), currentUser(c))
	if err != nil {
		a.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, loan)
}

// credentials is the body of a log-in, as JSON or as a form.
type credentials struct {
	Email    string `json:"email" form:"email" binding:"required"`
	Password string `json:"password" form:"password" binding:"required"`
}

func (a *App) createSession(c *dram.Context) {
	var in credentials
	if err := c.ShouldBindJSON(&in); err != nil {
		a.fail(c, err)
		return
	}
	user, err := a.logIn(c, in)
	if err != nil {
		a.fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, user)
}

func (a *App) getSession(c *dram.Context) { c.JSON(http.StatusOK, currentUser(c)) }

func (a *App) deleteSession(c *dram.Context) {
	if err := a.logOut(c); err != nil {
		a.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func (a *App) listUsers(c *dram.Context) {
	users, err := a.store.Users(c.Request.Context())
	if err != nil {
		a.fail(c, err)
		return
	}
	answerList(c, users, "")
}

func (a *App) createUser(c *dram.Context) {
	var in NewUser
	err := c.ShouldBindJSON(&in)
	if err == nil {
		err = invalid(in.validate())
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	user, err := a.store.CreateUser(c.Request.Context(), in)
	if err != nil {
		a.fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, user)
}
