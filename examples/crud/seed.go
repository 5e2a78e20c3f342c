package main

// This file fills an empty database on the first start: books and three accounts
// for the demo, otherwise the first administrator.

import (
	"context"
	"errors"
	"fmt"
)

const demoPassword = "dram-demo"

var demoUsers = []NewUser{
	{Email: "reader@example.com", Name: "Rita Reader", Role: Reader, Password: demoPassword},
	{Email: "editor@example.com", Name: "Ed Editor", Role: Editor, Password: demoPassword},
	{Email: "admin@example.com", Name: "Ada Admin", Role: Admin, Password: demoPassword},
}

func year(y int) *int { return &y }

var demoBooks = []BookFields{
	{"9780201896831", "The Art of Computer Programming, Volume 1", "Donald E. Knuth", year(1997), 2},
	{"9780262510875", "Structure and Interpretation of Computer Programs", "Harold Abelson", year(1996), 3},
	{"9780131103627", "The C Programming Language", "Brian W. Kernighan", year(1988), 2},
	{"9780134190440", "The Go Programming Language", "Alan A. A. Donovan", year(2015), 4},
	{"9780201835953", "The Mythical Man-Month", "Frederick P. Brooks Jr.", year(1995), 1},
	{"9780486284736", "Pride and Prejudice", "Jane Austen", year(1813), 3},
	{"9780141439600", "A Tale of Two Cities", "Charles Dickens", year(1859), 2},
	{"9780486280615", "Adventures of Huckleberry Finn", "Mark Twain", year(1884), 1},
	{"9780141439471", "Frankenstein", "Mary Shelley", year(1818), 2},
	{"9780140449136", "Crime and Punishment", "Fyodor Dostoevsky", year(1866), 2},
	{"9780140268867", "The Odyssey", "Homer", nil, 2},
	{"9780143039433", "The Grapes of Wrath", "John Steinbeck", year(1939), 1},
}

// seed does nothing once there is an account.
func (s *Store) seed(ctx context.Context, c Config) error {
	return s.Tx(ctx, func(q Queries) error {
		users, err := q.Users(ctx)
		if err != nil || len(users) > 0 {
			return err
		}
		if !c.Demo {
			return q.seedAdmin(ctx, c)
		}
		for _, u := range demoUsers {
			if _, err := q.CreateUser(ctx, u); err != nil {
				return err
			}
		}
		for _, b := range demoBooks {
			if _, err := q.CreateBook(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
}

func (q Queries) seedAdmin(ctx context.Context, c Config) error {
	if c.AdminEmail == "" {
		return errors.New("the database has no accounts: set ADMIN_EMAIL and ADMIN_PASSWORD for the first one, or DEMO=true to try things out")
	}
	admin := NewUser{Email: c.AdminEmail, Name: "Administrator", Role: Admin, Password: c.AdminPassword}
	if err := admin.validate(); err != nil {
		return fmt.Errorf("ADMIN_EMAIL and ADMIN_PASSWORD: %w", err)
	}
	_, err := q.CreateUser(ctx, admin)
	return err
}
