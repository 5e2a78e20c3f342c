package main

import (
	"context"
	"errors"
)

func demo(context.Context) error { return errors.New("not yet") }

func backend(context.Context, string, string) error { return errors.New("not yet") }
