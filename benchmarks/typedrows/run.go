package typedrows

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/benchmarks/measure"
	"github.com/dram-go/dram/benchmarks/rows"
	"github.com/dram-go/dram/benchmarks/stdjson"
)

// This file has the subjects answer the requests, and measures those that do it rightly.

// Result is a row with its figures.
type Result struct {
	Row   string `json:"row"`
	Cells []Cell `json:"cells"`
}

// Cell is what one subject takes for one request.
type Cell struct {
	Subject string  `json:"subject"`
	Ns      float64 `json:"ns"`    // in the shortest pass
	Ratio   float64 `json:"ratio"` // of ByType's time to this one's, median over the passes
	Allocs  float64 `json:"allocs"`
	Bytes   float64 `json:"bytes"`
}

// The names of the subjects.
const (
	ByType = "dram, typed"
	ByHand = "dram, by hand"
	Huma   = "huma"
)

// subjects are the programs, and the status of a request that breaks rules.
var subjects = []struct {
	name  string
	build func() http.Handler
	wrong int
}{
	{ByType, byType, http.StatusUnprocessableEntity},
	{ByHand, byHand, http.StatusBadRequest}, // what Context.Fail answers
	{Huma, byHuma, http.StatusUnprocessableEntity},
}

// row is a request, with what the answer has.
type row struct {
	name, target, body string
	faults             int
	want               string // if there are no faults
}

var all = []row{
	{
		name:   "bind, validate, answer",
		target: "/shelves/classics/books?dry=true&limit=50",
		body:   `{"title":"The Neverending Story","author":"Michael Ende","year":1979,"genre":"novel","tags":["fantasy","children"]}`,
		want:   `{"id":50,"shelf":"classics","title":"The Neverending Story","author":"Michael Ende","year":1979,"genre":"novel","tags":["fantasy","children"]}`,
	},
	{
		name:   "five broken rules",
		target: "/shelves/c/books?limit=500",
		body:   `{"title":"","author":"Michael Ende","year":1200,"genre":"song","tags":["fantasy"]}`,
		faults: 5,
	},
}

// Run checks and measures the rows whose names match.
func Run(plan measure.Plan, matches func(name string) bool) ([]Result, error) {
	dram.SetMode(dram.ReleaseMode)
	stdjson.Restore() // dram has the engine of huma, and not one that a peer of other rows brings
	var results []Result
	for _, r := range all {
		if !matches(r.name) {
			continue
		}
		var measured []measure.Subject
		for _, s := range subjects {
			handler := s.build()
			if err := r.check(handler, s.wrong); err != nil {
				return nil, fmt.Errorf("%s, %s: not measured, since it answers wrongly: %w", r.name, s.name, err)
			}
			measured = append(measured, measure.Subject{Name: s.name, Run: r.loop(handler)})
		}
		result := Result{Row: r.name}
		series := measure.Compare(measured, plan)
		for _, s := range series {
			result.Cells = append(result.Cells, Cell{s.Name, s.Best(), series[0].Ratio(s), s.Allocs, s.Bytes})
		}
		results = append(results, result)
	}
	return results, nil
}

func (r row) request() rows.Request {
	return rows.Request{Method: http.MethodPost, Target: r.target, ContentType: "application/json", Body: r.body}
}

// check compares the answer, or counts the faults that it names.
func (r row) check(handler http.Handler, wrong int) error {
	call, answer := r.request().NewCall(), httptest.NewRecorder()
	call.Rewind()
	handler.ServeHTTP(answer, call.Request)
	media, _, _ := strings.Cut(answer.Header().Get("Content-Type"), ";")
	if r.faults == 0 {
		if answer.Code != http.StatusOK || media != "application/json" || strings.TrimSpace(answer.Body.String()) != r.want {
			return fmt.Errorf("status %d, %s %s", answer.Code, media, answer.Body)
		}
		return nil
	}
	var problem struct{ Errors []any }
	err := json.Unmarshal(answer.Body.Bytes(), &problem)
	if err != nil || answer.Code != wrong || media != "application/problem+json" || len(problem.Errors) != r.faults {
		return fmt.Errorf("status %d, %s %s", answer.Code, media, answer.Body)
	}
	return nil
}

// loop serves the request n times.
func (r row) loop(handler http.Handler) func(n int) {
	w, call := rows.NewWriter(), r.request().NewCall()
	return func(n int) {
		for range n {
			call.Rewind()
			w.Clear()
			handler.ServeHTTP(w, call.Request)
		}
	}
}
