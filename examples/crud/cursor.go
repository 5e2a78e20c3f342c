package main

// This file holds the cursor of keyset pagination: the sort key and the id of the
// last row that the client has seen, opaque to it. It is not a secret and needs
// no signature, since its parts are only ever bound as arguments of a query.

import (
	"encoding/base64"
	"encoding/json"
)

type cursor struct {
	Sort string `json:"s"`
	Key  string `json:"k,omitempty"`
	ID   int64  `json:"i"`
}

func (c cursor) encode() string {
	b, _ := json.Marshal(c) // strings and a number always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeCursor refuses what is not a cursor, and a cursor of another order.
func decodeCursor(s, sort string) (c cursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.Sort != sort {
		return c, &Refusal{Kind: Malformed, Reason: "The cursor does not belong to this list. Start without one."}
	}
	c.Key = clean(c.Key)
	return c, nil
}
