// Package pagination answers with lists page by page (Link header, RFC 8288), by keyset:
// a page begins at a position, the values of the sort keys of the row next to it, and not
// at a count of rows. So each page costs the same, and rows that come or go meanwhile
// neither repeat nor hide others. It is called in a handler, between binding and rendering
// (docs/internals/15-binding.md, docs/internals/14-render.md).
//
//	type Position struct { // what the list is sorted by; the last key is unique
//		Title string
//		ID    int64
//	}
//
//	var pages = pagination.New[Position](pagination.Config{Keys: [][]byte{key}})
//
//	r.GET("/books", dram.Try(func(c *dram.Context) error {
//		page, err := pages.From(c) // reads ?cursor= and ?limit=
//		if err != nil {
//			return err // 400, with the parameter that is wrong
//		}
//		books, err := db.Books(c, page.After, page.Before, page.Limit+1)
//		if err != nil {
//			return err
//		}
//		books, _, err = pagination.Rows(c, page, books, func(b Book) Position { return Position{b.Title, b.ID} })
//		if err != nil {
//			return err
//		}
//		c.JSON(http.StatusOK, books) // with Link: <?cursor=…&limit=20>; rel="next", …
//		return nil
//	}))
//
// The rows are read behind After, in the order of the list, or before Before, in the
// reverse order; one more than the page has, which says whether there is another page:
//
//	WHERE (title, id) > (?, ?) ORDER BY title, id LIMIT ?           -- After; without WHERE for the first page
//	WHERE (title, id) < (?, ?) ORDER BY title DESC, id DESC LIMIT ? -- Before
//
// A cursor is the position, signed together with the list that it belongs to: the route,
// its params, and all of the query but cursor and limit. A client can neither make nor
// change one, nor use it for another list. It can read the position, unless
// Config.Encrypt is set.
//
//	pagination.go  the configuration, and what a request asks for
//	cursor.go      from a position to a cursor and back
//	links.go       the rows of the page, and the links to the others
package pagination

import (
	"cmp"
	"encoding"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/middleware"
)

// This file is the configuration, and what a request asks for.

// The names of the parameters of the query.
const (
	cursorParam = "cursor"
	limitParam  = "limit"
)

// Config sets up New. Keys must be set.
type Config struct {
	// Keys are secrets of 32 random bytes or more. The first one makes the cursors, and
	// those of all are good. A new key is put behind the old one first; when all processes
	// know it, in front; and the old one is dropped when its cursors are no longer in use.
	Keys [][]byte
	// Encrypt hides the position from clients (AES-256-GCM). Cursors are then not the same
	// for the same page, so shared caches keep only first pages; change the key before it
	// has made 4 billion of them (NIST SP 800-38D section 8.3). By default they are signed
	// (HMAC-SHA256), and can be read by those who have them.
	Encrypt bool
	// Limit is the number of rows of a page for a request that names none. Default 20.
	Limit int
	// MaxLimit is the largest number of rows that a request may ask for. Default 100.
	MaxLimit int
	// MaxAge is how long a cursor is good, in steps of a second. By default cursors do not
	// expire.
	MaxAge time.Duration
	// Scope returns whose the list is, such as middleware.ByUser: nobody else can use its
	// cursors. What else decides on the rows beside route and query belongs into it as well: a
	// header, the host, the body of a QUERY. By default cursors are good for all who may ask
	// for the list.
	Scope func(*dram.Context) string
}

const minKeySize = 32

// Validate reports what is wrong with the configuration, as a *middleware.ConfigError.
func (cfg Config) Validate() error {
	if len(cfg.Keys) == 0 {
		return misconfigured("Keys", "there are none, so cursors could be forged; give one of 32 random bytes (openssl rand -hex 32)")
	}
	for i, key := range cfg.Keys {
		if len(key) < minKeySize {
			return misconfigured("Keys", "key %d has %d bytes and could be guessed; write %d random ones or more (openssl rand -hex 32)", i, len(key), minKeySize)
		}
	}
	limit, maxLimit := cfg.limits()
	switch {
	case limit < 1:
		return misconfigured("Limit", "%d; a page has 1 row or more", cfg.Limit)
	case maxLimit < limit:
		return misconfigured("MaxLimit", "%d is less than Limit, %d", maxLimit, limit)
	case maxLimit == math.MaxInt:
		return misconfigured("MaxLimit", "%d leaves no number for the row more that is read; write the most rows that a page may have", maxLimit)
	case cfg.MaxAge < 0, 0 < cfg.MaxAge && cfg.MaxAge < time.Second:
		return misconfigured("MaxAge", "%v; write a second or more, or 0 for cursors that do not expire", cfg.MaxAge)
	}
	return nil
}

func (cfg Config) limits() (limit, maxLimit int) {
	return cmp.Or(cfg.Limit, 20), cmp.Or(cfg.MaxLimit, 100)
}

func misconfigured(field, format string, args ...any) error {
	return &middleware.ConfigError{Layer: "pagination.New", Field: field, Fault: fmt.Sprintf(format, args...)}
}

// Pages makes and reads the cursors of lists whose positions are P, a type that
// encoding/json writes and reads back as it was.
type Pages[P any] struct {
	keys            []sealer
	limit, maxLimit int
	maxAge          time.Duration
	scope           func(*dram.Context) string
}

// New returns Pages. It panics if the configuration is wrong (Config.Validate), or if JSON
// cannot hold a P.
func New[P any](cfg Config) *Pages[P] {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	if err := checkPosition[P](); err != nil {
		panic(err)
	}
	p := &Pages[P]{maxAge: cfg.MaxAge, scope: cfg.Scope}
	p.limit, p.maxLimit = cfg.limits()
	for _, key := range cfg.Keys {
		p.keys = append(p.keys, newSealer(key, cfg.Encrypt))
	}
	return p
}

// checkPosition says what JSON cannot hold of a P.
func checkPosition[P any]() error {
	typ := reflect.TypeFor[P]()
	_, err := encode(token[P]{})
	if err != nil {
		return misconfigured(typ.String(), "%v", err)
	}
	if field := hidden(typ, nil); field != "" {
		return misconfigured(typ.String(), "JSON leaves its field %s out, and the next page would begin elsewhere; export it, or take it away", field)
	}
	return nil
}

// hidden returns the path of a field of a type that JSON leaves out, "" if there is none.
// Types that write themselves, such as time.Time, know what they write.
func hidden(typ reflect.Type, inside []reflect.Type) string {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return hidden(typ.Elem(), inside)
	case reflect.Struct:
	default:
		return ""
	}
	if slices.Contains(inside, typ) || writesItself(typ) || writesItself(reflect.PointerTo(typ)) {
		return ""
	}
	for i := range typ.NumField() {
		field := typ.Field(i)
		if !field.IsExported() && !field.Anonymous || field.Tag.Get("json") == "-" {
			return field.Name
		}
		if within := hidden(field.Type, append(inside, typ)); within != "" {
			return field.Name + "." + within
		}
	}
	return ""
}

func writesItself(typ reflect.Type) bool {
	return typ.Implements(reflect.TypeFor[json.Marshaler]()) || typ.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// Page is the page that a request asks for: the first one if After and Before are nil.
type Page[P any] struct {
	// Limit is how many rows it has at most. Read one more, for Rows.
	Limit int
	// After is the position behind which it begins: read on from there.
	After *P
	// Before is the position before which it ends: read backwards from there.
	Before *P

	pages *Pages[P]
	query url.Values // of the request, without the cursor and the limit
	list  []byte     // what the cursors belong to
}

// From returns the page that the query asks for, by cursor and limit; an empty value is as
// none. The error is to be answered with 400, as Context.Fail does: it lists, as
// binding.Errors, what is wrong with the two, ErrCursor or ErrExpired inside, or is a
// *dram.Problem if the query cannot be decoded.
func (p *Pages[P]) From(c *dram.Context) (Page[P], error) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil { // what is left out of it could be the cursor
		return Page[P]{}, dram.NewProblem(http.StatusBadRequest, `The query cannot be decoded: write "&" between its parameters, and escape "%" and ";".`).Because(err)
	}
	var faults binding.Errors
	limit, err := p.limitOf(query[limitParam])
	faults = append(faults, binding.FieldErrors(err)...)
	cursor, err := single(cursorParam, query[cursorParam], "")
	faults = append(faults, binding.FieldErrors(err)...)

	delete(query, cursorParam)
	delete(query, limitParam)
	page := Page[P]{Limit: limit, pages: p, query: query, list: p.listOf(c, query)}
	if cursor != "" {
		t, err := p.open(cursor, page.list)
		switch {
		case err != nil:
			faults = append(faults, fault(cursorParam, "cursor", "", cursorMessage(err), err))
		case t.Backward:
			page.Before = &t.Position
		default:
			page.After = &t.Position
		}
	}
	if len(faults) > 0 {
		return Page[P]{}, faults
	}
	return page, nil
}

// limitOf returns the number of rows that a request asks for.
func (p *Pages[P]) limitOf(values []string) (int, error) {
	limit, err := single(limitParam, values, p.limit)
	switch {
	case err != nil:
		return 0, err
	case limit < 1:
		return 0, fault(limitParam, "min", "1", "must be at least 1", nil)
	case limit > p.maxLimit:
		most := strconv.Itoa(p.maxLimit)
		return 0, fault(limitParam, "max", most, "must be at most "+most, nil)
	}
	return limit, nil
}

// single returns the value of a parameter, which may be there once.
func single[T any](name string, values []string, instead T) (T, error) {
	if len(values) > 1 {
		return instead, fault(name, "duplicate", "", "is there more than once", nil)
	}
	return binding.ParseOr("query", name, values, instead)
}

func fault(name, rule, param, message string, err error) *binding.FieldError {
	return &binding.FieldError{Source: "query", Field: name, Rule: rule, Param: param, Message: message, Err: err}
}

// listOf returns what the cursors of a request belong to. Each part has its length in
// front, so that no two lists have the same.
func (p *Pages[P]) listOf(c *dram.Context, query url.Values) []byte {
	parts := []string{c.FullHost() + c.FullPath(), query.Encode()}
	for _, param := range c.Params {
		parts = append(parts, param.Key, param.Value)
	}
	if p.scope != nil {
		parts = append(parts, p.scope(c))
	}
	var list []byte
	for _, part := range parts {
		list = append(binary.AppendUvarint(list, uint64(len(part))), part...)
	}
	return list
}
