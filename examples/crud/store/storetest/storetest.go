// Package storetest makes databases that go with a test.
package storetest

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the drivers, by their names
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

// Variables have the URLs of servers on which databases may be created; where one is not set,
// the tests on it skip.
var Variables = map[string]string{"postgres": "DRAM_TEST_POSTGRES", "mysql": "DRAM_TEST_MYSQL"}

// SQLite returns the URL of a new file.
func SQLite(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") }

// Each runs a test on SQLite, and on each server that there is.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	EachServer(t, func(t *testing.T, url string, _ func()) { test(t, url) })
}

// EachServer runs a test on each server that there is; drop drops its database before it ends.
func EachServer(t *testing.T, test func(t *testing.T, url string, drop func())) {
	for name, variable := range Variables {
		t.Run(name, func(t *testing.T) {
			raw := os.Getenv(variable)
			if raw == "" {
				t.Skip("set " + variable + " to the URL of a server on which databases may be created")
			}
			url, drop := create(t, raw)
			test(t, url, drop)
		})
	}
}

func create(t *testing.T, raw string) (location string, drop func()) {
	u, err := url.Parse(raw)
	require.NoError(t, err)
	driver, source, force := "pgx", raw, " WITH (FORCE)" // PostgreSQL waits for the last connection to go
	if u.Scheme == "mysql" {
		driver, source, force = "mysql", fmt.Sprintf("%v@tcp(%s)%s", u.User, u.Host, u.Path), ""
	}
	pool, err := sql.Open(driver, source)
	require.NoError(t, err)
	u.Path = "/crud_" + strings.ToLower(rand.Text()[:12])
	_, err = pool.Exec("CREATE DATABASE " + u.Path[1:])
	require.NoError(t, err)
	drop = func() {
		_, err := pool.Exec("DROP DATABASE IF EXISTS " + u.Path[1:] + force)
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		drop()
		require.NoError(t, pool.Close())
	})
	return u.String(), drop
}
