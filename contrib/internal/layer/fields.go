package layer

import (
	"encoding/json"
	"net/http"

	"github.com/dram-go/dram/middleware"
)

// This file has the headers of answers in JSON, for the stores that keep answers outside of the
// process.

// Fields are a header whose values are bytes: they need not be UTF-8, and encoding/json would
// change those that are not.
type Fields map[string][][]byte

// FieldsOf returns those of a header.
func FieldsOf(h http.Header) Fields {
	fields := make(Fields, len(h))
	for name, values := range h {
		var lines [][]byte
		for _, value := range values {
			lines = append(lines, []byte(value))
		}
		fields[name] = lines
	}
	return fields
}

// Header returns the header; nil if there are no fields.
func (f Fields) Header() http.Header {
	if len(f) == 0 {
		return nil
	}
	h := make(http.Header, len(f))
	for name, lines := range f {
		var values []string
		for _, line := range lines {
			values = append(values, string(line))
		}
		h[name] = values
	}
	return h
}

// idempotencyRecord is a record in a store.
type idempotencyRecord struct {
	middleware.IdempotencyRecord
	Fields Fields `json:",omitempty"`
}

// EncodeIdempotency returns a record in JSON.
func EncodeIdempotency(record middleware.IdempotencyRecord) []byte {
	fields := FieldsOf(record.Header)
	record.Header = nil
	return JSON(idempotencyRecord{record, fields})
}

// DecodeIdempotency reads what EncodeIdempotency has written, or a record without Fields, whose header is of strings.
func DecodeIdempotency(text []byte) (middleware.IdempotencyRecord, error) {
	var stored idempotencyRecord
	if err := json.Unmarshal(text, &stored); err != nil {
		return middleware.IdempotencyRecord{}, err
	}
	if stored.Fields != nil {
		stored.Header = stored.Fields.Header()
	}
	return stored.IdempotencyRecord, nil
}
