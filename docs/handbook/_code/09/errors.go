package main

import (
	"errors"
	"net/http"

	"github.com/dram-go/dram"
)

// onError answers for all that fails, but for the errors that the API declares.
func onError(c *dram.Context, err error) {
	if errors.Is(err, errLogIn) {
		err = dram.NewProblem(http.StatusUnauthorized, "The name or the password is wrong.").Because(err)
	}
	dram.WriteError(c, err)
}
