package store

import (
	"context"

	"github.com/dram-go/dram/examples/crud/library"
)

const loanSelect = `SELECT l.id, l.book_id, b.title, l.user_id, u.name, l.borrowed_at, l.due_at, l.returned_at
	FROM loans l JOIN books b ON b.id = l.book_id JOIN users u ON u.id = l.user_id`

func scanLoan(row scanner) (l library.Loan, err error) {
	err = row.Scan(&l.ID, &l.BookID, &l.Title, &l.UserID, &l.Reader, &l.BorrowedAt, &l.DueAt, &l.ReturnedAt)
	return l, err
}

func loanList(user library.User, f library.LoanFilter, r library.Range) (string, []any) {
	l := list{sql: loanSelect}
	if !user.Can(library.Editor) {
		l.and("l.user_id = ?", user.ID)
	}
	if f.Open {
		l.and("l.is_open = 1")
	}
	return l.page("l.id", "l.id", true, r)
}

// Loans returns a part of the loans that the user may see: one's own, or all for editors.
// The newest is the first; if there are more, it returns one loan more.
func (q Queries) Loans(ctx context.Context, user library.User, f library.LoanFilter, r library.Range) ([]library.Loan, error) {
	query, args := loanList(user, f, r)
	return all(ctx, q, scanLoan, query, args...)
}

// Loan returns a loan that the user may see. Other people's do not exist, rather than being
// forbidden.
func (q Queries) Loan(ctx context.Context, id int64, user library.User) (library.Loan, error) {
	loan, err := one(ctx, q, scanLoan, loanSelect+" WHERE l.id = ?", id)
	if err == nil && loan.UserID != user.ID && !user.Can(library.Editor) {
		return library.Loan{}, library.NotFound
	}
	return loan, err
}

const openLoan = loanSelect + " WHERE l.book_id = ? AND l.user_id = ? AND l.is_open = 1"

// OpenLoan returns the loan by which the user has the book now.
func (q Queries) OpenLoan(ctx context.Context, bookID, userID int64) (library.Loan, error) {
	return one(ctx, q, scanLoan, openLoan, bookID, userID)
}

// Borrow lends a copy. The lock on the book has two borrowers of the last copy wait for each
// other.
func (s *Store) Borrow(ctx context.Context, bookID int64, user library.User) (loan library.Loan, err error) {
	err = s.Tx(ctx, func(q Queries) error {
		book, err := q.lockBook(ctx, bookID)
		if err == nil {
			err = book.MayBeLent()
		}
		if err != nil {
			return err
		}
		t := now()
		id, err := q.insert(ctx, library.ErrHasIt, "INSERT INTO loans (book_id, user_id, borrowed_at, due_at) VALUES (?, ?, ?, ?)",
			bookID, user.ID, t, t.Add(library.LoanPeriod))
		if err == nil {
			loan, err = q.Loan(ctx, id, user)
		}
		return err
	})
	return loan, err
}

// Return takes a book back. Returning it twice is as good as once.
func (q Queries) Return(ctx context.Context, id int64, user library.User) (library.Loan, error) {
	loan, err := q.Loan(ctx, id, user)
	if err != nil || loan.ReturnedAt != nil {
		return loan, err
	}
	if _, err := q.exec(ctx, "UPDATE loans SET returned_at = ?, is_open = NULL WHERE id = ? AND is_open = 1", now(), id); err != nil {
		return loan, err
	}
	return q.Loan(ctx, id, user)
}
