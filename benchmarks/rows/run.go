package rows

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/dram-go/dram/benchmarks/measure"
	"github.com/dram-go/dram/benchmarks/peers"
)

// Result is a row with its figures, by framework.
type Result struct {
	Row   string `json:"row"`
	Group Group  `json:"group"`
	Cells []Cell `json:"cells"`
}

// Cell is what one framework takes for one row.
type Cell struct {
	Peer    string  `json:"peer"`
	Refuses string  `json:"refuses,omitempty"` // why the framework cannot hold the routes
	ByHand  bool    `json:"by_hand,omitempty"` // the program did the work, not the framework
	Ns      float64 `json:"ns,omitempty"`      // the shortest pass, for all requests of the row
	Ratio   float64 `json:"ratio,omitempty"`   // median over the passes, to gin's time in the same pass
	Allocs  float64 `json:"allocs"`
	Bytes   float64 `json:"bytes"`
}

// Run checks the row on every framework, then measures it.
func Run(row Row, plan measure.Plan) (Result, error) {
	result := Result{Row: row.Name, Group: row.Group}
	var subjects []measure.Subject
	for _, p := range row.Peers() {
		cell := Cell{Peer: p.Name(), ByHand: p.ByHand(row.App.Work)}
		switch err := Check(row, p); {
		case errors.Is(err, peers.ErrRefuses):
			cell.Refuses = err.Error()
		case err != nil:
			return result, fmt.Errorf("not measured, since it answers wrongly: %w", err)
		default:
			subject, err := row.subject(p)
			if err != nil {
				return result, err
			}
			subjects = append(subjects, subject)
		}
		result.Cells = append(result.Cells, cell)
	}
	series := map[string]measure.Series{}
	for _, s := range measure.Compare(subjects, plan) {
		series[s.Name] = s
	}
	for i := range result.Cells {
		cell := &result.Cells[i]
		if s, ok := series[cell.Peer]; ok {
			cell.Ns, cell.Ratio = s.Best(), s.Ratio(series["gin"])
			cell.Allocs, cell.Bytes = s.Allocs, s.Bytes
		}
	}
	return result, nil
}

// subject makes the row's work on p, which does nothing but serve.
func (r Row) subject(p peers.Peer) (measure.Subject, error) {
	handler, err := peers.Build(p, r.App)
	if err != nil {
		return measure.Subject{}, err
	}
	calls := make([]*Call, len(r.Requests))
	for i, request := range r.Requests {
		calls[i] = request.NewCall()
	}
	subject := measure.Subject{Name: p.Name(), Run: r.loop(handler, calls)}
	if swapped, ok := p.(peers.Swapped); ok {
		subject.Enter = swapped.Enter
	}
	return subject, nil
}

// loop serves all calls n times. What goes on between two calls is the same for
// all frameworks, and no more than the row needs.
func (r Row) loop(handler http.Handler, calls []*Call) func(n int) {
	w := NewWriter()
	headers, binds := r.Headers(), r.App.Work.Binds()
	return func(n int) {
		for range n {
			for _, call := range calls {
				if binds {
					call.Rewind()
				}
				if headers {
					w.Clear()
				}
				handler.ServeHTTP(w, call.Request)
			}
		}
	}
}
