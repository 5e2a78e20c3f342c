package store

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to date. It does nothing when it is already. On
// PostgreSQL it holds an advisory lock, so several servers may start at once.
func (db *DB) Migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	dialect, identity := goose.DialectSQLite3, "INTEGER PRIMARY KEY AUTOINCREMENT"
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if db.dialect == Postgres {
		dialect, identity = goose.DialectPostgres, "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("store: migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, db.pool, spelling{files, identity}, options...)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

// spelling is a file system that replaces BIGINT_IDENTITY in the files that it opens.
type spelling struct {
	fs.FS
	identity string
}

func (s spelling) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	text = bytes.ReplaceAll(text, []byte("BIGINT_IDENTITY"), []byte(s.identity))
	return &spelled{Reader: bytes.NewReader(text), info: info}, nil
}

// spelled is a file of spelling: its text in memory, the information of the original.
type spelled struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *spelled) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *spelled) Close() error               { return nil }
