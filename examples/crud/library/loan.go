package library

import (
	"fmt"
	"time"
)

// LoanPeriod is how long a reader may have a book.
const LoanPeriod = 28 * 24 * time.Hour

// Loan is who has, or had, which book.
type Loan struct {
	ID         int64      `json:"id"`
	BookID     int64      `json:"book_id"`
	Title      string     `json:"title"`
	UserID     int64      `json:"user_id"`
	Reader     string     `json:"reader"`
	BorrowedAt time.Time  `json:"borrowed_at"`
	DueAt      time.Time  `json:"due_at"`
	ReturnedAt *time.Time `json:"returned_at" doc:"null while the book is out"`
}

// Overdue reports whether the book should be back by now.
func (l Loan) Overdue() bool { return l.ReturnedAt == nil && l.DueAt.Before(time.Now()) }

// Position returns where the loan stands in a list, newest first.
func (l Loan) Position() Position { return Position{ID: l.ID} }

// MayBeLent returns why the book cannot be borrowed, nil if it can.
func (b Book) MayBeLent() error {
	if b.Available <= 0 {
		return &Fault{Kind: Conflict, Reason: fmt.Sprintf("All %d copies are lent.", b.Copies)}
	}
	return nil
}

// ErrHasIt is the fault of a second loan of a book to one reader.
var ErrHasIt = &Fault{Kind: Conflict, Reason: "You already have this book."}

// LoanFilter says which loans to list.
type LoanFilter struct {
	Open bool `query:"open" doc:"only those of books that are not back"`
}
