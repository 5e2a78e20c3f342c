package typed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/schema"
)

// This file asks an API what its document allows, and what it does not.

// FuzzTarget is *testing.F.
type FuzzTarget interface {
	Helper()
	Add(args ...any)
	Fuzz(target any)
}

// FuzzResult is *testing.T.
type FuzzResult interface {
	Helper()
	Errorf(format string, args ...any)
}

// Fuzz is a native fuzz target for an API, which handler serves: it sends requests that the
// document allows, and others that differ from such a one in one value. The first kind must not
// be refused for its values (400, 415, 422), the second must not succeed (2xx), neither may be a
// 5xx, and each answer has the form that the document says. Routes with files and streams
// are left out.
//
//	func FuzzAPI(f *testing.F) { typed.Fuzz[*testing.T](f, api, r) }
func Fuzz[T FuzzResult](f FuzzTarget, api *API, handler http.Handler) {
	f.Helper()
	var routes []*route
	for _, rt := range api.routes {
		if !rt.output.stream && !rt.output.file && (rt.input.Form == nil || !rt.input.Files) {
			routes = append(routes, rt)
		}
	}
	for seed := range uint64(4 * len(routes)) {
		f.Add(seed, seed%2 == 0)
	}
	f.Fuzz(func(t T, seed uint64, valid bool) {
		t.Helper()
		rnd := rand.New(rand.NewPCG(seed, 1))
		rt := routes[rnd.IntN(len(routes))]
		req, breaks := rt.generated(rnd, valid)
		if req == nil {
			return
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		if fault := rt.judge(w, breaks); fault != "" {
			t.Errorf("%s %s%s: %s\n%s", req.Method, req.URL, breaks, fault, w.Body)
		}
	})
}

// judge says what is wrong with an answer, "" if nothing is.
func (rt *route) judge(w *httptest.ResponseRecorder, breaks string) string {
	switch refused := w.Code == http.StatusBadRequest || w.Code == http.StatusUnsupportedMediaType || w.Code == http.StatusUnprocessableEntity; {
	case w.Code >= http.StatusInternalServerError:
		return fmt.Sprintf("it is answered with %d", w.Code)
	case breaks == "" && refused:
		return fmt.Sprintf("the document allows it, and it is refused with %d", w.Code)
	case breaks != "" && w.Code < http.StatusMultipleChoices:
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

// generated makes a request of random values, and says what one of them breaks. It is nil if
// none can be made.
func (rt *route) generated(rnd *rand.Rand, valid bool) (req *http.Request, breaks string) {
	path, query, header := rt.pattern, url.Values{}, http.Header{}
	wrong := -1
	parts := len(rt.input.Params)
	if rt.input.JSON != nil {
		parts++
	}
	if !valid {
		if parts == 0 {
			return nil, ""
		}
		wrong = rnd.IntN(parts)
	}
	value := func(i int, s *schema.Schema, name string) (any, bool) {
		if i != wrong {
			v, err := rt.schemas.Valid(s, rnd)
			return v, err == nil
		}
		v, fault, ok := rt.schemas.Invalid(s, rnd)
		breaks = fmt.Sprintf(" (%s%s %s)", name, fault.Path, fault.Message)
		return v, ok
	}
	for i, p := range rt.input.Params {
		if i != wrong && !p.Required && rnd.IntN(2) == 0 {
			continue
		}
		v, ok := value(i, p.Schema, p.Name)
		texts, isText := paramTexts(v)
		if !ok || !isText || i == wrong && rt.isAllowed(p.Schema, v, texts[0]) {
			return nil, ""
		}
		switch p.In {
		case "path":
			var err error
			if path, err = withParam(path, p.Name, texts[0]); err != nil {
				return nil, ""
			}
		case "query":
			if !p.Explode {
				texts = []string{strings.Join(texts, ",")}
			}
			query[p.Name] = texts
		case "header":
			header[http.CanonicalHeaderKey(p.Name)] = texts
		default:
			return nil, ""
		}
	}
	var body []byte
	if rt.input.JSON != nil {
		v, ok := value(parts-1, rt.input.JSON, "body")
		if body, _ = json.Marshal(v); !ok {
			return nil, ""
		}
		header.Set("Content-Type", dram.MIMEJSON)
	}
	target := &url.URL{Path: path, RawQuery: query.Encode()}
	if unescaped, err := url.PathUnescape(path); err == nil {
		target.Path, target.RawPath = unescaped, path
	}
	req = httptest.NewRequest(rt.method, "/", bytes.NewReader(body))
	req.URL, req.Header = target, header
	return req, breaks
}

// isAllowed reports whether a text that was to be wrong is right, since a parameter is a text.
func (rt *route) isAllowed(s *schema.Schema, v any, text string) bool {
	_, isList := v.([]any)
	return slices.Contains(s.Type, "array") && !isList || slices.Contains(s.Type, "string") && len(rt.schemas.Check(s, text)) == 0
}

// paramTexts writes a value as parameters have it.
func paramTexts(v any) (texts []string, ok bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			text, ok := paramTexts(item)
			if !ok || len(text) != 1 {
				return nil, false
			}
			texts = append(texts, text[0])
		}
		return texts, len(texts) > 0
	case map[string]any, nil:
		return nil, false
	}
	return []string{fmt.Sprint(v)}, !slices.Contains([]string{"", ".", ".."}, fmt.Sprint(v))
}
