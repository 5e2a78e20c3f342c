package dram_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wallClock are the files that read the wall clock as a number, and why they have to: others know it, or
// read it after this process has ended. Within a process time is a time.Time or a time.Duration, which a
// step of the clock does not change: a server that is out for ten seconds would be out for an hour, and ten
// seconds, when the clock goes back by one.
var wallClock = map[string]string{
	"contrib/session/codec.go":                       "the end of a session, kept in a cookie or a store",
	"contrib/sqlstore/idempotency.go":                "kept in a database",
	"contrib/sqlstore/sessions.go":                   "kept in a database",
	"contrib/sqlstore/sqlstore.go":                   "compared with what is kept in a database",
	"examples/gateway/auth/identity.go":              "iat and exp of a token",
	"examples/gateway/config/load.go":                "when a file was changed",
	"examples/gateway/risk/challenge.go":             "the end of a cookie",
	"examples/layers/handlers.go":                    "exp of a token",
	"examples/realworld/internal/article/store.go":   "kept in a database",
	"examples/realworld/internal/comment/comment.go": "kept in a database",
	"examples/realworld/internal/seed/seed.go":       "kept in a database",
	"examples/realworld/internal/user/store.go":      "kept in a database",
	"examples/servers/certificate.go":                "the number of a certificate",
	"h1/wire.go":                                     "the second of a Date header",
	"inspect/guard.go":                               "the end of a cookie",
	"internal/files/serve.go":                        "when a file was changed",
	"middleware/deprecated.go":                       "dates of a header",
	"pagination/cursor.go":                           "the end of a token",
	"typed/call_text.go":                             "a time as a client writes it",
	"contrib/internal/certtest/certtest.go":          "the number of a certificate",
	"contrib/internal/soak/layers.go":                "exp of a token",
}

var readsWall = regexp.MustCompile(`\.Unix(Nano|Milli|Micro)?\(\)|\.Round\(0\)`)

func TestNoTimeThatPassesIsReadOffTheWallClock(t *testing.T) {
	for file := range wallClock {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.True(t, readsWall.Match(text), "%s reads it no more: take it off the list", file)
	}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (len(name) > 1 && strings.ContainsAny(d.Name()[:1], "._") || d.Name() == "testdata" || d.Name() == "benchmarks"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || wallClock[name] != "":
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		assert.False(t, readsWall.Match(text), "%s: use time.Since, or say in wallClock why not", name)
		return nil
	})
	require.NoError(t, err)
}

// .ci/clock runs tests under a clock that jumps, and this one to see that it does.
func TestTheClockJumps(t *testing.T) {
	if os.Getenv("DRAM_CLOCK") != "jumps" {
		t.Skip(".ci/clock has such a clock")
	}
	begin := time.Now()
	assert.Eventually(t, func() bool {
		now := time.Now()
		wall, passed := now.Round(0).Sub(begin.Round(0)), now.Sub(begin)
		return (wall - passed).Abs() > 30*time.Minute
	}, 5*time.Second, 10*time.Millisecond)
	assert.Less(t, time.Since(begin), time.Minute, "what has passed is not the wall clock's")
}
