package dram

import (
	"strconv"
	"strings"
	"sync"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/internal/jsontext"
)

// This file writes the JSON of a Problem. All but values that a program has given it is text with
// names that are known, which is appended: encoding/json would take as long as the request.
// See docs/internals/11-misses.md.

// member is a further member of a Problem.
type member struct {
	name  string
	value any
}

func (m *member) get() any {
	if own, ok := m.value.(jsontext.Member); ok {
		return own.Value()
	}
	return m.value
}

func compareName(m member, name string) int { return strings.Compare(m.name, name) }

// fieldErrors is the member errors of what a Bind returns.
type fieldErrors struct{ jsontext.Late[binding.Errors] }

func (e *fieldErrors) Value() any { return e.From(binding.FieldErrors) }

func (e *fieldErrors) AppendJSON(b []byte) []byte {
	b = append(b, '[')
	binding.EachFieldError(e.Err, func(fe *binding.FieldError) {
		b = jsontext.AppendGiven(append(b, '{'), "source", fe.Source)
		b = jsontext.Append(b, "field", fe.Field)
		b = jsontext.Append(b, "rule", fe.Rule)
		b = jsontext.AppendGiven(b, "param", fe.Param)
		b = append(jsontext.Close(jsontext.Append(b, "message", fe.Message), '}'), ',')
	})
	return jsontext.Close(b, ']')
}

// MarshalJSON returns the JSON object, its further members last and in the order of their
// names.
func (p Problem) MarshalJSON() ([]byte, error) { return p.appendJSON(nil) }

func (p *Problem) appendJSON(b []byte) ([]byte, error) {
	b = jsontext.AppendGiven(append(b, '{'), "type", p.Type)
	b = jsontext.Append(b, "title", p.title())
	b = append(strconv.AppendInt(append(b, `"status":`...), int64(p.Status), 10), ',')
	b = jsontext.AppendGiven(b, "detail", p.Detail)
	for _, m := range p.members {
		b = append(jsontext.AppendQuoted(b, m.name), ':')
		if own, ok := m.value.(jsontext.Member); ok && !own.IsMade() {
			b = own.AppendJSON(b)
		} else if text, err := json.API.Marshal(m.get()); err == nil {
			b = append(b, text...)
		} else {
			return nil, err
		}
		b = append(b, ',')
	}
	return jsontext.Close(b, '}'), nil
}

// The headers of the answer, which nobody writes into: their length is their capacity.
var (
	problemType = []string{"application/problem+json"}
	problemVary = []string{"Accept"}
)

// problemTexts are buffers for WriteProblem.
var problemTexts = sync.Pool{New: func() any { return new([]byte) }}

// maxProblemText is the largest buffer that is kept: few faults are as long.
const maxProblemText = 16 << 10
