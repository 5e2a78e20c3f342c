package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
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
		{"a refusal, wrapped", fmt.Errorf("tx: %w", errISBNTaken), http.StatusConflict},
		{"a problem", dram.NewProblem(http.StatusPreconditionFailed, ""), http.StatusPreconditionFailed},
		{"no row", fmt.Errorf("scan: %w", sql.ErrNoRows), http.StatusNotFound},
		{"an id that no row has", binding.Errors{{Source: "uri", Field: "id", Rule: "type"}}, http.StatusNotFound},
		{"a field that breaks a rule", binding.Errors{{Source: "query", Field: "limit", Rule: "max"}}, http.StatusUnprocessableEntity},
		{"no body", binding.JSON.BindBody(nil, &credentials{}), http.StatusBadRequest},
		{"too large", &http.MaxBytesError{Limit: 1}, http.StatusRequestEntityTooLarge},
		{"the client is gone", fmt.Errorf("query: %w", context.Canceled), http.StatusRequestTimeout},
		{"a deadlock on PostgreSQL", &pgconn.PgError{Code: "40P01"}, http.StatusServiceUnavailable},
		{"a deadlock on MySQL", &mysql.MySQLError{Number: 1213}, http.StatusServiceUnavailable},
		{"anything else", errors.New("disk on fire"), http.StatusInternalServerError},
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
	for kind := Malformed; kind <= TooMany; kind++ {
		assert.NotZero(t, statuses[kind], kind)
	}
}
