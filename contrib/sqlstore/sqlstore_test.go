package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/contrib/sqlstore"
	"github.com/dram-go/dram/middleware"
)

func TestValidate(t *testing.T) {
	db := openSQLite(t, ":memory:")
	assert.NoError(t, sqlstore.Config{Dialect: sqlstore.MySQL, Table: "App_records2"}.Validate())
	for fault, cfg := range map[string]sqlstore.Config{
		`Dialect: "" is not one`:             {},
		`Dialect: "oracle" is not one`:       {Dialect: "oracle"},
		`Table: "a; DROP TABLE users; --"`:   {Dialect: sqlstore.SQLite, Table: "a; DROP TABLE users; --"},
		`Table: "a b" is not a plain`:        {Dialect: sqlstore.SQLite, Table: "a b"},
		`Table: "\"a\"" is not a plain`:      {Dialect: sqlstore.SQLite, Table: `"a"`},
		`Table: "a.b" is not a plain`:        {Dialect: sqlstore.SQLite, Table: "a.b"},
		`Table: "a\n" is not a plain`:        {Dialect: sqlstore.SQLite, Table: "a\n"},
		`Table: "1a" is not a plain`:         {Dialect: sqlstore.SQLite, Table: "1a"},
		`Table: "ä" is not a plain`:          {Dialect: sqlstore.SQLite, Table: "ä"},
		`Table: "` + strings.Repeat("a", 49): {Dialect: sqlstore.SQLite, Table: strings.Repeat("a", 49)},
		"Timeout: -1ns is negative":          {Dialect: sqlstore.SQLite, Timeout: -1},
	} {
		err := cfg.Validate()
		var config *middleware.ConfigError
		require.ErrorAs(t, err, &config, fault)
		assert.ErrorContains(t, err, fault)
		assert.PanicsWithError(t, err.Error(), func() { sqlstore.New(db, cfg) })
		if cfg.Timeout == 0 {
			assert.PanicsWithError(t, err.Error(), func() { sqlstore.Schema(cfg.Dialect, cfg.Table) })
		}
	}
	assert.PanicsWithError(t, "dram: contrib/sqlstore: db: is nil; write what sql.Open returns", func() {
		sqlstore.New(nil, sqlstore.Config{Dialect: sqlstore.SQLite})
	})
}

// The schema may be there already, and Sweep and the primary key have their indexes.
func TestSchema(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		_, err := tab.db.Exec(sqlstore.Schema(tab.dialect, tab.name))
		assert.NoError(t, err)
	})
	assert.Contains(t, sqlstore.Schema(sqlstore.SQLite, ""), " records (")

	db := openSQLite(t, t.TempDir()+"/test.db")
	_, err := db.Exec(sqlstore.Schema(sqlstore.SQLite, ""))
	require.NoError(t, err)
	for query, want := range map[string]string{
		"SELECT data FROM records WHERE name = 'a' AND expires_at > 1":               "sqlite_autoindex_records_1",
		"SELECT name FROM records WHERE expires_at <= 1 ORDER BY expires_at LIMIT 1": "records_expires_at",
	} {
		var id, parent, unused int
		var plan string
		require.NoError(t, db.QueryRow("EXPLAIN QUERY PLAN "+query).Scan(&id, &parent, &unused, &plan))
		assert.Contains(t, plan, want)
	}
}

// Fifty calls at once get one secret, and so does whoever comes later.
func TestSecretIsShared(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		var group sync.WaitGroup
		secrets := make([][]byte, 50)
		for i := range secrets {
			group.Go(func() {
				var err error
				secrets[i], err = tab.Secret(t.Context(), "cursors")
				assert.NoError(t, err)
			})
		}
		group.Wait()
		require.Len(t, secrets[0], 32)
		for _, secret := range secrets {
			assert.Equal(t, secrets[0], secret)
		}
		for _, name := range []string{"CURSORS", "cursors ", "", "other", "ümlaut"} {
			other, err := tab.Secret(t.Context(), name)
			require.NoError(t, err)
			assert.NotEqual(t, secrets[0], other, name)
		}
		require.NoError(t, tab.Sweep(t.Context()))
		again, err := tab.Secret(t.Context(), "cursors")
		require.NoError(t, err)
		assert.Equal(t, secrets[0], again, "it does not expire")
	})
}

// A row that is not a secret is not one, and a name that is too long is not cut.
func TestSecretOfNoUse(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		_, err := tab.db.Exec(fmt.Sprintf("INSERT INTO %s (name, owner, data, expires_at) VALUES ('secret short', '', 'abc', %d)", tab.name, int64(1)<<62))
		require.NoError(t, err)
		_, err = tab.Secret(t.Context(), "short")
		assert.EqualError(t, err, `dram: contrib/sqlstore: secret: "short" holds 3 bytes, not 32`)
		_, err = tab.Secret(t.Context(), strings.Repeat("a", 201))
		assert.EqualError(t, err, "dram: contrib/sqlstore: secret: a name of 201 bytes: there may be 200")
		_, err = tab.Secret(t.Context(), strings.Repeat("a", 200))
		assert.NoError(t, err)
		assert.Equal(t, 2, tab.count(t))
	})
}

// Sweep deletes what has expired, more than a batch of it, and nothing else.
func TestSweep(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		ctx, now := t.Context(), time.Now()
		require.NoError(t, tab.Sweep(ctx), "there is nothing")
		for begin := 0; begin < 1200; begin += 300 {
			var values []string
			for i := range 300 {
				values = append(values, fmt.Sprintf("('session %d', '', '', %d)", begin+i, now.Add(-time.Duration(i)*time.Minute).UnixMicro()))
			}
			_, err := tab.db.Exec("INSERT INTO " + tab.name + " (name, owner, data, expires_at) VALUES " + strings.Join(values, ", "))
			require.NoError(t, err)
		}
		_, err := tab.Secret(ctx, "cursors")
		require.NoError(t, err)
		require.NoError(t, tab.Sessions().Commit("live", []byte("data"), now.Add(time.Hour)))
		require.NoError(t, tab.Sweep(ctx))
		assert.Equal(t, 2, tab.count(t))
		_, found, err := tab.Sessions().Find("live")
		require.NoError(t, err)
		assert.True(t, found)
	})
}

// A row that is claimed again while Sweep waits for it stays.
func TestSweepLeavesWhatIsClaimedAgain(t *testing.T) {
	for _, name := range []string{"postgres", "mysql"} {
		t.Run(name, func(t *testing.T) {
			tab := openers[name](t)
			require.NoError(t, tab.Sessions().Commit("id", []byte("old"), time.Now().Add(-time.Hour)))
			tx, err := tab.db.Begin()
			require.NoError(t, err)
			_, err = tx.Exec(fmt.Sprintf("UPDATE %s SET expires_at = %d", tab.name, time.Now().Add(time.Hour).UnixMicro()))
			require.NoError(t, err)
			swept := make(chan error)
			go func() { swept <- tab.Sweep(context.Background()) }()
			tab.awaitDelete(t)
			require.NoError(t, tx.Commit())
			require.NoError(t, <-swept)
			_, found, err := tab.Sessions().Find("id")
			require.NoError(t, err)
			assert.True(t, found)
		})
	}
}

// Sweep and claims of what it sweeps do not make one another fail: no deadlocks.
func TestSweepBesideClaims(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		store := tab.Idempotency()
		var group sync.WaitGroup
		for g := range 8 {
			group.Go(func() {
				for i := range 60 {
					key, owner := fmt.Sprint(g, i%10), fmt.Sprint(i)
					held, err := store.Begin(t.Context(), key, middleware.IdempotencyRecord{Owner: owner}, time.Hour)
					assert.NoError(t, err)
					assert.Equal(t, owner, held.Owner, "what was there has expired")
					assert.NoError(t, store.Finish(t.Context(), key, held, -time.Hour))
				}
			})
		}
		for range 2 {
			group.Go(func() {
				for range 60 {
					assert.NoError(t, tab.Sweep(t.Context()))
				}
			})
		}
		group.Wait()
		require.NoError(t, tab.Sweep(t.Context()))
		assert.Zero(t, tab.count(t))
	})
}

// A statement that a deadlock has undone runs again.
func TestSweepIsNotFailedByADeadlock(t *testing.T) {
	for _, name := range []string{"postgres", "mysql"} {
		t.Run(name, func(t *testing.T) {
			tab := openers[name](t)
			for i := range 100 { // those that come last, "w 99", are locked first
				require.NoError(t, tab.Sessions().Commit(fmt.Sprintf("w %02d", i), nil, time.Now().Add(time.Duration(i-1000)*time.Second)))
			}
			lock := func(tx *sql.Tx, name string) error {
				_, err := tx.Exec(fmt.Sprintf("UPDATE %s SET owner = 'other' WHERE name %s", tab.name, name))
				return err
			}
			tx, err := tab.db.Begin()
			require.NoError(t, err)
			require.NoError(t, lock(tx, "> 'session w 00'")) // more than Sweep holds: MySQL undoes the smaller
			swept := make(chan error)
			go func() { swept <- tab.Sweep(t.Context()) }()
			tab.awaitDelete(t)
			if err := lock(tx, "= 'session w 00'"); err != nil { // this one was undone, and not Sweep's
				t.Log(err)
			}
			_ = tx.Commit()
			require.NoError(t, <-swept)
			assert.Zero(t, tab.count(t))
		})
	}
}

const sharedEnv = "DRAM_TEST_SHARED_FILE"

func TestTwoProcessesShareATable(t *testing.T) {
	open := func(file string) *sqlstore.Store {
		db := openSQLite(t, file)
		_, err := db.Exec(sqlstore.Schema(sqlstore.SQLite, ""))
		require.NoError(t, err)
		return sqlstore.New(db, sqlstore.Config{Dialect: sqlstore.SQLite})
	}
	if file := os.Getenv(sharedEnv); file != "" { // the other process
		secret, err := open(file).Secret(t.Context(), "cursors")
		require.NoError(t, err)
		fmt.Printf("secret=%x\n", secret)
		_, cookie := send(serving(open(file).Sessions(), false), "POST", "/login", "")
		fmt.Printf("cookie: %s\n", cookie)
		w, _ := send(paying(open(file).Idempotency(), false), "POST", "/pay", "")
		fmt.Printf("answer: %s\n", w.Body)
		return
	}
	file := t.TempDir() + "/test.db"
	kept := open(file)
	secret, err := kept.Secret(t.Context(), "cursors")
	require.NoError(t, err)
	out := string(redistest.Again(t, "TestTwoProcessesShareATable", sharedEnv+"="+file))
	assert.Contains(t, out, fmt.Sprintf("secret=%x\n", secret))

	_, cookie, _ := strings.Cut(out, "cookie: ")
	cookie, _, _ = strings.Cut(cookie, "\n")
	w, _ := send(serving(kept.Sessions(), false), "GET", "/", cookie)
	assert.Equal(t, "user=ann", w.Body.String())
	w, _ = send(paying(kept.Idempotency(), false), "POST", "/pay", "")
	assert.Equal(t, "true", w.Header().Get("Idempotency-Replayed"))
	assert.Contains(t, out, "answer: "+w.Body.String()+"\n")
}

// A program that uses the package links no driver but its own, and none of the databases.
func TestLinksNoDriver(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	require.NoError(t, err, string(out))
	for _, module := range []string{"modernc.org", "github.com/jackc", "github.com/go-sql-driver", "github.com/redis", "github.com/stretchr", "github.com/alexedwards"} {
		assert.NotContains(t, string(out), module)
	}
	assert.Contains(t, string(out), "database/sql\n")
}

func BenchmarkSession(b *testing.B) {
	onEach(b, func(b *testing.B, tab table) {
		sessions := tab.Sessions()
		require.NoError(b, sessions.Commit("id", make([]byte, 200), time.Now().Add(time.Hour)))
		for b.Loop() {
			if _, _, err := sessions.Find("id"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkBeginAndFinish(b *testing.B) {
	onEach(b, func(b *testing.B, tab table) {
		answers, ctx := tab.Idempotency(), b.Context()
		for i := 0; b.Loop(); i++ {
			key, record := fmt.Sprint(i), middleware.IdempotencyRecord{Owner: "a"}
			if _, err := answers.Begin(ctx, key, record, time.Hour); err != nil {
				b.Fatal(err)
			}
			record.Status, record.Body = 200, []byte("hello")
			if err := answers.Finish(ctx, key, record, time.Hour); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func onEach(b *testing.B, bench func(b *testing.B, tab table)) {
	for _, name := range []string{"sqlite", "postgres", "mysql"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			bench(b, openers[name](b))
		})
	}
}
