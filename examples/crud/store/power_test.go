package store

// This file is what is left of SQLite's files when the power goes: not what the program wrote but
// what the disk has of it.

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// files are a database: its file and its log.
type files struct{ db, wal []byte }

// ledger is a database in which each transaction writes one row into each of two tables.
type ledger struct {
	*Store
	file string
	n    atomic.Int64 // transactions that were committed
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	l := &ledger{file: filepath.Join(t.TempDir(), "library.db")}
	s, err := Open(t.Context(), "sqlite:"+l.file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	s.pool.SetConnMaxLifetime(0) // the end of the last connection begins the log anew
	l.Store = s
	for _, table := range []string{"one", "other"} {
		_, err = s.exec(t.Context(), "CREATE TABLE "+table+" (n INTEGER PRIMARY KEY, text TEXT)")
		require.NoError(t, err)
	}
	require.NoError(t, s.Checkpoint(t.Context()))
	return l
}

func (l *ledger) commit(t *testing.T) {
	t.Helper()
	n := l.n.Load() + 1
	require.NoError(t, l.Tx(t.Context(), func(q Queries) error {
		for _, table := range []string{"one", "other"} {
			if _, err := q.exec(t.Context(), "INSERT INTO "+table+" VALUES (?, ?)", n, fmt.Sprintf("%0*d", rand.IntN(2000), n)); err != nil {
				return err
			}
		}
		return nil
	}))
	l.n.Store(n)
}

// read returns what the disk has.
func (l *ledger) read(t *testing.T) (f files) {
	t.Helper()
	var err error
	f.db, err = os.ReadFile(l.file)
	require.NoError(t, err)
	f.wal, err = os.ReadFile(l.file + "-wal")
	require.NoError(t, err)
	return f
}

// commits returns how many transactions a part of the log holds as a whole: it is a header and frames
// of a page each, and the last frame of a transaction has the size of the database
// (https://www.sqlite.org/fileformat2.html#walformat).
func (f files) commits(part int) (n int) {
	const header, frameHeader = 32, 24
	frame := frameHeader + int(binary.BigEndian.Uint32(f.wal[8:]))
	for at := header; at+frame <= part; at += frame {
		if binary.BigEndian.Uint32(f.wal[at+4:]) != 0 {
			n++
		}
	}
	return n
}

// survive starts the program on a copy of the files, and returns how many transactions are there. They are the
// first ones, and whole; the database is sound and can be written to.
func (f files) survive(t *testing.T) int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "library.db")
	require.NoError(t, os.WriteFile(file, f.db, 0o600))
	require.NoError(t, os.WriteFile(file+"-wal", f.wal, 0o600))
	s, err := Open(t.Context(), "sqlite:"+file)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.Ready(t.Context()))
	var sound string
	var n, last, others, differ int
	row := func(query string, into ...any) {
		require.NoError(t, s.pool.QueryRowContext(t.Context(), query).Scan(into...))
	}
	row("PRAGMA integrity_check", &sound)
	assert.Equal(t, "ok", sound)
	row("SELECT count(*), coalesce(max(n), 0) FROM one", &n, &last)
	row("SELECT count(*) FROM other", &others)
	row("SELECT count(*) FROM one LEFT JOIN other USING (n) WHERE other.n IS NULL OR CAST(other.text AS INTEGER) <> n", &differ)
	assert.Equal(t, []int{n, n, 0}, []int{last, others, differ}, "the first transactions, and whole")
	return n
}

// The power goes while the log is written. SQLite syncs it before a checkpoint, not with each commit
// (synchronous=NORMAL), so its disk may have any part of what was written since: transactions that
// were committed, and answered with 201, may be missing from the end, back to the last checkpoint. None
// from the middle is, and no half one is there.
func TestThePowerGoesWhileTheLogIsWritten(t *testing.T) {
	damages := map[string]func(wal []byte, at int) []byte{
		"the rest is missing": func(wal []byte, at int) []byte { return wal[:at] },
		"the rest is empty":   func(wal []byte, at int) []byte { return append(wal[:at:at], make([]byte, len(wal)-at)...) },
		"the rest is garbage": func(wal []byte, at int) []byte {
			garbage := make([]byte, len(wal)-at)
			_, _ = rand.NewChaCha8([32]byte{}).Read(garbage)
			return append(wal[:at:at], garbage...)
		},
		"what follows was written first": func(wal []byte, at int) []byte {
			damaged := append([]byte(nil), wal...)
			damaged[min(at, len(wal)-1)] ^= 0x55
			return damaged
		},
	}
	l := newLedger(t)
	for range 10 {
		l.commit(t)
	}
	require.NoError(t, l.Checkpoint(t.Context())) // these are safe
	for range 60 {
		l.commit(t)
	}
	f := l.read(t)
	require.Equal(t, 60, f.commits(len(f.wal)))
	lost := 0
	for name, damage := range damages {
		for i := range 25 {
			at := rand.IntN(len(f.wal))
			if i == 0 {
				at = len(f.wal) // the last commit reached the disk, as each does with synchronous=FULL
			}
			want := 10 + f.commits(at)
			if name == "what follows was written first" && i == 0 {
				want--
			}
			got := files{f.db, damage(f.wal, at)}.survive(t)
			require.Equal(t, want, got, "%s from byte %d of %d", name, at, len(f.wal))
			lost += int(l.n.Load()) - got
		}
	}
	assert.NotZero(t, lost, "the tail that may be lost is")
}

// A copy that is taken while transactions are committed, as of a process that is killed, has all that
// were committed before.
func TestACopyOfTheFilesWhileTheyAreWritten(t *testing.T) {
	l := newLedger(t)
	var writing sync.WaitGroup
	writing.Go(func() {
		for range 200 { // too few for a checkpoint
			l.commit(t)
		}
	})
	for before := int64(0); before < 200; {
		before = l.n.Load()
		got := l.read(t).survive(t)
		require.GreaterOrEqual(t, got, int(before))
	}
	writing.Wait()
}

// The power goes in a checkpoint: the disk has any of the pages that it writes. The log, which was
// synced before, is whole, and so is the database.
func TestThePowerGoesInACheckpoint(t *testing.T) {
	l := newLedger(t)
	for range 40 {
		l.commit(t)
	}
	before := l.read(t)
	_, err := l.pool.ExecContext(t.Context(), "PRAGMA wal_checkpoint(PASSIVE)") // which leaves the log
	require.NoError(t, err)
	after := l.read(t)
	require.NotEqual(t, before.db, after.db)
	require.Equal(t, before.wal, after.wal)
	const sector = 512
	for range 25 {
		torn := append([]byte(nil), before.db...)
		if rand.IntN(2) == 0 {
			torn = append(torn, make([]byte, len(after.db)-len(before.db))...)
		}
		for at := 0; at < len(torn); at += sector {
			if rand.IntN(2) == 0 {
				copy(torn[at:min(at+sector, len(torn))], after.db[at:])
			}
		}
		require.Equal(t, 40, files{torn, before.wal}.survive(t))
	}
}

// What README.md promises of a power cut depends on this.
func TestHowSQLiteSyncs(t *testing.T) {
	l := newLedger(t)
	var mode string
	var level int
	require.NoError(t, l.pool.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode))
	require.NoError(t, l.pool.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&level))
	assert.Equal(t, "wal", mode)
	assert.Equal(t, 1, level, "NORMAL")
}
