package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store/storetest"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

func TestMain(m *testing.M) {
	library.PasswordCost = bcrypt.MinCost
	os.Exit(m.Run())
}

// onEachDatabase runs a test with the demo's data.
func onEachDatabase(t *testing.T, test func(t *testing.T, s *Store)) {
	storetest.Each(t, func(t *testing.T, url string) { test(t, seeded(t, url)) })
}

func onEachServer(t *testing.T, test func(t *testing.T, s *Store)) {
	storetest.EachServer(t, func(t *testing.T, url string, _ func()) { test(t, seeded(t, url)) })
}

func seeded(t *testing.T, url string) *Store {
	s, err := Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Seed(t.Context(), true, library.NewUser{}))
	return s
}

func TestURLsThatAreNone(t *testing.T) {
	for _, raw := range []string{"", "oracle://x", "sqlite:", "sqlite:a?b", "mysql://u:hunter2@/x", "mysql://u:hunter2@db", "mysql://u:hunter2@db:x/x", "postgres://u:hunter2@db:notaport/x"} {
		_, err := Open(t.Context(), raw)
		require.ErrorContains(t, err, "expected", raw)
		assert.NotContains(t, err.Error(), "hunter2")
	}
	_, err := Open(t.Context(), "sqlite:/no/such/directory/library.db")
	require.ErrorContains(t, err, "/no/such/directory/library.db")
}

func TestEachQueryUsesAnIndex(t *testing.T) {
	s := seeded(t, storetest.SQLite(t))
	after, first := library.Range{After: &library.Position{Key: "x", ID: 1}}, library.Range{}
	books := func(f library.BookFilter, r library.Range) string { query, _ := s.bookList(f, r); return query }
	loans := func(role library.Role, r library.Range) string {
		query, _ := loanList(library.User{ID: 1, Role: role}, library.LoanFilter{}, r)
		return query
	}
	tests := []struct{ name, query, want string }{
		{"books by title", books(library.BookFilter{Sort: "title"}, first), "SCAN b USING INDEX books_title"},
		{"the next page", books(library.BookFilter{Sort: "title"}, after), "SEARCH b USING INDEX books_title (title>?)"},
		{"the page before", books(library.BookFilter{Sort: "title"}, library.Range{Before: after.After}), "SEARCH b USING INDEX books_title (title<?)"},
		{"backwards", books(library.BookFilter{Sort: "-title"}, after), "SEARCH b USING INDEX books_title (title<?)"},
		{"books by author", books(library.BookFilter{Sort: "author"}, after), "SEARCH b USING INDEX books_author (author>?)"},
		{"books of an author", books(library.BookFilter{Sort: "added", Author: "Homer"}, first), "SEARCH b USING INDEX books_author (author=?)"},
		{"the newest books", books(library.BookFilter{Sort: "-added"}, after), "SEARCH b USING INTEGER PRIMARY KEY (rowid<?)"},
		{"copies that are out", books(library.BookFilter{Sort: "title"}, first), "SEARCH l USING COVERING INDEX loans_open (book_id=? AND is_open=?)"},
		{"a book by ISBN", "SELECT id FROM books WHERE isbn = 'x'", "(isbn=?)"},
		{"a reader's loans", loans(library.Reader, first), "SEARCH l USING INDEX loans_user (user_id=?)"},
		{"a reader's loans, the next page", loans(library.Reader, after), "SEARCH l USING INDEX loans_user (user_id=? AND id<?)"},
		{"all loans, the next page", loans(library.Editor, after), "SEARCH l USING INTEGER PRIMARY KEY (rowid<?)"},
		{"whether a reader has a book", openLoan, "SEARCH l USING INDEX loans_open (book_id=? AND is_open=? AND user_id=?)"},
		{"a book's history", "DELETE FROM loans WHERE book_id = 1", "(book_id=?)"},
		{"a log-in", userSelect + " WHERE email = ?", "(email=?)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines, err := all(t.Context(), s.Queries, func(row scanner) (line string, err error) {
				var a, b, c int
				return line, row.Scan(&a, &b, &c, &line)
			}, "EXPLAIN QUERY PLAN "+tt.query, make([]any, strings.Count(tt.query, "?"))...)
			require.NoError(t, err)
			plan := strings.Join(lines, "\n")
			assert.Contains(t, plan, tt.want)
			assert.NotContains(t, plan, "TEMP B-TREE", "no sorting")
		})
	}
}

// TestTheTablesRefuseNonsense goes around the application's own checks.
func TestTheTablesRefuseNonsense(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *Store) {
		const book = "INSERT INTO books (isbn, title, author, year, copies, created_at, updated_at) VALUES "
		const loan = "INSERT INTO loans (book_id, user_id, borrowed_at, due_at) VALUES "
		early, later := now().Add(-time.Hour), now().Add(time.Hour)
		_, err := s.exec(t.Context(), loan+"(1, 1, ?, ?)", now(), later)
		require.NoError(t, err)
		tests := []struct {
			name, query string
			args        []any
		}{
			{"a book without title", book + "('1234567890', '', 'a', 1, 1, ?, ?)", []any{early, early}},
			{"an ISBN of 5 digits", book + "('12345', 't', 'a', 1, 1, ?, ?)", []any{early, early}},
			{"a second book of an ISBN", book + "('9780201896831', 't', 'a', 1, 1, ?, ?)", []any{early, early}},
			{"copies below 0", "UPDATE books SET copies = -1 WHERE id = 1", nil},
			{"a year far off", "UPDATE books SET year = 9999 WHERE id = 1", nil},
			{"an unknown role", "UPDATE users SET role = 'king' WHERE id = 1", nil},
			{"an address in capitals", "UPDATE users SET email = 'A@example.com' WHERE id = 1", nil},
			{"a second account of an address", "UPDATE users SET email = 'admin@example.com' WHERE id = 1", nil},
			{"a loan of no book", loan + "(999, 1, ?, ?)", []any{early, later}},
			{"a loan to nobody", loan + "(1, 999, ?, ?)", []any{early, later}},
			{"a second open loan", loan + "(1, 1, ?, ?)", []any{early, later}},
			{"a loan that is due at once", loan + "(2, 1, ?, ?)", []any{later, early}},
			{"a book back before it was out", "UPDATE loans SET is_open = NULL, returned_at = ? WHERE id = 1", []any{early}},
			{"a book back and out", "UPDATE loans SET returned_at = ? WHERE id = 1", []any{later}},
			{"a book neither back nor out", "UPDATE loans SET is_open = NULL WHERE id = 1", nil},
			{"deleting a book with loans", "DELETE FROM books WHERE id = 1", nil},
			{"deleting a reader with loans", "DELETE FROM users WHERE id = 1", nil},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				_, err := s.exec(t.Context(), tt.query, tt.args...)
				require.Error(t, err)
				require.True(t, code(err) != "" || errors.Is(err, library.Conflict), err)
				assert.Equal(t, strings.HasPrefix(tt.name, "a second"), isUnique(err), err)
			})
		}
	})
}

func TestMigrationsGoDownAndUpAgain(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *Store) {
		provider, err := s.migrator()
		require.NoError(t, err)
		_, err = provider.DownTo(t.Context(), 0)
		require.NoError(t, err)
		_, err = s.Users(t.Context())
		require.ErrorIs(t, err, library.Gone) // a database without tables
		require.Error(t, s.Ready(t.Context()))
		_, err = provider.Up(t.Context())
		require.NoError(t, err)
		users, err := s.Users(t.Context())
		require.NoError(t, err)
		assert.Empty(t, users)
	})
}

func TestATransactionIsAllOrNothing(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *Store) {
		broken := errors.New("broken")
		err := s.Tx(t.Context(), func(q Queries) error {
			if _, err := q.CreateBook(t.Context(), library.BookFields{ISBN: "9780596520687", Title: "t", Author: "a"}); err != nil {
				return err
			}
			return broken
		})
		require.ErrorIs(t, err, broken)
		books, err := s.Books(t.Context(), library.BookFilter{Sort: "title"}, library.Range{Limit: 100})
		require.NoError(t, err)
		assert.Len(t, books, len(Demo().Books))

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, s.Tx(ctx, func(Queries) error { return nil }), context.Canceled)
	})
}

func TestSQLiteIsOpenedForAServer(t *testing.T) {
	s := seeded(t, storetest.SQLite(t))
	for pragma, want := range map[string]string{"journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000"} {
		var got string
		require.NoError(t, s.pool.QueryRow("PRAGMA "+pragma).Scan(&got))
		assert.Equal(t, want, got, pragma)
	}
}

// TestADatabaseInMemoryStays: it is that of its connection, and pools close idle ones.
func TestADatabaseInMemoryStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(t, "sqlite::memory:")
		time.Sleep(time.Hour)
		users, err := s.Users(t.Context())
		require.NoError(t, err)
		assert.Len(t, users, 3)
		require.NoError(t, s.Ready(t.Context()))
	})
}

// TestWhatCannotWriteIsLeftBehind: a connection stays read-only when its file is not any more.
func TestWhatCannotWriteIsLeftBehind(t *testing.T) {
	location := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		s := seeded(t, location)
		_, err := s.pool.Exec("PRAGMA query_only = 1") // of the one connection that there is
		require.NoError(t, err)
		_, err = s.SetRole(t.Context(), 2, library.Reader)
		require.ErrorIs(t, err, library.Gone)
		time.Sleep(2 * time.Second)
		_, err = s.SetRole(t.Context(), 2, library.Reader)
		require.NoError(t, err)
	})
}

// TestWhatIsAnOutage has errors that no test here can bring about.
func TestWhatIsAnOutage(t *testing.T) {
	postgres := func(code string) error { return &pgconn.PgError{Code: code} }
	my := func(number uint16) error { return &mysql.MySQLError{Number: number} }
	for name, err := range map[string]error{
		"a refused log-in": postgres("28P01"), "statement_timeout": postgres("57014"), "a stand-by": postgres("25006"), "no table": postgres("42P01"),
		"no disk": postgres("53100"), "MySQL's refused log-in": my(1045), "work for an account": my(1226), "--read-only": my(1290),
		"super_read_only": my(1836), "too long for MariaDB": my(1969), "a locked account": my(4151), "too many connections": my(1040), "no MySQL table": my(1146),
	} {
		require.ErrorIs(t, fault(fmt.Errorf("wrapped: %w", err)), library.Gone, name)
	}
	for name, err := range map[string]error{
		"a bad text": postgres("22021"), "bad SQL": postgres("42601"), "a rule of the table": postgres("23514"), "MySQL's bad SQL": my(1064),
		"who hung up": context.Canceled, "the time of the request": context.DeadlineExceeded,
	} {
		require.NotErrorIs(t, fault(err), library.Gone, name)
	}
}

// TestADeadlockIsTriedAgain has two transactions lock two books in opposite orders.
func TestADeadlockIsTriedAgain(t *testing.T) {
	onEachServer(t, func(t *testing.T, s *Store) {
		var both, done sync.WaitGroup
		var attempts atomic.Int32
		both.Add(2)
		for _, order := range [][2]int64{{1, 2}, {2, 1}} {
			done.Go(func() {
				first := true
				assert.NoError(t, s.Tx(t.Context(), func(q Queries) error {
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
				}))
			})
		}
		done.Wait()
		assert.Greater(t, attempts.Load(), int32(2), "one of them had to start again")
	})
}

// TestTransactionsQueue: none reads what another is about to change, and on SQLite none
// starts before it may write, so that none fails half-way.
func TestTransactionsQueue(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *Store) {
		const writers = 8
		var done sync.WaitGroup
		var attempts, inside atomic.Int32
		for range writers {
			done.Go(func() {
				assert.NoError(t, s.Tx(t.Context(), func(q Queries) error {
					attempts.Add(1)
					book, err := q.lockBook(t.Context(), 1)
					if err != nil {
						return err
					}
					assert.Equal(t, int32(1), inside.Add(1), "the lock is held by one")
					defer inside.Add(-1)
					_, err = q.exec(t.Context(), "UPDATE books SET version = ? WHERE id = 1", book.Version+1)
					return err
				}))
			})
		}
		done.Wait()
		assert.Equal(t, int32(writers), attempts.Load())
		book, err := s.Book(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, int64(1+writers), book.Version)
	})
}

func TestContentionThatDoesNotEndIsBusy(t *testing.T) {
	s := seeded(t, storetest.SQLite(t))
	for _, lost := range []error{&pgconn.PgError{Code: "40P01"}, &mysql.MySQLError{Number: 1213}} {
		attempts := 0
		err := s.Tx(t.Context(), func(Queries) error { attempts++; return fault(fmt.Errorf("wrapped: %w", lost)) })
		require.ErrorIs(t, err, library.Busy)
		assert.Equal(t, 5, attempts)
	}
}

// TestNobodyWaitsLongerThanAsked has a transaction wait for the lock of another.
func TestNobodyWaitsLongerThanAsked(t *testing.T) {
	onEachServer(t, func(t *testing.T, s *Store) { // SQLite's driver waits for its busy_timeout
		require.NoError(t, s.Tx(t.Context(), func(q Queries) error {
			if _, err := q.lockBook(t.Context(), 1); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := s.Borrow(ctx, 1, library.User{ID: 1})
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			return nil
		}))
	})
}

func TestAllProcessesGetOneSecret(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *Store) {
		var secrets sync.Map
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				secret, err := s.Secret(t.Context(), "test")
				assert.NoError(t, err)
				assert.Len(t, secret, 32)
				secrets.Store(string(secret), true)
			})
		}
		wg.Wait()
		n := 0
		secrets.Range(func(any, any) bool { n++; return true })
		assert.Equal(t, 1, n)
	})
}

func TestTheLastAdminStays(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *Store) {
		_, err := s.SetRole(t.Context(), 3, library.Reader)
		require.ErrorIs(t, err, library.ErrLastAdmin)
		_, err = s.SetRole(t.Context(), 999, library.Admin)
		require.ErrorIs(t, err, library.NotFound)
		_, err = s.SetRole(t.Context(), 2, library.Admin)
		require.NoError(t, err)
		var wg sync.WaitGroup // each takes the role from the other
		for _, id := range []int64{2, 3} {
			wg.Go(func() { _, _ = s.SetRole(t.Context(), id, library.Reader) })
		}
		wg.Wait()
		users, err := s.Users(t.Context())
		require.NoError(t, err)
		admins := 0
		for _, u := range users {
			if u.Role == library.Admin {
				admins++
			}
		}
		assert.Equal(t, 1, admins)
	})
}

// TestNotReadyWhenTheDiskIsFull fills a disk of its own.
func TestNotReadyWhenTheDiskIsFull(t *testing.T) {
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("run it where a disk may be mounted: %s", out)
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", disk).Run()) })
	s := seeded(t, "sqlite:"+filepath.Join(disk, "library.db"))
	require.NoError(t, s.Ready(t.Context()))
	filler := filepath.Join(disk, "filler")
	require.Error(t, os.WriteFile(filler, make([]byte, 1<<20), 0o600))
	_, err := s.CreateBook(t.Context(), library.BookFields{ISBN: "9780596520687", Title: "t", Author: "a"})
	require.ErrorIs(t, err, library.Gone)
	require.ErrorContains(t, s.Ready(t.Context()), "full")
	require.NoError(t, os.Remove(filler))
	require.NoError(t, s.Ready(t.Context()))
}

func TestReadinessIsARowThatChanges(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *Store) {
		var written [2][]string
		for i := range written {
			require.NoError(t, s.Ready(t.Context()))
			rows, err := all(t.Context(), s.Queries, func(row scanner) (text string, err error) { err = row.Scan(&text); return text, err }, "SELECT data FROM records")
			require.NoError(t, err)
			require.Len(t, rows, 1)
			written[i] = rows
		}
		assert.NotEqual(t, written[0], written[1])
	})
}

func TestNotReadyWithoutTheFile(t *testing.T) {
	for name, harm := range map[string]func(file string) error{
		"deleted": os.Remove,
		"replaced": func(file string) error {
			other := seeded(t, "sqlite:"+file+".new")
			_, err := other.pool.Exec("PRAGMA journal_mode=DELETE")
			return errors.Join(err, os.Rename(file+".new", file))
		},
		"restored": func(file string) error {
			text, err := os.ReadFile(file)
			for _, suffix := range []string{"", "-wal", "-shm"} {
				err = errors.Join(err, os.Remove(file+suffix))
			}
			return errors.Join(err, os.WriteFile(file, text, 0o600))
		},
		"overwritten": func(file string) error { return os.WriteFile(file, []byte(strings.Repeat("garbage ", 4096)), 0o600) },
		"emptied":     func(file string) error { return os.Truncate(file, 0) },
		"read-only":   func(file string) error { return os.Chmod(file, 0o400) }, // when what is open has had its time
	} {
		t.Run(name, func(t *testing.T) {
			if name == "read-only" && os.Geteuid() == 0 {
				t.Skip("root may write all files")
			}
			file := filepath.Join(t.TempDir(), "library.db")
			s := seeded(t, "sqlite:"+file)
			_, err := s.pool.Exec("PRAGMA wal_checkpoint(TRUNCATE)") // what is in the log would be served on
			require.NoError(t, err)
			require.NoError(t, s.Ready(t.Context()))
			if name == "read-only" {
				s.pool.SetMaxIdleConns(0)
			}
			require.NoError(t, harm(file))
			require.Error(t, s.Ready(t.Context()))
		})
	}
}

// Writers that leave no gap do not have the log of SQLite grow until the disk is full.
func TestCheckpointKeepsTheLogShort(t *testing.T) {
	file := filepath.Join(t.TempDir(), "library.db")
	s, err := Open(t.Context(), "sqlite:"+file)
	require.NoError(t, err)
	defer s.Close()
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 100 {
				assert.NoError(t, s.Store.Sessions().Commit(fmt.Sprint(w, " ", i), make([]byte, 4000), time.Now().Add(time.Hour)))
			}
		})
	}
	writers.Wait()
	require.NoError(t, s.Checkpoint(t.Context()))
	log, err := os.Stat(file + "-wal")
	require.NoError(t, err)
	assert.Zero(t, log.Size())
}
