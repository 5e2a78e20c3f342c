package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachQueryUsesAnIndex(t *testing.T) {
	store, err := openStore(t.Context(), sqliteURL(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.sql.Close()) })
	_, err = store.sql.Exec("ANALYZE")
	require.NoError(t, err)

	books := func(f BookList) string {
		f.Limit = 20
		query, _, err := f.query("LIKE")
		require.NoError(t, err)
		return query
	}
	loans := func(f LoanList) string {
		query, _, err := f.query()
		require.NoError(t, err)
		return query
	}
	after := func(sort string) string { return cursor{Sort: sort, Key: "x", ID: 1}.encode() }
	tests := []struct{ name, query, want string }{
		{"books by title", books(BookList{Sort: "title"}), "SCAN b USING INDEX books_title"},
		{"books by title, the next page", books(BookList{Sort: "title", Cursor: after("title")}), "SEARCH b USING INDEX books_title (title>?)"},
		{"books by title backwards", books(BookList{Sort: "-title", Cursor: after("-title")}), "SEARCH b USING INDEX books_title (title<?)"},
		{"books by author", books(BookList{Sort: "author", Cursor: after("author")}), "SEARCH b USING INDEX books_author (author>?)"},
		{"books of an author", books(BookList{Sort: "added", Author: "Homer"}), "SEARCH b USING INDEX books_author (author=?)"},
		{"the newest books", books(BookList{Sort: "-added", Cursor: after("-added")}), "SEARCH b USING INTEGER PRIMARY KEY (rowid<?)"},
		{"copies that are out", books(BookList{Sort: "title"}), "SEARCH l USING INDEX loans_open (book_id=?)"},
		{"a book by ISBN", "SELECT id FROM books WHERE isbn = 'x'", "(isbn=?)"},
		{"a reader's loans", loans(LoanList{UserID: 1}), "SEARCH l USING INDEX loans_user (user_id=?)"},
		{"a reader's loans, the next page", loans(LoanList{UserID: 1, Cursor: after("-id")}), "SEARCH l USING INDEX loans_user (user_id=? AND id<?)"},
		{"all loans, the next page", loans(LoanList{Cursor: after("-id")}), "SEARCH l USING INTEGER PRIMARY KEY (rowid<?)"},
		{"whether a reader has a book", loanSelect + " WHERE l.book_id = 1 AND l.user_id = 1 AND l.returned_at IS NULL", "SEARCH l USING INDEX loans_open (book_id=? AND user_id=?)"},
		{"a book's history", "DELETE FROM loans WHERE book_id = 1", "INDEX loans_book (book_id=?)"},
		{"a session", sessionQuery, "SEARCH s USING INDEX sqlite_autoindex_sessions_1 (token_hash=?)"},
		{"expired sessions", expiredSessions, "INDEX sessions_expiry (expires_at<?)"},
		{"a user's sessions", "DELETE FROM sessions WHERE user_id = 1", "INDEX sessions_user (user_id=?)"},
		{"old keys", oldKeys, "INDEX idempotency_keys_age (created_at<?)"},
		{"a key", "DELETE FROM idempotency_keys WHERE user_id = 1 AND idem_key = 'x'", "(user_id=? AND idem_key=?)"},
		{"a log-in", "SELECT id FROM users u WHERE u.email = 'x'", "(email=?)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := explain(t, store, tt.query)
			assert.Contains(t, plan, tt.want)
			assert.NotContains(t, plan, "TEMP B-TREE", "no sorting")
		})
	}
}

func explain(t *testing.T, store *Store, query string) string {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	lines, err := collect(t.Context(), store.Queries, func(row scanner) (line string, err error) {
		var a, b, c int
		err = row.Scan(&a, &b, &c, &line)
		return line, err
	}, "EXPLAIN QUERY PLAN "+query, args...)
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}

// TestTheTablesRefuseNonsense goes around the application's own checks.
func TestTheTablesRefuseNonsense(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		must := func(query string, args ...any) {
			_, err := s.store.exec(t.Context(), query, args...)
			require.NoError(t, err)
		}
		must("INSERT INTO loans (book_id, user_id, borrowed_at, due_at) VALUES (1, 1, ?, ?)", now(), now().Add(time.Hour))
		const book = "INSERT INTO books (isbn, title, author, year, copies, created_at, updated_at) VALUES "
		tests := []struct {
			name, query string
			args        []any
		}{
			{"a book without title", book + "('1234567890', '', 'a', 1, 1, ?, ?)", []any{now(), now()}},
			{"an ISBN of 5 digits", book + "('12345', 't', 'a', 1, 1, ?, ?)", []any{now(), now()}},
			{"a second book of an ISBN", book + "('9780201896831', 't', 'a', 1, 1, ?, ?)", []any{now(), now()}},
			{"copies below 0", "UPDATE books SET copies = -1 WHERE id = 1", nil},
			{"a year far off", "UPDATE books SET year = 9999 WHERE id = 1", nil},
			{"an unknown role", "UPDATE users SET role = 'king' WHERE id = 1", nil},
			{"an address in capitals", "UPDATE users SET email = 'A@example.com' WHERE id = 1", nil},
			{"a loan of no book", "INSERT INTO loans (book_id, user_id, borrowed_at, due_at) VALUES (999, 1, ?, ?)", []any{now(), now().Add(1e9)}},
			{"a second open loan", "INSERT INTO loans (book_id, user_id, borrowed_at, due_at) VALUES (1, 1, ?, ?)", []any{now(), now().Add(1e9)}},
			{"a loan that is due at once", "INSERT INTO loans (book_id, user_id, borrowed_at, due_at) VALUES (2, 1, ?, ?)", []any{now(), now().Add(-1e9)}},
			{"a book back before it was out", "UPDATE loans SET returned_at = ? WHERE id = 1", []any{now().Add(-time.Hour)}},
			{"deleting a book with loans", "DELETE FROM books WHERE id = 1", nil},
			{"deleting a reader with loans", "DELETE FROM users WHERE id = 1", nil},
			{"a session of nobody", "INSERT INTO sessions (token_hash, user_id, expires_at) VALUES (?, 999, ?)", []any{hash("x"), now()}},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				_, err := s.store.exec(t.Context(), tt.query, tt.args...)
				require.Error(t, err)
				require.NotEmpty(t, driverCode(err), err)
				assert.Equal(t, strings.HasPrefix(tt.name, "a second"), isUnique(err), err)
			})
		}
	})
}

func TestMigrationsGoDownAndUpAgain(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		provider, err := migrator(s.store.db, s.store.sql)
		require.NoError(t, err)
		_, err = provider.DownTo(t.Context(), 0)
		require.NoError(t, err)
		_, err = s.store.Users(t.Context())
		require.Error(t, err)
		_, err = provider.Up(t.Context())
		require.NoError(t, err)
		users, err := s.store.Users(t.Context())
		require.NoError(t, err)
		assert.Empty(t, users)
	})
}

func TestATransactionIsAllOrNothing(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		broken := errors.New("broken")
		err := s.store.Tx(t.Context(), func(q Queries) error {
			if _, err := q.CreateBook(t.Context(), BookFields{ISBN: "9780596520687", Title: "t", Author: "a"}); err != nil {
				return err
			}
			return broken
		})
		require.ErrorIs(t, err, broken)
		books, _, err := s.store.Books(t.Context(), BookList{Sort: "title", Limit: 100})
		require.NoError(t, err)
		assert.Len(t, books, len(demoBooks))

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, s.store.Tx(ctx, func(Queries) error { return nil }), context.Canceled)
	})
}

func TestSQLiteIsOpenedForAServer(t *testing.T) {
	store, err := openStore(t.Context(), sqliteURL(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.sql.Close()) })
	for pragma, want := range map[string]string{"journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000"} {
		var got string
		require.NoError(t, store.sql.QueryRow("PRAGMA "+pragma).Scan(&got))
		assert.Equal(t, want, got, pragma)
	}
}

func TestDatabaseInMemory(t *testing.T) {
	s := start(t, "sqlite::memory:")
	reader := s.as(t, "reader")
	reader.do("POST", "/api/books/1/loans", nil).is(201)
	reader.do("GET", "/books/1", nil).is(200)
}

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"  a \t b\n": "a b", "a\x00b": "ab", "\xffa": "a", "\u0085a\u00a0b": "a b", "": "", "😀": "😀",
	} {
		assert.Equal(t, want, clean(in), "%q", in)
	}
}

// TestADeadlockIsTriedAgain has two transactions lock two books in opposite orders.
func TestADeadlockIsTriedAgain(t *testing.T) {
	for name, variable := range map[string]string{"postgres": "DRAM_TEST_POSTGRES", "mysql": "DRAM_TEST_MYSQL"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, serverURL(t, variable))
			var both, done sync.WaitGroup
			var attempts atomic.Int32
			both.Add(2)
			for _, order := range [][2]int64{{1, 2}, {2, 1}} {
				done.Go(func() {
					first := true
					err := s.store.Tx(t.Context(), func(q Queries) error {
						attempts.Add(1)
						if _, err := q.lockBook(t.Context(), order[0]); err != nil {
							return err
						}
						if first {
							first = false
							both.Done()
							both.Wait()
						}
						_, err := q.lockBook(t.Context(), order[1])
						return err
					})
					assert.NoError(t, err)
				})
			}
			done.Wait()
			assert.Greater(t, attempts.Load(), int32(2), "one of them had to start again")
		})
	}
}

// TestSQLiteTransactionsQueue: none starts before it may write, so none fails half-way.
func TestSQLiteTransactionsQueue(t *testing.T) {
	s := start(t, sqliteURL(t))
	const writers = 8
	var done sync.WaitGroup
	var attempts atomic.Int32
	for range writers {
		done.Go(func() {
			assert.NoError(t, s.store.Tx(t.Context(), func(q Queries) error {
				attempts.Add(1)
				book, err := q.lockBook(t.Context(), 1)
				if err != nil {
					return err
				}
				time.Sleep(2 * time.Millisecond) // long enough for the others to read as well, if they could
				_, err = q.exec(t.Context(), "UPDATE books SET version = ? WHERE id = 1", book.Version+1)
				return err
			}))
		})
	}
	done.Wait()
	assert.Equal(t, int32(writers), attempts.Load())
	book, err := s.store.Book(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, int64(1+writers), book.Version)
}
