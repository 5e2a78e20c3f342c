package main

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite"
)

//go:embed migrations
var migrations embed.FS

// open opens the database, postgres://… or the name of a file, and brings its tables up to
// date.
func open(ctx context.Context, name string) (*Store, error) {
	if strings.HasPrefix(name, "postgres://") {
		locker, err := lock.NewPostgresSessionLocker() // of several processes that start, one migrates
		if err != nil {
			return nil, err
		}
		return opened(ctx, "pgx", name, "postgres", &Store{forUpdate: " FOR UPDATE"}, goose.WithSessionLocker(locker))
	}
	options := url.Values{
		"_pragma": {"journal_mode(WAL)", "synchronous(NORMAL)", "busy_timeout(5000)", "foreign_keys(1)"},
		"_txlock": {"immediate"}, // a transaction waits for its turn when it begins, and not half-way
	}
	return opened(ctx, "sqlite", "file:"+name+"?"+options.Encode(), "sqlite", &Store{})
}

func opened(ctx context.Context, driver, source, dialect string, s *Store, options ...goose.ProviderOption) (_ *Store, err error) {
	if s.db, err = sql.Open(driver, source); err != nil {
		return nil, err
	}
	s.db.SetMaxOpenConns(8) // the server's limit is for all processes together
	if err := migrate(ctx, s.db, dialect, options...); err != nil {
		_ = s.db.Close()
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return s, nil
}

// migrate runs the migrations that the database has not seen, in the order of their numbers.
func migrate(ctx context.Context, db *sql.DB, dialect string, options ...goose.ProviderOption) error {
	files, err := fs.Sub(migrations, "migrations/"+dialect)
	if err != nil {
		return err
	}
	dialects := map[string]goose.Dialect{"postgres": goose.DialectPostgres, "sqlite": goose.DialectSQLite3}
	provider, err := goose.NewProvider(dialects[dialect], db, files, options...)
	if err == nil {
		_, err = provider.Up(ctx)
	}
	return err
}
