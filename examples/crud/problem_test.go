package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
)

func TestEachErrorHasItsStatus(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"a problem, wrapped", fmt.Errorf("tx: %w", errISBNTaken), http.StatusConflict},
		{"no row", fmt.Errorf("scan: %w", sql.ErrNoRows), http.StatusNotFound},
		{"no body", io.EOF, http.StatusBadRequest},
		{"too large", &http.MaxBytesError{Limit: 1}, http.StatusRequestEntityTooLarge},
		{"the client is gone", fmt.Errorf("query: %w", context.Canceled), http.StatusRequestTimeout},
		{"a deadlock on PostgreSQL", &pgconn.PgError{Code: "40P01"}, http.StatusServiceUnavailable},
		{"a deadlock on MySQL", &mysql.MySQLError{Number: 1213}, http.StatusServiceUnavailable},
		{"anything else", errors.New("disk on fire"), http.StatusInternalServerError},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := problemOf(tt.err)
			assert.Equal(t, tt.want, p.Status)
			assert.Equal(t, tt.want == http.StatusServiceUnavailable, p.RetryAfter > 0)
			assert.NotContains(t, p.Detail, "disk on fire")
		})
	}
}
