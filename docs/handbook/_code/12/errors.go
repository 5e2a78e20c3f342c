package main

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
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
	if dram.ProblemOf(err).Status >= 500 && isOutage(err) { // not of a client's connection
		err = dram.NewProblem(http.StatusServiceUnavailable, "The library is closed for the moment.").WithHeader("Retry-After", "1").Because(err)
	}
	dram.WriteError(c, err)
}

// isOutage reports whether PostgreSQL was not there for a statement, whatever that was.
func isOutage(err error) bool {
	var connect *pgconn.ConnectError
	var refused *pgconn.PgError
	var network *net.OpError
	switch {
	case errors.As(err, &connect):
		return true
	case errors.As(err, &refused): // connection, log-in, no such database, resources, stopped, system; read-only
		switch refused.Code[:2] {
		case "08", "28", "3D", "53", "57", "58":
			return true
		}
		return refused.Code == "25006"
	}
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF)
}
