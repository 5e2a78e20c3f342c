package main

// This file holds loans: who has which book, and the transaction that never
// lends more copies than there are.

import (
	"context"
	"strconv"
	"strings"
	"time"
)

const loanPeriod = 28 * 24 * time.Hour

// Loan is a row of the table with the names of what it points to.
type Loan struct {
	ID         int64      `json:"id"`
	BookID     int64      `json:"book_id"`
	Title      string     `json:"title"`
	UserID     int64      `json:"user_id"`
	Reader     string     `json:"reader"`
	BorrowedAt time.Time  `json:"borrowed_at"`
	DueAt      time.Time  `json:"due_at"`
	ReturnedAt *time.Time `json:"returned_at"` // nil: still out
}

// Overdue reports whether the book should be back by now.
func (l Loan) Overdue() bool { return l.ReturnedAt == nil && l.DueAt.Before(time.Now()) }

const loanSelect = `SELECT l.id, l.book_id, b.title, l.user_id, u.name, l.borrowed_at, l.due_at, l.returned_at
	FROM loans l JOIN books b ON b.id = l.book_id JOIN users u ON u.id = l.user_id`

func scanLoan(row scanner) (l Loan, err error) {
	err = row.Scan(&l.ID, &l.BookID, &l.Title, &l.UserID, &l.Reader, &l.BorrowedAt, &l.DueAt, &l.ReturnedAt)
	return l, err
}

// LoanList says which loans to list, newest first, as the query string has it.
type LoanList struct {
	Open   bool   `form:"open"`
	Limit  int    `form:"limit,default=20" binding:"min=1,max=100"`
	Cursor string `form:"cursor" binding:"max=2000"`
	UserID int64  `form:"-"` // 0: everybody's
}

func (f LoanList) query() (string, []any, error) {
	where, args := []string{"1 = 1"}, []any{}
	if f.UserID != 0 {
		where, args = append(where, "l.user_id = ?"), append(args, f.UserID)
	}
	if f.Open {
		where = append(where, "l.returned_at IS NULL")
	}
	if f.Cursor != "" {
		last, err := decodeCursor(f.Cursor, "-id")
		if err != nil {
			return "", nil, err
		}
		where, args = append(where, "l.id < ?"), append(args, last.ID)
	}
	return loanSelect + " WHERE " + strings.Join(where, " AND ") + " ORDER BY l.id DESC LIMIT ?", append(args, f.Limit+1), nil
}

// Loans returns a page of loans and the cursor of the next one, "" on the last.
func (q Queries) Loans(ctx context.Context, f LoanList) ([]Loan, string, error) {
	query, args, err := f.query()
	if err != nil {
		return nil, "", err
	}
	loans, err := collect(ctx, q, scanLoan, query, args...)
	if err != nil || len(loans) <= f.Limit {
		return loans, "", err
	}
	return loans[:f.Limit], cursor{Sort: "-id", ID: loans[f.Limit-1].ID}.encode(), nil
}

// Loan returns a loan that user may see: one's own, or any for editors. Other
// people's loans do not exist, rather than being forbidden.
func (q Queries) Loan(ctx context.Context, id int64, user User) (Loan, error) {
	query, args := loanSelect+" WHERE l.id = ?", []any{id}
	if !user.Can(Editor) {
		query, args = query+" AND l.user_id = ?", append(args, user.ID)
	}
	return scanLoan(q.row(ctx, query, args...))
}

// loanFinder is Queries.Loan or Queries.Return.
type loanFinder = func(Queries, context.Context, int64, User) (Loan, error)

// OpenLoan returns the loan by which user has the book now, or sql.ErrNoRows.
func (q Queries) OpenLoan(ctx context.Context, bookID, userID int64) (Loan, error) {
	return scanLoan(q.row(ctx, loanSelect+" WHERE l.book_id = ? AND l.user_id = ? AND l.returned_at IS NULL", bookID, userID))
}

// Borrow lends a copy. It must run in a transaction: the lock on the book makes
// two borrowers of the last copy wait for each other.
func (q Queries) Borrow(ctx context.Context, bookID int64, user User) (Loan, error) {
	book, err := q.lockBook(ctx, bookID)
	if err != nil {
		return Loan{}, err
	}
	if book.Available <= 0 {
		return Loan{}, &Refusal{Kind: Conflict, Reason: "All " + strconv.Itoa(book.Copies) + " copies are lent."}
	}
	t := now()
	id, err := q.insert(ctx, "INSERT INTO loans (book_id, user_id, borrowed_at, due_at) VALUES (?, ?, ?, ?)",
		bookID, user.ID, t, t.Add(loanPeriod))
	if isUnique(err) {
		return Loan{}, &Refusal{Kind: Conflict, Reason: "You already have this book."}
	}
	if err != nil {
		return Loan{}, err
	}
	return q.Loan(ctx, id, user)
}

// Return takes a book back. Returning it twice is as good as once.
func (q Queries) Return(ctx context.Context, id int64, user User) (Loan, error) {
	if _, err := q.Loan(ctx, id, user); err != nil {
		return Loan{}, err
	}
	if _, err := q.exec(ctx, "UPDATE loans SET returned_at = ? WHERE id = ? AND returned_at IS NULL", now(), id); err != nil {
		return Loan{}, err
	}
	return q.Loan(ctx, id, user)
}
