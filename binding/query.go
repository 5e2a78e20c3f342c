package binding

// The query of the URL, which has a parser of its own: it is what most requests bind.
// See docs/internals/15-binding.md.

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
)

// maxQueryPairs is how many pairs net/url accepts unless GODEBUG says otherwise.
// Beyond it we ask net/url.
const maxQueryPairs = 10_000

// queryBinding reads the query of the URL.
//
// A struct needs a few keys only, so the query is split in one pass and only what
// the plan has a key for is unescaped and kept: no url.Values, and no memory for
// what nobody asked for. What is read is what URL.Query would give: a pair that
// cannot be unescaped, or that has a semicolon, is dropped.
type queryBinding struct{}

func (queryBinding) Name() string { return "query" }

func (queryBinding) Bind(req *http.Request, obj any) error {
	if req == nil || req.URL == nil {
		return errInvalidRequest
	}
	r := request{tag: "form", source: sourceQuery}
	target, isMap, err := destination(obj)
	if err != nil {
		return err
	}
	raw := req.URL.RawQuery
	if isMap || hasManyPairs(raw) {
		values, err := url.ParseQuery(raw)
		if err != nil && len(values) == 0 {
			return err
		}
		r.values = mapValues(values)
		return bindValues(obj, r)
	}
	p, err := planFor(target.Type(), r)
	if err != nil {
		return err
	}
	return checked(obj, r.source, p.applyQuery(target, r, raw))
}

// hasManyPairs reports whether net/url is to say if a query is too large.
func hasManyPairs(query string) bool { return strings.Count(query, "&") >= maxQueryPairs }

// applyQuery runs the plan on a query that has not too many pairs.
func (p *plan) applyQuery(target reflect.Value, r request, query string) Errors {
	s := newSlots(p)
	defer s.release()
	s.parse(p, query)
	r.values = s
	return p.apply(target, r)
}

var slotsPool = sync.Pool{New: func() any { return new(slots) }}

// slots holds the values of a query by the number of their key in the plan.
type slots []slot

// slot holds the values of one key. The first one has its place here, since most
// keys come once.
type slot struct {
	first  [1]string
	values []string
}

// newSlots returns empty slots for the keys of p, to be released.
func newSlots(p *plan) *slots {
	s := slotsPool.Get().(*slots)
	s.reset(len(p.keys))
	return s
}

func (s *slots) release() {
	s.reset(0)
	slotsPool.Put(s)
}

// reset makes n empty slots. It lets go of the strings of the last request, which
// would keep its query in memory.
func (s *slots) reset(n int) {
	clear(*s)
	if cap(*s) < n {
		*s = make(slots, n)
	}
	*s = (*s)[:n]
}

func (s *slots) get(number int, _ string) []string { return (*s)[number].values }

// parse splits query as net/url does and keeps the values of p's keys.
func (s *slots) parse(p *plan, query string) {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" || strings.Contains(pair, ";") {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			continue
		}
		number, known := p.numbers[name]
		if !known {
			continue
		}
		slot := &(*s)[number]
		if slot.values != nil && !p.keys[number].many {
			continue
		}
		if value, err = url.QueryUnescape(value); err == nil {
			slot.add(value)
		}
	}
}

func (s *slot) add(value string) {
	if s.values == nil {
		s.first[0] = value
		s.values = s.first[:1]
		return
	}
	s.values = append(s.values, value)
}
