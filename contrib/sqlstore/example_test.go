package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"net/http"
	"time"

	_ "modernc.org/sqlite" // the driver is the program's

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/contrib/sqlstore"
	"github.com/dram-go/dram/middleware"
)

// Sessions and answers in the database of the program, swept each minute.
func Example() {
	db, err := sql.Open("sqlite", "file:app.db?mode=memory&_pragma=busy_timeout(5000)")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)                                                           // each connection would have a memory of its own; not for a file
	if _, err := db.Exec(sqlstore.Schema(sqlstore.SQLite, "records")); err != nil { // or in a migration
		log.Fatal(err)
	}
	kept := sqlstore.New(db, sqlstore.Config{Dialect: sqlstore.SQLite})

	ctx, stop := context.WithCancel(context.Background()) // until the program ends
	defer stop()
	go func() {
		for range time.Tick(time.Minute) {
			if ctx.Err() != nil {
				return
			}
			if err := kept.Sweep(ctx); err != nil {
				log.Print(err)
			}
		}
	}()

	r := dram.New()
	r.Use(
		session.Sessions(session.Config{Store: kept.Sessions()}),
		middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByUser, Store: kept.Idempotency()}),
	)
	r.POST("/pay", func(c *dram.Context) { c.Status(http.StatusCreated) })
}

// Each process gets the same secret, and nobody has to put one into its environment.
func ExampleStore_Secret() {
	db, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(sqlstore.Schema(sqlstore.SQLite, "")); err != nil {
		log.Fatal(err)
	}
	kept := sqlstore.New(db, sqlstore.Config{Dialect: sqlstore.SQLite})
	first, err := kept.Secret(context.Background(), "cursors")
	fmt.Println(len(first), err)
	second, _ := kept.Secret(context.Background(), "cursors")
	fmt.Println(string(first) == string(second))
	// Output:
	// 32 <nil>
	// true
}

func ExampleSchema() {
	fmt.Print(sqlstore.Schema(sqlstore.Postgres, "records"))
	// Output:
	// CREATE TABLE IF NOT EXISTS records (
	//     name       TEXT NOT NULL PRIMARY KEY,
	//     owner      TEXT NOT NULL,
	//     data       BYTEA NOT NULL,
	//     expires_at BIGINT NOT NULL -- microseconds since 1970, UTC
	// );
	// CREATE INDEX IF NOT EXISTS records_expires_at ON records (expires_at);
}
