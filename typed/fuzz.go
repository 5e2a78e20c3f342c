package typed

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/schema"
)

// This file asks an API what its document allows, and what it does not. How requests are made is
// in fuzz_request.go.

// FuzzTarget is *testing.F.
type FuzzTarget interface {
	Helper()
	Add(args ...any)
	Fuzz(target any)
	Fatalf(format string, args ...any)
}

// FuzzResult is *testing.T.
type FuzzResult interface {
	Errorf(format string, args ...any)
}

// seedsPerRoute is how many requests of each route a test without -fuzz sends.
const seedsPerRoute = 8

// Fuzz is a native fuzz target for an API, which handler serves: it sends requests that the
// document allows, and others that differ from such a one in one value. The first kind must not
// be refused for its values (400, 415, 422), nor be unknown (404, 405) unless Errors of the route declares that; the second must not succeed (2xx), neither may be a
// 5xx, and each answer has the form that the document says. Rules of which the document says less
// than they ask (eqfield, say) may refuse the first kind. Routes that answer with a stream are left
// out.
//
//	func FuzzAPI(f *testing.F) { typed.Fuzz[*testing.T](f, api, r) }
//
// A layer that refuses what the document allows, with a 401, 403 or 429 that no Errors of the route
// declares, is a fault too, since nothing was asked then. A handler around the Engine has
// credentials for the requests:
//
//	typed.Fuzz[*testing.T](f, api, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
//		req.Header.Set("Authorization", "Bearer "+token)
//		r.ServeHTTP(w, req)
//	}))
func Fuzz[T FuzzResult](f FuzzTarget, api *API, handler http.Handler) {
	f.Helper()
	routes := slices.DeleteFunc(slices.Clone(api.routes), func(rt *route) bool { return rt.output.stream })
	if len(routes) == 0 {
		f.Fatalf("dram: typed.Fuzz: the API has no routes to be asked: register them before")
		return
	}
	inexact := api.inexactRules()
	for seed := range uint64(seedsPerRoute * len(routes)) {
		f.Add(seed, seed/uint64(len(routes))%2 == 0)
	}
	f.Fuzz(func(t T, seed uint64, valid bool) {
		rt := routes[seed%uint64(len(routes))]
		req, breaks := rt.generated(rand.New(rand.NewPCG(seed, 1)), valid)
		if req == nil {
			return
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		if fault := rt.judge(w, breaks, inexact); fault != "" {
			t.Errorf("%s %s%s: %s (%s)\n%s", req.Method, req.URL, breaks, fault, rt.source, w.Body)
		}
	})
}

// inexactRules are the names of the rules that ask for more than the document says.
func (api *API) inexactRules() map[string]bool {
	names := make(map[string]bool)
	for _, note := range slices.Concat(api.schemas.Notes(), api.hidden.Notes()) {
		for rule := range strings.FieldsFuncSeq(note.Rule, func(r rune) bool { return r == ',' || r == '|' }) {
			name, _, _ := strings.Cut(rule, "=")
			names[name] = note.Kind != schema.Unasked || names[name]
		}
	}
	return names
}

// judge says what is wrong with an answer, "" if nothing is.
func (rt *route) judge(w *httptest.ResponseRecorder, breaks string, inexact map[string]bool) string {
	switch valid := breaks == ""; {
	case w.Code >= http.StatusInternalServerError:
		return fmt.Sprintf("it is answered with %d", w.Code)
	case valid && w.Code == http.StatusUnprocessableEntity && brokenOnly(w.Body.Bytes(), inexact):
		return ""
	case valid && slices.Contains([]int{http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}, w.Code):
		return fmt.Sprintf("the document allows it, and it is refused with %d", w.Code)
	case valid && slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}, w.Code) && !rt.declares(w.Code):
		return fmt.Sprintf("it is refused with %d before anything is asked: have the handler of Fuzz send what the layers want", w.Code)
	case valid && slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed}, w.Code) && !rt.declares(w.Code):
		return fmt.Sprintf("it is answered with %d, which no Errors of the route declares: declare what may not be there, or pass the handler that serves the API", w.Code)
	case !valid && w.Code < http.StatusMultipleChoices:
		return fmt.Sprintf("the document does not allow it, and it is answered with %d", w.Code)
	case w.Code != rt.output.status || rt.output.schema == nil:
		return ""
	}
	if media := w.Header().Get("Content-Type"); !strings.HasPrefix(media, dram.MIMEJSON) {
		return ""
	}
	faults, err := faultsOf(rt.schemas, rt.output.schema, w.Body.Bytes())
	if err != nil {
		faults = []string{err.Error()}
	}
	return strings.Join(faults, "; ")
}

// declares reports whether an error of the route is answered with a status.
func (rt *route) declares(status int) bool {
	return slices.ContainsFunc(rt.errors, func(c ErrorCase) bool { return c.problem.Status == status })
}

// brokenOnly reports whether a problem is about these rules alone.
func brokenOnly(body []byte, rules map[string]bool) bool {
	var problem struct{ Errors []Fault }
	return json.Unmarshal(body, &problem) == nil && len(problem.Errors) > 0 &&
		!slices.ContainsFunc(problem.Errors, func(f Fault) bool { return !rules[f.Rule] })
}
