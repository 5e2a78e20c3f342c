package store

// This file fills an empty database on the first start.

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dram-go/dram/examples/crud/library"
)

//go:embed demo.json
var demo []byte

// Demo is what the demo begins with.
func Demo() (data struct {
	Users []library.NewUser
	Books []library.BookFields
}) {
	if err := json.Unmarshal(demo, &data); err != nil {
		panic(err) // the file is part of the program
	}
	return data
}

// Seed makes the accounts and books of the demo, or else the first admin. Once there is an
// account it only looks, outside of the demo, whether one still has the demo's password.
func (s *Store) Seed(ctx context.Context, demo bool, admin library.NewUser) error {
	users, err := s.Users(ctx)
	if err != nil {
		return err
	}
	data := Demo()
	if len(users) > 0 {
		if demo {
			return nil
		}
		return refuseKnown(ctx, users, data.Users)
	}
	if !demo {
		if admin.Email == "" {
			return errors.New("the database has no accounts: set ADMIN_EMAIL and ADMIN_PASSWORD for the first one, or DEMO=true to try things out")
		}
		data.Users, data.Books = []library.NewUser{admin}, nil
	}
	return s.Tx(ctx, func(q Queries) error {
		for _, u := range data.Users {
			if err := u.Clean(); err != nil {
				return err
			}
			if _, err := q.CreateUser(ctx, u); err != nil {
				return err
			}
		}
		for _, b := range data.Books {
			if _, err := q.CreateBook(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
}

// refuseKnown says which of the users has a password that everybody knows.
func refuseKnown(ctx context.Context, users []library.User, demo []library.NewUser) error {
	var faults []error
	for _, user := range users {
		for _, known := range demo {
			if user.Email != known.Email {
				continue
			}
			has, err := user.HasPassword(ctx, known.Password)
			if err == nil && has {
				err = fmt.Errorf("%s has the password of the demo, which everybody knows: log in with DEMO=true and change it, or begin with a new database", user.Email)
			}
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
