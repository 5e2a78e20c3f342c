package main

import (
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dram-go/dram"
)

// onError answers for all that fails, but for the errors that the API declares.
func onError(c *dram.Context, err error) {
	if errors.Is(err, errLogIn) {
		err = dram.NewProblem(http.StatusUnauthorized, "The name or the password is wrong.").Because(err)
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "22021" {
		err = dram.NewProblem(http.StatusBadRequest, "The request has text that cannot be stored.").Because(err)
	}
	dram.WriteError(c, err)
}
