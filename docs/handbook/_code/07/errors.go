package main

import (
	"errors"
	"net/http"

	"github.com/dram-go/dram"
)

// onError answers for all that fails: what handlers return, paths without a route, panics.
func onError(c *dram.Context, err error) {
	switch {
	case errors.Is(err, errNoBook):
		err = dram.NewProblem(http.StatusNotFound, "There is no such book.").Because(err)
	case errors.Is(err, errStale):
		err = dram.NewProblem(http.StatusPreconditionFailed, "Somebody has changed the book meanwhile.").Because(err)
	case errors.Is(err, errLogIn):
		err = dram.NewProblem(http.StatusUnauthorized, "The name or the password is wrong.").Because(err)
	}
	dram.WriteError(c, err)
}
