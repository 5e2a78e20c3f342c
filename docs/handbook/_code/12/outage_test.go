package main

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dram-go/dram/dramtest"
)

// An outage is one answer, whether a session or books were looked for.
func TestWithoutPostgreSQL(t *testing.T) {
	db, err := sql.Open("pgx", "postgres://library@127.0.0.1:1/library") // where nobody listens
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	library := dramtest.New(t, (&app{store: &Store{db: db}}).routes())
	for _, path := range []string{"/", "/api/books", "/books.csv"} {
		for _, cookie := range []string{"", "session=of-a-visit-before"} {
			library.GET(path, dramtest.Header("Cookie", cookie)).Header("Retry-After", "1").
				Problem(http.StatusServiceUnavailable)
		}
	}
}

// A body that breaks off is the client's fault.
func TestABodyThatBreaksOffIsNotAnOutage(t *testing.T) {
	cut := io.MultiReader(strings.NewReader("name=anna"), iotest.ErrReader(io.ErrUnexpectedEOF))
	w, req := httptest.NewRecorder(), httptest.NewRequest("POST", "/login", cut)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	(&app{store: &Store{}}).routes().ServeHTTP(w, req)
	if w.Code != http.StatusBadRequest {
		t.Error(w.Code, w.Body)
	}
}

func TestWhatIsAnOutage(t *testing.T) {
	for code, want := range map[string]bool{"57P01": true, "25006": true, "53300": true, "22021": false, "42601": false} {
		if isOutage(&pgconn.PgError{Code: code}) != want {
			t.Error(code, "is an outage:", !want)
		}
	}
}
