package web

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store/storetest"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachErrorHasItsStatus(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"a rule, wrapped", fmt.Errorf("tx: %w", library.ErrISBNTaken), http.StatusConflict},
		{"nobody's", library.NotFound, http.StatusNotFound},
		{"a problem", dram.NewProblem(http.StatusPreconditionFailed, ""), http.StatusPreconditionFailed},
		{"an id that no row has", binding.Errors{{Source: "uri", Field: "id", Rule: "type"}}, http.StatusNotFound},
		{"a field that breaks a rule", binding.Errors{{Source: "query", Field: "limit", Rule: "max"}}, http.StatusBadRequest},
		{"too large", &http.MaxBytesError{Limit: 1}, http.StatusRequestEntityTooLarge},
		{"contention", fmt.Errorf("tx: %w", library.Busy), http.StatusServiceUnavailable},
		{"a session that cannot be stored", fmt.Errorf("session: %w", &pgconn.PgError{Code: "25006"}), http.StatusServiceUnavailable},
		{"anything else", errors.New("disk on fire"), http.StatusInternalServerError},
		{"a row that should be there", sql.ErrNoRows, http.StatusInternalServerError},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, header := problemOf(tt.err), http.Header{}
			p.SetHeader(header)
			assert.Equal(t, tt.want, p.Status)
			assert.Equal(t, tt.want == http.StatusServiceUnavailable, header.Get("Retry-After") != "")
			assert.NotContains(t, p.Detail, "disk on fire")
		})
	}
	for _, kind := range []library.Kind{library.NotFound, library.Conflict, library.Unknown, library.LoggedOut, library.Forbidden, library.Busy, library.Gone} {
		assert.NotZero(t, statuses[kind], kind)
	}
}

func TestReadinessFailsBeforeTheServerGoes(t *testing.T) {
	stopping, stop := context.WithCancel(t.Context())
	s := open(t, sqlite(t), func(c *Config) { c.Stopping = stopping })
	s.GET("/healthz").Want(http.StatusOK)
	s.GET("/readyz").Want(http.StatusOK)
	stop()
	s.GET("/readyz").Want(http.StatusServiceUnavailable)
	s.GET("/healthz").Want(http.StatusOK)
	s.GET("/api/books").Want(http.StatusOK)
}

// failed has a visitor, and one with a cookie, ask while the database is not there.
func failed(t *testing.T, s *site) {
	cookie := dramtest.Header("Cookie", "session="+strings.Repeat("A", 43))
	for _, who := range [][]dramtest.Option{nil, {cookie}} { // one outage, one answer
		detail := s.GET("/api/books", who...).Header("Retry-After", "…").Problem(http.StatusServiceUnavailable).Detail
		assert.Equal(t, "The library is closed for the moment, try again.", detail, "what went wrong is for the log")
		s.GET("/books", who...).Want(http.StatusServiceUnavailable).Header("Retry-After", "…").Contains("Back to the books")
	}
	s.POST("/api/session", reader.credentials("dram-demo")).Header("Retry-After", "…").Problem(http.StatusServiceUnavailable)
}

func TestNotReadyWithoutTheDatabase(t *testing.T) {
	gone := func(t *testing.T, s *site) {
		s.GET("/readyz").Want(http.StatusServiceUnavailable)
		s.GET("/healthz").Want(http.StatusOK)
	}
	t.Run("sqlite", func(t *testing.T) {
		location := sqlite(t)
		s := open(t, location)
		require.NoError(t, s.store.Close())
		gone(t, s)
		failed(t, s)
	})
	t.Run("sqlite, the file replaced", func(t *testing.T) {
		other, location := sqlite(t), sqlite(t)
		require.NoError(t, open(t, other).store.Close())
		s := open(t, location)
		editor := s.As(editor)
		require.NoError(t, os.Rename(strings.TrimPrefix(other, "sqlite:"), strings.TrimPrefix(location, "sqlite:")))
		gone(t, s)
		failed(t, s)
		editor.POST("/api/books", aBook()).Problem(http.StatusServiceUnavailable) // a 201 would be of a file without a name
	})
	storetest.EachServer(t, func(t *testing.T, url string, drop func()) {
		s := open(t, url)
		s.GET("/api/books").Want(http.StatusOK)
		drop()
		gone(t, s)
		failed(t, s)
	})
}

// TestADatabaseThatAnswersNo is there, and of no use.
func TestADatabaseThatAnswersNo(t *testing.T) {
	storetest.EachServer(t, func(t *testing.T, url string, _ func()) {
		if !strings.HasPrefix(url, "postgres") {
			t.Skip("MySQL would say it to the other tests, too")
		}
		s := open(t, url)
		editor := s.As(editor)
		editor.POST("/books/1/borrow").Redirect("/books/1") // which leaves a message
		elsewhere := s.As(admin)
		user, err := s.store.User(t.Context(), 3)
		require.NoError(t, err)
		_, err = s.store.SetPassword(t.Context(), user, "another one") // which ends that session
		require.NoError(t, err)
		server, err := sql.Open("pgx", os.Getenv(storetest.Variables["postgres"]))
		require.NoError(t, err)
		defer func() { _ = server.Close() }()
		say := func(what string) {
			name := url[strings.LastIndex(url, "/")+1:]
			name, _, _ = strings.Cut(name, "?")
			_, err := server.Exec("ALTER DATABASE " + name + what)
			require.NoError(t, err)
			_, err = server.Exec("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name)
			require.NoError(t, err)
		}
		say(" SET default_transaction_read_only = on")
		s.GET("/readyz").Want(http.StatusServiceUnavailable)
		s.GET("/books").Want(http.StatusOK)
		editor.GET("/books").Want(http.StatusOK).Contains("The book is yours")
		editor.POST("/api/books", aBook()).Header("Retry-After", "…").Problem(http.StatusServiceUnavailable)
		s.POST("/api/session", reader.credentials("dram-demo")).Problem(http.StatusServiceUnavailable)
		logIn := dramtest.Form("email", "editor@example.com", "password", "dram-demo")
		for _, refused := range []*dramtest.Response{s.POST("/login", logIn), editor.POST("/login", logIn), editor.POST("/logout"), editor.POST("/books/1/borrow")} {
			refused.Want(http.StatusServiceUnavailable).Header("Retry-After", "…").Header("Set-Cookie", "").Contains("The library is closed for the moment, try again.")
		}
		editor.GET("/loans").Want(http.StatusOK) // the log-out was refused whole
		elsewhere.GET("/books").Want(http.StatusOK).Contains("/login")

		say(" ALLOW_CONNECTIONS false")
		s.GET("/readyz").Want(http.StatusServiceUnavailable)
		failed(t, s)
	})
}

func TestPanicsAndSlowAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, sqlite(t), func(c *Config) { c.Timeout = 7 * time.Second })
		for _, path := range []string{"/api/panic", "/panic"} {
			s.engine.GET(path, func(*dram.Context) { panic("secret") })
		}
		for _, path := range []string{"/api/slow", "/slow"} {
			s.engine.GET(path, dram.Try(func(c *dram.Context) error {
				<-c.Request.Context().Done()
				return c.Request.Context().Err()
			}))
		}
		p := s.GET("/api/panic").Problem(http.StatusInternalServerError)
		assert.NotContains(t, p.Detail, "secret")
		s.GET("/panic").Want(http.StatusInternalServerError).Contains("That is our fault.", "Back to the books")
		start := time.Now()
		s.GET("/api/slow").Problem(http.StatusServiceUnavailable)
		assert.Equal(t, 7*time.Second, time.Since(start))
		s.GET("/slow").Want(http.StatusServiceUnavailable).Contains("Back to the books")
	})
}

// TestNobodyWaitsForALockForever has a request wait for the book that another one changes.
func TestNobodyWaitsForALockForever(t *testing.T) {
	storetest.EachServer(t, func(t *testing.T, url string, _ func()) {
		s := open(t, url, func(c *Config) { c.Timeout = time.Second })
		reader := s.As(reader)
		_, err := s.store.UpdateBook(t.Context(), 1, func(b library.Book) (library.BookFields, error) {
			reader.POST("/api/books/1/loans").Problem(http.StatusServiceUnavailable)
			return b.BookFields, nil
		})
		require.NoError(t, err)
		reader.POST("/api/books/1/loans").Want(http.StatusCreated)
	})
}

func TestADatabaseInMemory(t *testing.T) {
	reader := open(t, "sqlite::memory:").As(reader)
	reader.POST("/api/books/1/loans").Want(http.StatusCreated)
	reader.GET("/books/1").Want(http.StatusOK)
	reader.GET("/readyz").Want(http.StatusOK)
}

func TestWhatIsSentAlong(t *testing.T) {
	s := open(t, sqlite(t))
	page := s.GET("/books").Want(200).Header("Content-Security-Policy", contentPolicy).Header("X-Frame-Options", "DENY").Header("X-Content-Type-Options", "nosniff").
		Header("Cache-Control", "no-store").Contains("/style.css?v=" + styleVersion)
	assert.NotContains(t, page.Text(), "<script")
	s.GET("/style.css?v="+styleVersion).Want(200).Header("Cache-Control", "public, max-age=31536000, immutable").Header("Content-Type", "text/css; charset=utf-8")
	s.GET("/api/books").Want(200).Header("Cache-Control", "private, no-cache").Header("ETag", "…")
	s.GET("/api/openapi.json").Want(200).JSON(`{"info": {"title": "Library"}}`)
	zipped := s.GET("/books", dramtest.Header("Accept-Encoding", "gzip")).Header("Content-Encoding", "gzip")
	assert.Contains(t, zipped.Text(), "The Odyssey")
	s.GET("/api/books/1", dramtest.Header("Accept-Encoding", "gzip")).Header("Content-Encoding", "").Header("ETag", `"1-2"`) // If-Match takes no weak one
}
