package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const aKey = "Idempotency-Key: 8e03978e-40d5-43dd-bc93-6894a57f9324"

func TestARepeatedPostIsAnsweredOnceMore(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor, admin := s.as(t, "editor"), s.as(t, "admin")
		first := editor.do("POST", "/api/books", aBook(), aKey).is(http.StatusCreated)
		again := editor.do("POST", "/api/books", aBook(), aKey).is(http.StatusCreated)
		assert.Equal(t, string(first.body), string(again.body))
		assert.Equal(t, first.Header.Get("Location"), again.Header.Get("Location"))
		assert.Equal(t, first.Header.Get("ETag"), again.Header.Get("ETag"))
		assert.Empty(t, first.Header.Get("Idempotency-Replayed"))
		assert.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))

		editor.do("POST", "/api/books", aBook("title=Other"), aKey).problem(http.StatusUnprocessableEntity)
		editor.do("POST", "/api/books/1/loans", nil, aKey).problem(http.StatusUnprocessableEntity)
		admin.do("POST", "/api/books", aBook("isbn=9781491941959"), aKey).is(http.StatusCreated) // a key is its user's
	})
}

func TestAFailureLeavesTheKeyFree(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.as(t, "editor")
		taken := aBook("isbn=" + demoBooks[0].ISBN)
		editor.do("POST", "/api/books", taken, aKey).problem(http.StatusConflict)
		editor.do("POST", "/api/books", aBook(), aKey).is(http.StatusCreated)
	})
}

func TestRepetitionsAtTheSameTimeDoTheWorkOnce(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.as(t, "editor")
		locations := make([]string, 8)
		var wg sync.WaitGroup
		for i := range locations {
			wg.Go(func() {
				a := editor.do("POST", "/api/books", aBook(), aKey)
				if assert.Equal(t, http.StatusCreated, a.StatusCode, string(a.body)) {
					locations[i] = a.Header.Get("Location")
				}
			})
		}
		wg.Wait()
		for _, l := range locations {
			assert.Equal(t, locations[0], l)
		}
	})
}

func TestKeysExpireAfterADay(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		editor := s.as(t, "editor")
		made := editor.do("POST", "/api/books/4/loans", nil, aKey).is(http.StatusCreated).Header.Get("Location")
		editor.do("POST", made+"/return", nil).is(http.StatusOK)
		_, err := s.store.exec(t.Context(), "UPDATE idempotency_keys SET created_at = ?", now().Add(-idempotencyTTL-time.Minute))
		require.NoError(t, err)
		again := editor.do("POST", "/api/books/4/loans", nil, aKey).is(http.StatusCreated)
		assert.NotEqual(t, made, again.Header.Get("Location"))

		n, err := s.store.exec(t.Context(), oldKeys, now().Add(time.Minute))
		require.NoError(t, err)
		assert.Equal(t, int64(1), n, "the sweep finds it")
	})
}

func TestKeysThatAreNone(t *testing.T) {
	s := start(t, sqliteURL(t))
	editor := s.as(t, "editor")
	for _, key := range []string{strings.Repeat("k", 201), "with space", "ümlaut"} {
		editor.do("POST", "/api/books", aBook(), "Idempotency-Key: "+key).problem(http.StatusBadRequest)
	}
}
