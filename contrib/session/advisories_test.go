package session_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/contrib/session"
)

// Advisories about sessions, by their identifiers: each test sends what was accepted there. See
// docs/reliability.md.

// gorilla/sessions, GO-2024-2730 (withdrawn): the id of a cookie became the name of a file. What
// a store of Config gets is a digest, whatever the cookie says.
func TestGO_2024_2730_NoStoreGetsTheClientsText(t *testing.T) {
	seen := &names{Store: session.NewMemoryStore(0)}
	r := serving(session.Config{Store: seen})
	for _, id := range []string{"../../../etc/passwd", "/etc/passwd", "..\\..\\x", "a\x00b", "x"} {
		b := &browser{h: r, cookie: "__Host-session=" + id}
		b.send(http.MethodPost, "/see")
	}
	require.NotEmpty(t, seen.ids)
	for _, id := range seen.ids {
		assert.Regexp(t, `^[A-Za-z0-9_-]{43,}$`, id)
	}
}

type names struct {
	scs.Store
	ids []string
}

func (s *names) Find(id string) ([]byte, bool, error) {
	s.ids = append(s.ids, id)
	return s.Store.Find(id)
}

func (s *names) Commit(id string, data []byte, expires time.Time) error {
	s.ids = append(s.ids, id)
	return s.Store.Commit(id, data, expires)
}
