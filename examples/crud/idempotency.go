package main

// This file lets a client repeat a POST whose answer it never got
// (draft-ietf-httpapi-idempotency-key-header). The answer is stored in the
// transaction that does the work, so either both exist or neither does.
//
// The row is written first: a repetition that comes while the first request is
// under way waits at it, and then gets the stored answer. Answers other than
// success are not stored, since they changed nothing; the key stays free.

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/dram-go/dram"
)

const idempotencyTTL = 24 * time.Hour

// reply is a stored answer.
type reply struct {
	Status   int             `json:"status"`
	Location string          `json:"location"`
	ETag     string          `json:"etag,omitempty"`
	Body     json.RawMessage `json:"body"`
}

// idempotent runs work in a transaction and answers with its reply, or with the
// stored one when the request is a repetition. Without the header it always runs.
// A body must have been bound by ShouldBindBodyWithJSON, which keeps it.
func (a *App) idempotent(c *dram.Context, work func(Queries) (reply, error)) error {
	key := c.GetHeader("Idempotency-Key")
	if !validKey(key) {
		return &Refusal{Kind: Malformed, Reason: "Idempotency-Key must be 1 to 200 visible ASCII characters."}
	}
	user := currentUser(c)
	kept, _ := c.Get(dram.BodyBytesKey)
	body, _ := kept.([]byte)
	fingerprint := hash(c.Request.Method + " " + c.Request.URL.Path + "\n" + string(body))
	var answer reply
	err := a.store.Tx(c.Request.Context(), func(q Queries) (err error) {
		if key != "" {
			if err := q.claimKey(c.Request.Context(), user, key, fingerprint); err != nil {
				return err
			}
		}
		if answer, err = work(q); err != nil || key == "" {
			return err
		}
		return q.storeReply(c.Request.Context(), user, key, answer)
	})
	if key != "" && errors.Is(err, errKeyUsed) {
		if answer, err = a.store.storedReply(c.Request.Context(), user, key, fingerprint); err == nil {
			c.Header("Idempotency-Replayed", "true")
		}
	}
	if err != nil {
		return err
	}
	c.Header("Location", answer.Location)
	if answer.ETag != "" {
		c.Header("ETag", answer.ETag)
	}
	c.Data(answer.Status, "application/json; charset=utf-8", answer.Body)
	return nil
}

// validKey accepts no key, too: the header is optional.
func validKey(key string) bool {
	for _, b := range []byte(key) {
		if b < 0x21 || b > 0x7e {
			return false
		}
	}
	return len(key) <= 200
}

// created is the reply to the POST that made value.
func created(location, etag string, value any) (reply, error) {
	body, err := json.Marshal(value)
	return reply{Status: http.StatusCreated, Location: location, ETag: etag, Body: body}, err
}

var (
	errKeyUsed   = errors.New("idempotency key used")
	errKeyReused = &Refusal{Kind: Invalid, Reason: "This Idempotency-Key was used for another request. Make a new one for each new request."}
)

// claimKey writes the row that makes repetitions wait, or fails with errKeyUsed.
func (q Queries) claimKey(ctx context.Context, user User, key, fingerprint string) error {
	_, err := q.exec(ctx, "DELETE FROM idempotency_keys WHERE user_id = ? AND idem_key = ? AND created_at <= ?",
		user.ID, key, now().Add(-idempotencyTTL))
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, "INSERT INTO idempotency_keys (user_id, idem_key, fingerprint, reply, created_at) VALUES (?, ?, ?, '', ?)",
		user.ID, key, fingerprint, now())
	if isUnique(err) {
		return errKeyUsed
	}
	return err
}

func (q Queries) storeReply(ctx context.Context, user User, key string, r reply) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, "UPDATE idempotency_keys SET reply = ? WHERE user_id = ? AND idem_key = ?", string(text), user.ID, key)
	return err
}

// storedReply returns the answer to an earlier request with this key.
func (q Queries) storedReply(ctx context.Context, user User, key, fingerprint string) (r reply, err error) {
	var text, stored string
	err = q.row(ctx, "SELECT fingerprint, reply FROM idempotency_keys WHERE user_id = ? AND idem_key = ?", user.ID, key).
		Scan(&stored, &text)
	if errors.Is(err, sql.ErrNoRows) { // it has just expired
		return r, &Refusal{Kind: Conflict, Reason: "This Idempotency-Key has just expired. Try again.", Wait: time.Second}
	}
	if err != nil {
		return r, err
	}
	if stored != fingerprint {
		return r, errKeyReused
	}
	return r, json.Unmarshal([]byte(text), &r)
}

const oldKeys = "DELETE FROM idempotency_keys WHERE created_at <= ?"
